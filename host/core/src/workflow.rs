//! The suite's workflow in API format: parsed, varied, with the places of its nodes.

mod edit;
mod editor;
mod embedded;
mod encoding;
mod members;
mod places;
mod prompts;
mod refuse;
mod request_file;
mod syntax;
mod vary;

pub use edit::{EditableWorkflow, NodeEdit};
pub use editor::{at_places_of, is_editor_format};
pub use embedded::{Container, EmbeddedError};
pub(crate) use members::{Member, find, items, members};
pub use prompts::{Prompt, prompts_of};
pub use refuse::not_json;
pub use request_file::{LARGEST_FILE, RequestFile, literals_of_template};
pub use vary::{NodeInput, SampleWorkflows, UnknownInput, Variation};

use crate::diagnostic::{Diagnostic, Excerpt};
use crate::text::{Place, TextFile};
use places::Places;
use serde_json::{Map, Value};
use std::ops::Range;

/// The largest workflow file, in bytes. RunPod accepts at most 10 MB.
pub const LARGEST: usize = 16 * 1024 * 1024;

/// A workflow in API format: an object of nodes by id.
///
/// As lenient as ComfyUI: a node can lack `class_type` and `inputs`, which checks report. Strict where ComfyUI crashes: every
/// node is an object, and so are its `inputs`.
#[derive(Clone, Debug)]
pub struct Workflow {
    file: TextFile,
    nodes: Map<String, Value>,
    places: Places,
}

impl Workflow {
    /// Parses the file.
    ///
    /// Refuses
    ///
    /// - more than 16 MiB, and more than 127 levels;
    /// - text that is not JSON, with the place; also a bare `NaN` or `Infinity`;
    /// - JSON of another format, such as the editor's format or a whole request.
    ///
    /// Of equal node ids the last one counts, as in ComfyUI.
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

    /// The places of a file that may not be a workflow in API format: those of its members, or of the editor's nodes. It may hold
    /// what only Python reads, such as `NaN`. None if it has no members.
    pub(crate) fn of_any_object(file: TextFile) -> Option<Self> {
        if file.text.len() > LARGEST {
            return None;
        }
        if is_editor_format(&file) {
            let nodes = editor::nodes(&file.text);
            return Some(Self { nodes: Map::new(), places: Places { nodes, wide_integer: None }, file });
        }
        let places = Places::of_members(&file.text)?;
        // Titles and classes for labels.
        let nodes = serde_json::from_str(&file.text).unwrap_or_default();
        Some(Self { file, nodes, places })
    }

    pub fn file(&self) -> &TextFile {
        &self.file
    }

    /// The nodes by id, in the order of the file. The values are objects.
    pub fn nodes(&self) -> &Map<String, Value> {
        &self.nodes
    }

    /// The place of a node's key, or of the key of one of its inputs. None if the file has no such node or input.
    pub fn place_of(&self, node: &str, input: Option<&str>) -> Option<Place> {
        self.span_of(node, input).map(|span| Place::of(&self.file.text, span.start))
    }

    /// The key of a node, or an input with its value, for a snippet. None as in [`Workflow::place_of`].
    pub fn excerpt_of(&self, node: &str, input: Option<&str>) -> Option<Excerpt> {
        self.span_of(node, input).map(|span| Excerpt::new(&self.file, span))
    }

    /// The bytes that [`Workflow::excerpt_of`] marks.
    fn span_of(&self, node: &str, input: Option<&str>) -> Option<Range<usize>> {
        let node = self.places.nodes.get(node)?;
        match input {
            None => Some(node.key.clone()),
            Some(input) => node.inputs.get(input).cloned(),
        }
    }
}
