//! How these tests show texts.

use comfycheck_runtime::capabilities::QueryError;
use std::fmt::Display;

/// The words of several cases, for a snapshot: the name of each case, and its text below.
pub(crate) fn wording(cases: impl IntoIterator<Item = (impl Display, impl Display)>) -> String {
    let lines: Vec<String> = cases.into_iter().map(|(name, words)| format!("{name}\n  {words}\n")).collect();
    lines.concat()
}

/// Why a query has no answer that may succeed later.
#[track_caller]
pub(crate) fn unavailable<T: std::fmt::Debug>(answer: Result<T, QueryError>) -> String {
    match answer {
        Err(QueryError::Unavailable(why)) => why,
        other => panic!("{other:?}"),
    }
}
