//! Text of guests, workers and workflows as Markdown that only shows it.

use crate::plain::one_line;

/// A text as Markdown without mentions, links and ends of table cells. Only text between backquotes is marked up. `limit` is
/// in characters, before the escapes.
pub(super) fn escaped(text: &str, limit: usize) -> String {
    let text = one_line(text, limit);
    // Backquotes without pairs are not meant as marks.
    let marks = text.matches('`').count();
    if marks % 2 == 1 || text.contains("``") {
        return words(&text);
    }
    let pieces = text.split('`').enumerate();
    pieces.map(|(at, piece)| if at % 2 == 1 { between_backquotes(piece) } else { words(piece) }).collect()
}

/// A name as code.
pub(super) fn code(text: &str, limit: usize) -> String {
    between_backquotes(&one_line(text, limit).replace('`', "'"))
}

/// Nothing is marked up in code; only a table's cell would end at a bar.
fn between_backquotes(text: &str) -> String {
    // Spaces keep blanks at its ends as they are, and code of nothing but blanks is none.
    let text = text.replace('|', "¦");
    if text.trim().is_empty() { words(&text) } else { format!("`{text}`") }
}

fn words(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => {
                escaped.push('\\');
                escaped.push(character);
            }
            // Keeps names of people, issues and hosts from becoming links.
            '@' | '#' => {
                escaped.push(character);
                escaped.push_str("&#8203;");
            }
            _ => escaped.push(character),
        }
    }
    escaped.replace("://", ":&#8203;//").replace("www.", "www&#8203;.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(escaped(text, 80), expected);
    }

    #[test]
    fn names_in_backquotes_are_code() {
        check("class `K_Sampler` of node `9` is missing", "class `K_Sampler` of node `9` is missing");
        check("`a|b` and ` `", "`a¦b` and  ");
        assert_eq!(code("a`b|c", 80), "`a'b¦c`");
    }

    #[test]
    fn what_marks_up_is_shown() {
        check("*a* _b_ ~c~ $d$ | e | \\", "\\*a\\* \\_b\\_ \\~c\\~ \\$d\\$ \\| e \\| \\\\");
        check("<script>&lt;", "&lt;script&gt;&amp;lt;");
        check("[x](http://a.b) ![y](z)", "\\[x\\](http:&#8203;//a.b) !\\[y\\](z)");
        check("one ` two", "one \\` two");
        check("``` three ```", "\\`\\`\\` three \\`\\`\\`");
    }

    #[test]
    fn there_are_no_mentions_and_no_links() {
        check("@all fixes #1, see www.a.b", "@&#8203;all fixes #&#8203;1, see www&#8203;.a.b");
    }
}
