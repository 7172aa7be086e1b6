//! Tags of MP4 and MOV videos: `moov/udta/meta` or `moov/meta`, with named keys or with a comment.
//!
//! ComfyUI's own nodes write the keys `prompt` and `workflow`. `VideoHelperSuite` writes one comment, a JSON object with both.

use super::{Broken, Texts, part, u32_be};
use serde_json::Value;

/// A box: its kind and its content.
type Box<'a> = (&'a [u8], &'a [u8]);

pub(super) fn texts(bytes: &[u8]) -> Result<Texts, Broken> {
    let Some(moov) = child(bytes, *b"moov")? else { return Ok(Texts::default()) };
    let udta = child(moov, *b"udta")?;
    for parent in [udta, Some(moov)].into_iter().flatten() {
        if let Some(meta) = child(parent, *b"meta")? {
            let texts = of_meta(meta)?;
            if !texts.is_empty() {
                return Ok(texts);
            }
        }
    }
    Ok(Texts::default())
}

fn of_meta(meta: &[u8]) -> Result<Texts, Broken> {
    // MP4 has a version and flags before the boxes, QuickTime has not.
    let meta = if meta.get(4..8) == Some(b"hdlr") { meta } else { part(meta, 4, meta.len().saturating_sub(4))? };
    let keys = child(meta, *b"keys")?.map(keys).transpose()?.unwrap_or_default();
    let mut texts = Texts::default();
    let Some(list) = child(meta, *b"ilst")? else { return Ok(texts) };
    for (kind, content) in boxes(list) {
        let Some(data) = child(content, *b"data")? else { continue };
        // A type and a locale precede the text.
        let text = String::from_utf8_lossy(part(data, 8, data.len().saturating_sub(8))?);
        let key = u32_be(kind, 0)?.checked_sub(1).and_then(|index| keys.get(index));
        match key {
            Some(name) if name != "comment" => texts.add(name, &text),
            Some(_) => of_comment(&text, &mut texts),
            None if kind == b"\xa9cmt" => of_comment(&text, &mut texts),
            None => {}
        }
    }
    Ok(texts)
}

/// The names of a box `keys`, in order.
fn keys(content: &[u8]) -> Result<Vec<String>, Broken> {
    let listed = part(content, 8, content.len().saturating_sub(8))?;
    let last = |name: &[u8]| String::from_utf8_lossy(name).rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    Ok(boxes(listed).map(|(_, name)| last(name)).collect())
}

/// The workflows of a comment. Each is an object, or a text that holds one.
fn of_comment(text: &str, texts: &mut Texts) {
    let Ok(Value::Object(members)) = serde_json::from_str(text) else { return };
    for (name, member) in &members {
        match member {
            Value::String(text) => texts.add(name, text),
            Value::Object(_) => texts.add(name, &member.to_string()),
            _ => {}
        }
    }
}

/// The first box of a kind. A file that ends within a box before it is broken.
fn child(bytes: &[u8], kind: [u8; 4]) -> Result<Option<&[u8]>, Broken> {
    let mut rest = bytes;
    while rest.len() >= 8 {
        let ((found, content), after) = first(rest)?;
        if *found == kind {
            return Ok(Some(content));
        }
        rest = after;
    }
    Ok(None)
}

/// The boxes up to the first that is broken.
fn boxes(bytes: &[u8]) -> impl Iterator<Item = Box<'_>> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (first, after) = first(rest).ok()?;
        rest = after;
        Some(first)
    })
}

/// The first box, and what follows it.
fn first(bytes: &[u8]) -> Result<(Box<'_>, &[u8]), Broken> {
    let (header, length) = match u32_be(bytes, 0)? {
        // To the end of the file.
        0 => (8, bytes.len()),
        // 64 bits follow. A box of this size is not in a file that is read.
        1 if u32_be(bytes, 8)? == 0 => (16, u32_be(bytes, 12)?),
        length => (8, length),
    };
    let content = part(bytes, header, length.checked_sub(header).ok_or(Broken)?)?;
    Ok(((part(bytes, 4, 4)?, content), &bytes[length..]))
}
