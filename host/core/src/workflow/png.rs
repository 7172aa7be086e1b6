//! The workflow that ComfyUI writes into the images that it saves.

use png::{Decoder, Limits};
use std::io::Cursor;

/// The most bytes of all texts of an image together, once they are unpacked.
const TEXT_BYTES: usize = super::LARGEST;

/// Why an image has no workflow.
#[derive(Debug, thiserror::Error)]
pub enum PngError {
    /// Before its pixels begin.
    #[error("the image is broken")]
    Broken(#[source] png::DecodingError),
    #[error("the image has no text `prompt` or `workflow`: ComfyUI omits them with `--disable-metadata`")]
    NoWorkflow,
}

/// Whether a file begins like a PNG image.
pub fn is_png(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x89PNG\r\n\x1a\n")
}

/// The workflow in a PNG image: the one that ran, in API format (the text `prompt`), else the editor's (`workflow`).
///
/// Reads no pixels, and no texts after them.
pub fn embedded(bytes: &[u8]) -> Result<String, PngError> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(bytes), Limits { bytes: TEXT_BYTES });
    let info = decoder.read_header_info().map(drop);
    let reader = info.and_then(|()| decoder.read_info()).map_err(PngError::Broken)?;
    let info = reader.info();
    for keyword in ["prompt", "workflow"] {
        if let Some(text) = info.uncompressed_latin1_text.iter().find(|text| text.keyword == keyword) {
            return Ok(text.text.clone());
        }
        let packed = info.compressed_latin1_text.iter().find(|text| text.keyword == keyword);
        if let Some(text) = packed.and_then(|text| text.get_text().ok()) {
            return Ok(text);
        }
        if let Some(text) =
            info.utf8_text.iter().find(|text| text.keyword == keyword).and_then(|text| text.get_text().ok())
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
    fn the_workflow_that_ran_precedes_the_editors() {
        for packed in [false, true] {
            let both = image(&[("workflow", r#"{"nodes": []}"#), ("prompt", r#"{"3": {}}"#)], packed);
            assert!(is_png(&both));
            assert_eq!(embedded(&both).unwrap(), r#"{"3": {}}"#);
            assert_eq!(embedded(&image(&[("workflow", "{}")], packed)).unwrap(), "{}");
        }
    }

    #[test]
    fn an_image_without_a_workflow_is_refused() {
        let error = embedded(&image(&[("Software", "x")], false)).unwrap_err();
        assert!(matches!(error, PngError::NoWorkflow));
        let broken = embedded(&image(&[("prompt", "{}")], false)[..40]).unwrap_err();
        assert!(matches!(broken, PngError::Broken(_)));
        let source = broken.source().map(ToString::to_string).unwrap_or_default();
        let text = format!("{error}\n{broken}: {source}");
        insta::assert_snapshot!(text);
    }
}
