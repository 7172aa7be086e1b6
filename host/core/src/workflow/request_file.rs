//! A file that holds a workflow: alone, in a request, or in the metadata of media.
//!
//! Everything that reads a workflow file reads it here. What comes out has the text of the workflow only, at the places of the file.

mod images;
mod literals;
mod location;
mod policy;
mod workflow_text;

use super::embedded::{Container, LARGEST_MEDIA, unreadable};
use super::encoding::{Encoding, decode};
use super::members::members;
use crate::diagnostic::{Diagnostic, Kind};
use crate::request::{InputFile, Policy};
use crate::text::TextFile;
pub use literals::literals_of_template;
use location::with_object_as_input;
use workflow_text::without_is_changed;

/// The most bytes of a file that holds a workflow. Text has at most [`LARGEST_REQUEST`].
pub const LARGEST_FILE: usize = LARGEST_MEDIA;

/// The most bytes of a request as text. RunPod takes at most 20 MiB.
const LARGEST_REQUEST: usize = 32 * 1024 * 1024;

/// A file that holds a workflow, and what else it holds.
#[derive(Clone, Debug)]
pub struct RequestFile {
    /// The workflow. Everything around it is white space, so each node has its place of the file.
    pub workflow: TextFile,
    /// Why the text of the file cannot be edited. None for UTF-8 text.
    pub uneditable: Option<&'static str>,
    /// Whether the file is media with the workflow in its metadata.
    pub is_media: bool,
    /// Whether the workflow is part of a request.
    pub is_request: bool,
    /// The files of a request, from `images`.
    pub inputs: Vec<InputFile>,
    /// The policy of a request.
    pub policy: Policy,
    /// Why a live run does not send the request: for example, it holds a key. They show no value.
    pub problems: Vec<Diagnostic>,
    /// The name of the test, if the file holds several with a workflow each.
    pub test: Option<String>,
    /// What a reader should know.
    pub warnings: Vec<Diagnostic>,
}

impl RequestFile {
    /// Reads a file by its bytes. Refuses media without a workflow, and text that is too large.
    ///
    /// Text that is not a workflow comes out unchanged: the parser and the checks explain it.
    pub fn read(path: &str, bytes: Vec<u8>) -> Result<Self, Diagnostic> {
        let container = Container::of(&bytes);
        let is_media = container.is_some();
        let (text, encoding) = match container {
            Some(container) => {
                let refused = |error| {
                    Diagnostic::of(Kind::NotAWorkflow, format!("`{path}` has no embedded workflow: {error}"))
                        .help("use a file that ComfyUI saved with metadata, or a workflow file")
                };
                (container.workflow(&bytes).map_err(refused)?, Encoding::Utf8)
            }
            None if bytes.len() > LARGEST_REQUEST => {
                let what = format!("`{path}` is larger than {} MiB", LARGEST_REQUEST >> 20);
                return Err(Diagnostic::of(Kind::TooLarge, what));
            }
            None => match unreadable(&bytes) {
                Some(kind) => {
                    let what = format!("`{path}` is {kind}, which comfycheck reads no workflow from");
                    let help = "use a workflow file, or a PNG, WebP, JPEG, FLAC or MP4 file that ComfyUI saved";
                    return Err(Diagnostic::of(Kind::NotAWorkflow, what).help(help));
                }
                None => decode(bytes),
            },
        };
        let mut read = Self::of_text(TextFile { path: path.to_owned(), text });
        read.is_media = is_media;
        read.warnings.extend(of_encoding(path, encoding));
        read.uneditable = match encoding {
            _ if is_media => Some("it is media"),
            Encoding::Utf16 => Some("it is UTF-16 text"),
            Encoding::Unknown => Some("it is not UTF-8 text"),
            Encoding::Utf8 | Encoding::Utf8Marked => None,
        };
        Ok(read)
    }

    /// The same for text without a byte order mark.
    pub fn of_text(file: TextFile) -> Self {
        if let Some(text) = with_object_as_input(&file.text) {
            let file = TextFile { text, ..file };
            return Self { uneditable: Some("its `input` is a text"), ..Self::of_object(file) };
        }
        Self::of_object(file)
    }

    fn of_object(file: TextFile) -> Self {
        match Self::of_request(&file, 0) {
            Some(request) => request,
            None => Self::alone(TextFile { text: without_is_changed(&file.text, 0..file.text.len()), ..file }),
        }
    }

    /// The request that begins at a byte of a file. None if it holds no workflow.
    pub(crate) fn of_request(file: &TextFile, at: usize) -> Option<Self> {
        let text = &file.text;
        let around = members(text, at);
        let workflow = location::workflow(text, &around)?;
        let part = TextFile { path: file.path.clone(), text: without_is_changed(text, workflow) };
        let mut read = Self { is_request: true, problems: literals::of_request(file, &around), ..Self::alone(part) };
        let (policy, times) = policy::read(file, &around);
        let (inputs, refused) = images::read(file, &around);
        (read.policy, read.inputs) = (policy, inputs);
        read.problems.extend(times.into_iter().chain(refused));
        read.warnings.extend(location::unread(file, &around));
        Some(read)
    }

    fn alone(workflow: TextFile) -> Self {
        Self {
            workflow,
            uneditable: None,
            test: None,
            is_media: false,
            is_request: false,
            inputs: Vec::new(),
            policy: Policy::default(),
            problems: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

impl From<TextFile> for RequestFile {
    fn from(file: TextFile) -> Self {
        Self::of_text(file)
    }
}

fn of_encoding(path: &str, encoding: Encoding) -> Option<Diagnostic> {
    let what = match encoding {
        Encoding::Utf8Marked => "starts with a byte order mark, which is not sent",
        Encoding::Utf16 => "is UTF-16 text, which is sent as UTF-8",
        // The parser refuses it.
        Encoding::Utf8 | Encoding::Unknown => return None,
    };
    let help = "save the file as UTF-8 without a byte order mark: ComfyUI itself does not read it";
    Some(Diagnostic::new(format!("`{path}` {what}")).help(help))
}

#[cfg(test)]
mod tests;
