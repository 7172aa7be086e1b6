//! Small copies of images, for pages.
//!
//! The images are hostile until parsed: their size is limited before they are decoded, the decoders are safe Rust, and
//! an image that cannot be decoded has no copy. Whether it is right is the question of a check, never of this.

mod decode;
mod duration;
mod pair;

use comfycheck_likeness::{Channels, Sketch, Sketcher};
pub use duration::duration;
pub use pair::{Pair, pair};
use std::collections::BTreeMap;
use std::time::Duration;

/// What a page shows of files, by their SHA-256 in hex.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Thumbnails {
    /// Small copies of images, and of videos whose first frame can be decoded.
    pub copies: BTreeMap<String, Thumbnail>,
    /// The lengths of other videos.
    pub durations: BTreeMap<String, Duration>,
}

/// A small copy of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thumbnail {
    pub width: u32,
    pub height: u32,
    /// The copy as a PNG file.
    pub png: Vec<u8>,
}

/// How many files of a sample a page shows.
pub const PER_SAMPLE: usize = 3;

/// The longest side of a copy.
const SIDES: (u32, u32) = (48, 224);
/// How many pixels all copies of a page have together: some MiB, which a browser opens within a second.
const PIXELS_OF_ALL: f64 = 2_600_000.0;
/// Colors are rounded to this many bits, which halves the file.
const COLOR_BITS: u32 = 5;

/// The longest side of each copy, if a page has so many.
pub fn side(copies: usize) -> u32 {
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    let side = (PIXELS_OF_ALL / copies.max(1) as f64).sqrt() as u32;
    side.clamp(SIDES.0, SIDES.1)
}

/// A copy of a PNG, JPEG, WebP or GIF image that is at most `side` wide and high. Of an animation, the first frame. None for
/// other files, images that cannot be decoded, and images that are too large.
pub fn thumbnail(bytes: &[u8], side: u32) -> Option<Thumbnail> {
    let pixels = decode::decode(bytes)?;
    let small = pixels.at_most(side.max(1))?;
    Some(Thumbnail { width: small.width, height: small.height, png: small.png(COLOR_BITS)? })
}

/// A sketch of a PNG, JPEG or WebP image, to compare it with others. None as for [`thumbnail`].
pub fn sketch(bytes: &[u8]) -> Option<Sketch> {
    let Pixels { width, height, rgb } = decode::decode(bytes)?;
    let mut sketcher = Sketcher::new(width, height, Channels::Rgb)?;
    sketcher.add(&rgb);
    sketcher.finish()
}

/// Pixels in RGB, row by row.
#[derive(Clone)]
struct Pixels {
    width: u32,
    height: u32,
    rgb: Vec<u8>,
}

impl Pixels {
    /// The same at a size of at most `side`: each pixel is the mean of those that it stands for.
    fn at_most(self, side: u32) -> Option<Self> {
        let longest = self.width.max(self.height);
        if longest == 0 || longest <= side {
            return (longest > 0).then_some(self);
        }
        let scaled = |length: u32| {
            let scaled = (u64::from(length) * u64::from(side)).div_ceil(u64::from(longest));
            u32::try_from(scaled).unwrap_or(side).max(1)
        };
        let (width, height) = (scaled(self.width), scaled(self.height));
        let range = |at: u32, of: u32, from: u32| {
            let edge = |at: u32| usize::try_from(u64::from(at) * u64::from(from) / u64::from(of)).unwrap_or(usize::MAX);
            let start = edge(at);
            (start, edge(at + 1).max(start + 1))
        };
        let mut rgb = Vec::with_capacity(3 * width as usize * height as usize);
        for y in 0..height {
            let (top, bottom) = range(y, height, self.height);
            for x in 0..width {
                let (left, right) = range(x, width, self.width);
                let mut sums = [0_u32; 3];
                for row in top..bottom {
                    let start = 3 * (row * self.width as usize + left);
                    for pixel in self.rgb.get(start..start + 3 * (right - left))?.chunks_exact(3) {
                        sums.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += u32::from(*value));
                    }
                }
                let number = u32::try_from((bottom - top) * (right - left)).ok()?;
                rgb.extend(sums.map(|sum| u8::try_from(sum / number).unwrap_or(u8::MAX)));
            }
        }
        Some(Self { width, height, rgb })
    }

    /// With colors of so many bits, from 4 to 8.
    fn png(self, bits: u32) -> Option<Vec<u8>> {
        let drop = 8 - bits;
        // The upper bits are repeated below, so white stays white.
        let low = |value: u8| value.checked_shr(bits).unwrap_or(0);
        let rounded: Vec<u8> = self.rgb.iter().map(|value| (value >> drop << drop) | low(*value)).collect();
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::Balanced);
        let mut writer = encoder.write_header().ok()?;
        writer.write_image_data(&rounded).ok()?;
        writer.finish().ok()?;
        Some(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(width: u32, height: u32, color: impl Fn(u32, u32) -> [u8; 3]) -> Pixels {
        let rgb = (0..height).flat_map(|y| (0..width).map(move |x| (x, y))).flat_map(|(x, y)| color(x, y)).collect();
        Pixels { width, height, rgb }
    }

    #[test]
    fn a_copy_keeps_the_proportions_and_the_colors() {
        let halves = image(1024, 512, |x, _| if x < 512 { [255, 255, 255] } else { [0, 0, 0] });
        let copy = thumbnail(&halves.png(COLOR_BITS).unwrap(), 64).unwrap();
        assert_eq!((copy.width, copy.height), (64, 32));
        let pixels = decode::decode(&copy.png).unwrap();
        assert_eq!(pixels.rgb[..3], [255, 255, 255]);
        assert_eq!(pixels.rgb[3 * 63..3 * 64], [0, 0, 0]);
    }

    #[test]
    fn a_small_image_is_not_enlarged() {
        let copy = thumbnail(&image(3, 5, |_, _| [8, 8, 8]).png(COLOR_BITS).unwrap(), 64).unwrap();
        assert_eq!((copy.width, copy.height), (3, 5));
        // A line stays a line.
        let line = thumbnail(&image(2_000, 1, |_, _| [8, 8, 8]).png(COLOR_BITS).unwrap(), 64).unwrap();
        assert_eq!((line.width, line.height), (64, 1));
    }

    #[test]
    fn what_is_not_an_image_or_is_cut_or_claims_too_much_has_no_copy() {
        let whole = image(64, 64, |x, y| [x, y, 0].map(|value| u8::try_from(value).unwrap())).png(COLOR_BITS).unwrap();
        let mut huge = whole.clone();
        huge[16..24].copy_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0]);
        for bytes in
            [&b""[..], b"<html>", &whole[..whole.len() / 2], &huge, b"\xff\xd8\xff\xe0", b"RIFF\0\0\0\0WEBPVP8 "]
        {
            assert_eq!(thumbnail(bytes, 64), None);
        }
    }

    #[test]
    fn a_gif_has_its_first_frame_as_a_copy() {
        let mut bytes = Vec::new();
        let mut encoder = gif::Encoder::new(&mut bytes, 6, 4, &[]).unwrap();
        for color in [[0_u8, 0, 255], [255, 0, 0]] {
            let mut frame = gif::Frame::from_palette_pixels(3, 4, [0; 12], color, None);
            frame.left = 3;
            encoder.write_frame(&frame).unwrap();
        }
        drop(encoder);
        let pixels = decode::decode(&bytes).unwrap();
        assert_eq!((pixels.width, pixels.height), (6, 4));
        assert_eq!((&pixels.rgb[..3], &pixels.rgb[9..12]), (&[255; 3][..], &[0, 0, 255][..]));
        assert_eq!(thumbnail(&bytes[..20], 64), None);
    }

    #[test]
    fn more_copies_are_smaller() {
        assert_eq!([1, 12, 100, 1_000, 100_000].map(side), [224, 224, 161, 50, 48]);
    }
}
