//! Retries of requests that change nothing, where a retry may help.

use crate::backoff::{Backoff, is_temporary};
use crate::facts::QueryError;
use crate::transport::exchange::{Request, Response, SendError, Target};
use crate::transport::timeline::Timeline;
use std::time::Duration;

const BACKOFF: Backoff = Backoff { attempts: 3, pause: Duration::from_millis(500), longest: Duration::from_secs(20) };
/// After that there is no further attempt, so a query ends.
const LONGEST: Duration = Duration::from_secs(30);

/// Sends a GET. Repeats it if the server is overloaded or failing (429, 5xx), or the connection
/// failed.
pub(crate) async fn get_with_retry(time: &mut Timeline, target: Target) -> Result<Response, SendError> {
    send_with_retry(time, Request::get(target)).await
}

/// The same for any request that can safely be sent twice.
pub(crate) async fn send_with_retry(time: &mut Timeline, request: Request) -> Result<Response, SendError> {
    send_with_retry_and_loss(time, request).await.0
}

/// The same, and whether an earlier attempt may have taken effect because its response was lost.
pub(crate) async fn send_with_retry_and_loss(
    time: &mut Timeline,
    request: Request,
) -> (Result<Response, SendError>, bool) {
    let last = time.now() + LONGEST;
    let (mut answer_lost, mut attempt) = (false, 1);
    loop {
        let answer = time.send(request.clone()).await;
        let (wanted, may_have_taken_effect) = match &answer {
            Ok(response) if is_temporary(response.status) => (response.retry_after, response.status >= 500),
            Err(SendError::Failed(failure)) if failure.may_pass() => (None, !failure.before_sending()),
            Ok(_) | Err(_) => return (answer, answer_lost),
        };
        let pause = BACKOFF.after(attempt, wanted, |pause| jittered(pause, &request.path(), attempt));
        let Some(pause) = pause.filter(|_| time.now() < last) else { return (answer, answer_lost) };
        answer_lost |= may_have_taken_effect;
        time.pause(pause).await;
        attempt += 1;
    }
}

/// Lengthens a pause by up to a quarter, so rejected clients do not come back at once. It depends
/// only on the path and the attempt, so a replay waits as long.
fn jittered(pause: Duration, path: &str, attempt: u32) -> Duration {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(path.as_bytes());
    hasher.update(&attempt.to_le_bytes());
    let share = u64::from(hasher.finalize() % 256);
    pause + Duration::from_millis(u64::try_from(pause.as_millis()).unwrap_or(u64::MAX) / 4 * share / 256)
}

/// The response if it is usable. `server` begins a sentence, such as `RunPod`. Status 404 is
/// usable, because its meaning depends on the query.
pub(crate) fn success(server: &str, path: &str, answer: Result<Response, SendError>) -> Result<Response, QueryError> {
    match answer {
        Ok(response) if response.is_success() || response.status == 404 => Ok(response),
        Ok(Response { status: 401 | 403, .. }) => Err(QueryError::AccessDenied),
        Ok(Response { status, .. }) => {
            Err(QueryError::Unavailable(format!("{server} answered `{path}` with status {status}")))
        }
        Err(SendError::Failed(failure)) => {
            Err(QueryError::Unavailable(format!("no response from {server} to `{path}`: {failure}")))
        }
        Err(SendError::NotRecorded(miss)) => Err(QueryError::NotRecorded(miss)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::kind;
    use crate::transport::Transport;
    use crate::transport::exchange::{ObjectHeaders, Phase};
    use crate::transport::testing::{exchange, ok, replay};
    use bytes::Bytes;
    use futures_util::FutureExt;
    use serde_json::{Value, json};
    use std::sync::Arc;

    const PATH: &str = "/cancel/j";

    fn busy(status: u16, retry_after: u64) -> Value {
        json!({"status": status, "headers": {"retry-after": retry_after.to_string()}})
    }

    /// When the last of these answers came, each of which takes a time, and whether an earlier attempt may have taken effect.
    #[track_caller]
    fn check(answers: &[(Value, u64)], ended_ms: u64, lost: bool) {
        let recorded = answers.iter().map(|(answer, took_ms)| {
            exchange("jobs", "deployment", &format!("POST /v2/{{endpoint}}{PATH}"), [0, *took_ms], answer)
        });
        let transport = Arc::new(Transport::Replay(replay(&recorded.collect())));
        let mut time = Timeline::of_query(&transport, Phase::Deployment);
        let request = Request::post(Target::Jobs(PATH.to_owned()), None);
        let (answer, answer_lost) = send_with_retry_and_loss(&mut time, request).now_or_never().unwrap();
        assert!(!matches!(answer, Err(SendError::NotRecorded(_))), "one attempt too many");
        assert_eq!((time.now(), answer_lost), (Duration::from_millis(ended_ms), lost));
    }

    #[test]
    fn a_request_is_sent_up_to_three_times() {
        let done = || (ok(&json!({})), 100);
        check(&[done()], 100, false);
        for status in [429, 500, 503] {
            check(&[(busy(status, 1), 100), done()], 1_200, status != 429);
            check(&vec![(busy(status, 1), 100); 3], 2_300, status != 429);
        }
        for status in [400, 404, 408, 499] {
            check(&[(busy(status, 1), 100)], 100, false);
        }
        // Too large again.
        check(&[(json!("too-large"), 100)], 100, false);
        // What is not sent has no effect.
        for (failure, lost) in [("refused", false), ("reset", true), ("timeout", true)] {
            check(&[(json!(failure), 100), done()], 200 + paused(500, 1), lost);
        }
    }

    #[test]
    fn the_pause_is_what_the_server_wants_up_to_20_seconds() {
        for (wanted, pause_s) in [(0, 0), (1, 1), (20, 20), (21, 20), (3_600, 20)] {
            check(&[(busy(429, wanted), 100), (ok(&json!({})), 100)], pause_s * 1_000 + 200, false);
        }
    }

    #[test]
    fn no_attempt_follows_an_answer_after_30_seconds() {
        check(&[(busy(429, 0), 29_999), (ok(&json!({})), 100)], 30_099, false);
        check(&[(busy(429, 0), 30_000)], 30_000, false);
    }

    fn paused(pause_ms: u64, attempt: u32) -> u64 {
        let path = Request::post(Target::Jobs(PATH.to_owned()), None).path();
        u64::try_from(jittered(Duration::from_millis(pause_ms), &path, attempt).as_millis()).unwrap()
    }

    /// Otherwise a replay would ask at other instants than the recorded run.
    #[test]
    fn pauses_are_spread_over_a_quarter_and_the_same_in_all_versions() {
        assert_eq!([1, 2, 3].map(|attempt| paused(20_000, attempt)), [22_851, 22_421, 20_488]);
        let pauses: Vec<u64> = (0..1_000).map(|attempt| paused(20_000, attempt)).collect();
        assert_eq!((pauses.iter().min(), pauses.iter().max()), (Some(&20_000), Some(&24_980)));
    }

    #[test]
    fn success_and_status_404_are_usable() {
        let answered = |status| {
            let (content_type, retry_after, location) = (None, None, None);
            let object = ObjectHeaders::default();
            let response = Response { status, content_type, retry_after, object, location, body: Bytes::new() };
            success("RunPod", "/health", Ok(response)).map_or_else(|error| kind(&error), |_| "usable")
        };
        for (status, expected) in [
            (200, "usable"),
            (204, "usable"),
            (302, "unavailable"),
            (400, "unavailable"),
            (401, "access-denied"),
            (402, "unavailable"),
            (403, "access-denied"),
            (404, "usable"),
            (405, "unavailable"),
            (500, "unavailable"),
        ] {
            assert_eq!(answered(status), expected, "{status}");
        }
    }
}
