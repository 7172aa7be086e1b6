//! From bytes to text: UTF-8 and UTF-16, with or without a byte order mark.

/// How a text was encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    /// UTF-8 after a byte order mark.
    Utf8Marked,
    /// As PowerShell's `>` writes it.
    Utf16,
    /// Neither: the text ends there.
    Unknown,
}

/// The text without its byte order mark. It ends at the first byte that has no meaning, with a replacement character.
pub(super) fn decode(bytes: Vec<u8>) -> (String, Encoding) {
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => (utf16(rest, u16::from_le_bytes), Encoding::Utf16),
        [0xfe, 0xff, rest @ ..] => (utf16(rest, u16::from_be_bytes), Encoding::Utf16),
        // JSON begins with an ASCII character.
        [first, 0, ..] if is_visible(*first) => (utf16(&bytes, u16::from_le_bytes), Encoding::Utf16),
        [0, first, ..] if is_visible(*first) => (utf16(&bytes, u16::from_be_bytes), Encoding::Utf16),
        [0xef, 0xbb, 0xbf, rest @ ..] => utf8(rest.to_vec(), Encoding::Utf8Marked),
        _ => utf8(bytes, Encoding::Utf8),
    }
}

/// Whether the beginning of a file has bytes that no text has.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    const BEGINNING: usize = 16;
    let is_utf16 = match bytes {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => true,
        [first, 0, ..] | [0, first, ..] => is_visible(*first),
        _ => false,
    };
    !is_utf16 && bytes.iter().take(BEGINNING).any(|byte| byte.is_ascii_control() && !byte.is_ascii_whitespace())
}

fn is_visible(byte: u8) -> bool {
    byte.is_ascii_graphic() || byte.is_ascii_whitespace()
}

fn utf8(bytes: Vec<u8>, encoding: Encoding) -> (String, Encoding) {
    match String::from_utf8(bytes) {
        Ok(text) => (text, encoding),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(&error.as_bytes()[..valid]).into_owned() + "\u{fffd}";
            (text, Encoding::Unknown)
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, rest) = bytes.as_chunks();
    let units = pairs.iter().map(|&pair| unit(pair));
    let mut text = String::with_capacity(bytes.len() / 2);
    for char in char::decode_utf16(units) {
        match char {
            Ok(char) => text.push(char),
            Err(_) => return text + "\u{fffd}",
        }
    }
    if !rest.is_empty() {
        text.push('\u{fffd}');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_the_same_in_each_encoding() {
        let text = "{\"3\": \"Ä𝄞\"}\n";
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (bytes, encoding) in [
            (text.as_bytes().to_vec(), Encoding::Utf8),
            ([b"\xef\xbb\xbf", text.as_bytes()].concat(), Encoding::Utf8Marked),
            ([b"\xff\xfe", &le[..]].concat(), Encoding::Utf16),
            ([b"\xfe\xff", &be[..]].concat(), Encoding::Utf16),
            (le, Encoding::Utf16),
            (be, Encoding::Utf16),
        ] {
            assert_eq!(decode(bytes), (text.to_owned(), encoding));
        }
    }

    #[test]
    fn bytes_that_no_text_begins_with_are_binary() {
        for bytes in [b"\0\x01".as_slice(), b"\0\0\0\0", b"\x1f\x8b\x08\0", b"PK\x03\x04", b"\x01\0{\0", b"{\x01"] {
            assert!(is_binary(bytes), "{bytes:?}");
            assert_ne!(decode(bytes.to_vec()).1, Encoding::Utf16, "{bytes:?}");
        }
        let utf16 = b"{\0\x05\0";
        for bytes in
            [b"".as_slice(), b"{", b"{\r\n\t\"", b"{\0", b"\0{", utf16, b"\xff\xfe\x01\0", b"\xef\xbb\xbf{", b"caf\xe9"]
        {
            assert!(!is_binary(bytes), "{bytes:?}");
        }
    }

    #[test]
    fn a_text_ends_at_what_has_no_meaning() {
        for (bytes, expected) in [
            (b"{\"a\xff\": 1}".as_slice(), "{\"a\u{fffd}"),
            (b"\xff\xfe{\0\0\xd8x\0", "{\u{fffd}"),
            (b"\xff\xfe{\0}", "{\u{fffd}"),
            (b"", ""),
            (b"\xef\xbb\xbf", ""),
        ] {
            assert_eq!(decode(bytes.to_vec()).0, expected);
        }
        assert_eq!(decode(b"{\"a\xff\"}".to_vec()).1, Encoding::Unknown);
    }
}
