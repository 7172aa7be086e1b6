//! Text of guests, workers and workflows on the page. The templates escape what HTML means; this removes what acts on the
//! eye.

use crate::plain;
use maud::{Markup, html};

/// The longest text, in characters.
pub(super) const TEXT: usize = 600;
/// The longest name and path, in characters.
pub(super) const NAME: usize = 160;

/// A text as one line.
pub(super) fn line(text: &str, limit: usize) -> String {
    plain::one_line(text, limit)
}

/// A name as code.
pub(super) fn code(text: &str, limit: usize) -> Markup {
    html! { code { (line(text, limit)) } }
}

/// A sentence. Names between backquotes are code.
pub(super) fn words(text: &str, limit: usize) -> Markup {
    let text = line(text, limit);
    // Backquotes without pairs are not meant as marks.
    let marked = text.matches('`').count().is_multiple_of(2) && !text.contains("``");
    html! {
        @if marked {
            @for (at, piece) in text.split('`').enumerate() {
                @if at % 2 == 1 { code { (piece) } } @else { (piece) }
            }
        } @else {
            (text)
        }
    }
}

/// A text of several lines. None of its lines is a line of the page's source, which a CI runner may read from a log.
pub(super) fn lines(text: &str, limit: usize) -> Markup {
    let text = plain::text(text, limit);
    html! {
        @for (at, line) in text.split('\n').enumerate() { @if at > 0 { br; } (line) }
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn names_in_backquotes_are_code_and_nothing_else_is_markup() {
        for (text, expected) in [
            ("class `A<B>` is missing", "class <code>A&lt;B&gt;</code> is missing"),
            ("one ` two", "one ` two"),
            ("``` three ```", "``` three ```"),
            ("<script>&amp;\u{202e}", "&lt;script&gt;&amp;amp;\u{fffd}"),
        ] {
            assert_eq!(words(text, 80).into_string(), expected);
        }
    }
}
