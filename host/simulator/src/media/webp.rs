//! Animated WebP: what `SaveAnimatedWEBP` saves. The format: RFC 9649.

use super::apng::{corner, milliseconds};
use super::{Picture, png};

/// The first frame is the whole picture. The others change a corner of it.
pub(super) fn file(picture: &Picture) -> Vec<u8> {
    let three = |number: u32| [number.to_le_bytes()[0], number.to_le_bytes()[1], number.to_le_bytes()[2]];
    let size = |width: u32, height: u32| [three(width - 1), three(height - 1)].concat();
    // An animation, without transparency. It repeats without end.
    let head = chunk(*b"VP8X", &[&[0x02, 0, 0, 0], &size(picture.width, picture.height)]);
    let mut chunks = vec![head, chunk(*b"ANIM", &[&[0xff, 0xff, 0xff, 0xff, 0, 0]])];
    let mut pixels = Vec::new();
    png::rows(picture, |row| pixels.extend_from_slice(row));
    for frame in 0..picture.frames {
        let (width, height, pixels) = if frame == 0 {
            (picture.width, picture.height, std::mem::take(&mut pixels))
        } else {
            let (edge, pixels) = corner(picture, frame);
            (edge, edge, pixels)
        };
        // At the corner, shown as it is, and kept.
        let place = [&[0; 6][..], &size(width, height), &three(milliseconds(picture).into()), &[0x02]].concat();
        chunks.push(chunk(*b"ANMF", &[&place, &image(&pixels, width, height)]));
    }
    let chunks = chunks.concat();
    chunk(*b"RIFF", &[b"WEBP", &chunks])
}

/// The chunk of an image, out of a file of its own.
fn image(pixels: &[u8], width: u32, height: u32) -> Vec<u8> {
    const HEAD: usize = 12;
    let mut file = Vec::new();
    // Writing to memory fails only for an image without pixels, and no workflow makes one.
    let _ = image_webp::WebPEncoder::new(&mut file).encode(pixels, width, height, image_webp::ColorType::Rgb8);
    file.split_off(HEAD.min(file.len()))
}

/// A chunk with its name and size. It has an even number of bytes.
fn chunk(name: [u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let size: usize = parts.iter().map(|part| part.len()).sum();
    let mut bytes = name.to_vec();
    bytes.extend(u32::try_from(size).unwrap_or(u32::MAX).to_le_bytes());
    for part in parts {
        bytes.extend_from_slice(part);
    }
    bytes.resize(bytes.len() + size % 2, 0);
    bytes
}
