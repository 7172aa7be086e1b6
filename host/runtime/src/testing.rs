//! What the unit tests of this crate share.

use crate::capabilities::AskError;
use std::fmt::Display;

/// The words of several cases, for a snapshot: the name of each case, and below it what is said.
pub(crate) fn wording(cases: impl IntoIterator<Item = (impl Display, impl Display)>) -> String {
    cases.into_iter().map(|(name, words)| format!("{name}\n  {words}\n")).collect()
}

/// The contract's word for an error.
pub(crate) fn kind(error: &AskError) -> &'static str {
    match error {
        AskError::AccessDenied => "access-denied",
        AskError::Unavailable(_) => "unavailable",
        AskError::NotOffered(_) => "not-offered",
        AskError::Other(_) => "other",
        AskError::NotRecorded(_) => "not-recorded",
    }
}
