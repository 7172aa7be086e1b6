//! Images as pixels, within limits.

use super::Pixels;
use crate::media::MediaType;
use image_webp::WebPDecoder;
use png::{ColorType, Decoder, Transformations};
use std::io::Cursor;
use std::num::NonZeroU64;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// The most pixels: 4096 × 8192.
const MOST_PIXELS: u64 = 1 << 25;
/// What a decoder may allocate, in bytes.
const MOST_BYTES: usize = 256 << 20;
/// Each scan of a progressive image costs a pass over it.
const MOST_SCANS: usize = 100;

pub(super) fn decode(bytes: &[u8]) -> Option<Pixels> {
    match MediaType::of(bytes)?.name {
        "image/png" => png(bytes),
        "image/jpeg" => jpeg(bytes),
        "image/gif" => gif(bytes),
        "image/webp" => webp(bytes),
        _ => None,
    }
}

fn is_small(width: u32, height: u32) -> bool {
    let pixels = u64::from(width) * u64::from(height);
    (1..=MOST_PIXELS).contains(&pixels)
}

fn png(bytes: &[u8]) -> Option<Pixels> {
    let mut decoder = Decoder::new(Cursor::new(bytes));
    // ComfyUI stores whole workflows in texts, an attacker a bomb.
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_limits(png::Limits { bytes: MOST_BYTES });
    decoder.set_transformations(Transformations::EXPAND | Transformations::STRIP_16);
    let mut reader = decoder.read_info().ok()?;
    let (width, height) = (reader.info().width, reader.info().height);
    if !is_small(width, height) {
        return None;
    }
    let mut pixels = vec![0; reader.output_buffer_size()?];
    let frame = reader.next_frame(&mut pixels).ok()?;
    pixels.truncate(frame.buffer_size());
    let channels = match frame.color_type {
        ColorType::Grayscale => 1,
        ColorType::GrayscaleAlpha => 2,
        ColorType::Rgb => 3,
        ColorType::Rgba => 4,
        ColorType::Indexed => return None,
    };
    Some(Pixels { width: frame.width, height: frame.height, rgb: rgb(&pixels, channels) })
}

fn jpeg(bytes: &[u8]) -> Option<Pixels> {
    let options = DecoderOptions::default().jpeg_set_max_scans(MOST_SCANS).jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().ok()?;
    let (width, height) = decoder.dimensions()?;
    let (width, height) = (u32::try_from(width).ok()?, u32::try_from(height).ok()?);
    if !is_small(width, height) {
        return None;
    }
    Some(Pixels { width, height, rgb: decoder.decode().ok()? })
}

/// The first frame, on white.
fn gif(bytes: &[u8]) -> Option<Pixels> {
    let mut options = gif::DecodeOptions::new();
    options.set_color_output(gif::ColorOutput::RGBA);
    options.set_memory_limit(gif::MemoryLimit::Bytes(NonZeroU64::new(MOST_BYTES as u64)?));
    let mut decoder = options.read_info(Cursor::new(bytes)).ok()?;
    let (width, height) = (u32::from(decoder.width()), u32::from(decoder.height()));
    if !is_small(width, height) {
        return None;
    }
    let frame = decoder.read_next_frame().ok()??;
    let mut canvas = vec![255; 3 * width as usize * height as usize];
    let (left, top) = (usize::from(frame.left), usize::from(frame.top));
    let colors = rgb(&frame.buffer, 4);
    for (row, line) in colors.chunks_exact(3 * usize::from(frame.width)).enumerate() {
        let start = 3 * ((top + row) * width as usize + left);
        // A frame that leaves its canvas is not a picture.
        canvas.get_mut(start..start + line.len())?.copy_from_slice(line);
    }
    Some(Pixels { width, height, rgb: canvas })
}

fn webp(bytes: &[u8]) -> Option<Pixels> {
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).ok()?;
    decoder.set_memory_limit(MOST_BYTES);
    let (width, height) = decoder.dimensions();
    if !is_small(width, height) {
        return None;
    }
    let mut pixels = vec![0; decoder.output_buffer_size()?];
    decoder.read_image(&mut pixels).ok()?;
    let channels = if decoder.has_alpha() { 4 } else { 3 };
    Some(Pixels { width, height, rgb: rgb(&pixels, channels) })
}

/// Pixels of 1 to 4 channels in RGB; what is transparent is white.
fn rgb(pixels: &[u8], channels: usize) -> Vec<u8> {
    let on_white = |value: u8, alpha: u8| {
        let mixed = (u32::from(value) * u32::from(alpha) + 255 * (255 - u32::from(alpha))) / 255;
        u8::try_from(mixed).unwrap_or(u8::MAX)
    };
    let color = |pixel: &[u8]| match *pixel {
        [grey] => [grey; 3],
        [grey, alpha] => [on_white(grey, alpha); 3],
        [r, g, b] => [r, g, b],
        [r, g, b, alpha] => [r, g, b].map(|value| on_white(value, alpha)),
        _ => [0; 3],
    };
    pixels.chunks_exact(channels).flat_map(color).collect()
}
