//! Texts with gaps.
//!
//! ` * ` stands for any text, `^` for the start of the line and `$` for its end. The case of ASCII letters does not count.

use std::ops::Range;

/// Where a pattern is in a line.
pub(crate) fn find(pattern: &str, line: &str) -> Option<Range<usize>> {
    let at_start = pattern.starts_with('^');
    let at_end = pattern.ends_with('$');
    let mut parts = parts(pattern);
    let first = parts.next()?;
    let start = position(line, first)?;
    let mut end = start + first.len();
    for part in parts {
        end += position(&line[end..], part)? + part.len();
    }
    let fits = !(at_start && start > 0 || at_end && end < line.len());
    fits.then_some(start..end)
}

/// The longest text of a pattern: each line that matches has it.
pub(crate) fn needle(pattern: &'static str) -> &'static str {
    parts(pattern).max_by_key(|part| part.len()).unwrap_or_default()
}

fn parts(pattern: &str) -> impl Iterator<Item = &str> {
    pattern.trim_start_matches('^').trim_end_matches('$').split(" * ")
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
            ("ü", "für", Some(1..3)),
            ("long", "lo", None),
        ] {
            assert_eq!(find(pattern, line), expected, "{pattern} in {line}");
        }
        assert_eq!(needle("^a * bcd * e$"), "bcd");
        assert_eq!(needle("a text of many bytes"), "a text of many bytes");
    }
}
