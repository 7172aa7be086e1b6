//! The boxes of a file or of a box.

use crate::fault::Fault;
use crate::source::Window;

/// A box: a name, and bytes from `body` to `end` of the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) name: [u8; 4],
    pub(super) body: u64,
    pub(super) end: u64,
}

/// Boxes one after the other, each complete.
pub(super) struct Boxes {
    at: u64,
    end: u64,
    is_file: bool,
    left: u32,
}

/// Boxes of one parent beyond these are refused.
const MAX_BOXES: u32 = 1_000_000;

impl Boxes {
    pub(super) fn of_file(file: &Window<'_>) -> Self {
        Self { at: 0, end: file.size(), is_file: true, left: MAX_BOXES }
    }

    pub(super) fn within(parent: Part) -> Self {
        Self { at: parent.body, end: parent.end, is_file: false, left: MAX_BOXES }
    }

    /// The next box; none at the end.
    pub(super) fn next(&mut self, file: &mut Window<'_>) -> Result<Option<Part>, Fault> {
        // QuickTime ends lists of boxes with four zeros.
        if self.end - self.at < 8 && (!self.is_file || self.at == self.end) {
            return Ok(None);
        }
        self.left = self.left.checked_sub(1).ok_or_else(|| Fault::corrupt("it has more than 1,000,000 boxes"))?;
        let [s0, s1, s2, s3, n0, n1, n2, n3] = file.array(self.at)?;
        let name = [n0, n1, n2, n3];
        let (size, head) = match u32::from_be_bytes([s0, s1, s2, s3]) {
            0 if self.is_file => (self.end - self.at, 8),
            1 => (file.u64_be(self.at + 8)?, 16),
            size => (u64::from(size), 8),
        };
        if !name.iter().all(|byte| byte.is_ascii_graphic() || matches!(byte, b' ' | 0xa9)) {
            return Err(Fault::corrupt(format!("there is no box at byte {}", self.at)));
        }
        let called = format!("the box `{}`", String::from_utf8_lossy(&name));
        if size < head {
            return Err(Fault::corrupt(format!("{called} claims to have {size} bytes")));
        }
        if self.is_file {
            file.holds(&called, self.at, size)?;
        } else if size > self.end - self.at {
            return Err(Fault::corrupt(format!("{called} is larger than the box that contains it")));
        }
        let part = Part { name, body: self.at + head, end: self.at + size };
        self.at = part.end;
        Ok(Some(part))
    }
}

/// The first box of a name within another.
pub(super) fn child(file: &mut Window<'_>, parent: Part, name: [u8; 4]) -> Result<Option<Part>, Fault> {
    let mut boxes = Boxes::within(parent);
    while let Some(part) = boxes.next(file)? {
        if part.name == name {
            return Ok(Some(part));
        }
    }
    Ok(None)
}

impl Part {
    /// The place of `length` bytes from `offset` of the body; a fault if the box is too short for them.
    pub(super) fn at(&self, offset: u64, length: u64) -> Result<u64, Fault> {
        let place = self.body.saturating_add(offset);
        if place.saturating_add(length) > self.end {
            let name = String::from_utf8_lossy(&self.name);
            return Err(Fault::corrupt(format!("the box `{name}` is too short for what it claims to hold")));
        }
        Ok(place)
    }
}
