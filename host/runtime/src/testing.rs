//! What the unit tests of this crate share.

#[path = "../tests/shared/wording.rs"]
mod wording;

pub(crate) use wording::wording;

use crate::facts::QueryError;

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
