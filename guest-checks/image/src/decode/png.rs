//! PNG, row by row: two rows are in memory, however large the image.

use super::observer::Observer;
use super::{Fault, Header, Limits, Picture, Progress};
use crate::format::Format;
use crate::pixels::Layout;
use png::{BitDepth, ColorType, Decoder, DecodingError, Reader, Transformations};
use std::io::{Cursor, ErrorKind};

/// Signature, and the header chunk: length, name, 13 bytes, checksum.
const HEADER_BYTES: usize = 8 + 25;

/// Bytes of each pixel in a row that is unfiltered, expanded and checked: at most 8, in each of the decoder's four
/// buffers.
const ROW_BYTES_PER_PIXEL: u64 = 4 * 8;

pub(super) fn header(bytes: &[u8]) -> Result<Header, Fault> {
    let header = bytes.get(..HEADER_BYTES).ok_or(Fault::Cut(None))?;
    let number = |at: usize| u32::from_be_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
    if &header[..8] != b"\x89PNG\r\n\x1a\n" {
        return Err(Fault::corrupt("the signature is damaged"));
    }
    if number(8) != 13 || &header[12..16] != b"IHDR" {
        return Err(Fault::corrupt("it does not begin with a header chunk"));
    }
    let (width, height) = (number(16), number(20));
    Ok(Header { format: Format::Png, width, height, memory: u64::from(width) * ROW_BYTES_PER_PIXEL })
}

pub(super) fn decode(bytes: &[u8], header: Header, limits: &Limits, with_sketch: bool) -> Result<Picture, Fault> {
    let mut decoder = Decoder::new(Cursor::new(bytes));
    // Texts and profiles are not part of the picture: ComfyUI stores whole workflows there, an attacker a bomb.
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_limits(png::Limits { bytes: usize::try_from(limits.memory).unwrap_or(usize::MAX) });
    decoder.set_transformations(Transformations::EXPAND);
    let mut reader = decoder.read_info().map_err(|err| fault(&err, header, None))?;
    let is_deep = reader.output_color_type().1 == BitDepth::Sixteen;

    let layout = match reader.output_color_type().0 {
        ColorType::Grayscale => Layout::Grey,
        ColorType::GrayscaleAlpha => Layout::GreyAlpha,
        ColorType::Rgb | ColorType::Indexed => Layout::Rgb,
        ColorType::Rgba => Layout::Rgba,
    };
    let mut observer = Observer::new(header, layout, with_sketch && !reader.info().interlaced);
    let frames_in_all = frame_count(&reader);
    let mut frames = 0;
    let mut pixels = header.pixels();
    loop {
        frame(&mut reader, header, is_deep, &mut observer)?;
        frames += 1;
        if frames == frames_in_all {
            break;
        }
        let next = reader.next_frame_info().map_err(|err| fault(&err, header, None))?;
        pixels += u64::from(next.width) * u64::from(next.height);
        if pixels > limits.pixels {
            return Ok(observer.finish(header, frames, frames_in_all));
        }
    }
    // Read to the end: a file that is cut after the last row is not whole.
    let whole = frames == 1 && !reader.info().interlaced;
    let progress = whole.then_some((header.height, header.height));
    reader.finish().map_err(|err| fault(&err, header, progress))?;
    Ok(observer.finish(header, frames, frames_in_all))
}

/// How many pictures an animation holds, with the one for programs that cannot show animations; else 1.
fn frame_count(reader: &Reader<Cursor<&[u8]>>) -> u32 {
    let info = reader.info();
    let animation = info.animation_control.map_or(1, |control| control.num_frames.max(1));
    let apart = info.animation_control.is_some() && info.frame_control.is_none();
    animation.saturating_add(u32::from(apart))
}

/// Decodes the next frame.
fn frame(
    reader: &mut Reader<Cursor<&[u8]>>,
    header: Header,
    is_deep: bool,
    observer: &mut Observer,
) -> Result<(), Fault> {
    let mut upper = Vec::new();
    let info = reader.info();
    // The rows of an interlaced image are not rows of the picture.
    let height = (!info.interlaced).then_some(info.frame_control.map_or(info.height, |frame| frame.height));
    let mut rows = 0;
    loop {
        match reader.next_row() {
            Ok(Some(row)) if is_deep => {
                upper.clear();
                upper.extend(row.data().iter().step_by(2));
                observer.add(&upper);
                observer.extremes.add_lower(row.data().iter().skip(1).step_by(2).copied());
            }
            Ok(Some(row)) => observer.add(row.data()),
            Ok(None) => return Ok(()),
            Err(err) => return Err(fault(&err, header, height.map(|height| (rows, height)))),
        }
        rows += 1;
    }
}

fn fault(err: &DecodingError, header: Header, progress: Progress) -> Fault {
    match err {
        DecodingError::IoError(err) if err.kind() == ErrorKind::UnexpectedEof => Fault::Cut(progress),
        DecodingError::LimitsExceeded => Fault::Costly(header),
        DecodingError::IoError(_) | DecodingError::Format(_) | DecodingError::Parameter(_) => {
            Fault::Corrupt { progress, reason: words(&err.to_string()) }
        }
    }
}

/// The decoder's words, with the names of chunks: it writes `ChunkType { type: IDAT, critical: true, … }`. Checksums
/// are left out, so equal faults of many images are one finding.
fn words(text: &str) -> String {
    if text.starts_with("CRC error") {
        return "a checksum is wrong".to_owned();
    }
    let short = || {
        let (before, chunk) = text.split_once("ChunkType { type: ")?;
        let (name, rest) = chunk.split_once(", critical: ")?;
        let (_, after) = rest.split_once('}')?;
        Some(format!("{before}{name}{after}"))
    };
    short().unwrap_or_else(|| text.to_owned())
}
