//! The elements of a file or of an element.

use crate::fault::Fault;
use crate::source::Window;

/// An element: an id, and bytes from `body` to `end` of the file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Element {
    pub(super) id: u32,
    pub(super) body: u64,
    pub(super) end: u64,
    /// Whether it ends where its parent ends or one of its siblings begins.
    open_ended: bool,
}

/// Elements one after the other, each complete.
pub(super) struct Elements {
    at: u64,
    end: u64,
    parent: Option<Element>,
    left: u32,
}

/// Elements of one parent beyond these are refused.
const MAX_ELEMENTS: u32 = 10_000_000;

/// Elements that end a cluster whose length is not given: those of a segment.
const OF_SEGMENT: [u32; 8] = [
    0x1f43_b675, // Cluster
    0x1c53_bb6b, // Cues
    0x1254_c367, // Tags
    0x1549_a966, // Info
    0x1654_ae6b, // Tracks
    0x114d_9b74, // SeekHead
    0x1941_a469, // Attachments
    0x1043_a770, // Chapters
];

impl Elements {
    pub(super) fn of_file(file: &Window<'_>) -> Self {
        Self { at: 0, end: file.size(), parent: None, left: MAX_ELEMENTS }
    }

    pub(super) fn within(parent: Element) -> Self {
        Self { at: parent.body, end: parent.end, parent: Some(parent), left: MAX_ELEMENTS }
    }

    /// The next element; none at the end.
    pub(super) fn next(&mut self, file: &mut Window<'_>) -> Result<Option<Element>, Fault> {
        if self.at >= self.end {
            return Ok(None);
        }
        self.left = self.left.checked_sub(1).ok_or_else(|| Fault::corrupt("it has too many elements"))?;
        let (id, id_length) = id(file, self.at)?;
        let in_cluster = self.parent.is_some_and(|parent| parent.open_ended && parent.id == 0x1f43_b675);
        if in_cluster && OF_SEGMENT.contains(&id) {
            return Ok(None);
        }
        let body = self.at + id_length;
        let (size, length) = size(file, body)?;
        let body = body + length;
        let called = name(id);
        let too_large = || Fault::corrupt(format!("{called} is larger than the element that contains it"));
        if body > self.end {
            return Err(too_large());
        }
        let element = match size {
            Some(size) if self.parent.is_none_or(|parent| parent.end == file.size()) => {
                file.holds(&called, body, size)?;
                Element { id, body, end: body + size, open_ended: false }
            }
            Some(size) if body.saturating_add(size) > self.end => return Err(too_large()),
            Some(size) => Element { id, body, end: body + size, open_ended: false },
            None if id == 0x1f43_b675 => {
                Element { id, body, end: cluster_end(file, body, self.end)?, open_ended: true }
            }
            None => Element { id, body, end: self.end, open_ended: true },
        };
        self.at = element.end;
        Ok(Some(element))
    }
}

/// Where a cluster without a length ends.
fn cluster_end(file: &mut Window<'_>, body: u64, end: u64) -> Result<u64, Fault> {
    let cluster = Element { id: 0x1f43_b675, body, end, open_ended: true };
    let mut parts = Elements::within(cluster);
    let mut last = body;
    while let Some(part) = parts.next(file)? {
        last = part.end;
    }
    Ok(last)
}

impl Element {
    /// Its value, an unsigned number.
    pub(super) fn number(&self, file: &mut Window<'_>) -> Result<u64, Fault> {
        let bytes = self.bytes(file, 8)?;
        Ok(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    /// Its value, a floating-point number.
    pub(super) fn float(&self, file: &mut Window<'_>) -> Result<f64, Fault> {
        let bytes = self.bytes(file, 8)?;
        match bytes.as_slice() {
            [] => Ok(0.0),
            &[a, b, c, d] => Ok(f32::from_be_bytes([a, b, c, d]).into()),
            bytes => {
                let bytes =
                    bytes.try_into().map_err(|_| Fault::corrupt(format!("{} is not a number", name(self.id))))?;
                Ok(f64::from_be_bytes(bytes))
            }
        }
    }

    /// Its value, of at most `limit` bytes.
    pub(super) fn bytes(&self, file: &mut Window<'_>, limit: u64) -> Result<Vec<u8>, Fault> {
        let length = self.end - self.body;
        if length > limit {
            return Err(Fault::corrupt(format!("{} is too long", name(self.id))));
        }
        Ok(file.bytes(self.body, usize::try_from(length).unwrap_or(usize::MAX))?.to_vec())
    }
}

/// A number whose first bits give its length, within an element. With its length.
pub(super) fn number(file: &mut Window<'_>, at: u64, end: u64) -> Result<(u64, u64), Fault> {
    match size(file, at)? {
        (Some(number), length) if at + length <= end => Ok((number, length)),
        _ => Err(Fault::corrupt("a block has no track")),
    }
}

fn id(file: &mut Window<'_>, at: u64) -> Result<(u32, u64), Fault> {
    let [first] = file.array(at)?;
    let length = u64::from(first.leading_zeros()) + 1;
    if length > 4 {
        return Err(Fault::corrupt(format!("there is no element at byte {at}")));
    }
    let bytes = file.bytes(at, usize::try_from(length).unwrap_or_default())?;
    Ok((bytes.iter().fold(0, |id, byte| id << 8 | u32::from(*byte)), length))
}

/// A size with its length. None if the element does not give it.
fn size(file: &mut Window<'_>, at: u64) -> Result<(Option<u64>, u64), Fault> {
    let [first] = file.array(at)?;
    let length = u64::from(first.leading_zeros()) + 1;
    if length > 8 {
        return Err(Fault::corrupt(format!("an element has no size at byte {at}")));
    }
    let bytes = file.bytes(at, usize::try_from(length).unwrap_or_default())?;
    let all = bytes.iter().fold(0, |size: u64, byte| size << 8 | u64::from(*byte));
    let mask = (1_u64 << (7 * length)) - 1;
    Ok(((all & mask != mask).then_some(all & mask), length))
}

fn name(id: u32) -> String {
    match id {
        0x1853_8067 => "the segment".to_owned(),
        0x1f43_b675 => "a cluster".to_owned(),
        0xa3 | 0xa1 => "a block".to_owned(),
        id => format!("the element {id:X}"),
    }
}
