//! How many files a sample returned.

use crate::lost::{has_ending, is_media};
use crate::samples::Sample;
use serde_json::Value;

/// Endings of images in URLs.
const IMAGES: [&str; 9] = ["png", "jpg", "jpeg", "webp", "gif", "avif", "bmp", "tif", "tiff"];
/// What the job was sent.
const INPUT: [&str; 6] = ["workflow", "prompt", "input", "inputs", "echo", "request"];
/// No worker nests files more deeply.
const DEEPEST: usize = 32;

impl Sample {
    /// How many files it returned, whatever their kind, as far as the output shows: images, data that the host replaced by
    /// its size, and URLs of media.
    ///
    /// `outputs.files` has the files themselves.
    #[must_use]
    pub fn file_count(&self) -> u32 {
        let output = self.output.as_deref().and_then(|json| serde_json::from_str(json).ok());
        self.image_count.max(output.map_or(0, |output| files(&output, DEEPEST)))
    }
}

fn files(value: &Value, levels: usize) -> u32 {
    let Some(levels) = levels.checked_sub(1) else { return 0 };
    match value {
        Value::String(text) => u32::from(is_file(text)),
        Value::Array(items) => items.iter().map(|item| files(item, levels)).sum(),
        Value::Object(members) => {
            let of_job = members.iter().filter(|(key, _)| !INPUT.contains(&key.as_str()));
            of_job.map(|(_, member)| files(member, levels)).sum()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

fn is_file(text: &str) -> bool {
    let data = text.split_once(";base64,").map_or(text, |(_, data)| data);
    let is_data = data.starts_with("<base64, ") && data.ends_with(" bytes>");
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let is_url = text.starts_with("https://") || text.starts_with("http://");
    is_data || (is_url && (has_ending(path, &IMAGES) || is_media(path)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples::Ending;

    #[test]
    fn files_of_every_kind_are_counted() {
        for (images, output, expected) in [
            (0, "{}", 0),
            (0, r#"{"video": "<base64, 12 bytes>"}"#, 1),
            (0, r#"{"audio": [{"filename": "a.flac", "data": "data:audio/flac;base64,<base64, 9 bytes>"}]}"#, 1),
            (0, r#"{"result": {"video_url": "https://b.example/a.MP4?…", "page": "https://b.example/a.html"}}"#, 1),
            (0, r#"{"input": {"images": ["<base64, 12 bytes>"]}}"#, 0),
            (2, r#"{"images": ["<base64, 12 bytes>"]}"#, 2),
            (1, "not JSON", 1),
        ] {
            let output = Some(output.to_owned());
            let sample = Sample { output, image_count: images, ..Sample::new(0, Ending::Succeeded) };
            assert_eq!(sample.file_count(), expected, "{:?}", sample.output);
        }
    }
}
