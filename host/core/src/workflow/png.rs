//! The workflow that ComfyUI writes into the images that it saves.

use png::{Decoder, Limits};
use std::io::Cursor;

/// The most bytes of all texts of an image together, once they are unpacked.
const TEXT_BYTES: usize = super::LARGEST;

/// Why an image gives no workflow.
#[derive(Debug, thiserror::Error)]
pub enum PngError {
    /// It is broken before its pixels begin.
    #[error("the image is broken")]
    Broken(#[source] png::DecodingError),
    /// It has neither of the texts that `ComfyUI` writes.
    #[error("it has no text `prompt` or `workflow`, which ComfyUI leaves out with `--disable-metadata`")]
    NoWorkflow,
}

/// Whether a file calls itself a PNG image.
pub fn is_png(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x89PNG\r\n\x1a\n")
}

/// The workflow in a PNG image: what ran, in API format (its text `prompt`), else what the editor had (`workflow`).
///
/// Its pixels are not looked at. Texts that stand behind them are not found.
pub fn embedded(bytes: &[u8]) -> Result<String, PngError> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: TEXT_BYTES });
    let info = decoder.read_header_info().map(drop);
    let reader = info.and_then(|()| decoder.read_info()).map_err(PngError::Broken)?;
    let info = reader.info();
    for wanted in ["prompt", "workflow"] {
        if let Some(text) = info.uncompressed_latin1_text.iter().find(|text| text.keyword == wanted) {
            return Ok(text.text.clone());
        }
        let packed = info.compressed_latin1_text.iter().find(|text| text.keyword == wanted);
        if let Some(text) = packed.and_then(|text| text.get_text().ok()) {
            return Ok(text);
        }
        if let Some(text) =
            info.utf8_text.iter().find(|text| text.keyword == wanted).and_then(|text| text.get_text().ok())
        {
            return Ok(text);
        }
    }
    Err(PngError::NoWorkflow)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::error::Error;

    fn image(texts: &[(&str, &str)], packed: bool) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, 1, 1);
        for (keyword, text) in texts {
            let (keyword, text) = ((*keyword).to_owned(), (*text).to_owned());
            if packed { encoder.add_ztxt_chunk(keyword, text) } else { encoder.add_text_chunk(keyword, text) }.unwrap();
        }
        encoder.write_header().unwrap().write_image_data(&[0]).unwrap();
        bytes
    }

    #[test]
    fn what_ran_comes_before_what_the_editor_had() {
        for packed in [false, true] {
            let both = image(&[("workflow", r#"{"nodes": []}"#), ("prompt", r#"{"3": {}}"#)], packed);
            assert!(is_png(&both));
            assert_eq!(embedded(&both).unwrap(), r#"{"3": {}}"#);
            assert_eq!(embedded(&image(&[("workflow", "{}")], packed)).unwrap(), "{}");
        }
    }

    #[track_caller]
    fn check_error(bytes: &[u8], expected: &str) {
        let error = embedded(bytes).unwrap_err();
        let source = error.source().map(|source| format!(": {source}")).unwrap_or_default();
        assert_eq!(format!("{error}{source}").split(" with ").next(), Some(expected));
    }

    #[test]
    fn an_image_without_a_workflow_says_so() {
        let none = "it has no text `prompt` or `workflow`, which ComfyUI leaves out";
        check_error(&image(&[("Software", "x")], false), none);
        let whole = image(&[("prompt", "{}")], false);
        check_error(&whole[..40], "the image is broken: unexpected end of file");
    }
}
