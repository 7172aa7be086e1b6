//! Pictures as PNG.

use crate::chance::{Chance, nth};
use crate::handler::{Picture, PictureKind};
use std::io::Write;

/// Single-colored fields along each side of a picture.
const FIELDS: u32 = 24;
/// The color of another style. A quarter of each color is left.
const TINT: [u8; 3] = [210, 170, 110];

/// A picture as PNG: colored fields, also in another style, or black.
pub(super) fn file(picture: &Picture) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to memory fails only for a picture without pixels, and no workflow makes one.
    let _ = write_png(picture, &mut bytes);
    fill(&mut bytes, picture.at_least as usize);
    bytes
}

fn write_png(picture: &Picture, bytes: &mut Vec<u8>) -> Result<(), png::EncodingError> {
    let (width, height) = (picture.width, picture.height);
    let mut encoder = png::Encoder::new(bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_compression(png::Compression::Fast);
    encoder.set_filter(png::Filter::Up);
    let mut writer = encoder.write_header()?;
    // Row by row: a picture of the largest size has almost a gigabyte of pixels.
    let mut stream = writer.stream_writer()?;
    let mut written = Ok(());
    rows(picture, |row| {
        if written.is_ok() {
            written = stream.write_all(row);
        }
    });
    written.map_err(png::EncodingError::IoError)?;
    stream.finish()
}

/// The pixels of a picture, row by row, in three bytes each.
pub(super) fn rows(picture: &Picture, mut take: impl FnMut(&[u8])) {
    let (width, height) = (picture.width, picture.height);
    let mut row = Vec::with_capacity(width as usize * 3);
    let mut row_of = None;
    for y in 0..height {
        let line = field(y, height);
        if row_of.replace(line) != Some(line) {
            row.clear();
            for x in 0..width {
                row.extend_from_slice(&colour(picture, field(x, width), line));
            }
        }
        take(&row);
    }
}

fn field(at: u32, of: u32) -> u32 {
    u32::try_from(u64::from(at) * u64::from(FIELDS) / u64::from(of.max(1))).unwrap_or(0)
}

fn colour(picture: &Picture, x: u32, y: u32) -> [u8; 3] {
    if picture.kind == PictureKind::Black {
        return [0; 3];
    }
    let bits = Chance::new(picture.seed).bits("colour", nth(u64::from(x), y.into()));
    let [red, green, blue, ..] = bits.to_le_bytes();
    if picture.kind != PictureKind::AnotherStyle {
        return [red, green, blue];
    }
    let tinted =
        |(value, tint): (u8, u8)| u8::try_from((u16::from(value) + 3 * u16::from(tint)) / 4).unwrap_or(u8::MAX);
    [tinted((red, TINT[0])), tinted((green, TINT[1])), tinted((blue, TINT[2]))]
}

/// A color that each frame of an animation has for itself.
pub(super) fn color_of_frame(picture: &Picture, frame: u32) -> [u8; 3] {
    colour(picture, FIELDS + frame, 0)
}

/// Fills a PNG up to a size, with a chunk before its end that decoders skip.
fn fill(bytes: &mut Vec<u8>, at_least: usize) {
    /// The size of the last chunk, and of a chunk besides its data.
    const CHUNK: usize = 12;
    let missing = at_least.saturating_sub(bytes.len() + CHUNK);
    if missing == 0 || bytes.len() < CHUNK {
        return;
    }
    let end = bytes.split_off(bytes.len() - CHUNK);
    let mut chunk = b"fiLl".to_vec();
    chunk.resize(4 + missing, 0);
    bytes.extend_from_slice(&u32::try_from(missing).unwrap_or(u32::MAX).to_be_bytes());
    let sum = crc32fast::hash(&chunk);
    bytes.append(&mut chunk);
    bytes.extend_from_slice(&sum.to_be_bytes());
    bytes.extend_from_slice(&end);
}

#[cfg(test)]
mod tests {
    use super::super::file;
    use super::*;
    use crate::handler::Format;

    fn picture(kind: PictureKind, at_least: u32) -> Picture {
        Picture { width: 200, height: 100, kind, at_least, ..Picture::of_tests(Format::Png) }
    }

    /// The pixels, from a decoder that verifies everything.
    fn decode(bytes: &[u8]) -> Result<(u32, u32, Vec<u8>), png::DecodingError> {
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info()?;
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels)?;
        reader.finish()?;
        Ok((info.width, info.height, pixels))
    }

    #[test]
    fn a_good_picture_has_its_size_and_many_colours() {
        let (width, height, pixels) = decode(&file(&picture(PictureKind::Good, 0))).unwrap();
        let colours: std::collections::BTreeSet<&[u8]> = pixels.chunks(3).collect();
        assert_eq!((width, height), (200, 100));
        assert!(colours.len() > 500);
    }

    #[test]
    fn another_seed_is_another_picture_and_the_same_seed_the_same_bytes() {
        let other = Picture { seed: 8, ..picture(PictureKind::Good, 0) };
        assert_eq!(file(&picture(PictureKind::Good, 0)), file(&picture(PictureKind::Good, 0)));
        assert_ne!(file(&picture(PictureKind::Good, 0)), file(&other));
    }

    #[test]
    fn a_black_picture_is_black() {
        let (_, _, pixels) = decode(&file(&picture(PictureKind::Black, 0))).unwrap();
        assert!(pixels.iter().all(|channel| *channel == 0));
    }

    #[test]
    fn a_damaged_picture_cannot_be_decoded() {
        assert!(decode(&file(&picture(PictureKind::Corrupt, 0))).is_err());
        assert!(decode(&file(&picture(PictureKind::Truncated, 0))).is_err());
    }

    #[test]
    fn a_picture_is_filled_up_and_stays_valid() {
        let bytes = file(&picture(PictureKind::Good, 100_000));
        assert_eq!(bytes.len(), 100_000);
        assert!(decode(&bytes).is_ok());
    }
}
