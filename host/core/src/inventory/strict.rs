//! Makes ComfyUI's JSON strict: Python writes numbers that JSON does not know.

use std::borrow::Cow;

/// Replaces every bare `NaN`, `Infinity` and `-Infinity` by `null`. What stands in strings stays.
pub fn strict(json: &str) -> Cow<'_, str> {
    let bytes = json.as_bytes();
    let mut strict = String::new();
    let (mut copied, mut at) = (0, 0);
    while at < bytes.len() {
        at = match bytes[at] {
            b'"' => end_of_string(bytes, at),
            b'N' | b'I' | b'-' => match bare_word(&bytes[at..]) {
                Some(word) => {
                    strict.push_str(&json[copied..at]);
                    strict.push_str("null");
                    copied = at + word;
                    copied
                }
                None => at + 1,
            },
            _ => at + 1,
        };
    }
    if copied == 0 {
        return Cow::Borrowed(json);
    }
    strict.push_str(&json[copied..]);
    Cow::Owned(strict)
}

/// The length of the word that a text begins with, if JSON does not know it.
fn bare_word(text: &[u8]) -> Option<usize> {
    [&b"NaN"[..], b"Infinity", b"-Infinity"].iter().find(|word| text.starts_with(word)).map(|word| word.len())
}

/// The index behind the string that begins at `start`; the end of the text if it is not closed.
fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
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
    fn a_text_that_ends_within_a_string_stays() {
        for text in [r#"{"a": "NaN"#, r#"{"a": "\"#, "\"", "-", "N", "Infinit"] {
            assert_eq!(strict(text), text);
        }
    }
}
