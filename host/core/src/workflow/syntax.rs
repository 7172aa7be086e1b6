//! What is wrong in a text that is not JSON, and how to correct it.
//!
//! `serde_json` finds the place. Its words name what the parser expected, seldom what an author wrote.

use crate::secret::is_suspicious;
use comfycheck_wording::quote;
use serde_json::Error;
use std::ops::Range;

/// The first mistake of a text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    /// One line, such as ``a comma before `}` ``.
    pub(super) what: String,
    /// In bytes of the text.
    pub(super) at: Range<usize>,
    pub(super) help: Option<String>,
}

impl Mistake {
    /// Of a text that is not empty and that `serde_json` refused.
    pub(super) fn of(text: &str, error: &Error) -> Self {
        let message = error.to_string();
        if error.is_eof() {
            let end = text.trim_end().len();
            let inside = message.split(" at line ").next().and_then(|message| message.rsplit(' ').next());
            let inside = inside.unwrap_or("value");
            let article = if inside.starts_with('o') { "an" } else { "a" };
            let what = format!("the file ends within {article} {inside}");
            return Self { what, at: end..end, help: None };
        }
        let mut at = place(text, error);
        if message.starts_with("expected ident") && !text[at..].starts_with(char::is_alphanumeric) {
            // The word ended too early.
            at = text.floor_char_boundary(at.saturating_sub(1));
        }
        let word = word(text, at);
        if matches!(text[word.clone()].trim_start_matches(['+', '-']), "NaN" | "Infinity") {
            let what = format!("{} is not a number", shown(&text[word.clone()]));
            return Self::new(what, word, "set this input to a number, and export the workflow again");
        }
        let is = |start: &str| message.starts_with(start);
        let found = |expected: &str| Self::found(text, at, expected);
        if is("trailing comma") {
            trailing_comma(text, at)
        } else if is("control character") {
            control_character(text, at)
        } else if is("invalid escape") || is("unexpected end of hex") || is("lone leading") {
            escape(text, at)
        } else if is("invalid number") || is("number out of range") {
            number(text, at)
        } else if is("trailing characters") {
            after_the_end(text, at).unwrap_or_else(|| found("nothing after the end of the workflow"))
        } else if is("key must be") {
            found("a key in double quotes")
        } else if is("expected `:`") {
            found("`:` after a key")
        } else if is("expected `,` or `]`") {
            separator(text, at, "`,` or `]`")
        } else if is("expected `,` or `}`") {
            separator(text, at, "`,` or `}`")
        } else if text[..at].trim().is_empty() {
            beginning(text, at).unwrap_or_else(|| found("`{`"))
        } else {
            found("a value")
        }
    }

    fn new(what: impl Into<String>, at: Range<usize>, help: impl Into<String>) -> Self {
        Self { what: what.into(), at, help: Some(help.into()) }
    }

    /// What stands where something else was expected.
    fn found(text: &str, at: usize, expected: &str) -> Self {
        let word = word(text, at);
        let found = &text[word.clone()];
        let rest = &text[word.start..];
        if ["<<<<<<<", "=======", ">>>>>>>"].iter().any(|mark| rest.starts_with(mark)) {
            return Self::new("an unresolved merge conflict", word, "resolve the conflict");
        }
        if ["//", "/*", "#"].iter().any(|mark| rest.starts_with(mark)) {
            return Self::new("a comment, which JSON does not have", word, "remove the comment");
        }
        let before = text[..word.start].trim_end();
        if found.starts_with(',') && before.ends_with(',') {
            return Self::new("two commas in a row", word, "remove one of them");
        }
        let what = format!("expected {expected}, found {}", shown(found));
        let plain = found.trim_start_matches('+');
        let help = match found {
            "True" | "TRUE" => Some("write `true`"),
            "False" | "FALSE" => Some("write `false`"),
            "None" | "NULL" | "Null" | "undefined" | "nil" => Some("write `null`, or remove the input"),
            _ if found.starts_with(['\'', '’', '‘', '“', '”', '„', '«']) => {
                Some("put strings and keys in straight double quotes")
            }
            ";" => Some("write a comma in its place"),
            "=" => Some("write `:` in its place"),
            _ if found.starts_with('\u{a0}') => Some("replace the no-break space with a plain space"),
            _ if rest.starts_with("{{") || (rest.starts_with('{') && before.ends_with('{')) => {
                Some("put a value in place of the placeholder")
            }
            _ if found.starts_with(|char: char| char.is_ascii_digit()) && is_decimal_comma(text, word.start) => {
                Some("write a decimal point in place of the comma")
            }
            _ => None,
        };
        // `+1`, `.5` and `-.5` are no numbers of JSON.
        let (sign, digits) = plain.strip_prefix('-').map_or(("", plain), |digits| ("-", digits));
        let number = format!("{sign}{}{digits}", if digits.starts_with('.') { "0" } else { "" });
        let is_number = number != found && serde_json::from_str::<serde_json::Number>(&number).is_ok();
        let number = is_number.then(|| format!("write `{number}`"));
        Self { what, at: word, help: help.map(str::to_owned).or(number) }
    }
}

/// The byte at which `serde_json` stopped: from 1, columns in bytes. After a line break the column is 0.
fn place(text: &str, error: &Error) -> usize {
    let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let line_start: usize = lines.map(str::len).sum();
    let at = (line_start + error.column()).saturating_sub(1);
    text.floor_char_boundary(at.min(text.len()))
}

fn trailing_comma(text: &str, at: usize) -> Mistake {
    let comma = text[..at].rfind(',').unwrap_or(at);
    let bracket = word(text, at);
    Mistake::new(format!("a comma before {}", shown(&text[bracket])), comma..comma + 1, "remove the comma")
}

fn control_character(text: &str, at: usize) -> Mistake {
    let char = text[at..].chars().next().unwrap_or_default();
    let span = at..at + char.len_utf8();
    match char {
        '\n' | '\r' => {
            let help = "close the string with `\"`, or write `\\n` for a line break in it";
            Mistake::new("a string is not closed on its line", at..at, help)
        }
        '\t' => Mistake::new("a tab in a string", span, "write `\\t` in its place"),
        char => {
            let what = format!("the control character U+{:04X} in a string", u32::from(char));
            Mistake::new(what, span, "remove it")
        }
    }
}

fn escape(text: &str, at: usize) -> Mistake {
    let mut before = text.as_bytes().iter().take(at + 1);
    let start = before.rposition(|byte| *byte == b'\\').unwrap_or(at);
    let mut after = text[start..].chars().skip(1);
    let next = after.next();
    if next == Some('u') && after.take(4).filter(char::is_ascii_hexdigit).count() == 4 {
        let end = start + 6;
        let what = format!("{} is half of a character", shown(&text[start..end]));
        return Mistake::new(what, start..end, "remove it, or write the character itself");
    }
    let end = start + 1 + next.map_or(0, char::len_utf8);
    let what = format!("{} in a string is not an escape", shown(&text[start..end]));
    Mistake::new(what, start..end, "write `\\\\` for a backslash, and `/` between folders")
}

fn number(text: &str, at: usize) -> Mistake {
    let inside = |char: char| char.is_ascii_alphanumeric() || matches!(char, '.' | '+' | '-');
    let start = text[..at].rfind(|char| !inside(char)).map_or(0, |before| text.ceil_char_boundary(before + 1));
    let end = text[at..].find(|char| !inside(char)).map_or(text.len(), |after| at + after);
    let number = &text[start..end];
    let digits = number.trim_start_matches('-');
    let corrected = match (digits.trim_start_matches('0'), digits.strip_suffix('.')) {
        (_, Some(whole)) if whole.parse::<u64>().is_ok() => Some(format!("{whole}.0")),
        (rest, None) if rest != digits && rest.parse::<u64>().is_ok() => Some(rest.to_owned()),
        _ => None,
    };
    let sign = &number[..number.len() - digits.len()];
    let help = corrected.map_or_else(|| "write another number".to_owned(), |number| format!("write `{sign}{number}`"));
    Mistake::new(format!("{} is not a number of JSON", shown(number)), start..end, help)
}

/// What stands after the end of the workflow. None if that is nothing usual.
fn after_the_end(text: &str, at: usize) -> Option<Mistake> {
    let rest = text[at..].trim_end();
    let span = at..at + 1;
    if text[..at].trim_start().starts_with('"') {
        return None;
    }
    if rest.chars().all(|char| matches!(char, '}' | ']') || char.is_whitespace()) {
        return Some(Mistake::new(format!("{} closes nothing", shown(&rest[..1])), span, "remove it"));
    }
    if rest.starts_with(['{', '[']) {
        return Some(Mistake::new("a second JSON value in the file", span, "save each workflow in its own file"));
    }
    if rest.starts_with(',') {
        let help = "remove the bracket before it that closes the workflow too early";
        return Some(Mistake::new("the workflow ends before this comma", span, help));
    }
    None
}

/// What stands between two members or items.
fn separator(text: &str, at: usize, expected: &str) -> Mistake {
    let before = text[..at].trim_end();
    let next = text[at..].chars().next().unwrap_or_default();
    let is_adjacent = before.len() == at;
    if is_adjacent && next.is_alphanumeric() && before.ends_with('"') {
        let help = "write `\\\"` for a quote inside a string";
        return Mistake::new("a string ends at the quote before this", word(text, at), help);
    }
    if is_adjacent && next.is_alphanumeric() {
        return Mistake { help: None, ..number(text, at) };
    }
    let starts_another = matches!(next, '"' | '{' | '[') || next.is_ascii_digit() || next == '-';
    let is_quote_twice = is_adjacent && next == '"' && before.ends_with('"');
    if starts_another && !is_quote_twice {
        let found = word(text, at);
        let what = format!("a comma is missing before {}", shown(&text[found]));
        return Mistake::new(what, before.len()..before.len(), "add a comma");
    }
    Mistake::found(text, at, expected)
}

/// What a file is that does not begin as JSON does. None if nothing shows it.
fn beginning(text: &str, at: usize) -> Option<Mistake> {
    let rest = &text[at..];
    let (what, help) = if rest.starts_with("version https://git-lfs") {
        ("the file is a pointer of Git LFS, not the file itself", "fetch the file: `git lfs pull`")
    } else if rest.starts_with("```") {
        ("a fence of Markdown", "remove the lines with backticks around the workflow")
    } else if rest.starts_with("<!") || rest.to_ascii_lowercase().starts_with("<html") {
        ("the file is a page of HTML", "download the file itself: the server sent a page in its place")
    } else {
        return None;
    };
    Some(Mistake::new(what, word(text, at), help))
}

/// Whether a number stands before the comma before a place, as in `8,5`. Three digits after it can be thousands, and a colon makes
/// it a key.
fn is_decimal_comma(text: &str, at: usize) -> bool {
    let rest = text[at..].trim_start_matches(|char: char| char.is_ascii_digit());
    let digits = text.len() - at - rest.len();
    let follows_number =
        || text[..at].strip_suffix(',').is_some_and(|before| before.ends_with(|c: char| c.is_ascii_digit()));
    digits != 3 && !rest.trim_start().starts_with(':') && follows_number()
}

/// A quotation, without what would end it.
fn shown(found: &str) -> String {
    match found.chars().next() {
        None => "the end of the file".to_owned(),
        Some(char) if char.is_control() => format!("U+{:04X}", u32::from(char)),
        Some(_) if is_suspicious(found) => "what may be a secret".to_owned(),
        Some(_) => quote(found),
    }
}

/// What stands at a byte: a word, a string, else one character.
fn word(text: &str, at: usize) -> Range<usize> {
    const LONGEST: usize = 30;
    let inside = |char: char| char.is_alphanumeric() || matches!(char, '_' | '$' | '+' | '-' | '.');
    let rest = &text[at..];
    let Some(first) = rest.chars().next() else { return at..at };
    let length = match first {
        '"' | '\'' => rest[1..].find([first, '\n']).filter(|end| rest[1 + end..].starts_with(first)).map(|end| end + 2),
        _ => None,
    };
    if let Some(length) = length.filter(|length| *length <= LONGEST) {
        return at..at + length;
    }
    if !inside(first) {
        return at..at + first.len_utf8();
    }
    // `serde_json` stops within a word that begins as `null` does.
    let start = text[..at].rfind(|char| !inside(char)).map_or(0, |before| text.ceil_char_boundary(before + 1));
    let length = text[start..].find(|char| !inside(char)).unwrap_or(text.len() - start);
    let end = text[start..start + length].char_indices().nth(LONGEST).map_or(start + length, |(end, _)| start + end);
    start..end.max(at)
}
