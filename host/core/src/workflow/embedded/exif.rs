//! EXIF of WebP and JPEG images: texts such as `prompt:{…}` in any tag of the first directory.
//!
//! ComfyUI writes the tags 0x0110 (`prompt:`) and 0x010F and below (`workflow:` and others).

use super::{Broken, Texts, part, u32_be};

/// The texts of a WebP image: the chunk `EXIF` of its RIFF file.
pub(super) fn of_webp(bytes: &[u8]) -> Result<Texts, Broken> {
    let mut at = 12;
    while at < bytes.len() {
        let kind = part(bytes, at, 4)?;
        let length = part(bytes, at + 4, 4)?.try_into().map(u32::from_le_bytes).map_err(|_| Broken)?;
        let length = usize::try_from(length).map_err(|_| Broken)?;
        let chunk = part(bytes, at + 8, length)?;
        if kind == b"EXIF" {
            return of_exif(chunk);
        }
        at += 8 + length + length % 2;
    }
    Ok(Texts::default())
}

/// The texts of a JPEG image: its segments `APP1` before the pixels.
pub(super) fn of_jpeg(bytes: &[u8]) -> Result<Texts, Broken> {
    const APP1: u8 = 0xe1;
    const START_OF_SCAN: u8 = 0xda;
    let mut at = 2;
    loop {
        let [0xff, marker] = *part(bytes, at, 2)? else { return Err(Broken) };
        match marker {
            // A fill byte.
            0xff => {
                at += 1;
                continue;
            }
            START_OF_SCAN => return Ok(Texts::default()),
            _ => {}
        }
        let length = part(bytes, at + 2, 2)?.try_into().map(u16::from_be_bytes).map_err(|_| Broken)?;
        let segment = part(bytes, at + 4, usize::from(length).checked_sub(2).ok_or(Broken)?)?;
        if marker == APP1 && segment.starts_with(b"Exif\0\0") {
            let texts = of_exif(segment)?;
            if !texts.is_empty() {
                return Ok(texts);
            }
        }
        at += 2 + usize::from(length);
    }
}

/// The texts of the first directory.
fn of_exif(bytes: &[u8]) -> Result<Texts, Broken> {
    const ENTRY: usize = 12;
    const ASCII: usize = 2;
    let bytes = bytes.strip_prefix(b"Exif\0\0").unwrap_or(bytes);
    let little = match part(bytes, 0, 4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return Err(Broken),
    };
    let u16_at = |at: usize| {
        let two = part(bytes, at, 2)?.try_into().map_err(|_| Broken)?;
        Ok(usize::from(if little { u16::from_le_bytes(two) } else { u16::from_be_bytes(two) }))
    };
    let u32_at = |at: usize| {
        let value = u32_be(bytes, at)?;
        let swapped = || u32::try_from(value).map(|value| value.swap_bytes() as usize).map_err(|_| Broken);
        if little { swapped() } else { Ok(value) }
    };
    let directory = u32_at(4)?;
    let count = u16_at(directory)?;
    let mut texts = Texts::default();
    for index in 0..count {
        let entry = directory + 2 + index * ENTRY;
        if u16_at(entry + 2)? != ASCII {
            continue;
        }
        let length = u32_at(entry + 4)?;
        // A value of up to four bytes stands in the entry itself.
        let at = if length <= 4 { entry + 8 } else { u32_at(entry + 8)? };
        let text = String::from_utf8_lossy(part(bytes, at, length)?);
        if let Some((name, text)) = text.trim_end_matches('\0').split_once(':') {
            texts.add(name, text);
        }
    }
    Ok(texts)
}
