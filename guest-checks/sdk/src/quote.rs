//! How names, numbers, samples and foreign text stand in messages.

/// A name in backticks, on one line and at most 200 characters long, whatever it holds.
#[must_use]
pub fn quote(name: &str) -> String {
    let plain = |char: char| if char.is_control() { ' ' } else { char };
    let mut chars = name.chars();
    let shown: String = chars.by_ref().take(LONGEST).map(plain).collect();
    let cut = if chars.next().is_some() { "…" } else { "" };
    format!("`{shown}{cut}`")
}

/// In characters.
const LONGEST: usize = 200;

/// Names in backticks, as a list: `a`, `b` and `c`. Of more than five, the first four
/// and how many there are besides.
#[must_use]
pub fn quote_all<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names: Vec<_> = names.into_iter().map(quote).collect();
    if names.len() > 5 {
        let others = names.split_off(4).len();
        return format!("{} and {others} others", names.join(", "));
    }
    match names.pop() {
        Some(last) if !names.is_empty() => format!("{} and {last}", names.join(", ")),
        last => last.unwrap_or_default(),
    }
}

/// Samples by their indices: `sample 3`, `samples 0, 2`. Of more than six, how many they
/// are and the first.
#[must_use]
pub fn quote_samples(indices: &[u32]) -> String {
    match indices {
        [index] => format!("sample {index}"),
        [first, ..] if indices.len() > 6 => format!("{} samples (the first: {first})", indices.len()),
        _ => format!("samples {}", indices.iter().map(u32::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// A number of things: `1 sample`, `12 samples`. What does not fit into 64 bits is shown
/// as the most that does.
#[must_use]
pub fn count(number: impl TryInto<u64>, thing: &str) -> String {
    match number.try_into().unwrap_or(u64::MAX) {
        1 => format!("1 {thing}"),
        number => format!("{number} {thing}s"),
    }
}

/// Text from outside as one line of at most `limit` characters, in which no backtick ends
/// a quotation early. What was cut ends in `…`.
#[must_use]
pub fn one_line(text: &str, limit: usize) -> String {
    // Looking at no more than this keeps the cost of a hostile text bounded.
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

    #[test]
    fn things_are_counted_in_the_singular_and_the_plural() {
        assert_eq!([0_u32, 1, 12].map(|number| count(number, "sample")), ["0 samples", "1 sample", "12 samples"]);
    }

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
    fn samples_are_listed_or_counted() {
        assert_eq!(quote_samples(&[3]), "sample 3");
        assert_eq!(quote_samples(&[0, 2]), "samples 0, 2");
        assert_eq!(quote_samples(&[1, 2, 3, 4, 5, 6, 7]), "7 samples (the first: 1)");
    }

    #[test]
    fn a_name_stays_on_one_line_and_is_bounded() {
        assert_eq!(quote("a\r\nb"), "`a  b`");
        assert_eq!(quote(&"é".repeat(300)), format!("`{}…`", "é".repeat(200)));
    }

    #[track_caller]
    fn check(names: &[&str], expected: &str) {
        assert_eq!(quote_all(names.iter().copied()), expected);
    }

    #[test]
    fn names_are_listed_as_a_sentence_has_them() {
        check(&[], "");
        check(&["a"], "`a`");
        check(&["a", "b"], "`a` and `b`");
        check(&["a", "b", "c", "d", "e"], "`a`, `b`, `c`, `d` and `e`");
        check(&["a", "b", "c", "d", "e", "f"], "`a`, `b`, `c`, `d` and 2 others");
    }
}
