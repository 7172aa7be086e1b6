//! A file that is read piece by piece, so that a large one takes no memory.

use crate::fault::Fault;
use comfycheck_sdk::wording::{bytes as in_bytes, bytes_beside};

/// Where the bytes of a file come from.
pub trait Source {
    /// In bytes.
    fn size(&self) -> u64;
    /// The bytes from `offset`; fewer than `length` at the end, none beyond it.
    fn read(&self, offset: u64, length: u32) -> Vec<u8>;
}

/// A part of a file, from a source.
pub struct Window<'a> {
    source: &'a dyn Source,
    size: u64,
    start: u64,
    held: Vec<u8>,
}

/// How much is read at once, in bytes.
const PIECE: u64 = 64 << 10;

impl Source for Vec<u8> {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read(&self, offset: u64, length: u32) -> Vec<u8> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.len());
        self[start..].iter().take(length as usize).copied().collect()
    }
}

impl<'a> Window<'a> {
    pub fn new(source: &'a dyn Source) -> Self {
        Self { source, size: source.size(), start: 0, held: Vec::new() }
    }

    /// The size of the file, in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Exactly `length` bytes at `at`. A file that ends before them is cut off.
    ///
    /// Reads at least `length` bytes into memory: callers bound it.
    pub fn bytes(&mut self, at: u64, length: usize) -> Result<&[u8], Fault> {
        let end = at.saturating_add(length as u64);
        if end > self.size {
            return Err(self.cut());
        }
        if at < self.start || end > self.start + self.held.len() as u64 {
            let wanted = PIECE.max(length as u64).min(self.size - at);
            self.held = self.source.read(at, u32::try_from(wanted).unwrap_or(u32::MAX));
            self.start = at;
        }
        let from = usize::try_from(at - self.start).unwrap_or(usize::MAX);
        let there = self.held.get(from..).and_then(|rest| rest.get(..length));
        there.ok_or_else(|| Fault::Cut(format!("the file has {}", in_bytes(self.size))))
    }

    /// As [`Window::bytes`], of a fixed length.
    pub fn array<const N: usize>(&mut self, at: u64) -> Result<[u8; N], Fault> {
        let bytes = self.bytes(at, N)?;
        bytes.try_into().map_err(|_| Fault::corrupt("a part is shorter than it should be"))
    }

    pub fn u16_be(&mut self, at: u64) -> Result<u16, Fault> {
        self.array(at).map(u16::from_be_bytes)
    }

    pub fn u32_be(&mut self, at: u64) -> Result<u32, Fault> {
        self.array(at).map(u32::from_be_bytes)
    }

    pub fn u64_be(&mut self, at: u64) -> Result<u64, Fault> {
        self.array(at).map(u64::from_be_bytes)
    }

    pub fn u16_le(&mut self, at: u64) -> Result<u16, Fault> {
        self.array(at).map(u16::from_le_bytes)
    }

    pub fn u32_le(&mut self, at: u64) -> Result<u32, Fault> {
        self.array(at).map(u32::from_le_bytes)
    }

    /// At most `length` bytes at `at`: fewer where the file ends.
    pub fn up_to(&mut self, at: u64, length: usize) -> &[u8] {
        let rest = usize::try_from(self.size.saturating_sub(at)).unwrap_or(usize::MAX);
        self.bytes(at, length.min(rest)).unwrap_or_default()
    }

    /// All of the file, if it has at most `limit` bytes.
    pub fn all(&self, limit: u64) -> Result<Vec<u8>, Fault> {
        if self.size > limit {
            return Err(Fault::Costly { needed: self.size });
        }
        let mut all = Vec::new();
        while (all.len() as u64) < self.size {
            let piece = self.source.read(all.len() as u64, 4 << 20);
            if piece.is_empty() {
                return Err(self.cut());
            }
            all.extend_from_slice(&piece);
        }
        Ok(all)
    }

    /// Checks that a part which claims `size` bytes from `at` ends within the file.
    pub fn holds(&self, part: &str, at: u64, size: u64) -> Result<(), Fault> {
        let there = self.size.saturating_sub(at);
        if size <= there {
            return Ok(());
        }
        let (there, size) = bytes_beside(there, size);
        Err(Fault::Cut(format!("{part} has {there} of {size}")))
    }

    fn cut(&self) -> Fault {
        Fault::Cut(format!("the file has {}", in_bytes(self.size)))
    }
}
