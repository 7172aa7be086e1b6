//! What dry runs tell, and how it is said.

use crate::dry_run::{Error, ToldValues, Verdict};
use crate::worker_error::InputError;
use crate::{Finding, OpenQuestion, Subject, inventory, quote};
use serde_json::json;

/// A clause for a message that a dry run tells.
pub const AS_REFUSED: &str = "as a worker's ComfyUI said of a job that it refused";

impl Finding {
    /// Marks it as what a worker told in a dry run: it is about the worker, and its data hold `"source": "dry-run"` and
    /// how many jobs the whole dry run took.
    #[must_use]
    pub fn by_dry_run(self, worker: Option<&str>, verdict: &Verdict) -> Self {
        let jobs = verdict.jobs;
        self.about_all(worker.map(|worker| Subject::Worker(worker.to_owned())))
            .data(&json!({"source": "dry-run", "jobs": jobs}))
    }
}

impl OpenQuestion {
    /// A question that neither the inventory nor a dry run answered.
    ///
    /// `what` is what could not be done, such as `cannot list the node classes`; `offer` is what the reader can do where
    /// neither is to be had.
    pub fn unanswered_by_either(
        rule: impl Into<String>,
        what: &str,
        inventory: &inventory::Error,
        dry_run: &Error,
        offer: &str,
    ) -> Self {
        let open = Self::unanswered(rule, what, inventory, offer);
        let (why, help) = match dry_run {
            Error::NotOffered(why) => (why.clone(), None),
            Error::AccessDenied => ("a dry run is denied".to_owned(), Some("use a key that may submit jobs")),
            Error::Unavailable(why) => (
                format!("the dry run does not tell it: {why}"),
                Some("see what the check `endpoint` says, and run it again"),
            ),
            Error::Other(why) => (
                format!("the dry run does not tell it: {why}"),
                Some("look at the job in RunPod's console, or remove `dry-run` from the suite's deployment"),
            ),
        };
        let help = help.map(str::to_owned).or(open.help);
        Self { reason: format!("{}, and {why}", open.reason), help, ..open }
    }
}

/// A worker, in the words of a message.
#[must_use]
pub fn worker(id: Option<&str>) -> String {
    id.map_or_else(|| "a worker".to_owned(), |id| format!("worker {}", quote(id)))
}

impl ToldValues {
    /// Whether ComfyUI took what a node gives to an input, and would not have taken a name that is not there.
    #[must_use]
    pub fn accepts(&self, node: &str, input: &str) -> bool {
        self.accepted.iter().any(|asked| asked.node == node && asked.input == input)
    }

    /// What ComfyUI has against one input, as in the errors of jobs; with the node.
    pub fn errors(&self) -> impl Iterator<Item = (&str, InputError)> {
        self.refused.iter().map(|refused| {
            let error = InputError {
                kind: refused.kind.clone(),
                message: refused.message.clone(),
                details: refused.details.clone(),
                input: refused.input.clone(),
                received: refused.received.as_deref().and_then(|json| serde_json::from_str(json).ok()),
                accepted: refused.accepted.clone(),
            };
            (refused.node.as_str(), error)
        })
    }
}
