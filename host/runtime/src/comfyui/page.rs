//! One GET of any path of a ComfyUI server, for `comfyui/http`.

use super::SERVER;
use crate::backoff::is_temporary;
use crate::facts::QueryError;
use crate::retry::send_with_retry;
use crate::transport::exchange::{Failure, Request, Response, SendError, Target, is_redirect};
use crate::transport::timeline::Timeline;
use bytes::Bytes;
use comfycheck_core::wording;

/// The largest body, in bytes.
pub const PAGE_BYTES: usize = 1 << 20;

/// A response to one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    pub status: u16,
    pub content_type: Option<String>,
    pub body: Bytes,
    /// Where a redirect leads.
    pub next: Option<Next>,
}

/// Where a redirect leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// To a path of the same server, with its query.
    Path(String),
    Elsewhere,
}

/// Requests a path with its query. Follows no redirect.
pub async fn page(time: &mut Timeline, path: &str) -> Result<Page, QueryError> {
    let request = Request { largest: Some(PAGE_BYTES), ..Request::get(Target::ComfyUi(path.to_owned())) };
    match send_with_retry(time, request).await {
        Ok(Response { status: 401 | 403, .. }) => Err(QueryError::AccessDenied),
        Ok(Response { status, .. }) if is_temporary(status) => {
            Err(QueryError::Unavailable(format!("{SERVER} answered `{path}` with status {status}")))
        }
        Ok(Response { status, content_type, body, location, .. }) => {
            let location = location.filter(|_| is_redirect(status));
            let next = location.map(|path| if path.is_empty() { Next::Elsewhere } else { Next::Path(path) });
            Ok(Page { status, content_type, body, next })
        }
        Err(SendError::Failed(Failure::TooLarge)) => {
            let limit = wording::bytes(PAGE_BYTES as u64);
            Err(QueryError::Unavailable(format!("the response of {SERVER} to `{path}` is too large (limit: {limit})")))
        }
        Err(SendError::Failed(failure)) => {
            Err(QueryError::Unavailable(format!("no response from {SERVER} to `{path}`: {failure}")))
        }
        Err(SendError::NotRecorded(miss)) => Err(QueryError::NotRecorded(miss)),
    }
}
