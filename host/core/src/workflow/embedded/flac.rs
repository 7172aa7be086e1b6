//! Vorbis comments of FLAC audio, such as `prompt={…}`.

use super::{Broken, Texts, part};

pub(super) fn texts(bytes: &[u8]) -> Result<Texts, Broken> {
    const COMMENTS: u8 = 4;
    let mut at = 4;
    loop {
        let [kind, high, middle, low] = *part(bytes, at, 4)? else { return Err(Broken) };
        let length = usize::from(high) << 16 | usize::from(middle) << 8 | usize::from(low);
        let block = part(bytes, at + 4, length)?;
        if kind & 0x7f == COMMENTS {
            return comments(block);
        }
        if kind & 0x80 != 0 {
            return Ok(Texts::default());
        }
        at += 4 + length;
    }
}

/// The comments of a block: a vendor, a count, and texts, each after its length.
fn comments(block: &[u8]) -> Result<Texts, Broken> {
    let length = |at: usize| {
        let four = part(block, at, 4)?.try_into().map_err(|_| Broken)?;
        usize::try_from(u32::from_le_bytes(four)).map_err(|_| Broken)
    };
    let vendor = length(0)?;
    part(block, 4, vendor)?;
    let count = length(4 + vendor)?;
    let mut at = 8 + vendor;
    let mut texts = Texts::default();
    for _ in 0..count {
        let text = part(block, at + 4, length(at)?)?;
        at += 4 + text.len();
        if let Some((name, text)) = String::from_utf8_lossy(text).split_once('=') {
            texts.add(name, text);
        }
    }
    Ok(texts)
}
