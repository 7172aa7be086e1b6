//! The picture that is decoded, in every format.

use anyhow::Context;
use bytes::Bytes;
use image_webp::WebPDecoder;
use png::{ColorType, Encoder};
use std::io::Cursor;

/// A picture of 1024 × 1024 pixels in one format.
#[derive(Clone, Debug)]
pub(crate) struct Picture {
    /// The format and the size.
    pub(crate) name: String,
    pub(crate) bytes: Bytes,
    /// The goal for decoding it in the sandbox, as a ratio to native.
    pub(crate) goal: f64,
}

/// The same picture in every format that the image check decodes.
pub(crate) fn pictures() -> anyhow::Result<Vec<Picture>> {
    let lossless: &'static [u8] = include_bytes!("../images/noise-lossless.webp");
    let picture = |format: &str, bytes: Bytes, goal| {
        let name = format!("{format}, {} KiB", bytes.len() >> 10);
        Picture { name, bytes, goal }
    };
    Ok(vec![
        picture("PNG", png(lossless)?.into(), 1.3),
        picture("JPEG", Bytes::from_static(include_bytes!("../images/noise.jpg")), 2.7),
        picture("WebP, lossy", Bytes::from_static(include_bytes!("../images/noise-lossy.webp")), 1.9),
        picture("WebP, lossless", Bytes::from_static(lossless), 1.4),
    ])
}

/// The PNG of the picture, which is too large for the repository.
fn png(webp: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut decoder = WebPDecoder::new(Cursor::new(webp))?;
    let (width, height) = decoder.dimensions();
    let mut pixels = vec![0; decoder.output_buffer_size().context("the picture is too large")?];
    decoder.read_image(&mut pixels)?;

    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(if decoder.has_alpha() { ColorType::Rgba } else { ColorType::Rgb });
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(file)
}
