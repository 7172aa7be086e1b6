//! Python's exceptions in one line, such as `torch.OutOfMemoryError: Allocation on device`.

use std::ops::Range;

/// Each line with an exception has one of these.
pub(crate) const NEEDLES: &[&str] =
    &["Error:", "Exception:", "Interrupt:", "Exception during processing", "AssertionError", "NotImplementedError"];

/// What ComfyUI writes before the message of an exception.
const PROCESSING: &str = "Exception during processing !!!";

/// The levels of log lines that report no failure.
const LEVELS: [&str; 4] = ["DEBUG", "INFO", "WARN", "WARNING"];

/// What a program writes that goes on without a part.
const GOES_ON: [&str; 7] = [
    "falling back to",
    "fall back to",
    "fallback to",
    "switching to",
    "using pytorch attention instead",
    "using default sdpa",
    "retrying with",
];

/// Whether a program reports in a line what it does instead of what failed.
pub(crate) fn goes_on(line: &str) -> bool {
    let line = line.to_ascii_lowercase();
    GOES_ON.iter().any(|words| line.contains(words))
}

/// Where an exception stands in a line: its name and its message.
pub(crate) fn find(line: &str) -> Option<Range<usize>> {
    if let Some((before, after)) = line.split_once(PROCESSING) {
        let start = before.len() + PROCESSING.len() + (after.len() - after.trim_start().len());
        return Some(start..line.len());
    }
    let colons = line.match_indices(':').map(|(at, _)| at);
    colons.chain([line.trim_end().len()]).find_map(|end| Some(name_before(line, end)?..line.len()))
}

/// Whether `ComfyUI` reports with a line what a node raised.
pub(crate) fn is_of_node(line: &str, place: &Range<usize>) -> bool {
    line.get(..place.start).is_some_and(|before| before.trim_end().ends_with(PROCESSING))
}

/// Whether a line is a notice by its own level, so that a program goes on after the exception at a place.
pub(crate) fn is_notice(line: &str, place: &Range<usize>) -> bool {
    let before = line.get(..place.start).unwrap_or_default();
    before.contains("Warning: ")
        || before.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| LEVELS.contains(&word))
}

/// Where the name of an exception begins that ends at a place.
fn name_before(line: &str, end: usize) -> Option<usize> {
    let before = line.get(..end)?;
    let start = before
        .rfind(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.'))
        .map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let name = before[start..].rsplit('.').next()?;
    let is_name = ["Error", "Exception", "Interrupt"].iter().any(|end| name.len() > end.len() && name.ends_with(end));
    (is_name && name.starts_with(|first: char| first.is_ascii_uppercase())).then_some(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notice_has_a_level_before_the_exception() {
        for (line, expected) in [
            ("[INFO] skipped: ImportError: a", true),
            ("2026-11-20 12:00:01 | WARN | ImportError: a", true),
            ("/a.py:3: UserWarning: off: ImportError: a", true),
            ("[ERROR] ImportError: a", false),
            ("ImportError: a (INFO)", false),
            ("INFORMATION ImportError: a", false),
        ] {
            assert_eq!(is_notice(line, &find(line).expect("an exception")), expected, "{line}");
        }
    }

    #[test]
    fn the_name_of_an_exception_is_capitalized_and_ends_in_a_known_word() {
        for (line, expected) in [
            ("RuntimeError: it broke", Some("RuntimeError: it broke")),
            ("[ERROR] torch.OutOfMemoryError: Allocation", Some("torch.OutOfMemoryError: Allocation")),
            ("12:30:01 worker | ValueError: no: really", Some("ValueError: no: really")),
            ("    assert model", None),
            ("AssertionError", Some("AssertionError")),
            ("!!! Exception during processing !!! no model", Some("no model")),
            ("Error: it broke", None),
            ("an error: it broke", None),
            ("é:ValueError: x", Some("ValueError: x")),
            ("", None),
        ] {
            assert_eq!(find(line).map(|place| &line[place]), expected, "{line}");
        }
    }
}
