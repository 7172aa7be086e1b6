//! Text of guests, workers and workflows, made harmless for a terminal.

use comfycheck_wording::count;
use std::fmt::Write;

/// A text as one line of at most `limit` characters that moves no cursor, changes no color and reverses no words.
///
/// Line breaks and tabs become spaces, control characters are shown as their pictures (`␛` for the escape character),
/// and characters that reorder text become `�`. The end of a cut text says how much is missing.
pub(crate) fn one_line(text: &str, limit: usize) -> String {
    cut(text.chars().map(visible), limit)
}

/// A text of at most `limit` characters. What is shorter than the mark of a cut text is kept whole.
fn cut(mut characters: impl Iterator<Item = char>, limit: usize) -> String {
    let mut kept: String = characters.by_ref().take(limit).collect();
    let rest: String = characters.by_ref().take(MARK).collect();
    match rest.chars().count() {
        MARK => {
            // Writing to a string does not fail.
            let _ = write!(kept, "… [{}]", count(MARK + characters.count(), "more character"));
        }
        _ => kept.push_str(&rest),
    }
    kept
}

/// The length of the mark of a cut text, such as `… [12 more characters]`.
const MARK: usize = 22;

/// A text of several lines of at most `limit` characters, as harmless as [`one_line`] except for its line breaks.
pub(crate) fn text(text: &str, limit: usize) -> String {
    let keep = |character| if character == '\n' { character } else { visible(character) };
    cut(text.chars().filter(|character| *character != '\r').map(keep), limit)
}

/// A character that can be printed in place of this one.
pub(crate) fn visible(character: char) -> char {
    match character {
        '\t' | '\n' | '\r' | '\u{2028}' | '\u{2029}' => ' ',
        // U+2400 begins the pictures of the C0 controls.
        '\0'..='\x1f' => char::from_u32(0x2400 + u32::from(character)).unwrap_or('\u{fffd}'),
        '\x7f' => '␡',
        other if is_unsafe(other) => '\u{fffd}',
        other => other,
    }
}

/// Whether a character can change how the text around it is shown, or hides text: controls, characters that reorder text, line
/// breaks of Unicode, noncharacters, and characters that nothing shows. Emoji and some scripts need joiners, which stay.
pub(crate) fn is_unsafe(character: char) -> bool {
    matches!(
        character,
        '\0'..='\x1f'
            | '\x7f'..='\u{9f}'
            | '\u{61c}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{fffe}'
            | '\u{ffff}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// Pretty JSON with unsafe characters written as escapes. Outside of strings it has none of them but line breaks.
pub(crate) fn escape_unsafe(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if character != '\n' && is_unsafe(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a string does not fail.
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(character);
        }
    }
    // In a string it means the same, and to the runner of GitHub Actions nothing.
    escaped.replace("##[", "#\\u0023[")
}

#[cfg(test)]
mod tests {
    use super::{escape_unsafe, one_line};

    #[track_caller]
    fn check(text: &str, limit: usize, expected: &str) {
        assert_eq!(one_line(text, limit), expected);
    }

    #[test]
    fn ordinary_text_is_unchanged() {
        check("node `31` — Größe 1024×1024, 画像 👩‍🎨", 80, "node `31` — Größe 1024×1024, 画像 👩‍🎨");
    }

    #[test]
    fn a_text_is_one_line() {
        check("one\ntwo\r\nthree\tfour\u{2028}five", 80, "one two  three four five");
    }

    #[test]
    fn nothing_moves_the_cursor_or_reorders_words() {
        check("\u{1b}[2J\u{9b}31m\0\u{7f}", 80, "␛[2J�31m␀␡");
        check("a\u{202e}b\u{2066}c\u{200f}d\u{feff}e\u{ffff}", 80, "a�b�c�d�e�");
    }

    #[test]
    fn no_text_is_hidden() {
        check("a\u{200b}b\u{2060}c\u{fff9}d\u{e0001}\u{e0061}\u{e007f}", 80, "a�b�c�d���");
        let json = serde_json::to_string("a\u{200b}b\u{e0061}c").unwrap();
        let escaped = escape_unsafe(&json);
        assert_eq!(escaped, r#""a\u200bb\udb40\udc61c""#);
        assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), "a\u{200b}b\u{e0061}c");
    }

    #[test]
    fn a_long_text_is_cut_and_says_so() {
        check("abcdef", 6, "abcdef");
        let mark_is_as_long = "0123456789012345678901";
        check(&mark_is_as_long[1..], 0, &mark_is_as_long[1..]);
        check(mark_is_as_long, 0, "… [22 more characters]");
        check(&"é".repeat(1 << 20), 2, "éé… [1048574 more characters]");
    }
}
