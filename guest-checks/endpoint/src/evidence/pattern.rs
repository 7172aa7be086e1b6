//! Texts with gaps.
//!
//! ` * ` stands for any text, ` ### ` for a number of at least three digits, `^` for the start of the line and `$` for its end.
//! The case of ASCII letters does not count. What collectors of logs add around a line (a time, `name | `, colors, JSON) is not
//! part of it.

use std::ops::Range;

/// Where a pattern is in a line.
pub(crate) fn find(pattern: &str, line: &str) -> Option<Range<usize>> {
    let at_start = pattern.starts_with('^');
    let at_end = pattern.ends_with('$');
    let mut parts = parts(pattern);
    let first = parts.next()?;
    let start = position(line, first.text)?;
    let mut end = start + first.text.len();
    for part in parts {
        end += position(&line[end..], part.text).filter(|gap| part.fits(&line[end..end + gap]))? + part.text.len();
    }
    let fits = (!at_start || is_prefix(line.get(..start)?)) && (!at_end || is_suffix(line.get(end..)?));
    fits.then_some(start..end)
}

/// Whether a collector of logs wrote this before a line: `[12:00:01] `, `2026-11-20 12:00:01 `, `comfyui-1 | `, `{"log": "`.
fn is_prefix(text: &str) -> bool {
    let text = without_colors(text);
    let Some(word) = text.split_whitespace().next_back() else { return true };
    let is_time = word.starts_with(|first: char| first.is_ascii_digit()) && word.contains(':');
    word.ends_with(['|', ']', '"']) || is_time
}

fn is_suffix(text: &str) -> bool {
    let text = without_colors(text);
    text.trim().is_empty() || text.starts_with(['"', '\\'])
}

/// Without the escape codes of a terminal.
fn without_colors(text: &str) -> String {
    let mut parts = text.split('\x1b');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        text + part.split_once(|end: char| end.is_ascii_alphabetic()).map_or("", |(_, rest)| rest)
    })
}

/// The longest text of a pattern: each line that matches has it.
pub(crate) fn needle(pattern: &'static str) -> &'static str {
    parts(pattern).map(|part| part.text).max_by_key(|text| text.len()).unwrap_or_default()
}

/// A text of a pattern, and what must stand before it.
struct Part<'a> {
    text: &'a str,
    follows_number: bool,
}

impl Part<'_> {
    fn fits(&self, gap: &str) -> bool {
        let number = gap.trim();
        !self.follows_number || (number.len() >= 3 && number.bytes().all(|byte| byte.is_ascii_digit()))
    }
}

fn parts(pattern: &str) -> impl Iterator<Item = Part<'_>> {
    let gaps = pattern.trim_start_matches('^').trim_end_matches('$').split(" * ");
    gaps.flat_map(|part| part.split(" ### ").enumerate().map(|(index, text)| Part { text, follows_number: index > 0 }))
}

/// The first place of a text. Texts of patterns are ASCII, or are compared byte for byte.
fn position(line: &str, text: &str) -> Option<usize> {
    line.as_bytes().windows(text.len()).position(|window| window.eq_ignore_ascii_case(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_have_gaps_and_ends() {
        for (pattern, line, expected) in [
            ("out of memory", "CUDA Out Of Memory.", Some(5..18)),
            ("a * b", "xaxxbx", Some(1..5)),
            ("b * a", "xaxxbx", None),
            ("^Killed$", "Killed", Some(0..6)),
            ("^Killed$", "was Killed", None),
            ("^Killed$", "Killed by", None),
            ("^Killed$", "\x1b[31mKilled\x1b[0m", Some(5..11)),
            ("^Killed$", "2026-11-20 12:00:09 Killed", Some(20..26)),
            ("^Killed$", "comfyui-1  | Killed\n", Some(13..19)),
            ("^Killed$", r#"{"log":"Killed\n","stream":"stderr"}"#, Some(8..14)),
            ("^Killed$", "[comfy] Killed", Some(8..14)),
            ("^Killed$", "12 workers Killed", None),
            ("size ### of", "size 512 of", Some(0..11)),
            ("size ### of", "size 64 of", None),
            ("size ### of", "size large of", None),
            ("ü", "für", Some(1..3)),
            ("long", "lo", None),
        ] {
            assert_eq!(find(pattern, line), expected, "{pattern} in {line}");
        }
        assert_eq!(needle("^a * bcd * e$"), "bcd");
        assert_eq!(needle("a text of many bytes"), "a text of many bytes");
    }
}
