//! What the process tells by its exit code.

use super::{Report, Signal, Verdict};

/// What the process tells by its exit code.
///
/// | Code | Means | Worth a retry |
/// | --- | --- | --- |
/// | 0 | every question was answered, and nothing is wrong | |
/// | 1 | an error finding: something is wrong | no |
/// | 2 | the command line, suite, workflow, component or cassette is not valid; nothing ran | no |
/// | 3 | something could not be carried out or told, and nothing was proven wrong | yes |
/// | 70 | a bug of comfycheck | no |
/// | 130 | interrupted by Ctrl-C, after cancelling what was queued and writing the reports | |
/// | 143 | terminated by SIGTERM, likewise | |
///
/// Where several apply, the precedence is 70, 130 and 143, 2, 1, 3, 0. A report tells 0, 1, 3, 130 and 143
/// ([`exit_code`]); 2 and 70 are of runs that have none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitCode {
    /// Every question was answered, and nothing is wrong.
    Passed,
    /// Something is wrong.
    Failed,
    /// What the user gave is not valid, and nothing ran.
    Invalid,
    /// Nothing was proven wrong, and something could not be told.
    Inconclusive,
    /// A bug of comfycheck.
    Bug,
    /// A signal ended the run.
    Interrupted(Signal),
}

impl ExitCode {
    /// The number that the process exits with.
    pub fn number(self) -> u8 {
        match self {
            Self::Passed => 0,
            Self::Failed => 1,
            Self::Invalid => 2,
            Self::Inconclusive => 3,
            Self::Bug => 70,
            Self::Interrupted(Signal::Interrupt) => 130,
            Self::Interrupted(Signal::Terminate) => 143,
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        code.number().into()
    }
}

/// The exit code of a run that came to its report.
pub fn exit_code(report: &Report) -> ExitCode {
    match (report.interrupted, report.summary.verdict) {
        (Some(signal), _) => ExitCode::Interrupted(signal),
        (None, Verdict::Failed) => ExitCode::Failed,
        (None, Verdict::Inconclusive) => ExitCode::Inconclusive,
        (None, Verdict::Passed) => ExitCode::Passed,
    }
}
