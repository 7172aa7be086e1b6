//! The exit codes of the process.

use super::{Report, Signal, Verdict};
use crate::execution::Execution;

/// The exit code of the process.
///
/// | Code | Meaning | Retry? |
/// | --- | --- | --- |
/// | 0 | every question was answered, and nothing is wrong | |
/// | 1 | an error finding: the deployment is wrong | no |
/// | 2 | the command line, suite, workflow, component or cassette is not valid; no job was submitted | no |
/// | 3 | inconclusive: nothing was proven wrong, but something is unknown | yes |
/// | 4 | a check crashed, broke the contract or exceeded a limit, and nothing was found wrong | no |
/// | 70 | a bug in comfycheck | no |
/// | 130 | interrupted by Ctrl-C; queued jobs were cancelled, reports were written | |
/// | 143 | terminated by SIGTERM, likewise | |
///
/// If several apply, the precedence is 70, 130 and 143, 2, 1, 4, 3, 0. A report has 0, 1, 3, 4, 130 or 143
/// ([`exit_code`]). Runs without a report have 2 or 70.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitCode {
    /// Every question was answered, and nothing is wrong.
    Passed,
    /// Something is wrong.
    Failed,
    /// What the user gave is not valid. No job was submitted.
    Invalid,
    /// Nothing was proven wrong, but something is unknown.
    Inconclusive,
    /// A check is at fault, and nothing was found wrong.
    CheckFailed,
    /// A bug in comfycheck.
    Bug,
    /// A signal ended the run.
    Interrupted(Signal),
    /// A command that comfycheck ran ended with this number.
    OfCommand(u8),
}

impl ExitCode {
    /// The number that the process exits with.
    pub fn number(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::Invalid => 2,
            Self::Inconclusive => 3,
            Self::CheckFailed => 4,
            Self::Bug => 70,
            Self::Interrupted(Signal::Interrupt) => 130,
            Self::Interrupted(Signal::Terminate) => 143,
            Self::OfCommand(number) => number,
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        code.number().into()
    }
}

/// The exit code of a run that has a report.
pub fn exit_code(report: &Report) -> ExitCode {
    match (report.interrupted, report.summary.verdict) {
        (Some(signal), _) => ExitCode::Interrupted(signal),
        (None, Verdict::Failed) => ExitCode::Failed,
        (None, Verdict::Inconclusive) if report.executions.iter().any(Execution::is_fault) => ExitCode::CheckFailed,
        (None, Verdict::Inconclusive) => ExitCode::Inconclusive,
        (None, Verdict::Passed) => ExitCode::Passed,
    }
}
