//! Base64 as handlers write it.

use crate::media::MediaType;
use crate::sample::Encoding;
use std::borrow::Cow;

/// Decodes base64: also with white space (Python's `encodebytes`), without padding, and URL-safe.
pub(super) fn decode(text: &str) -> Option<(Vec<u8>, Encoding)> {
    if let Ok(bytes) = base64_simd::STANDARD.decode_to_vec(text) {
        return Some((bytes, Encoding::Base64));
    }
    let bytes = base64_simd::forgiving_decode_to_vec(standard(text).as_bytes()).ok()?;
    Some((bytes, Encoding::Base64Lenient))
}

/// The format of what a base64 text starts with. Decodes only the start.
pub(super) fn media(text: &str) -> Option<MediaType> {
    /// Longer than every signature.
    const START: usize = 64;
    let start: String = text.chars().filter(|c| !c.is_ascii_whitespace()).take(START).collect();
    let start = standard(start.trim_end_matches('=')).into_owned();
    let whole = start.get(..start.len() / 4 * 4)?;
    MediaType::of(&base64_simd::STANDARD.decode_to_vec(whole).ok()?)
}

/// Whether a text has only base64 characters. It may still not decode.
///
/// Line breaks count if all lines but the last are equally long: else a list of words would be base64.
pub(super) fn is_base64(text: &str) -> bool {
    // Nearly all of it, and checked many bytes at once.
    if !text.is_empty() && base64_simd::STANDARD.check(text.as_bytes()).is_ok() {
        return true;
    }
    let text = text.trim_ascii_end();
    let digits = text.trim_end_matches('=');
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
    let mut lines = digits.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)).peekable();
    let first = lines.peek().map_or(0, |line| line.len());
    let mut shorter = 0;
    let regular = lines.all(|line| {
        // Only the last line can be shorter.
        let fits = shorter == 0 && line.len() <= first && line.bytes().all(is_digit);
        shorter += usize::from(line.len() < first);
        fits
    });
    text.len() - digits.len() <= 2 && first > 0 && regular
}

/// With the characters of standard base64.
fn standard(text: &str) -> Cow<'_, str> {
    if text.contains(['-', '_']) { text.replace('-', "+").replace('_', "/").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_to_write_base64_is_decoded() {
        for (text, expected) in [
            ("aGVsbG8=", Some(("hello", Encoding::Base64))),
            ("aGVsbG8", Some(("hello", Encoding::Base64Lenient))),
            ("aGVs\nbG8=\n", Some(("hello", Encoding::Base64Lenient))),
            ("aGVs bG8=", Some(("hello", Encoding::Base64Lenient))),
            ("fn5-Pz8_", Some(("~~~???", Encoding::Base64Lenient))),
            ("", Some(("", Encoding::Base64))),
            ("a", None),
            ("/comfyui/output/a.png", None),
            ("häl", None),
        ] {
            let decoded = decode(text);
            let decoded = decoded.as_ref().map(|(bytes, encoding)| (std::str::from_utf8(bytes).unwrap(), *encoding));
            assert_eq!(decoded, expected, "{text}");
        }
    }

    #[test]
    fn words_in_lines_are_not_base64() {
        let lines = format!("{}\r\n{}\r\n{}==", "A".repeat(76), "b".repeat(76), "c".repeat(10));
        for (text, expected) in [
            ("aGVsbG8=", true),
            (lines.as_str(), true),
            ("one\ntwo\nthree", false),
            ("a\nbcd", false),
            ("two words", false),
            ("", false),
            ("====", false),
        ] {
            assert_eq!(is_base64(text), expected, "{text}");
        }
    }
}
