//! Wrapping prose, never inside of quotes.

/// A text as lines of at most `width` characters, where that is possible. The first line begins with `first`, the others
/// with as many spaces as `rest` is long.
///
/// It is only broken at spaces, and not between backquotes, nor between a number and its unit. Paths, URLs, rule ids and
/// commands between backquotes stay whole: readers copy them.
pub fn wrap(first: &str, rest: usize, text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = first.to_owned();
    let mut length = first.chars().count();
    let mut is_empty = true;
    for atom in atoms(text) {
        let atom_length = atom.chars().count();
        let space = usize::from(!is_empty);
        if !is_empty && length + space + atom_length > width {
            lines.push(std::mem::replace(&mut line, " ".repeat(rest)));
            length = rest;
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
            length += 1;
        }
        line.push_str(atom);
        length += atom_length;
        is_empty = false;
    }
    lines.push(line);
    lines
}

/// The pieces of a text that stay whole.
fn atoms(text: &str) -> Vec<&str> {
    let has_pairs = text.matches('`').count().is_multiple_of(2);
    let (mut atoms, mut start, mut quoted) = (Vec::new(), 0, false);
    for (at, character) in text.char_indices() {
        match character {
            '`' if has_pairs => quoted = !quoted,
            ' ' if !quoted && !glued(&text[start..at], &text[at + 1..]) => {
                atoms.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    atoms.push(&text[start..]);
    atoms
}

/// Whether no line may begin here: after a number with its unit, before a separator, or before what a runner of GitHub
/// Actions would take for a command.
fn glued(before: &str, after: &str) -> bool {
    const UNITS: [&str; 9] = ["s", "min", "h", "d", "KiB", "MiB", "GiB", "TiB", "bytes"];
    let unit = after.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let is_command = after.starts_with("::") || after.starts_with("##[");
    is_command || after.starts_with("· ") || before.ends_with(|c: char| c.is_ascii_digit()) && UNITS.contains(&unit)
}

#[cfg(test)]
mod tests {
    use super::wrap;

    #[track_caller]
    fn check(text: &str, width: usize, expected: &[&str]) {
        assert_eq!(wrap("= help: ", 8, text, width), expected);
    }

    #[test]
    fn prose_is_broken_at_spaces() {
        check("one two three", 80, &["= help: one two three"]);
        check("one two three four", 17, &["= help: one two", "        three", "        four"]);
        check("", 10, &["= help: "]);
        assert_eq!(wrap("", 2, "one two", 4), ["one", "  two"]);
    }

    #[test]
    fn what_readers_copy_stays_whole() {
        check(
            "run `comfycheck inventory save FILE` now",
            20,
            &["= help: run", "        `comfycheck inventory save FILE`", "        now"],
        );
        check(
            "see https://a.example/long/path/of/many/parts",
            20,
            &["= help: see", "        https://a.example/long/path/of/many/parts"],
        );
        check("a backquote ` alone", 20, &["= help: a backquote", "        ` alone"]);
    }

    #[test]
    fn a_number_keeps_its_unit() {
        check("waited for 291 s in it", 23, &["= help: waited for", "        291 s in it"]);
    }

    #[test]
    fn no_line_begins_with_a_command() {
        check("one two ::error::three", 20, &["= help: one", "        two ::error::three"]);
    }
}
