//! Animated WebP: its frames and their times. The check `image` decodes them.

use crate::facts::Media;
use crate::fault::Fault;
use crate::format::Format;
use crate::source::Window;

pub fn read(file: &mut Window<'_>) -> Result<Media, Fault> {
    let claimed = u64::from(file.u32_le(4)?);
    file.holds("the image", 8, claimed)?;
    let end = 8 + claimed;
    let (mut frames, mut time, mut size) = (0, 0, None);
    let mut at: u64 = 12;
    while at + 8 <= end {
        let [a, b, c, d] = file.array(at)?;
        let length = u64::from(file.u32_le(at + 4)?);
        if at + 8 + length > end {
            return Err(Fault::corrupt("a chunk is larger than the file says it is"));
        }
        match &[a, b, c, d] {
            b"VP8X" => {
                let [flags, _, _, _, w0, w1, w2, h0, h1, h2] = file.array(at + 8)?;
                if flags & 0x02 == 0 {
                    return Ok(Media::Still);
                }
                let number = |low, middle, high| u32::from_le_bytes([low, middle, high, 0]) + 1;
                size = Some((number(w0, w1, w2), number(h0, h1, h2)));
            }
            b"ANMF" => {
                let [t0, t1, t2] = file.array(at + 8 + 12)?;
                frames += 1;
                time += u64::from(u32::from_le_bytes([t0, t1, t2, 0]));
            }
            _ => {}
        }
        // Chunks begin at even offsets.
        at += 8 + length + length % 2;
    }
    let Some((width, height)) = size else { return Ok(Media::Still) };
    super::animation(Format::Webp, width, height, frames, time)
}
