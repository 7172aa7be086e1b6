//! Parts of files: read with some bytes on either side, so a secret at an edge is found as a whole.

use super::super::exchange::{ObjectHeaders, Response};
use bytes::Bytes;
use std::ops::Range;

/// The range to request for a wanted one.
pub(super) fn widened(wanted: &Range<u64>, reach: usize) -> Range<u64> {
    let reach = reach as u64;
    wanted.start.saturating_sub(reach)..wanted.end.saturating_add(reach)
}

/// Cuts the wanted range out of the redacted response to the widened one. A response that is not one to a range stays.
pub(super) fn cut(response: &mut Response, wanted: &Range<u64>) {
    match response.status {
        // The whole file, or its beginning.
        200 => response.body.truncate(usize::try_from(wanted.end).unwrap_or(usize::MAX)),
        206 => {
            let Some((first, size)) = content_range(&response.object) else { return };
            // Another part than the requested one, which the client refuses.
            let Some(before) = wanted.start.checked_sub(first) else { return };
            let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(response.body.len());
            let part = place(before)..place(before.saturating_add(wanted.end - wanted.start));
            let length = part.len() as u64;
            response.object.range = Some(match length {
                0 => format!("bytes */{size}"),
                _ => format!("bytes {}-{}/{size}", wanted.start, wanted.start + length - 1),
            });
            response.object.length = Some(length.to_string());
            response.body = response.body.slice(part);
            if length == 0 {
                // The file ends before the wanted range.
                response.status = 416;
                response.object.length = None;
                response.body = Bytes::new();
            }
        }
        _ => {}
    }
}

/// The first byte and the size of the file, from `bytes 0-99/1000`.
fn content_range(object: &ObjectHeaders) -> Option<(u64, String)> {
    let (range, size) = object.range.as_deref()?.trim().strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.trim().parse().ok()?, size.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] = b"0123456789";

    /// The status, the range and the body of a wanted range, if the server answers `requested` of the file.
    fn part(status: u16, requested: Range<usize>, wanted: Range<u64>) -> (u16, Option<String>, String) {
        let body = FILE.get(requested.start..requested.end.min(FILE.len())).unwrap_or_default();
        let range =
            (status == 206).then(|| format!("bytes {}-{}/10", requested.start, requested.start + body.len() - 1));
        let object = ObjectHeaders { range, ..ObjectHeaders::default() };
        let body = Bytes::from_static(body);
        let mut response = Response { status, content_type: None, retry_after: None, object, location: None, body };
        cut(&mut response, &wanted);
        (response.status, response.object.range, String::from_utf8(response.body.to_vec()).unwrap())
    }

    #[test]
    fn the_wanted_range_is_cut_out_of_the_widened_one() {
        let answer = |status, range: &str, body: &str| (status, Some(range.to_owned()), body.to_owned());
        assert_eq!(part(206, 1..9, 3..7), answer(206, "bytes 3-6/10", "3456"));
        assert_eq!(part(206, 0..4, 0..2), answer(206, "bytes 0-1/10", "01"));
        // At the end of the file, and beyond it.
        assert_eq!(part(206, 6..20, 8..18), answer(206, "bytes 8-9/10", "89"));
        assert_eq!(part(206, 8..20, 10..18), answer(416, "bytes */10", ""));
        // The client refuses another part than it requested.
        assert_eq!(part(206, 5..9, 3..7), answer(206, "bytes 5-8/10", "5678"));
        assert_eq!(part(200, 0..9, 3..7), (200, None, "0123456".to_owned()));
        assert_eq!(part(404, 0..9, 3..7), (404, None, "012345678".to_owned()));
    }

    #[test]
    fn a_widened_range_begins_at_the_file_and_does_not_overflow() {
        assert_eq!(widened(&(3..7), 5), 0..12);
        assert_eq!(widened(&(30..u64::MAX), 5), 25..u64::MAX);
    }
}
