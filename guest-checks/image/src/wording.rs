//! How sizes, lists and foreign text are written in messages.

use comfycheck_sdk::one_line;

/// `1024 × 768`.
pub(crate) fn size_in_pixels(width: u32, height: u32) -> String {
    format!("{width} × {height}")
}

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
