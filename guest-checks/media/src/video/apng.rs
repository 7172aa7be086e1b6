//! Animated PNG: its frames and their times. The check `image` decodes them.

use crate::facts::Media;
use crate::fault::Fault;
use crate::format::Format;
use crate::source::Window;

/// Chunks beyond these are refused.
const MAX_CHUNKS: u32 = 1_000_000;

pub fn read(file: &mut Window<'_>) -> Result<Media, Fault> {
    let (mut width, mut height) = (0, 0);
    let (mut claimed, mut frames, mut time) = (None, 0, 0);
    let mut at = 8;
    for _ in 0..MAX_CHUNKS {
        let length = u64::from(file.u32_be(at)?);
        let name: [u8; 4] = file.array(at + 4)?;
        // With its checksum.
        file.holds(&format!("the chunk `{}`", String::from_utf8_lossy(&name).escape_default()), at + 8, length + 4)?;
        match &name {
            b"IHDR" => (width, height) = (file.u32_be(at + 8)?, file.u32_be(at + 12)?),
            b"acTL" => claimed = Some(u64::from(file.u32_be(at + 8)?)),
            // A still image has its pixels before any frame.
            b"IDAT" if claimed.is_none() => return Ok(Media::Still),
            b"fcTL" => {
                let (delay, per_second) = (file.u16_be(at + 8 + 20)?, file.u16_be(at + 8 + 22)?);
                let per_second = if per_second == 0 { 100 } else { u64::from(per_second) };
                frames += 1;
                time += u64::from(delay) * 1000 / per_second;
            }
            b"IEND" => {
                return match claimed {
                    None => Ok(Media::Still),
                    Some(claimed) if claimed != frames => {
                        Err(Fault::Corrupt(format!("its header claims {claimed} frames, and it has {frames}")))
                    }
                    Some(_) => super::animation(Format::Png, width, height, frames, time),
                };
            }
            _ => {}
        }
        at += 8 + length + 4;
    }
    Err(Fault::corrupt("it has more than 1,000,000 chunks"))
}
