//! The words of reports for things that have no text of their own.

use crate::execution::{CheckInstance, Execution, Outcome};
use crate::finding::{Effect, Waiver};
use crate::manifest::Scope;
use crate::plain::one_line;

/// The instance among those of its check: `deployment`, `sample 3`, `run`.
pub(super) fn instance_name(instance: &CheckInstance) -> String {
    match (instance.scope, instance.sample) {
        (Scope::Sample, Some(sample)) => format!("sample {sample}"),
        (scope, _) => scope.word().to_owned(),
    }
}

/// The attempts of an instance that ran more than once, as a line; none of any other.
pub(super) fn attempts(execution: &Execution) -> Option<String> {
    let reason = match execution.earlier.first()? {
        Outcome::Completed { open, .. } => open.first().map_or("", |question| &question.reason),
        Outcome::Skipped { reason } => reason,
        Outcome::Errored { message, .. } => message,
    };
    let (name, reason) = (instance_name(&execution.instance), one_line(reason, 300));
    let last = execution.earlier.len() + 1;
    Some(if execution.is_flaky() {
        format!("{name}: flaky, answered at attempt {last}; attempt 1: {reason}")
    } else {
        format!("{name}: {last} attempts; attempt 1: {reason}")
    })
}

/// The attempts of all instances that ran more than once, each as a line with its check.
pub(super) fn all_attempts(executions: &[Execution]) -> Vec<String> {
    let line = |execution: &Execution| Some(format!("{}: {}", execution.instance.check, attempts(execution)?));
    executions.iter().filter_map(line).collect()
}

/// What a waiver does, as a line: `until 2026-12-31: the pack is being replaced`. Has the suite's words unchanged.
pub(super) fn waiver_line(Waiver { reason, expires, effect, twin }: &Waiver) -> String {
    let of = twin.as_ref().map(|rule| format!(" (waiver of {rule})")).unwrap_or_default();
    match effect {
        Effect::Waived => format!("until {expires}: {reason}{of}"),
        Effect::Expired => format!("expired on {expires}, so this counts again: {reason}"),
        Effect::Undated => format!("until {expires}, but the run's date is unknown, so this counts: {reason}"),
    }
}
