//! Why a command ended without a result.

use comfycheck_core::diagnostic::{Color, Diagnostic, Refusal};
use comfycheck_core::report::ExitCode;
use std::error::Error;

/// Why a command ended without a result. Nothing was written.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The input is invalid.
    Invalid(Refusal),
    /// The deployment is wrong: it refused a request, and a retry does not help.
    Wrong(Refusal),
    /// Something on this machine does not work.
    Machine(Refusal),
}

impl Failure {
    /// An error of the input: what failed, and why.
    pub(crate) fn invalid(what: impl Into<String>, why: &dyn Error) -> Self {
        Self::Invalid(chain(what.into(), Some(why)).into())
    }

    /// An error of this machine: what failed, and why.
    pub(crate) fn machine(what: impl Into<String>, why: &dyn Error) -> Self {
        Self::Machine(chain(what.into(), Some(why)).into())
    }

    /// The same with what else failed.
    #[must_use]
    pub(crate) fn and(mut self, other: Self) -> Self {
        let (Self::Invalid(more) | Self::Wrong(more) | Self::Machine(more)) = other;
        let (Self::Invalid(refusal) | Self::Wrong(refusal) | Self::Machine(refusal)) = &mut self;
        refusal.diagnostics.extend(more.diagnostics);
        self
    }

    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Self::Invalid(_) => ExitCode::Invalid,
            Self::Wrong(_) => ExitCode::Failed,
            Self::Machine(_) => ExitCode::Inconclusive,
        }
    }

    /// What failed, in one line: the first of several problems.
    pub(crate) fn line(&self) -> String {
        let (Self::Invalid(refusal) | Self::Wrong(refusal) | Self::Machine(refusal)) = self;
        refusal.diagnostics.first().map(ToString::to_string).unwrap_or_default()
    }

    pub(crate) fn render(&self, color: Color) -> String {
        match self {
            Self::Invalid(refusal) | Self::Wrong(refusal) | Self::Machine(refusal) => refusal.render(color),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Invalid(refusal)
    }
}

impl From<Diagnostic> for Failure {
    fn from(diagnostic: Diagnostic) -> Self {
        Self::Invalid(diagnostic.into())
    }
}

/// One diagnostic for an error and its causes.
pub(crate) fn chain(what: String, mut why: Option<&dyn Error>) -> Diagnostic {
    let mut text = what;
    while let Some(cause) = why {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        why = cause.source();
    }
    Diagnostic::new(text)
}
