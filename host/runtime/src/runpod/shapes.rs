//! The shapes of RunPod's responses. Every field but a status may be missing.

use crate::facts::{HealthFacts, JobCounts, WorkerCounts};
use serde_json::Value;
use std::time::Duration;

/// A job according to `/status`.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// RunPod's word for the state.
    pub status: String,
    pub state: JobState,
    /// Until a worker took it; with `retries`, since the last dispatch.
    pub delay: Option<Duration>,
    /// How long it ran. Also set for a job whose progress arrived too late.
    pub execution: Option<Duration>,
    pub worker: Option<String>,
    /// How often it was dispatched again.
    pub retries: u32,
    /// The handler's result, or the latest progress.
    pub output: Option<Value>,
    /// Text, or JSON as text.
    pub error: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// No worker has taken it.
    Waiting,
    /// A worker has taken it.
    Running,
    /// Finished without an error, as far as RunPod knows.
    Completed,
    Failed,
    Cancelled,
    TimedOut,
}

/// `/health`. None if it has another shape. States that are missing count 0.
pub(super) fn health(json: &Value) -> Option<HealthFacts> {
    let (workers, jobs) = (json.get("workers"), json.get("jobs"));
    if !workers.is_some_and(Value::is_object) && !jobs.is_some_and(Value::is_object) {
        return None;
    }
    let count = |of: Option<&Value>, name: &str| of.and_then(|of| of.get(name)?.as_u64()).unwrap_or_default();
    let worker = |name: &str| u32::try_from(count(workers, name)).unwrap_or(u32::MAX);
    Some(HealthFacts {
        workers: WorkerCounts {
            idle: worker("idle"),
            initializing: worker("initializing"),
            ready: worker("ready"),
            running: worker("running"),
            throttled: worker("throttled"),
            unhealthy: worker("unhealthy"),
        },
        jobs: JobCounts {
            completed: count(jobs, "completed"),
            failed: count(jobs, "failed"),
            in_progress: count(jobs, "inProgress"),
            in_queue: count(jobs, "inQueue"),
            retried: count(jobs, "retried"),
        },
    })
}

/// The id of the job that `/run` created. None if it is missing or not a valid id.
pub(super) fn accepted(body: &[u8]) -> Option<String> {
    let json: Value = serde_json::from_slice(body).ok()?;
    let id = json.get("id")?.as_str()?;
    // It becomes part of a path.
    let fits =
        (1..=200).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    fits.then(|| id.to_owned())
}

/// The job id in a `/status` response, if it is another job's. RunPod may add the suffix of a
/// region to an id, such as `-u1`.
pub(super) fn other_job<'a>(answer: &'a Value, job: &str) -> Option<&'a str> {
    let id = answer.get("id")?.as_str()?;
    let goes_on = |long: &str, short: &str| long.strip_prefix(short).is_some_and(|rest| rest.starts_with('-'));
    (id != job && !goes_on(id, job) && !goes_on(job, id)).then_some(id)
}

/// `/status`. None if it has no status.
pub(super) fn job(mut json: Value) -> Option<Job> {
    let status = json.get("status")?.as_str()?.to_owned();
    let millis = |name: &str| {
        // RunPod allows a job seven days. A value above a month is not a duration.
        let millis = json.get(name)?.as_f64().filter(|millis| (0.0..=31.0 * 86_400e3).contains(millis))?;
        Some(Duration::from_secs_f64(millis.round() / 1000.0))
    };
    let (delay, execution) = (millis("delayTime"), millis("executionTime"));
    let worker = json.get("workerId").and_then(Value::as_str).filter(|id| !id.is_empty()).map(str::to_owned);
    let retries = json.get("retries").and_then(Value::as_u64).unwrap_or_default();
    let error = match json.get("error") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => Some(other.to_string()),
    };
    let state = match status.as_str() {
        "COMPLETED" => JobState::Completed,
        "FAILED" => JobState::Failed,
        "CANCELLED" => JobState::Cancelled,
        "TIMED_OUT" => JobState::TimedOut,
        "IN_PROGRESS" | "RUNNING" => JobState::Running,
        "IN_QUEUE" => JobState::Waiting,
        // An unknown word does not end a job. A job with a worker is running.
        _ if worker.is_some() => JobState::Running,
        _ => JobState::Waiting,
    };
    Some(Job {
        state,
        delay,
        execution,
        worker,
        retries: u32::try_from(retries).unwrap_or(u32::MAX),
        output: json.get_mut("output").map(Value::take).filter(|output| !output.is_null()),
        error,
        status,
    })
}

/// Where JSON bodies have their message, the most telling first.
const MESSAGES: [&str; 6] = ["error", "errors", "message", "detail", "title", "msg"];
/// No server nests its message more deeply.
const DEEPEST: usize = 4;

/// The error in a response that has the status of a success, in one line.
pub(super) fn error(body: &str) -> Option<String> {
    let json: Value = serde_json::from_str(body).ok()?;
    let said = |name: &&str| json.get(name).and_then(|value| words(value, DEEPEST)).is_some();
    let status = json.get("status").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    let failed = matches!(status.as_str(), "error" | "failed" | "failure")
        || ["success", "ok"].iter().any(|name| json.get(name).and_then(Value::as_bool) == Some(false));
    let is_error = MESSAGES[..2].iter().any(said) || (failed && MESSAGES.iter().any(said));
    is_error.then(|| message(body))
}

/// The message in the body of a rejection, in one line.
pub(super) fn message(body: &str) -> String {
    let json: Option<Value> = serde_json::from_str(body).ok();
    let message = json.as_ref().and_then(|json| words(json, DEEPEST));
    let words: Vec<&str> = message.unwrap_or(body).split_whitespace().collect();
    words.join(" ")
}

/// The message in a JSON value: a text, or that of one of its members.
fn words(value: &Value, levels: usize) -> Option<&str> {
    let levels = levels.checked_sub(1)?;
    match value {
        Value::String(text) => Some(text.as_str()).filter(|text| !text.trim().is_empty()),
        Value::Array(items) => items.iter().find_map(|item| words(item, levels)),
        Value::Object(members) => MESSAGES.iter().find_map(|name| words(members.get(*name)?, levels)),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn states_that_health_does_not_mention_count_nothing() {
        let workers = WorkerCounts { idle: 1, running: 2, ..WorkerCounts::default() };
        let expected = HealthFacts { workers, jobs: JobCounts::default() };
        assert_eq!(health(&json!({"workers": {"idle": 1, "running": 2, "ready": null}})), Some(expected));
        assert_eq!(health(&json!({"jobs": {}})), Some(HealthFacts::default()));
        for other in [json!({"error": "not allowed for QB API"}), json!([]), json!("ok"), json!({"jobs": 3})] {
            assert_eq!(health(&other), None);
        }
    }

    #[track_caller]
    fn check_state(json: Value, expected: JobState) {
        assert_eq!(job(json).map(|job| job.state), Some(expected));
    }

    #[test]
    fn a_status_that_is_not_known_is_no_end() {
        check_state(json!({"status": "IN_QUEUE"}), JobState::Waiting);
        check_state(json!({"status": "RUNNING"}), JobState::Running);
        check_state(json!({"status": "PAUSED"}), JobState::Waiting);
        check_state(json!({"status": "PAUSED", "workerId": "w1"}), JobState::Running);
        check_state(json!({"status": "TIMED_OUT"}), JobState::TimedOut);
        assert_eq!(job(json!({"id": "x"})), None);
    }

    #[test]
    fn an_error_that_is_no_text_is_kept_as_json() {
        let of = |error: Value| job(json!({"status": "FAILED", "error": error})).unwrap().error;
        assert_eq!(of(json!("boom")).as_deref(), Some("boom"));
        assert_eq!(of(json!(["a", "b"])).as_deref(), Some(r#"["a","b"]"#));
        assert_eq!(of(json!(null)), None);
    }

    #[test]
    fn an_error_with_the_status_of_a_success_is_a_rejection() {
        for (body, expected) in [
            (r#"{"error": "endpoint is\npaused"}"#, "endpoint is paused"),
            (r#"{"status": "error", "error": {"code": "QUOTA", "message": "quota exceeded"}}"#, "quota exceeded"),
            (r#"{"errors": [{"message": "no such endpoint"}]}"#, "no such endpoint"),
            (r#"{"success": false, "message": "try again later"}"#, "try again later"),
        ] {
            assert_eq!(error(body).as_deref(), Some(expected), "{body}");
        }
        let accepted = r#"{"status": "IN_QUEUE", "message": "welcome"}"#;
        let empty = [r#"{"error": ""}"#, r#"{"error": null}"#, r#"{"error": {"code": 7}}"#];
        for other in [accepted, r#"{"status": "IN_QUEUE"}"#, "<html>", ""].into_iter().chain(empty) {
            assert_eq!(error(other), None, "{other}");
        }
    }

    #[test]
    fn times_are_milliseconds_and_nonsense_is_left_out() {
        let parsed = job(json!({"status": "COMPLETED", "delayTime": 2188, "executionTime": -1})).unwrap();
        assert_eq!((parsed.delay, parsed.execution), (Some(Duration::from_millis(2188)), None));
        let huge = job(json!({"status": "COMPLETED", "delayTime": 1e300})).unwrap();
        assert_eq!(huge.delay, None);
    }

    #[test]
    fn a_job_whose_id_would_be_another_path_is_not_accepted() {
        for (body, expected) in [
            (r#"{"id":"60902e6c-08a1-426e-9cb9-9eaec90f5e2b-u1","status":"IN_QUEUE"}"#, true),
            (r#"{"id":"../health"}"#, false),
            (r#"{"id":""}"#, false),
            (r#"{"id":7}"#, false),
            ("<html>", false),
        ] {
            assert_eq!(accepted(body.as_bytes()).is_some(), expected, "{body}");
        }
    }

    #[test]
    fn a_rejection_is_one_line() {
        for (body, expected) in [
            (
                r#"{"error":"bad request: body: exceeded max body size of 10MiB"}"#,
                "bad request: body: exceeded max body size of 10MiB",
            ),
            (r#"{"status":401,"title":"Unauthorized","detail":"invalid api key"}"#, "invalid api key"),
            (r#"{"detail":[{"loc":["body","input"],"msg":"Field required"}]}"#, "Field required"),
            ("<html>\n  nope\n</html>", "<html> nope </html>"),
            ("", ""),
        ] {
            assert_eq!(message(body), expected);
        }
    }
}
