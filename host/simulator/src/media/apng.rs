//! Animated PNG: what `SaveAnimatedPNG` saves.

use super::{Picture, png};

/// The first frame is the whole picture. The others change a corner of it.
pub(super) fn file(picture: &Picture) -> Vec<u8> {
    let mut bytes = Vec::new();
    // Writing to memory fails only for a picture without pixels, and no workflow makes one.
    let _ = write(picture, &mut bytes);
    bytes
}

fn write(picture: &Picture, bytes: &mut Vec<u8>) -> Result<(), ::png::EncodingError> {
    let mut encoder = ::png::Encoder::new(bytes, picture.width, picture.height);
    encoder.set_color(::png::ColorType::Rgb);
    encoder.set_compression(::png::Compression::Fast);
    encoder.set_animated(picture.frames, 0)?;
    encoder.set_frame_delay(milliseconds(picture), 1_000)?;
    let mut writer = encoder.write_header()?;
    let mut pixels = Vec::new();
    png::rows(picture, |row| pixels.extend_from_slice(row));
    writer.write_image_data(&pixels)?;
    for frame in 1..picture.frames {
        let (side, pixels) = corner(picture, frame);
        writer.set_frame_dimension(side, side)?;
        writer.write_image_data(&pixels)?;
    }
    writer.finish()
}

/// How long a frame is shown.
pub(super) fn milliseconds(picture: &Picture) -> u16 {
    u16::try_from(1_000_000 / picture.frames_in_1000_s.max(1)).unwrap_or(u16::MAX).max(1)
}

/// A square of a color that each frame has for itself, for the corner.
pub(super) fn corner(picture: &Picture, frame: u32) -> (u32, Vec<u8>) {
    let side = picture.width.min(picture.height).min(16);
    let color = png::color_of_frame(picture, frame);
    (side, color.repeat((side * side) as usize))
}
