//! Text chunks of PNG images.

use super::super::LARGEST;
use super::{Broken, Texts};
use png::{Decoder, Limits};
use std::io::Cursor;

/// The texts before the pixels. All texts together have at most 16 MiB once they are unpacked.
pub(super) fn texts(bytes: &[u8]) -> Result<Texts, Broken> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: LARGEST });
    decoder.read_header_info().map_err(|_| Broken)?;
    let reader = decoder.read_info().map_err(|_| Broken)?;
    let info = reader.info();
    let mut texts = Texts::default();
    for text in &info.uncompressed_latin1_text {
        texts.add(&text.keyword, &text.text);
    }
    for text in &info.compressed_latin1_text {
        if let Ok(unpacked) = text.get_text() {
            texts.add(&text.keyword, &unpacked);
        }
    }
    for text in &info.utf8_text {
        if let Ok(unpacked) = text.get_text() {
            texts.add(&text.keyword, &unpacked);
        }
    }
    Ok(texts)
}
