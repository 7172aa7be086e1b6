//! How lists and foreign text are put into messages.

use comfycheck_sdk::one_line;

/// `a`, `a or b`, `a, b or c`.
pub(crate) fn list(items: &[String], conjunction: &str) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {conjunction} {last}", first.join(", ")),
    }
}

/// Foreign text of at most `limit` characters as the end of a message, which has no final period.
pub(crate) fn clause(text: &str, limit: usize) -> String {
    one_line(text, limit).trim_end_matches('.').to_owned()
}
