//! How a line of a log or of an error is quoted.

use comfycheck_sdk::one_line;
use std::ops::Range;

/// How much of a line is quoted, in characters.
const QUOTED: usize = 200;
/// How much of a long line is quoted before the part that explains something, in characters.
const BEFORE: usize = 60;

/// A line in at most 200 characters. Of a long one, the part around `place`.
pub(crate) fn excerpt(line: &str, place: Option<&Range<usize>>) -> String {
    let (text, place) = match message(line) {
        Some(message) => (message, None),
        None => (line.to_owned(), place),
    };
    let start = place.map_or(0, |place| place.start);
    let end = place.map_or(0, |place| place.end);
    let fits = text.get(..end).is_none_or(|until| until.chars().count() <= QUOTED);
    if fits {
        return one_line(&text, QUOTED);
    }
    let before = text.get(..start).unwrap_or_default();
    let from = before.char_indices().rev().take(BEFORE).last().map_or(start, |(at, _)| at);
    format!("…{}", one_line(&text[from..], QUOTED))
}

/// The message of a line that RunPod's SDK writes as JSON.
fn message(line: &str) -> Option<String> {
    let json: serde_json::Value = serde_json::from_str(Some(line.trim()).filter(|line| line.starts_with('{'))?).ok()?;
    ["message", "msg", "log"].iter().find_map(|key| json.get(key)?.as_str()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_quoted_where_it_explains_something() {
        let line = format!("{} cause {}", "é".repeat(400), "b".repeat(400));
        let at = line.find("cause").expect("the cause");
        let quoted = excerpt(&line, Some(&(at..at + 5)));
        assert!(
            quoted.starts_with('…') && quoted.contains(" cause b") && quoted.chars().count() <= QUOTED + 2,
            "{quoted}"
        );
        assert_eq!(excerpt("short", Some(&(0..5))), "short");
        assert_eq!(excerpt(r#"{"requestId": null, "message": "not ready", "level": "INFO"}"#, None), "not ready");
    }
}
