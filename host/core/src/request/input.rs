//! Files that are sent with each job.

use crate::digest::sha256_hex;
use crate::media::MediaType;
use serde_json::{Value, json};
use std::fmt;
use std::sync::Arc;

/// A file that is sent with each job, under the name that the workflow uses.
#[derive(Clone, PartialEq, Eq)]
pub struct InputFile {
    /// As loader nodes name it, such as `photo.png` or `clips/walk.mp4`.
    pub name: String,
    /// Its format by its first bytes. None if they are of no known media.
    pub media: Option<MediaType>,
    /// Of the bytes, in lower-case hex.
    pub sha256: String,
    /// Whether it came in the request that holds the workflow. Then it is sent with each job, else where a workflow names it.
    pub of_request: bool,
    bytes: Arc<[u8]>,
}

/// A file that is sent with jobs, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputFacts {
    /// As loader nodes name it.
    pub name: String,
    /// The media type of its content; none if it is unknown.
    pub media_type: Option<String>,
    /// In bytes.
    pub size: u64,
    /// In lower-case hex.
    pub sha256: String,
    /// Whether it is sent with each job, else where a workflow names it.
    pub of_request: bool,
}

impl InputFacts {
    /// Whether it is sent with a workflow.
    pub fn goes_with(&self, workflow: &Value) -> bool {
        self.of_request || names(workflow, &self.name)
    }
}

/// Why a file cannot be sent under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    #[error("the name of an input file must be a relative path without `..` and control characters")]
    Name,
}

impl InputFile {
    /// A file with these bytes. Refuses a name that could lead out of ComfyUI's folder `input`.
    pub fn new(name: &str, bytes: Vec<u8>) -> Result<Self, InputError> {
        let is_part = |part: &str| !part.is_empty() && part != "." && part != "..";
        let is_name = name.split('/').all(is_part) && !name.contains(|c: char| c.is_control() || c == '\\' || c == ':');
        if !is_name || name.len() > 255 {
            return Err(InputError::Name);
        }
        Ok(Self {
            name: name.to_owned(),
            media: MediaType::of(&bytes),
            sha256: sha256_hex(&bytes),
            of_request: false,
            bytes: bytes.into(),
        })
    }

    /// Without its bytes.
    pub fn facts(&self) -> InputFacts {
        let Self { name, media, sha256, of_request, .. } = self;
        InputFacts {
            name: name.clone(),
            media_type: media.map(|media| media.name.to_owned()),
            size: self.size(),
            sha256: sha256.clone(),
            of_request: *of_request,
        }
    }

    /// The size of the file.
    pub fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Whether it is sent with a workflow.
    pub(super) fn goes_with(&self, workflow: &Value) -> bool {
        self.of_request || names(workflow, &self.name)
    }

    /// The size of [`InputFile::data`] and what is around it in a request.
    pub(super) fn encoded_size(&self) -> usize {
        const AROUND: usize = r#"{"name":"","image":"data:;base64,"},"#.len() + 30;
        self.bytes.len().div_ceil(3) * 4 + self.name.len() + AROUND
    }

    /// As worker-comfyui takes it: a data URI.
    pub(super) fn data(&self) -> Value {
        let media = self.media.map_or("application/octet-stream", |media| media.name);
        Value::from(format!("data:{media};base64,{}", base64_simd::STANDARD.encode_to_string(&*self.bytes)))
    }

    /// As recordings have it.
    pub(super) fn by_digest(&self) -> Value {
        json!({"sha256": self.sha256, "bytes": self.size()})
    }
}

/// The name of a file in a loader's value: ComfyUI writes the folder behind it, as in `a.png [input]`.
pub fn file_name(value: &str) -> &str {
    value.strip_suffix(" [input]").unwrap_or(value)
}

/// Whether any input of a workflow's nodes is this name.
fn names(workflow: &Value, name: &str) -> bool {
    let inputs =
        workflow.as_object().into_iter().flat_map(|nodes| nodes.values()).filter_map(|node| node.get("inputs"));
    let mut values = inputs.filter_map(Value::as_object).flat_map(|inputs| inputs.values());
    values.any(|value| value.as_str().is_some_and(|value| file_name(value) == name))
}

impl fmt::Debug for InputFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InputFile").field("name", &self.name).field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_below_the_folder_of_inputs() {
        for name in ["photo.png", "clips/walk 1.mp4", "ä.png", "..x"] {
            assert!(InputFile::new(name, Vec::new()).is_ok(), "{name}");
        }
        let long = "x".repeat(256);
        for name in ["", "..", "a/../b", "/etc/passwd", "a//b", "a\\b", "C:x", "a\nb", "./a", "a/", &long] {
            assert_eq!(InputFile::new(name, Vec::new()), Err(InputError::Name), "{name}");
        }
    }
}
