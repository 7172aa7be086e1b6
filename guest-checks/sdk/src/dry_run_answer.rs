//! How the answer of a dry run becomes findings.

use crate::dry_run::{ToldValues, Verdict};
use crate::worker_error::InputError;
use crate::{Finding, Subject};
use serde_json::json;

impl Finding {
    /// Marks a finding as the answer of a dry run: in its message, with the worker as a
    /// subject, and in its data, which hold `"source": "dry-run"` and the number of jobs.
    #[must_use]
    pub fn by_dry_run(mut self, worker: Option<&str>, verdict: &Verdict) -> Self {
        self.message.push_str(" (dry run)");
        self.about_all(worker.map(|worker| Subject::Worker(worker.to_owned())))
            .data(&json!({"source": "dry-run", "jobs": verdict.jobs}))
    }
}

impl ToldValues {
    /// Whether ComfyUI accepted the value of an input, and would have refused a name that is
    /// not in its list.
    #[must_use]
    pub fn accepts(&self, node: &str, input: &str) -> bool {
        self.accepted.iter().any(|asked| asked.node == node && asked.input == input)
    }

    /// ComfyUI's errors about single inputs, each with the node.
    pub fn errors(&self) -> impl Iterator<Item = (&str, InputError)> {
        self.refused.iter().map(|refused| {
            let error = InputError {
                kind: refused.kind.clone(),
                message: refused.message.clone(),
                details: refused.details.clone(),
                input: refused.input.clone(),
                received: refused.received.as_deref().and_then(|json| serde_json::from_str(json).ok()),
                accepted: refused.accepted.clone(),
                options: None,
            };
            (refused.node.as_str(), error)
        })
    }
}
