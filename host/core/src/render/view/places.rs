//! Where in the workflow's file the subjects of findings stand.

use crate::diagnostic::Excerpt;
use crate::finding::Subject;
use crate::report::Report;
use crate::text::Place;
use crate::validation::Validation;
use crate::workflow::Workflow;
use serde_json::Value;
use std::sync::Arc;

/// The places of a workflow's nodes. Without a workflow in API format no node has a place.
#[derive(Clone)]
pub(in crate::render) struct Places {
    workflow: Option<Arc<Workflow>>,
    /// Where a text stops being JSON.
    syntax_error: Option<Excerpt>,
}

impl Places {
    pub(in crate::render) fn of(report: &Report) -> Self {
        Self { workflow: report.workflow.as_ref().and_then(|file| file.parsed().cloned()), syntax_error: None }
    }

    pub(in crate::render) fn none() -> Self {
        Self { workflow: None, syntax_error: None }
    }

    /// Those of a file that is validated without a run.
    pub(in crate::render) fn of_file(validation: &Validation) -> Self {
        let syntax_error = validation.syntax_error().and_then(|error| Some(*error.excerpt?));
        Self { workflow: Workflow::of_any_object(validation.file.clone()).map(Arc::new), syntax_error }
    }

    /// The place of what is about the whole text.
    pub(in crate::render) fn syntax_error(&self) -> Option<&Excerpt> {
        self.syntax_error.as_ref()
    }

    /// The place of a node's input, or of the node if the file does not have the input. None for other subjects and
    /// for a node that the file does not have.
    pub(in crate::render) fn place(&self, subject: &Subject) -> Option<Place> {
        let (workflow, id, input) = self.node(subject)?;
        let outer = || workflow.place_of(outermost(id), None);
        workflow.place_of(id, input).or_else(|| workflow.place_of(id, None)).or_else(outer)
    }

    /// The excerpt for what [`Places::place`] finds.
    pub(in crate::render) fn excerpt(&self, subject: &Subject) -> Option<Excerpt> {
        let (workflow, id, input) = self.node(subject)?;
        let outer = || workflow.excerpt_of(outermost(id), None);
        workflow.excerpt_of(id, input).or_else(|| workflow.excerpt_of(id, None)).or_else(outer)
    }

    /// The class of the node that a subject is, or whose input it is.
    pub(in crate::render) fn class<'a>(&'a self, subject: &Subject) -> Option<&'a str> {
        self.member(subject)?.get("class_type")?.as_str()
    }

    /// The title that the node has in ComfyUI's editor.
    pub(in crate::render) fn title<'a>(&'a self, subject: &Subject) -> Option<&'a str> {
        self.member(subject)?.get("_meta")?.get("title")?.as_str()
    }

    fn member<'a>(&'a self, subject: &Subject) -> Option<&'a Value> {
        let (workflow, id, _) = self.node(subject)?;
        workflow.nodes().get(id)
    }

    fn node<'a, 's>(&'a self, subject: &'s Subject) -> Option<(&'a Workflow, &'s str, Option<&'s str>)> {
        match (subject, &self.workflow) {
            (Subject::Node { id, input }, Some(workflow)) => Some((workflow, id, input.as_deref())),
            _ => None,
        }
    }
}

/// The subgraph's node in the main graph. It has the place of the nodes inside, which the editor's file does not name so.
fn outermost(id: &str) -> &str {
    id.split(':').next().unwrap_or(id)
}
