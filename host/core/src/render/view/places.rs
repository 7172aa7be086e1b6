//! Where in the workflow's file the subjects of findings stand.

use crate::diagnostic::Excerpt;
use crate::finding::Subject;
use crate::report::Report;
use crate::text::{Place, TextFile};
use crate::workflow::Workflow;
use serde_json::Value;
use std::sync::Arc;

/// The places of a workflow's nodes. Without a workflow in API format nothing has a place.
#[derive(Clone)]
pub(in crate::render) struct Places(Option<Arc<Workflow>>);

impl Places {
    pub(in crate::render) fn of(report: &Report) -> Self {
        Self(report.workflow.as_ref().and_then(|file| file.parsed().cloned()))
    }

    pub(in crate::render) fn none() -> Self {
        Self(None)
    }

    /// Those of a file that is validated without a run.
    pub(in crate::render) fn of_file(file: &TextFile) -> Self {
        Self(Workflow::parse(file.clone()).ok().map(Arc::new))
    }

    /// The place of a node's input, or of the node if the file does not have the input. None for other subjects and
    /// for a node that the file does not have.
    pub(in crate::render) fn place(&self, subject: &Subject) -> Option<Place> {
        let (workflow, id, input) = self.node(subject)?;
        workflow.place_of(id, input).or_else(|| workflow.place_of(id, None))
    }

    /// The excerpt for what [`Places::place`] finds.
    pub(in crate::render) fn excerpt(&self, subject: &Subject) -> Option<Excerpt> {
        let (workflow, id, input) = self.node(subject)?;
        workflow.excerpt_of(id, input).or_else(|| workflow.excerpt_of(id, None))
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
        match (subject, &self.0) {
            (Subject::Node { id, input }, Some(workflow)) => Some((workflow, id, input.as_deref())),
            _ => None,
        }
    }
}
