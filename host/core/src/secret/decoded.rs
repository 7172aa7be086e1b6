//! A text without its escapes, and where each byte of it came from.

use memchr::memchr;
use std::ops::Range;

/// A text after one level of decoding.
pub(super) struct Decoded {
    pub(super) bytes: Vec<u8>,
    /// In order.
    escapes: Vec<Escape>,
}

/// An escape that was decoded.
struct Escape {
    /// Its end in the decoded text.
    decoded: usize,
    /// Its place in the original text.
    start: usize,
    end: usize,
}

impl Decoded {
    /// The text without the escapes of JSON, and of strings in Python and JavaScript: `\n`, `\\`, `\/`, `\u00e9`, `\xe9`. None
    /// if it has no escape.
    pub(super) fn of_backslashes(text: &[u8]) -> Option<Self> {
        Self::new(text, b'\\', backslash)
    }

    /// The text without the escapes of URLs: `%2F`. None if it has no escape.
    pub(super) fn of_percents(text: &[u8]) -> Option<Self> {
        Self::new(text, b'%', percent)
    }

    fn new(text: &[u8], mark: u8, decode: fn(&[u8], &mut Vec<u8>) -> Option<usize>) -> Option<Self> {
        let mut at = memchr(mark, text)?;
        let mut decoded = Self { bytes: Vec::with_capacity(text.len()), escapes: Vec::new() };
        decoded.bytes.extend_from_slice(&text[..at]);
        while at < text.len() {
            let kept = match decode(&text[at..], &mut decoded.bytes) {
                Some(length) => {
                    let end = at + length;
                    decoded.escapes.push(Escape { decoded: decoded.bytes.len(), start: at, end });
                    end
                }
                // A mark that begins no escape stands for itself.
                None => at,
            };
            let from = kept.max(at + 1);
            let next = memchr(mark, &text[from..]).map_or(text.len(), |next| from + next);
            decoded.bytes.extend_from_slice(&text[kept..next]);
            at = next;
        }
        (!decoded.escapes.is_empty()).then_some(decoded)
    }

    /// Where a part of the decoded text stands in the original.
    pub(super) fn original(&self, part: Range<usize>) -> Range<usize> {
        let place = |at: usize| match self.escapes.partition_point(|escape| escape.decoded <= at).checked_sub(1) {
            Some(last) => at - self.escapes[last].decoded + self.escapes[last].end,
            None => at,
        };
        place(part.start)..place(part.end)
    }

    /// A part of the original text, with the escapes that it cuts as a whole.
    pub(super) fn whole_escapes(&self, part: Range<usize>) -> Range<usize> {
        let cut = |at: usize| {
            let escape = self.escapes.get(self.escapes.partition_point(|escape| escape.end <= at))?;
            (escape.start < at).then_some(escape.start..escape.end)
        };
        let start = cut(part.start).map_or(part.start, |escape| escape.start);
        start..cut(part.end).map_or(part.end, |escape| escape.end)
    }
}

/// Decodes the escape at the beginning of a text, and returns its length.
fn backslash(text: &[u8], decoded: &mut Vec<u8>) -> Option<usize> {
    let byte = match text.get(1)? {
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'b' => 0x08,
        b'f' => 0x0c,
        &byte @ (b'\\' | b'/' | b'"' | b'\'') => byte,
        b'x' => return hexadecimal(text, decoded),
        b'u' => return unicode(text, decoded),
        b'U' => {
            push(char::from_u32(number(text.get(2..10)?)?)?, decoded);
            return Some(10);
        }
        _ => return None,
    };
    decoded.push(byte);
    Some(2)
}

/// `\u00e9`. A character beyond 16 bits has two.
fn unicode(text: &[u8], decoded: &mut Vec<u8>) -> Option<usize> {
    let unit = |text: &[u8]| u16::try_from(number(text.strip_prefix(br"\u")?.get(..4)?)?).ok();
    let first = unit(text)?;
    let units = [first, text.get(6..).and_then(unit).unwrap_or_default()];
    let length = if (0xd800..0xdc00).contains(&first) { 2 } else { 1 };
    push(char::decode_utf16(units.into_iter().take(length)).next()?.ok()?, decoded);
    Some(6 * length)
}

/// `\xc3\xa9` of bytes, or `\xe9` of text.
fn hexadecimal(text: &[u8], decoded: &mut Vec<u8>) -> Option<usize> {
    let byte = |text: &[u8]| u8::try_from(number(text.strip_prefix(br"\x")?.get(..2)?)?).ok();
    let first = byte(text)?;
    let length = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    };
    let bytes: Option<Vec<u8>> = (0..length).map(|index| byte(text.get(4 * index..)?)).collect();
    match bytes.as_deref().and_then(|bytes| std::str::from_utf8(bytes).ok()) {
        Some(character) => {
            decoded.extend_from_slice(character.as_bytes());
            Some(4 * length)
        }
        None => {
            push(char::from(first), decoded);
            Some(4)
        }
    }
}

fn percent(text: &[u8], decoded: &mut Vec<u8>) -> Option<usize> {
    decoded.push(u8::try_from(number(text.get(1..3)?)?).ok()?);
    Some(3)
}

/// A number of hexadecimal digits.
fn number(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |number, &digit| Some(number.checked_mul(16)? + char::from(digit).to_digit(16)?))
}

fn push(character: char, decoded: &mut Vec<u8>) {
    decoded.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_escape_is_decoded_and_keeps_its_place() {
        let text = r#"a\n\\\/\"\'\u00e9\ud83d\ude00\xe9\xc3\xa9\U0001f600\q\u12 \ud83dz\"#;
        let decoded = Decoded::of_backslashes(text.as_bytes()).unwrap();
        let expected = "a\n\\/\"'é😀éé😀\\q\\u12 \\ud83dz\\";
        assert_eq!(String::from_utf8_lossy(&decoded.bytes), expected);
        // From the end of a character on, both texts go on at the same place.
        for (at, character) in expected.char_indices() {
            let original = decoded.original(at..at + character.len_utf8());
            let alone = Decoded::of_backslashes(&text.as_bytes()[original.clone()]);
            let alone = alone.map_or_else(|| text[original.clone()].as_bytes().to_vec(), |alone| alone.bytes);
            assert_eq!(String::from_utf8_lossy(&alone), character.to_string(), "{original:?}");
        }
    }

    #[test]
    fn a_part_that_cuts_an_escape_is_widened() {
        let decoded = Decoded::of_backslashes(br"ab\nc\u00e9d").unwrap();
        for (part, whole) in [(0..2, 0..2), (3..5, 2..5), (0..6, 0..11), (4..5, 4..5), (7..8, 5..11), (2..11, 2..11)] {
            assert_eq!(decoded.whole_escapes(part), whole);
        }
    }

    #[test]
    fn a_text_without_escapes_is_not_decoded() {
        for text in ["", "abc", r"\", r"\q \u00g0", "100 %", "%zz"] {
            assert!(Decoded::of_backslashes(text.as_bytes()).is_none(), "{text}");
            assert!(Decoded::of_percents(text.as_bytes()).is_none(), "{text}");
        }
        assert_eq!(Decoded::of_percents(b"%2Fa%2%41").unwrap().bytes, b"/a%2A");
    }
}
