//! How counts, spans of time and foreign text are put into messages.

use comfycheck_sdk::endpoint::WorkerCounts;

/// `1 sample`, `12 samples`.
pub(crate) fn count(number: usize, thing: &str) -> String {
    if number == 1 { format!("1 {thing}") } else { format!("{number} {thing}s") }
}

/// A span of time: two decimals below ten seconds, whole seconds from there on.
pub(crate) fn seconds(milliseconds: u64) -> String {
    let whole = milliseconds / 1000;
    if whole < 10 { format!("{whole}.{:02} s", milliseconds % 1000 / 10) } else { format!("{whole} s") }
}

/// Seconds as a measurement holds them.
pub(crate) fn as_seconds(milliseconds: u64) -> f64 {
    std::time::Duration::from_millis(milliseconds).as_secs_f64()
}

/// Text from outside as one line of at most `limit` characters, in which no backtick ends a
/// quotation early.
pub(crate) fn one_line(text: &str, limit: usize) -> String {
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

/// Every state that `/health` counts workers in, as it names them.
pub(crate) fn counts(workers: &WorkerCounts) -> String {
    let WorkerCounts { idle, initializing, ready, running, throttled, unhealthy } = workers;
    format!(
        "idle {idle}, initializing {initializing}, ready {ready}, running {running}, throttled {throttled}, \
         unhealthy {unhealthy}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_short_and_not_rounded_up() {
        let spans: Vec<_> = [0, 5, 240, 9_999, 10_000, 61_999].into_iter().map(seconds).collect();
        assert_eq!(spans, ["0.00 s", "0.00 s", "0.24 s", "9.99 s", "10 s", "61 s"]);
    }

    #[track_caller]
    fn check_line(text: &str, expected: &str) {
        assert_eq!(one_line(text, 12), expected);
    }

    #[test]
    fn foreign_text_becomes_one_bounded_line() {
        check_line("plain", "plain");
        check_line(" two\n\tlines\u{1b}[31m ", "two lines [3…");
        check_line("a `b` c", "a 'b' c");
        check_line("äöüäöüäöüäöü", "äöüäöüäöüäöü");
        check_line("äöüäöüäöüäöüß", "äöüäöüäöüäöü…");
        check_line(&"x".repeat(1 << 20), "xxxxxxxxxxxx…");
        check_line(&" ".repeat(1 << 20), "…");
    }
}
