//! Whether a response is one of this API: a proxy may answer in its place, with a good status and
//! its own page.

use crate::transport::exchange::{Method, Request, Response};

/// Why a response with a good status is not one of this API, as the end of a sentence.
pub(super) fn flaw(request: &Request, response: &Response) -> Option<&'static str> {
    if !response.is_success() {
        return None;
    }
    let is_listing = request.method == Method::Get && request.range.is_none();
    // A partial response may be HTML if the file is.
    if response.status == 200 && is_html(response) {
        Some(": a web page, such as of a proxy")
    } else if request.method == Method::Head && (response.status != 200 || response.object.length.is_none()) {
        Some(": file size missing")
    } else if is_listing && !is_list(&response.body) {
        Some(": not a listing")
    } else {
        None
    }
}

/// The size of the whole file; none if the response does not have it.
pub(super) fn whole(response: &Response) -> Option<u64> {
    let size = match response.status {
        200 => response.object.length.as_deref(),
        206 | 416 => response.object.range.as_deref().and_then(|range| Some(range.rsplit_once('/')?.1)),
        _ => None,
    };
    size?.trim().parse().ok()
}

fn is_html(response: &Response) -> bool {
    let kind = response.content_type.as_deref().unwrap_or_default().trim_start().to_ascii_lowercase();
    kind.starts_with("text/html") || kind.starts_with("application/xhtml")
}

/// Whether XML has the root element of a listing. The parser reads the rest.
fn is_list(body: &[u8]) -> bool {
    let text = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body).trim_ascii_start();
    let root = match text.strip_prefix(b"<?xml") {
        Some(declaration) => {
            let end = declaration.windows(2).position(|end| end == b"?>").map_or(declaration.len(), |at| at + 2);
            declaration[end..].trim_ascii_start()
        }
        None => text,
    };
    let rest = root.strip_prefix(b"<ListBucketResult");
    rest.and_then(<[u8]>::first).is_some_and(|next| matches!(next, b'>' | b'/') || next.is_ascii_whitespace())
}
