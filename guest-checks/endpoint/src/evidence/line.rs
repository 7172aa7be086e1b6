//! A line of a log that explains something, and how lines are quoted.

use super::families::{CHILD_CRASHED, CHILD_KILLED, REFUSED_OUTPUT};
use super::family::{Family, Weight};
use comfycheck_sdk::one_line;
use std::ops::Range;

/// How much of a line is quoted, in characters.
const QUOTED: usize = 200;
/// How much of a long line is quoted before the part that explains something, in characters.
const BEFORE: usize = 60;

/// What the container runtime writes of a container that does not start.
const STARTING: [&str; 4] = ["starting container", "creating container", "create failed", "to create "];

/// A line that explains something.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// The part of the line that shows it.
    pub(crate) text: String,
    pub(crate) family: Option<&'static Family>,
    pub(crate) weight: Weight,
    /// From 0.
    pub(super) number: usize,
}

impl Line {
    pub(super) fn is(&self, family: &str) -> bool {
        self.family.is_some_and(|known| known.name == family)
    }

    /// Whether `ComfyUI` ran the workflow without the output that it refused.
    pub(super) fn is_ignored_output(&self) -> bool {
        self.is(REFUSED_OUTPUT) && self.weight == Weight::Caught
    }

    /// Whether it reports the end of a container that had started.
    pub(crate) fn is_end(&self) -> bool {
        let starts = |text: &str| STARTING.iter().any(|starting| text.contains(starting));
        self.family.is_some_and(|family| !family.exits.is_empty()) && !starts(&self.text)
    }

    /// Whether it is about the worker itself, not about a program that it runs besides `ComfyUI` and the handler.
    pub(crate) fn is_of_worker(&self) -> bool {
        !self.is(CHILD_KILLED) && !self.is(CHILD_CRASHED)
    }

    pub(super) fn is_failed_end(&self) -> bool {
        self.is_end() && self.weight > Weight::Consequence
    }

    /// What explains more is greater. The end of a process says less than a line above it.
    pub(crate) fn explains(&self) -> (Weight, bool) {
        (self.weight, !self.is_end())
    }
}

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
