//! What the unit tests of this crate share.

use crate::capabilities::QueryError;
use std::fmt::Display;

/// The words of several cases, for a snapshot: the name of each case, and its text below.
pub(crate) fn wording(cases: impl IntoIterator<Item = (impl Display, impl Display)>) -> String {
    let lines: Vec<String> = cases.into_iter().map(|(name, words)| format!("{name}\n  {words}\n")).collect();
    lines.concat()
}

/// The contract's word for an error.
pub(crate) fn kind(error: &QueryError) -> &'static str {
    match error {
        QueryError::AccessDenied => "access-denied",
        QueryError::Unavailable(_) => "unavailable",
        QueryError::NotOffered(_) => "not-offered",
        QueryError::Other(_) => "other",
        QueryError::NotRecorded(_) => "not-recorded",
    }
}
