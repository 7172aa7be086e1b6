//! How counts, sizes and foreign text are put into messages.

/// `1 image`, `2 images`.
pub(crate) fn count(number: impl Into<u64>, thing: &str) -> String {
    match number.into() {
        1 => format!("1 {thing}"),
        number => format!("{number} {thing}s"),
    }
}

/// `a`, `a or b`, `a, b or c`.
pub(crate) fn list(items: &[String], conjunction: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {conjunction} {last}", first.join(", ")),
    }
}

/// Foreign text as one line of at most `limit` characters, without backticks that would end a quotation, and without a
/// final period.
pub(crate) fn line(text: &str, limit: usize) -> String {
    let mut line = String::new();
    let mut left = limit;
    // No more is looked at than could be shown; the rest of a hostile text costs nothing.
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).take(limit) {
        if left == 0 {
            line.push('…');
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        let start = line.len();
        line.extend(word.chars().take(left).map(|c| if c == '`' { '\'' } else { c }));
        left -= line[start..].chars().count();
        if line.len() - start < word.len() {
            line.push('…');
            break;
        }
    }
    line.trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_becomes_one_bounded_line() {
        for (text, expected) in [
            ("plain.", "plain"),
            (" two\n\tlines\u{1b} ", "two lines"),
            ("a `b` c", "a 'b' c"),
            ("abcdefghijklm", "abcdefghijkl…"),
            ("abcdef ghijkl mno", "abcdef ghijkl…"),
            ("", ""),
        ] {
            assert_eq!(line(text, 12), expected, "{text:?}");
        }
    }
}
