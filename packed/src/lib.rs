//! How comfycheck embeds its checks: compressed, relative to one of them. They share the standard library, the SDK and the
//! reading of JSON, so this takes two thirds of what compressing each alone takes.

use zstd_safe::{CCtx, CParameter, DCtx, compress_bound, get_error_name, get_frame_content_size};

/// The highest level that needs no more memory than usual. Packing happens when comfycheck is built.
const LEVEL: i32 = 19;

/// The logarithm of how far back equal bytes are looked for: 16 MB, which is more than a check and its base have.
const WINDOW: u32 = 24;

/// Compressed bytes of this program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packed {
    /// What [`pack`] returned.
    pub bytes: &'static [u8],
    /// The base that it was packed with, packed without a base. None if it has no base.
    pub base: Option<&'static [u8]>,
}

impl Packed {
    /// Nothing, which cannot be unpacked.
    pub const NOTHING: Self = Self { bytes: &[], base: None };

    /// The bytes. None if they are damaged, or packed with another base; this is not always noticed.
    #[must_use]
    pub fn unpack(&self) -> Option<Vec<u8>> {
        let base = self.base.map_or(Some(Vec::new()), |base| unpack(base, &[]))?;
        unpack(self.bytes, &base)
    }
}

/// Compresses bytes in the format of zstd, with `base` as what stands before them; it can be empty.
///
/// # Panics
///
/// If there is not enough memory.
#[must_use]
pub fn pack(bytes: &[u8], base: &[u8]) -> Vec<u8> {
    let compressed = || {
        let mut context = CCtx::create();
        context.set_parameter(CParameter::CompressionLevel(LEVEL))?;
        context.set_parameter(CParameter::WindowLog(WINDOW))?;
        // Finds long equal parts in the whole base.
        context.set_parameter(CParameter::EnableLongDistanceMatching(true))?;
        context.ref_prefix(base)?;
        let mut packed = Vec::with_capacity(compress_bound(bytes.len()));
        context.compress2(&mut packed, bytes).map(|_| packed)
    };
    compressed().unwrap_or_else(|error| panic!("cannot compress: {}", get_error_name(error)))
}

fn unpack(packed: &[u8], base: &[u8]) -> Option<Vec<u8>> {
    let size = get_frame_content_size(packed).ok()??;
    let mut bytes = Vec::with_capacity(usize::try_from(size).ok()?);
    let mut context = DCtx::create();
    context.ref_prefix(base).ok()?;
    context.decompress(&mut bytes, packed).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &[u8] = b"what all of them have, which is most";
    const BYTES: &[u8] = b"what all of them have, and a little of its own";

    fn packed(bytes: &[u8], base: &[u8]) -> &'static [u8] {
        pack(bytes, base).leak()
    }

    #[test]
    fn what_is_packed_is_unpacked() {
        let alone = Packed { bytes: packed(BYTES, &[]), base: None };
        assert_eq!(alone.unpack().as_deref(), Some(BYTES));
        let relative = Packed { bytes: packed(BYTES, BASE), base: Some(packed(BASE, &[])) };
        assert_eq!(relative.unpack().as_deref(), Some(BYTES));
        assert!(relative.bytes.len() < alone.bytes.len(), "{} < {}", relative.bytes.len(), alone.bytes.len());
        let empty = Packed { bytes: packed(&[], &[]), base: None };
        assert_eq!(empty.unpack().as_deref(), Some(&[][..]));
    }

    #[test]
    fn a_base_is_found_beyond_megabytes() {
        let (base, mut bytes) = (noise(1, 3 << 20), noise(2, 4 << 20));
        bytes.extend_from_slice(&base);
        let relative = pack(&bytes, &base);
        assert!(relative.len() < (4 << 20) + (64 << 10), "{}", relative.len());
    }

    #[test]
    fn what_is_damaged_is_nothing() {
        let whole = packed(BYTES, BASE);
        for bytes in [b"".as_slice(), b"neither", &whole[..whole.len() - 1]] {
            assert_eq!(Packed { bytes, base: Some(packed(BASE, &[])) }.unpack(), None, "{bytes:?}");
        }
        assert_eq!(Packed { bytes: whole, base: Some(b"no base") }.unpack(), None);
    }

    /// Bytes that cannot be compressed.
    fn noise(seed: u64, length: usize) -> Vec<u8> {
        let next = |state: &mut u64| {
            *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            Some((*state >> 56) as u8)
        };
        let mut state = seed;
        std::iter::from_fn(|| next(&mut state)).take(length).collect()
    }
}
