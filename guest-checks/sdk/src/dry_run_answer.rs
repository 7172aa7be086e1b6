//! What dry runs tell, and how it is said.

use crate::dry_run::{Error, Verdict};
use crate::worker_error::InputError;
use crate::{Finding, OpenQuestion, inventory, quote_all};
use serde_json::json;

/// A clause for a message that a dry run tells.
pub const AS_REFUSED: &str = "as a worker's ComfyUI said of a job that it refused";

impl Finding {
    /// Marks it as what a dry run tells: `"source": "dry-run"` in its data, with the workers and how many jobs it took.
    #[must_use]
    pub fn by_dry_run(self, verdict: &Verdict) -> Self {
        let (workers, jobs) = (&verdict.workers, verdict.jobs);
        self.data(&json!({"source": "dry-run", "workers": workers, "jobs": jobs}))
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
                Some("remove `dry-run` from the suite's deployment: this worker is no stock worker-comfyui"),
            ),
        };
        let help = help.map(str::to_owned).or(open.help);
        Self { reason: format!("{}, and {why}", open.reason), help, ..open }
    }
}

impl Verdict {
    /// Whether ComfyUI looked at a node's input and took it.
    #[must_use]
    pub fn accepts(&self, node: &str, input: &str) -> bool {
        let is_refused = self
            .refused
            .iter()
            .any(|refused| refused.node == node && refused.input.as_ref().is_none_or(|refused| refused == input));
        !is_refused && self.validated.iter().any(|id| id == node)
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

    /// The workers that said it, in the words of a message.
    #[must_use]
    pub fn by_whom(&self) -> String {
        match self.workers.as_slice() {
            [] => "a worker".to_owned(),
            [worker] => format!("worker {}", quote_all([worker.as_str()])),
            workers => format!("workers {}", quote_all(workers.iter().map(String::as_str))),
        }
    }
}
