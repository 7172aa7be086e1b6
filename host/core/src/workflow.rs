//! The suite's workflow in API format: parsed, varied, and where its nodes stand.

mod places;
mod png;
mod refuse;
mod vary;

pub use png::{PngError, embedded, is_png};
pub use vary::{UnknownInput, Varied};

use crate::diagnostic::{Diagnostic, Excerpt};
use crate::suite::{Place, TextFile};
use places::Places;
use serde_json::{Map, Value};
use std::ops::Range;

/// The largest file that is read as a workflow, in bytes. `RunPod` takes 10 MB at most.
pub const LARGEST: usize = 16 * 1024 * 1024;

/// A workflow in API format: an object of nodes by id.
///
/// Lenient where `ComfyUI` is: a node may lack `class_type` and `inputs`, which checks have
/// something to say about. Strict where it breaks: every node is an object, and so are its
/// `inputs`.
#[derive(Clone, Debug)]
pub struct Workflow {
    file: TextFile,
    nodes: Map<String, Value>,
    places: Places,
}

impl Workflow {
    /// Parses the file.
    ///
    /// At most 16 MiB, nested at most 127 levels deep. Refuses what is not JSON (with the
    /// place), a bare `NaN` or `Infinity`, and JSON that is no workflow in API format: what
    /// `ComfyUI` saves for its editor, or a whole request. Of equal node ids the last holds, as
    /// in `ComfyUI`.
    pub fn parse(file: TextFile) -> Result<Self, Diagnostic> {
        if file.text.len() > LARGEST {
            return Err(refuse::too_large(&file));
        }
        let value: Value = serde_json::from_str(&file.text).map_err(|err| refuse::no_json(&file, &err))?;
        let places = Places::of(&file.text);
        match value {
            Value::Object(nodes) => match refuse::no_workflow(&file, &nodes, &places) {
                Some(diagnostic) => Err(diagnostic),
                None => Ok(Self { file, nodes, places }),
            },
            other => Err(refuse::no_object(&file, &other)),
        }
    }

    /// The file it was parsed from.
    pub fn file(&self) -> &TextFile {
        &self.file
    }

    /// The nodes by id, in the order of the file. The values are objects.
    pub fn nodes(&self) -> &Map<String, Value> {
        &self.nodes
    }

    /// Where the key of a node stands, or the key of one of its inputs. None if the file
    /// has no such node or input.
    pub fn place_of(&self, node: &str, input: Option<&str>) -> Option<Place> {
        self.span_of(node, input).map(|span| Place::of(&self.file.text, span.start))
    }

    /// The key of a node, or of one of its inputs together with its value, as a snippet
    /// shows it. None as in [`Workflow::place_of`].
    pub fn excerpt_of(&self, node: &str, input: Option<&str>) -> Option<Excerpt> {
        self.span_of(node, input).map(|span| Excerpt::new(&self.file, span))
    }

    /// What [`Workflow::excerpt_of`] marks, as bytes of the file.
    fn span_of(&self, node: &str, input: Option<&str>) -> Option<Range<usize>> {
        let node = self.places.nodes.get(node)?;
        match input {
            None => Some(node.key.clone()),
            Some(input) => node.inputs.get(input).cloned(),
        }
    }
}
