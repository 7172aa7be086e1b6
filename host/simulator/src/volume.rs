//! The read-only part of a volume's S3-compatible API: HEAD, GET with ranges, and listings.
//!
//! Signatures are not verified: access rights are not simulated.

mod content;
mod listing;

use crate::exchange::{Method, Request, Response, decoded};
use crate::scenario::{Scenario, Volume, VolumeFile};
use std::ops::Range;

/// A response. Of a file that is too large for memory only a part is sent, and then the connection breaks.
pub(crate) enum Answer {
    Whole(Response),
    Part(Response),
}

/// The most bytes of a file in one response.
const MOST: u64 = 64 << 20;

/// The response. The path begins with the volume's id.
pub(crate) fn answer(scenario: &Scenario, request: &Request) -> Answer {
    let path = request.path.trim_start_matches('/');
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let Some(volume) = scenario.volumes.iter().find(|volume| volume.id == bucket) else {
        return Answer::Whole(refusal(404, "NoSuchBucket"));
    };
    let key = decoded(key);
    match (request.method, key.as_str()) {
        (Method::Head, "") => Answer::Whole(Response::typed(200, "application/xml", "")),
        (Method::Get, "") => Answer::Whole(listing::list(volume, &scenario.date, &request.query)),
        (Method::Get | Method::Head, key) => match volume.files.get(key) {
            Some(file) => object(scenario, volume, key, file, request),
            // A response to HEAD has no body.
            None if request.method == Method::Head => Answer::Whole(Response::typed(404, "application/xml", "")),
            None => Answer::Whole(refusal(404, "NoSuchKey")),
        },
        (Method::Post | Method::Other, _) => Answer::Whole(refusal(405, "MethodNotAllowed")),
    }
}

fn object(scenario: &Scenario, volume: &Volume, key: &str, file: &VolumeFile, request: &Request) -> Answer {
    let range = request.range.as_deref().filter(|_| volume.ranges);
    let (status, bytes) = match range.map(|range| parse_range(range, file.bytes)) {
        None | Some(RequestedRange::Whole) => (200, 0..file.bytes),
        Some(RequestedRange::Bytes(bytes)) => (206, bytes),
        Some(RequestedRange::Nothing) => return Answer::Whole(refusal(416, "InvalidRange")),
    };
    let length = bytes.end - bytes.start;
    let is_head = request.method == Method::Head;
    let sent = if is_head { 0 } else { length.min(MOST) };
    let body = content::content(key, file, bytes.start..bytes.start + sent);
    let mut response = Response::typed(status, "application/octet-stream", body);
    response.headers.push(("accept-ranges", "bytes".to_owned()));
    response.headers.push(("last-modified", listing::http_date(&scenario.date)));
    response.headers.push(("etag", listing::etag(key, file)));
    // Where the body has another length.
    if is_head || sent < length {
        response.headers.push(("content-length", length.to_string()));
    }
    if status == 206 {
        let range = format!("bytes {}-{}/{}", bytes.start, bytes.end - 1, file.bytes);
        response.headers.push(("content-range", range));
    }
    if !is_head && sent < length { Answer::Part(response) } else { Answer::Whole(response) }
}

#[derive(Debug, PartialEq, Eq)]
enum RequestedRange {
    /// A header that is not understood is ignored.
    Whole,
    Bytes(Range<u64>),
    /// Bytes beyond the file.
    Nothing,
}

/// The range of `bytes=0-7`, `bytes=8-` or `bytes=-8`.
fn parse_range(header: &str, size: u64) -> RequestedRange {
    let Some((first, last)) = header.strip_prefix("bytes=").and_then(|range| range.split_once('-')) else {
        return RequestedRange::Whole;
    };
    let bytes = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Ok(first), Err(_)) if last.is_empty() => first..size,
        (Err(_), Ok(last)) if first.is_empty() => size.saturating_sub(last)..size,
        _ => return RequestedRange::Whole,
    };
    if bytes.start < bytes.end { RequestedRange::Bytes(bytes) } else { RequestedRange::Nothing }
}

fn refusal(status: u16, code: &str) -> Response {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code><Message>{code}</Message></Error>"
    );
    Response::typed(status, "application/xml", body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_cut_to_the_file() {
        for (header, expected) in [
            ("bytes=0-7", RequestedRange::Bytes(0..8)),
            ("bytes=90-200", RequestedRange::Bytes(90..100)),
            ("bytes=90-", RequestedRange::Bytes(90..100)),
            ("bytes=-8", RequestedRange::Bytes(92..100)),
            ("bytes=-800", RequestedRange::Bytes(0..100)),
            ("bytes=100-", RequestedRange::Nothing),
            ("bytes=-0", RequestedRange::Nothing),
            ("bytes=0-18446744073709551615", RequestedRange::Bytes(0..100)),
            ("bytes=7-0", RequestedRange::Whole),
            ("items=0-7", RequestedRange::Whole),
        ] {
            assert_eq!(parse_range(header, 100), expected, "{header}");
        }
    }
}
