//! What the instances of one check come to, in all its scopes.

use crate::execution::{Execution, Outcome};
use crate::finding::{Finding, Severity};
use crate::manifest::Scope;
use crate::render::plain::one_line;
use crate::render::wording::count;
use crate::report::{Report, Signal};

/// The longest reason, in characters.
const REASON: usize = 600;

/// In a word, what came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    Pass,
    Fail,
    Error,
    Open,
    Skip,
}

impl Mark {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Pass => "PASS",
            Self::Fail => "FAIL",
            Self::Error => "ERROR",
            Self::Open => "OPEN",
            Self::Skip => "SKIP",
        }
    }
}

/// The executions of a check, in plan order.
pub(super) fn of_check<'a>(report: &'a Report, check: &str) -> Vec<&'a Execution> {
    report.executions.iter().filter(|execution| execution.instance.check == check).collect()
}

/// What the instances of one check come to.
#[derive(Default)]
pub(super) struct Tally {
    samples: usize,
    completed: usize,
    skipped: usize,
    errored: usize,
    errors: usize,
    warnings: usize,
    waived: usize,
    open: usize,
    closed: usize,
    flaky: usize,
}

impl Tally {
    pub(super) fn of(executions: &[&Execution]) -> Self {
        let mut tally = Self::default();
        for execution in executions {
            tally.samples += usize::from(execution.instance.scope == Scope::Sample);
            match &execution.outcome {
                Outcome::Completed { .. } => tally.completed += 1,
                Outcome::Skipped { .. } => tally.skipped += 1,
                Outcome::Errored { .. } => tally.errored += 1,
            }
            let (waived, counting): (Vec<&Finding>, Vec<&Finding>) =
                execution.findings().iter().partition(|finding| finding.is_waived());
            let of = |severity| counting.iter().filter(|finding| finding.severity == severity).count();
            tally.errors += of(Severity::Error);
            tally.warnings += of(Severity::Warning);
            tally.waived += waived.len();
            let open = execution.still_open().count();
            tally.open += open;
            tally.flaky += usize::from(execution.is_flaky());
            tally.closed += execution.open().len() - open;
        }
        tally
    }

    /// A check that an interruption kept from some of its questions did not pass.
    pub(super) fn mark(&self, interrupted: Option<Signal>) -> Mark {
        if self.errors > 0 {
            Mark::Fail
        } else if self.errored > 0 {
            Mark::Error
        } else if self.open > 0 {
            Mark::Open
        } else if self.completed == 0 || (interrupted.is_some() && self.skipped > 0) {
            Mark::Skip
        } else {
            Mark::Pass
        }
    }

    /// What there is to say in a line.
    pub(super) fn detail(&self, executions: &[&Execution]) -> String {
        if self.completed + self.errored == 0 {
            return skip_reason(executions);
        }
        let parts = [
            (self.samples, "sample", ""),
            (self.errors, "error", ""),
            (self.warnings, "warning", ""),
            (self.waived, "finding", " waived"),
            (self.open, "open question", ""),
            (self.closed, "question", " answered by the samples"),
            (self.errored, "instance", " not carried out"),
            (self.skipped, "instance", " skipped"),
            (self.flaky, "instance", " flaky"),
        ];
        let told = parts.iter().filter(|(number, ..)| *number > 0);
        told.map(|(number, thing, rest)| format!("{}{rest}", count(*number, thing))).collect::<Vec<_>>().join(", ")
    }
}

fn skip_reason(executions: &[&Execution]) -> String {
    let reason = executions.iter().find_map(|execution| match &execution.outcome {
        Outcome::Skipped { reason } => Some(one_line(reason, REASON)),
        Outcome::Completed { .. } | Outcome::Errored { .. } => None,
    });
    reason.unwrap_or_default()
}
