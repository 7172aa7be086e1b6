//! The error of a job, and the line of it that explains the failure.

use super::child;
use super::exception;
use super::family::{Family, Weight};
use super::line;
use super::scan::{self, Origin};
use super::server::Server;
use super::traceback;
use comfycheck_sdk::{Failure, NodeFailure, one_line};

/// How much of a job's error is quoted, in characters.
const QUOTED: usize = 300;

/// What a job's own error shows.
#[derive(Debug)]
pub(crate) struct JobError {
    /// The error in one line, around the part that explains the failure.
    pub(crate) quoted: String,
    /// None for an error that belongs to no family.
    pub(crate) family: Option<&'static Family>,
    /// Whether it explains the failure. Else the worker's log may.
    pub(crate) explains: bool,
}

impl JobError {
    /// Of a job that ran.
    pub(crate) fn of(failure: &Failure) -> Self {
        Self::from(failure, Origin::Error)
    }

    /// Of RunPod's answer to a request.
    pub(crate) fn of_answer(text: &str) -> Self {
        Self::from(&Failure { text: text.to_owned(), ..Failure::default() }, Origin::Answer)
    }

    fn from(failure: &Failure, origin: Origin) -> Self {
        let traceback = failure.traceback.as_deref().unwrap_or_default();
        let mut best: Option<scan::Hit<'_>> = None;
        // Of a node that failed, its exception counts: the words around it are the worker's.
        let node = NodeFailure::parse(&failure.text).filter(|node| !node.message.is_empty());
        let raised = node.as_ref().map(|node| match &node.kind {
            Some(kind) => format!("{kind}: {}", node.message),
            None => node.message.clone(),
        });
        let raised = raised.as_deref().unwrap_or(&failure.text);
        let is_of_other = || Server::of(&format!("{raised}\n{traceback}")) == Server::Other;
        let origin = match origin {
            _ if node.is_some() => Origin::Node,
            Origin::Error if is_of_other() => Origin::OtherServer,
            origin => origin,
        };
        for text in raised.lines().chain(traceback.lines()) {
            let hit = scan::line(text, origin).filter(|hit| hit.family.is_some());
            let Some(hit) = hit else { continue };
            if best.as_ref().is_none_or(|best| explains(&hit) > explains(best)) {
                best = Some(hit);
            }
        }
        match best {
            Some(hit) if hit.weight > Weight::Consequence => {
                Self { quoted: quoted(raised, &hit), family: hit.family, explains: true }
            }
            other => {
                // What the handler wrote can hold secrets: it names the family, and is not quoted.
                let cause = failure.logs.as_deref().and_then(cause_in);
                let quoted = one_line(raised, QUOTED);
                let family = cause.or(other.and_then(|hit| hit.family));
                // An exception or a node says more than any line of the log around it.
                let is_specific = family.is_none() && (node.is_some() || is_specific(raised));
                Self { quoted, family, explains: cause.is_some() || is_specific }
            }
        }
    }
}

/// What explains more is greater. That a program failed says less than why.
fn explains(hit: &scan::Hit<'_>) -> (Weight, bool) {
    (hit.weight, !hit.family.is_some_and(child::has_reason_above))
}

/// The whole error if its beginning shows the cause, else the line that does.
fn quoted(text: &str, hit: &scan::Hit<'_>) -> String {
    let whole = one_line(text, QUOTED);
    let cause = one_line(&hit.line[hit.place.clone()], QUOTED);
    if whole.contains(&cause) || traceback::is_frame(hit.line) {
        whole
    } else {
        line::excerpt(hit.line, Some(&hit.place))
    }
}

/// Whether an error names an exception.
fn is_specific(text: &str) -> bool {
    text.lines().any(|line| exception::find(line).is_some())
}

fn cause_in(logs: &str) -> Option<&'static Family> {
    let mut hits = logs.lines().rev().filter_map(|line| scan::line(line, Origin::Container));
    hits.find(|hit| hit.weight >= Weight::General).and_then(|hit| hit.family)
}
