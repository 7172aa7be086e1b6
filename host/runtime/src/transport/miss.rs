//! Messages about requests that the cassette does not have.

use super::exchange::{Api, Phase};
use super::key::Key;
use comfycheck_core::wording::{count, seconds};
use serde_json::Value;
use std::time::Duration;

/// Names the closest recorded request and the difference.
pub(super) fn not_recorded<'a>(request: &Key, recorded: impl Iterator<Item = &'a Key>) -> String {
    let closest = recorded.filter(|key| key.api == request.api).min_by_key(|key| distance(request, key));
    let name = name(request);
    let Some(closest) = closest else {
        let server = match request.api {
            Api::Jobs => "RunPod",
            Api::Management => "RunPod's management API",
            Api::ComfyUi => "ComfyUI",
            Api::Result => "result URLs",
            Api::Volume => "network volumes",
        };
        return format!("the cassette has no {name}, and no other requests to {server}");
    };
    if (closest.method, &closest.path, &closest.query, &closest.range)
        != (request.method, &request.path, &request.query, &request.range)
    {
        return format!("the cassette has no {name}; the closest is {}", self::name(closest));
    }
    let difference = first_difference(&closest.body, &request.body);
    format!("the cassette has no {name} with this body; the closest differs {difference}")
}

/// The run has more samples of a workflow than the recorded one.
pub(super) fn no_more_jobs(recorded: usize) -> String {
    format!("the recording has {}, and this run submits more", count(recorded, "job"))
}

/// A POST was sent more often than it was recorded.
pub(super) fn used_up(request: &Key, times: usize) -> String {
    let times = if times == 1 { "once".to_owned() } else { format!("{times} times") };
    let body = if request.body.is_empty() { "" } else { " with this body" };
    format!("the cassette has {}{body} {times}, but it was sent again", name(request))
}

/// A request after the end of an incomplete recording.
pub(super) fn after_the_end(request: &Key, phase: Phase, end: Duration) -> String {
    let at = format!("{} into the phase `{}`", seconds(end.as_secs_f64()), phase.word());
    format!("the recording is incomplete: it ends {at}, before {}", name(request))
}

/// A request was recorded, but not at this attempt.
pub(super) fn not_attempted(request: &Key, attempt: u32) -> String {
    format!("the cassette has no {} at attempt {attempt}", name(request))
}

fn name(key: &Key) -> String {
    let mark = if key.query.is_empty() { "" } else { "?" };
    let range = if key.range.is_empty() { String::new() } else { format!(", range {}", key.range) };
    format!("`{} {}{mark}{}`{range}", key.method, key.path, key.query)
}

/// Lower is closer: by path, then method, then query and range, then the length of the body's
/// different part.
fn distance(request: &Key, key: &Key) -> (usize, bool, [bool; 2], usize) {
    let common = request.body.bytes().zip(key.body.bytes()).take_while(|(one, other)| one == other).count();
    (
        strsim::levenshtein(&request.path, &key.path),
        request.method != key.method,
        [request.query != key.query, request.range != key.range],
        request.body.len().max(key.body.len()) - common,
    )
}

/// The first difference of two bodies, as the end of a sentence.
fn first_difference(recorded: &str, sent: &str) -> String {
    let (Ok(recorded), Ok(sent)) = (serde_json::from_str(recorded), serde_json::from_str(sent)) else {
        return "in its body".to_owned();
    };
    match pointer(&recorded, &sent, String::new()) {
        Some((at, recorded, sent)) => {
            let at = if at.is_empty() { "at its root".to_owned() } else { format!("at `{at}`") };
            format!("{at}: {} in the cassette, {} in this run", show(recorded), show(sent))
        }
        None => "in its body".to_owned(),
    }
}

type Difference<'a> = (String, Option<&'a Value>, Option<&'a Value>);

/// The JSON pointer of the first difference, and both values.
fn pointer<'a>(recorded: &'a Value, sent: &'a Value, at: String) -> Option<Difference<'a>> {
    match (recorded, sent) {
        (Value::Object(one), Value::Object(other)) => one
            .keys()
            .chain(other.keys().filter(|key| !one.contains_key(*key)))
            .find_map(|key| child(one.get(key), other.get(key), &at, &key.replace('~', "~0").replace('/', "~1"))),
        (Value::Array(one), Value::Array(other)) => (0..one.len().max(other.len()))
            .find_map(|index| child(one.get(index), other.get(index), &at, &index.to_string())),
        _ if recorded == sent => None,
        _ => Some((at, Some(recorded), Some(sent))),
    }
}

fn child<'a>(recorded: Option<&'a Value>, sent: Option<&'a Value>, at: &str, token: &str) -> Option<Difference<'a>> {
    let at = format!("{at}/{token}");
    match (recorded, sent) {
        (Some(recorded), Some(sent)) => pointer(recorded, sent, at),
        _ => Some((at, recorded, sent)),
    }
}

fn show(value: Option<&Value>) -> String {
    const LONGEST: usize = 60;
    match value {
        None => "missing".to_owned(),
        Some(Value::Object(_)) => "an object".to_owned(),
        Some(Value::Array(_)) => "a list".to_owned(),
        Some(value) => {
            let text = value.to_string();
            match text.char_indices().nth(LONGEST) {
                Some((end, _)) => format!("{}…", &text[..end]),
                None => text,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::wording;
    use crate::transport::exchange::Method;

    #[test]
    fn the_first_difference_is_found_by_its_pointer() {
        let at = |recorded: &str, sent: &str| {
            let (recorded, sent) = (serde_json::from_str(recorded).unwrap(), serde_json::from_str(sent).unwrap());
            pointer(&recorded, &sent, String::new()).map(|(at, ..)| at)
        };
        assert_eq!(at(r#"{"a":[1,2]}"#, r#"{"a":[1,3]}"#).as_deref(), Some("/a/1"));
        assert_eq!(at(r#"{"a":1}"#, r#"{"a":1,"b/c":{}}"#).as_deref(), Some("/b~1c"));
        assert_eq!(at("[1]", r#"{"a":1}"#).as_deref(), Some(""));
        assert_eq!(at(r#"{"a":1}"#, r#"{"a":1}"#), None);
        assert_eq!(at(r#"{"a":1,"b":2}"#, r#"{"a":1}"#).as_deref(), Some("/b"));
        for (recorded, sent) in [("[1]", "[1,2]"), ("[1,2]", "[1]")] {
            assert_eq!(at(recorded, sent).as_deref(), Some("/1"));
        }
    }

    #[test]
    fn a_long_value_is_cut() {
        let shown = |letters| show(Some(&Value::from("a".repeat(letters)))).chars().count();
        // With its quotation marks, and a mark.
        assert_eq!([57, 58, 59, 600].map(shown), [59, 60, 61, 61]);
    }

    /// A GET or a POST of a path with its query, a range and a body.
    fn key(method: Method, path: &str, range: &str, body: &str) -> Key {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let [path, query, range, body] = [path, query, range, body].map(str::to_owned);
        Key { api: Api::Jobs, method, path, query, range, body }
    }

    #[test]
    fn the_closest_request_has_the_most_in_common() {
        let closer = |request: Key, close: Key, far: Key| {
            for recorded in [[&close, &far], [&far, &close]] {
                let closest = recorded.into_iter().min_by_key(|key| distance(&request, key));
                assert_eq!(closest, Some(&close));
            }
        };
        let (get, post) = (Method::Get, Method::Post);
        closer(key(get, "/status/a", "", ""), key(post, "/status/b", "", ""), key(get, "/health", "", ""));
        closer(key(get, "/a?q=1", "", ""), key(get, "/a?q=2", "", ""), key(post, "/a?q=1", "", ""));
        closer(key(get, "/a?q=1", "0-9", ""), key(get, "/a?q=1", "", ""), key(get, "/a?q=2", "0-9", ""));
        closer(key(get, "/a", "0-9", "x"), key(get, "/a", "0-9", "y"), key(get, "/a", "", "x"));
        closer(key(post, "/a", "", "abcd"), key(post, "/a", "", "abxy"), key(post, "/a", "", "axyz"));
        closer(key(post, "/a", "", "ab"), key(post, "/a", "", "abc"), key(post, "/a", "", "abcd"));
    }

    #[test]
    fn a_miss_names_what_is_missing() {
        let sent = key(Method::Post, "/run", "", "{}");
        let empty = key(Method::Post, "/cancel/j", "", "");
        let after = after_the_end(&sent, Phase::Sampling, Duration::from_secs(3));
        insta::assert_snapshot!(wording([
            ("once", used_up(&sent, 1)),
            ("twice", used_up(&empty, 2)),
            ("after the end", after),
            ("with a query and a range", not_recorded(&key(Method::Get, "/a?q=1", "bytes=0-9", ""), [].into_iter())),
        ]));
    }

    #[test]
    fn a_difference_in_words() {
        let bodies = [
            (r#"{"a":[1,2]}"#, r#"{"a":[1,3]}"#),
            (r#"{"a":1}"#, r#"{"a":1,"b/c":{}}"#),
            ("[1]", r#"{"a":1}"#),
            (r#""text""#, "not json"),
        ];
        insta::assert_snapshot!(wording(
            bodies.map(|(recorded, sent)| (format!("{recorded} {sent}"), first_difference(recorded, sent)))
        ));
    }
}
