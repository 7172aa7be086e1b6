//! A message in its parts: what happened, the evidence, and what could not be found out.

/// What a block says, without its help.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::render) struct Statement<'b> {
    pub(in crate::render) what: &'b str,
    pub(in crate::render) seen: Option<&'b str>,
    pub(in crate::render) unknown: Option<&'b str>,
}

impl<'b> Statement<'b> {
    /// `no worker started: 2 jobs waited; 0 workers in every reading; unknown: GPU stock`.
    pub(super) fn parse(message: &'b str) -> Self {
        const UNKNOWN: &str = "unknown: ";
        let Some(end) = clause_end(message, &[';']) else { return Self { what: message, seen: None, unknown: None } };
        let rest = message[end + 1..].trim_start();
        let mut last = 0;
        while let Some(end) = clause_end(&rest[last..], &[';']) {
            last += end + 1;
            last += rest[last..].len() - rest[last..].trim_start().len();
        }
        let unknown = rest[last..].strip_prefix(UNKNOWN);
        let seen = if unknown.is_some() { rest[..last].trim_end().trim_end_matches(';') } else { rest };
        Self { what: &message[..end], seen: Some(seen).filter(|seen| !seen.is_empty()), unknown }
    }
}

/// What happened, without the evidence: a message up to its first colon or semicolon outside of quotes and parentheses.
pub(in crate::render) fn head(message: &str) -> &str {
    clause_end(message, &[':', ';']).map_or(message, |end| &message[..end])
}

/// The first of these marks that stands before white space, outside of quotes and parentheses.
fn clause_end(message: &str, marks: &[char]) -> Option<usize> {
    let (mut quoted, mut inside) = (false, 0_u32);
    for (at, character) in message.char_indices() {
        match character {
            '`' => quoted = !quoted,
            '(' if !quoted => inside += 1,
            ')' if !quoted => inside = inside.saturating_sub(1),
            mark if !quoted
                && inside == 0
                && at > 0
                && marks.contains(&mark)
                && message[at..].chars().nth(1).is_some_and(char::is_whitespace) =>
            {
                return Some(at);
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_a_message_ends_before_its_evidence() {
        for (message, expected) in [
            ("no worker started: 2 jobs waited", "no worker started"),
            (
                "2 jobs expired (last status: `A`) and were lost; help",
                "2 jobs expired (last status: `A`) and were lost",
            ),
            ("`a: b` is missing: no", "`a: b` is missing"),
            ("a) b: c", "a) b"),
            ("at 12:30", "at 12:30"),
            ("", ""),
        ] {
            assert_eq!(head(message), expected);
        }
    }

    #[test]
    fn the_clauses_after_the_first_are_evidence() {
        for (message, what, seen, unknown) in [
            ("no worker started", "no worker started", None, None),
            ("a: b", "a: b", None, None),
            ("a: b; c; d", "a: b", Some("c; d"), None),
            ("a: b; c; unknown: max workers", "a: b", Some("c"), Some("max workers")),
            ("a: b; unknown: max workers", "a: b", None, Some("max workers")),
            ("a (b; c): `d; e`; f", "a (b; c): `d; e`", Some("f"), None),
            ("a;b", "a;b", None, None),
            ("a; ", "a", None, None),
            ("a; unknown: b; c", "a", Some("unknown: b; c"), None),
        ] {
            assert_eq!(Statement::parse(message), Statement { what, seen, unknown }, "{message}");
        }
    }
}
