//! How these tests show texts.

#[path = "../shared/wording.rs"]
mod wording;

pub(crate) use wording::wording;

use comfycheck_runtime::facts::QueryError;

/// Why a query has no answer that may succeed later.
#[track_caller]
pub(crate) fn unavailable<T: std::fmt::Debug>(answer: Result<T, QueryError>) -> String {
    match answer {
        Err(QueryError::Unavailable(why)) => why,
        other => panic!("{other:?}"),
    }
}
