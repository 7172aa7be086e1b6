//! How this crate's tests show what is said.

use comfycheck_runtime::capabilities::AskError;
use std::fmt::Display;

/// The words of several cases, for a snapshot: the name of each case, and below it what is said.
pub(crate) fn wording(cases: impl IntoIterator<Item = (impl Display, impl Display)>) -> String {
    cases.into_iter().map(|(name, words)| format!("{name}\n  {words}\n")).collect()
}

/// Why a question was not answered, where that may pass.
#[track_caller]
pub(crate) fn unavailable<T: std::fmt::Debug>(answer: Result<T, AskError>) -> String {
    match answer {
        Err(AskError::Unavailable(why)) => why,
        other => panic!("{other:?}"),
    }
}
