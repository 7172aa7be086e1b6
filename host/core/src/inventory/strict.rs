//! Makes Python's JSON strict. Python writes numbers and characters that JSON does not have.

use memchr::memchr2;
use std::borrow::Cow;

/// Replaces each bare `NaN`, `Infinity` and `-Infinity` by `null`, and each escaped half of a surrogate pair without its other
/// half by `\ufffd`.
pub fn strict(json: &str) -> Cow<'_, str> {
    let bytes = json.as_bytes();
    let mut strict = String::new();
    let (mut copied, mut at, mut in_string) = (0, 0, false);
    while at < bytes.len() {
        if in_string {
            // Most of a text is in strings.
            let Some(plain) = memchr2(b'"', b'\\', &bytes[at..]) else { break };
            at += plain;
        }
        let (length, replacement) = match (in_string, bytes[at]) {
            (_, b'"') => {
                in_string = !in_string;
                (1, None)
            }
            (true, b'\\') => match half(&bytes[at..]) {
                None => (2, None),
                Some(Half::First) if matches!(half(&bytes[at + 6..]), Some(Half::Second)) => (12, None),
                Some(Half::First | Half::Second) => (6, Some("\\ufffd")),
            },
            (false, b'N' | b'I' | b'-') => match bare_word(&bytes[at..]) {
                Some(word) => (word, Some("null")),
                None => (1, None),
            },
            _ => (1, None),
        };
        if let Some(replacement) = replacement {
            strict.push_str(&json[copied..at]);
            strict.push_str(replacement);
            copied = at + length;
        }
        at += length;
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    strict.push_str(&json[copied..]);
    Cow::Owned(strict)
}

/// The length of the word at the beginning of a text, if JSON does not have it.
fn bare_word(text: &[u8]) -> Option<usize> {
    [&b"NaN"[..], b"Infinity", b"-Infinity"].iter().find(|word| text.starts_with(word)).map(|word| word.len())
}

/// A half of a surrogate pair.
enum Half {
    First,
    Second,
}

/// The escaped half at the beginning of a text.
fn half(text: &[u8]) -> Option<Half> {
    let digits = text.strip_prefix(b"\\u")?.get(..4).filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))?;
    match (digits[0], digits[1].to_ascii_lowercase()) {
        (b'd' | b'D', b'8' | b'9' | b'a' | b'b') => Some(Half::First),
        (b'd' | b'D', b'c'..=b'f') => Some(Half::Second),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(json: &str, expected: &str) {
        assert_eq!(strict(json), expected);
        assert!(serde_json::from_str::<serde_json::Value>(expected).is_ok(), "the expected text is JSON");
    }

    #[test]
    fn bare_words_become_null() {
        check(r#"{"a": NaN, "b": [Infinity, -Infinity]}"#, r#"{"a": null, "b": [null, null]}"#);
        check("NaN", "null");
    }

    #[test]
    fn strings_and_negative_numbers_stay() {
        for json in [
            r#"{"NaN": "Infinity", "x": "-Infinity \" NaN", "y": -1, "z": "\\"}"#,
            r#"["ü NaN"]"#,
            r#"{"min": -18446744073709551615, "max": 18446744073709551615}"#,
        ] {
            check(json, json);
        }
        check(r#"["\\", NaN, "\"", NaN]"#, r#"["\\", null, "\"", null]"#);
    }

    #[test]
    fn half_a_pair_becomes_a_replacement_character() {
        check(r#"["\ud83d", "a\uDE00b"]"#, r#"["\ufffd", "a\ufffdb"]"#);
        check(r#"["\ud83d\ud83d\ude00"]"#, r#"["\ufffd\ud83d\ude00"]"#);
        for whole in [r#"["\ud83d\ude00", "\\ud83d", "\u00e9"]"#, r#"["\\", "\""]"#] {
            check(whole, whole);
        }
    }

    #[test]
    fn what_only_begins_like_half_a_pair_stays() {
        for (text, expected) in [
            ("[\"\\ud8e\u{7ff}\"]", "[\"\\ud8e\u{7ff}\"]"),
            ("[\"\\uDC\u{1f600}\"]", "[\"\\uDC\u{1f600}\"]"),
            ("[\"\\ud83d\\udc\u{1f600}\"]", "[\"\\ufffd\\udc\u{1f600}\"]"),
        ] {
            assert_eq!(strict(text), expected);
        }
    }

    #[test]
    fn a_text_that_ends_within_a_string_stays() {
        for text in [r#"{"a": "NaN"#, r#"{"a": "\"#, "\"", "-", "N", "Infinit"] {
            assert_eq!(strict(text), text);
        }
    }
}
