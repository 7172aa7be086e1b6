//! WebP: lossy, lossless, animated.

use super::observer::Observer;
use super::{Fault, Header, Limits, Picture};
use crate::format::Format;
use crate::pixels::Layout;
use image_webp::{DecodingError, WebPDecoder};
use std::io::{Cursor, ErrorKind};

/// Bytes for each pixel: the three planes, and the picture in RGB.
const LOSSY: u64 = 5;
/// The picture with alpha and without, and the images that encode it.
const LOSSLESS: u64 = 8;
/// The three planes, the picture in RGBA, and its alpha as an image of its own.
const LOSSY_WITH_ALPHA: u64 = 11;
/// A frame of any kind, the canvas, and the picture.
const ANIMATED: u64 = 20;

/// A chunk of a `RIFF` file.
struct Chunk<'a> {
    name: [u8; 4],
    body: &'a [u8],
}

pub(super) fn header(bytes: &[u8]) -> Result<Header, Fault> {
    let size = bytes.get(4..8).ok_or(Fault::Cut(None))?;
    let size = u32::from_le_bytes([size[0], size[1], size[2], size[3]]);
    if (bytes.len() as u64) < u64::from(size) + 8 {
        return Err(Fault::Cut(None));
    }
    header_of_start(bytes)
}

/// The header of a file of which perhaps only the start is there.
pub(super) fn header_of_start(bytes: &[u8]) -> Result<Header, Fault> {
    let body = bytes.get(12..).ok_or(Fault::Cut(None))?;
    let first = chunks(body).next().ok_or(Fault::Cut(None))?;
    let (width, height, per_pixel) = match &first.name {
        b"VP8 " => {
            let (width, height) = lossy_size(first.body)?;
            (width, height, LOSSY)
        }
        b"VP8L" => {
            let &[signature, a, b, c, d] = first.body.first_chunk().ok_or(Fault::Cut(None))?;
            if signature != 0x2f {
                return Err(Fault::corrupt("the lossless image has no signature"));
            }
            let bits = u32::from_le_bytes([a, b, c, d]);
            ((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1, LOSSLESS)
        }
        b"VP8X" => {
            let &[flags, _, _, _, w0, w1, w2, h0, h1, h2] = first.body.first_chunk().ok_or(Fault::Cut(None))?;
            let (width, height) = (u32::from_le_bytes([w0, w1, w2, 0]) + 1, u32::from_le_bytes([h0, h1, h2, 0]) + 1);
            // A decoder allocates by a frame's own size before it compares.
            check_frames(body, width, height)?;
            let per_pixel = if flags & 0x02 != 0 {
                ANIMATED
            } else if flags & 0x10 != 0 {
                LOSSY_WITH_ALPHA
            } else {
                LOSSLESS
            };
            (width, height, per_pixel)
        }
        _ => return Err(Fault::corrupt("it does not begin with an image")),
    };
    let memory = u64::from(width) * u64::from(height) * per_pixel;
    Ok(Header { format: Format::Webp, width, height, memory })
}

pub(super) fn decode(bytes: &[u8], header: Header, limits: &Limits, with_sketch: bool) -> Result<Picture, Fault> {
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(|err| fault(&err))?;
    let size = decoder.output_buffer_size().filter(|_| decoder.dimensions() == (header.width, header.height));
    let size = size.ok_or_else(|| Fault::corrupt("its chunks contradict each other about its size"))?;
    let mut pixels = vec![0; size];
    let layout = if decoder.has_alpha() { Layout::Rgba } else { Layout::Rgb };
    let mut observer = Observer::new(header, layout, with_sketch);
    if !decoder.is_animated() {
        decoder.read_image(&mut pixels).map_err(|err| fault(&err))?;
        observer.add(&pixels);
        return Ok(observer.finish(header, 1, 1));
    }
    let frames_in_all = decoder.num_frames();
    if frames_in_all == 0 {
        return Err(Fault::corrupt("it is an animation without frames"));
    }
    let affordable = u32::try_from(limits.pixels / header.pixels()).unwrap_or(u32::MAX);
    let frames = frames_in_all.min(affordable);
    for _ in 0..frames {
        decoder.read_frame(&mut pixels).map_err(|err| fault(&err))?;
        observer.add(&pixels);
    }
    Ok(observer.finish(header, frames, frames_in_all))
}

/// Refuses lossy frames, on their own or within an animation, that claim to be larger than the canvas.
fn check_frames(body: &[u8], width: u32, height: u32) -> Result<(), Fault> {
    /// The part before the chunks of an animation's frame: place, size, duration, flags.
    const FRAME_HEADER: usize = 16;
    for chunk in chunks(body) {
        let inner = if chunk.name == *b"ANMF" { chunk.body.get(FRAME_HEADER..).unwrap_or_default() } else { &[] };
        for lossy in std::iter::once(chunk).chain(chunks(inner)).filter(|chunk| chunk.name == *b"VP8 ") {
            let (w, h) = lossy_size(lossy.body)?;
            if w > width || h > height {
                return Err(Fault::corrupt(format!(
                    "a frame of {w} × {h} is larger than its canvas of {width} × {height}"
                )));
            }
        }
    }
    Ok(())
}

/// The size that a lossy image claims.
fn lossy_size(body: &[u8]) -> Result<(u32, u32), Fault> {
    let &[_, _, _, a, b, c, w0, w1, h0, h1] = body.first_chunk().ok_or(Fault::Cut(None))?;
    if [a, b, c] != [0x9d, 0x01, 0x2a] {
        return Err(Fault::corrupt("the lossy image has no signature"));
    }
    // The two upper bits are a scale for display.
    let side = |low: u8, high: u8| u32::from(u16::from_le_bytes([low, high & 0x3f]));
    Ok((side(w0, w1), side(h0, h1)))
}

/// The chunks of a `RIFF` file, in order; the last one may be cut.
fn chunks(mut bytes: &[u8]) -> impl Iterator<Item = Chunk<'_>> {
    std::iter::from_fn(move || {
        let &[a, b, c, d, s0, s1, s2, s3] = bytes.first_chunk()?;
        let size = u32::from_le_bytes([s0, s1, s2, s3]) as usize;
        let rest = &bytes[8..];
        let chunk = Chunk { name: [a, b, c, d], body: &rest[..size.min(rest.len())] };
        // Chunks begin at even offsets.
        bytes = rest.get(size.saturating_add(size & 1)..).unwrap_or_default();
        Some(chunk)
    })
}

fn fault(err: &DecodingError) -> Fault {
    match err {
        DecodingError::IoError(err) if err.kind() == ErrorKind::UnexpectedEof => Fault::Cut(None),
        err => Fault::corrupt(err.to_string()),
    }
}
