//! Where in the workflow's file the subjects of findings stand.

use crate::diagnostic::Excerpt;
use crate::finding::Subject;
use crate::render::plain::one_line;
use crate::report::Report;
use crate::suite::{Place, TextFile};
use crate::workflow::Workflow;

/// The workflow of a report, for the places of its nodes.
pub(super) struct Places(Option<Workflow>);

impl Places {
    /// Without a workflow in API format, nothing has a place. The path that excerpts show is harmless.
    pub(super) fn of(report: &Report) -> Self {
        Self(report.workflow.as_ref().and_then(parse))
    }

    /// Of no file: nothing has a place.
    pub(super) fn none() -> Self {
        Self(None)
    }

    /// The same of a file that was looked at without a run.
    pub(super) fn of_file(file: &TextFile) -> Self {
        Self(parse(file))
    }

    /// The place of a node's input, or of the node if the file does not have the input. None for other subjects and
    /// for a node that the file does not have.
    pub(super) fn place(&self, subject: &Subject) -> Option<Place> {
        let (workflow, id, input) = self.node(subject)?;
        workflow.place_of(id, input).or_else(|| workflow.place_of(id, None))
    }

    /// The excerpt for what [`Places::place`] finds.
    pub(super) fn excerpt(&self, subject: &Subject) -> Option<Excerpt> {
        let (workflow, id, input) = self.node(subject)?;
        workflow.excerpt_of(id, input).or_else(|| workflow.excerpt_of(id, None))
    }

    /// The class of the node that a subject is, or whose input it is.
    pub(super) fn class<'a>(&'a self, subject: &Subject) -> Option<&'a str> {
        let (workflow, id, _) = self.node(subject)?;
        workflow.nodes().get(id)?.get("class_type")?.as_str()
    }

    fn node<'a, 's>(&'a self, subject: &'s Subject) -> Option<(&'a Workflow, &'s str, Option<&'s str>)> {
        match (subject, &self.0) {
            (Subject::Node { id, input }, Some(workflow)) => Some((workflow, id, input.as_deref())),
            _ => None,
        }
    }
}

fn parse(file: &TextFile) -> Option<Workflow> {
    let file = TextFile { path: one_line(&file.path, 300), text: file.text.clone() };
    Workflow::parse(file).ok()
}
