//! JPEG, baseline and progressive.

use super::observer::Observer;
use super::{Fault, Header, Picture};
use crate::format::Format;
use crate::pixels::Layout;
use zune_jpeg::JpegDecoder;
use zune_jpeg::errors::DecodeErrors;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::options::DecoderOptions;

/// The greatest width and height that the format can express.
const MAX_SIDE: usize = 65_535;

/// Scans of a progressive image. Programs write about ten; each costs a pass over the whole image.
const MAX_SCANS: usize = 100;

/// The last two bytes of a file.
const END_MARKER: [u8; 2] = [0xff, 0xd9];

/// Inserted before the end marker. Where the data ends before the image, the decoder would go on with zeros, which have a
/// meaning. No code of a scan consists of ones alone. Longer than what a decoder reads ahead.
const PADDING: [u8; 32] = {
    let mut padding = [0xff; 32];
    let mut at = 1;
    while at < padding.len() {
        // A byte of ones is followed by a zero, lest it be taken for a marker.
        padding[at] = 0;
        at += 2;
    }
    padding
};

/// The part before the first scan.
struct Front {
    header: Header,
    /// Where the first scan begins.
    scan: usize,
}

pub(super) fn header(bytes: &[u8]) -> Result<Header, Fault> {
    Ok(front(bytes)?.header)
}

pub(super) fn decode(bytes: &[u8], header: Header, with_sketch: bool) -> Result<Picture, Fault> {
    // The decoder does not check for the end marker. It cannot occur within a scan, and thumbnails with one of their
    // own precede the first.
    let scan = front(bytes)?.scan;
    let end = bytes[scan..].windows(2).rposition(|pair| pair == END_MARKER).ok_or(Fault::Cut(None))? + scan;
    let bytes = [&bytes[..end], &PADDING, &END_MARKER].concat();
    // Strict: a lenient decoder fills the missing part with grey and reports an image.
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(MAX_SIDE)
        .set_max_height(MAX_SIDE)
        .jpeg_set_max_scans(MAX_SCANS);
    let pixels = JpegDecoder::new_with_options(ZCursor::new(&bytes), options).decode().map_err(|err| fault(&err))?;
    let mut observer = Observer::new(header, Layout::Rgb, with_sketch);
    observer.add(&pixels);
    Ok(observer.finish(header, 1, 1))
}

/// Reads the markers up to the first scan.
fn front(bytes: &[u8]) -> Result<Front, Fault> {
    let mut at = 2;
    let mut frame = None;
    loop {
        // Any number of 0xff may precede a marker.
        while bytes.get(at) == Some(&0xff) && bytes.get(at + 1) == Some(&0xff) {
            at += 1;
        }
        let [prefix, marker] = *array(bytes, at)?;
        if prefix != 0xff {
            return Err(Fault::corrupt("a segment does not begin with a marker"));
        }
        let segment = at + 2;
        match marker {
            // Without a length: padding, restart markers, a second start.
            0x01 | 0xd0..=0xd8 => {
                at = segment;
                continue;
            }
            0xd9 => return Err(Fault::corrupt("it ends before its first scan")),
            // The frame's header, which C4, C8 and CC are not.
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                let &[_, _, _, h1, h0, w1, w0, components] = array(bytes, segment)?;
                let samples = samples(bytes, segment + 8, components)?;
                frame = Some((marker, u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]), components, samples));
            }
            0xda => {
                let (marker, width, height, components, samples) =
                    frame.ok_or_else(|| Fault::corrupt("it has no header"))?;
                let &[_, _, in_scan] = array(bytes, segment)?;
                // A copy of the file, the picture in RGB, and where it comes in several scans, the coefficients of all
                // of them, 16 bits each.
                let several = marker == 0xc2 || in_scan < components;
                let (width, height) = (u32::from(width), u32::from(height));
                let pixels = u64::from(width) * u64::from(height);
                let coefficients = if several { 2 * pixels * samples.0 / samples.1 } else { 0 };
                let memory = bytes.len() as u64 + pixels * 3 + pixels / 2 + coefficients;
                return Ok(Front { header: Header { format: Format::Jpeg, width, height, memory }, scan: segment });
            }
            _ => {}
        }
        let length = usize::from(u16::from_be_bytes(*array(bytes, segment)?));
        if length < 2 {
            return Err(Fault::corrupt("a segment has no length"));
        }
        at = segment + length;
    }
}

/// Samples of all components together, for how many pixels: a component may have one for each 2 × 2.
fn samples(bytes: &[u8], at: usize, components: u8) -> Result<(u64, u64), Fault> {
    let (mut all, mut most_across, mut most_down) = (0, 1, 1);
    for component in 0..usize::from(components) {
        let &[_, factors, _] = array(bytes, at + 3 * component)?;
        let (across, down) = (u64::from(factors >> 4), u64::from(factors & 15));
        all += across * down;
        (most_across, most_down) = (most_across.max(across), most_down.max(down));
    }
    Ok((all, most_across * most_down))
}

fn fault(err: &DecodeErrors) -> Fault {
    match err {
        // Their own text is the debugger's, in quotes.
        DecodeErrors::Format(reason) => Fault::corrupt(reason),
        DecodeErrors::FormatStatic(reason) => Fault::corrupt(*reason),
        err => Fault::corrupt(err.to_string()),
    }
}

/// The bytes at a place.
fn array<const N: usize>(bytes: &[u8], at: usize) -> Result<&[u8; N], Fault> {
    bytes.get(at..).and_then(|rest| rest.first_chunk()).ok_or(Fault::Cut(None))
}
