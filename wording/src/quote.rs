//! Text from outside, made safe for a message.

/// A name in backticks, on one line and at most 200 characters long. More backticks surround a name that has some, as in Markdown.
#[must_use]
pub fn quote(name: &str) -> String {
    let plain = |char: char| if char.is_control() { ' ' } else { char };
    let mut chars = name.chars();
    let shown: String = chars.by_ref().take(LONGEST).map(plain).collect();
    let cut = if chars.next().is_some() { "…" } else { "" };
    let longest = shown.split(|char| char != '`').map(str::len).max().unwrap_or_default();
    let marks = "`".repeat(longest + 1);
    let space = if shown.starts_with('`') || shown.ends_with('`') { " " } else { "" };
    format!("{marks}{space}{shown}{cut}{space}{marks}")
}

/// In characters.
const LONGEST: usize = 200;

/// A text as one line of at most `limit` characters. Backticks become apostrophes, so that
/// none ends a quotation. A text that was cut ends in `…`.
#[must_use]
pub fn one_line(text: &str, limit: usize) -> String {
    // Reading no more than this bounds the cost of a hostile text.
    let start: String = text.chars().take(limit.saturating_mul(8)).collect();
    let words = start.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ").replace('`', "'");
    if line.chars().count() <= limit && start.len() == text.len() {
        return line;
    }
    let cut: String = line.chars().take(limit).collect();
    format!("{}…", cut.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_line(text: &str, expected: &str) {
        assert_eq!(one_line(text, 12), expected);
    }

    #[test]
    fn foreign_text_becomes_one_bounded_line() {
        check_line("", "");
        check_line("plain.", "plain.");
        check_line(" two\n\tlines\u{1b}[31m ", "two lines [3…");
        check_line("a `b` c", "a 'b' c");
        check_line("abcdef ghijk lmn", "abcdef ghijk…");
        check_line("äöüäöüäöüäöü", "äöüäöüäöüäöü");
        check_line("äöüäöüäöüäöüß", "äöüäöüäöüäöü…");
        check_line(&"x".repeat(1 << 20), "xxxxxxxxxxxx…");
        check_line(&" ".repeat(1 << 20), "…");
    }

    #[test]
    fn a_name_with_backticks_is_shown_unchanged() {
        assert_eq!(quote("a`b"), "``a`b``");
        assert_eq!(quote("a``b`c"), "```a``b`c```");
        assert_eq!(quote("`a`"), "`` `a` ``");
    }

    #[test]
    fn a_name_stays_on_one_line_and_is_bounded() {
        assert_eq!(quote("a\r\nb"), "`a  b`");
        assert_eq!(quote(""), "``");
        assert_eq!(quote(&"é".repeat(300)), format!("`{}…`", "é".repeat(200)));
    }
}
