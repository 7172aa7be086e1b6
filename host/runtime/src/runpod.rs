//! A typed client of RunPod's job API, over a timeline.

mod shapes;

use crate::facts::{HealthFacts, QueryError, ReachFacts};
use crate::retry::{get_with_retry, send_with_retry, send_with_retry_and_loss, success};
use crate::transport::Transport;
use crate::transport::exchange::{Failure, HEALTH, Phase, RUN, RUNSYNC, Request, Response, SendError, Target};
use crate::transport::timeline::Timeline;
use comfycheck_core::request::JobBody;
use comfycheck_core::secret::Secrets;
use comfycheck_core::suite::Submit;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;

pub use shapes::{Job, JobState};

const SERVER: &str = "RunPod";

/// Workers and jobs, with retries: `/health`.
pub async fn health(time: &mut Timeline) -> Result<HealthFacts, QueryError> {
    let answer = get_with_retry(time, jobs(HEALTH)).await;
    understand_health(answer)
}

/// Workers and jobs, without retries.
pub async fn health_once(time: &mut Timeline) -> Result<HealthFacts, QueryError> {
    let answer = time.send(Request::get(jobs(HEALTH))).await;
    understand_health(answer)
}

fn understand_health(answer: Result<Response, SendError>) -> Result<HealthFacts, QueryError> {
    let response = success(SERVER, HEALTH, answer)?;
    if response.status == 404 {
        return Err(unknown_endpoint());
    }
    let not_understood = || {
        QueryError::Unavailable(format!("unexpected response from {SERVER} to `/health`: no workers and no jobs in it"))
    };
    serde_json::from_slice(&response.body).ok().as_ref().and_then(shapes::health).ok_or_else(not_understood)
}

/// The result of one request to `/health`, without judgement. `url` is shown as the requested URL;
/// `secrets` are redacted from the body.
pub async fn reach(time: &mut Timeline, url: &str, secrets: &Secrets) -> Result<ReachFacts, QueryError> {
    let sent = time.now();
    let answer = time.send(Request::get(jobs(HEALTH))).await;
    let elapsed = time.now().saturating_sub(sent);
    let facts = |status, failure, content_type, body| ReachFacts {
        status,
        failure,
        elapsed,
        content_type,
        body,
        url: url.to_owned(),
    };
    match answer {
        Ok(response) => {
            let body = excerpt(&response.body, 2048, secrets);
            Ok(facts(Some(response.status), None, response.content_type, body))
        }
        Err(SendError::Failed(failure)) => Ok(facts(None, Some(failure.word()), None, String::new())),
        Err(SendError::NotRecorded(miss)) => Err(QueryError::NotRecorded(miss)),
    }
}

#[derive(Clone, Debug, PartialEq)]
pub enum Submission {
    Accepted {
        job: String,
        /// The job, if the submission waited for it.
        seen: Option<Box<Job>>,
    },
    /// RunPod rejected it.
    Refused {
        status: u16,
        /// RunPod's reason, in one line.
        message: String,
        /// When RunPod wants the next request.
        retry_after: Option<Duration>,
    },
    /// Not sent: the request has more bytes than RunPod accepts.
    TooLarge(usize),
    /// It did not reach RunPod.
    NotSent(Failure),
    /// The handler of a local worker failed. The status and the message.
    HandlerFailed(String),
    /// It may have become a job, or its result is unknown. One line on what went wrong.
    Unknown(String),
    NotRecorded(String),
}

/// Submits a job. Never repeated: a job whose response was lost may be running.
pub async fn submit(time: &mut Timeline, by: Submit, body: JobBody, secrets: &Secrets) -> Submission {
    let size = body.size();
    let (server, local_worker) = (time.transport().server_name(), time.transport().is_local_worker());
    // The SDK's test server accepts any size.
    if size > by.largest_request() && !local_worker {
        return Submission::TooLarge(size);
    }
    let path = match by {
        Submit::Run => RUN,
        Submit::Runsync => RUNSYNC,
    };
    match time.send(Request::submission(jobs(path), body)).await {
        Ok(response) if response.is_success() => match shapes::accepted(&response.body) {
            Some(job) => {
                let seen = || shapes::job(serde_json::from_slice(&response.body).ok()?).map(Box::new);
                let seen = if by == Submit::Runsync { seen() } else { None };
                if local_worker { finished(&server, job, seen) } else { Submission::Accepted { job, seen } }
            }
            None => match shapes::error(&excerpt(&response.body, 512, secrets)) {
                Some(message) => Submission::Refused { status: response.status, message, retry_after: None },
                None => Submission::Unknown(format!("the response of {server} to the submission has no job id")),
            },
        },
        Ok(Response { status: status @ 500, body, .. }) if local_worker => {
            Submission::HandlerFailed(refusal(status, &shapes::message(&excerpt(&body, 512, secrets))))
        }
        // A gateway that gives up does not know what happened to the request behind it.
        Ok(Response { status: status @ 500.., .. }) => {
            Submission::Unknown(format!("{server} answered the submission with status {status}"))
        }
        Ok(Response { status, retry_after, body, .. }) => {
            Submission::Refused { status, message: shapes::message(&excerpt(&body, 512, secrets)), retry_after }
        }
        Err(SendError::Failed(failure)) if failure.before_sending() => Submission::NotSent(failure),
        Err(SendError::Failed(failure)) => Submission::Unknown(format!("no response to the submission: {failure}")),
        Err(SendError::NotRecorded(miss)) => Submission::NotRecorded(miss.why),
    }
}

/// The response of a local worker. It runs the job before it responds, and polling would run it
/// again.
fn finished(server: &str, job: String, response: Option<Box<Job>>) -> Submission {
    let status = match response {
        Some(response) if matches!(response.state, JobState::Completed | JobState::Failed) => {
            return Submission::Accepted { job, seen: Some(response) };
        }
        Some(response) => format!("status `{}`", response.status.chars().take(60).collect::<String>()),
        None => "no status".to_owned(),
    };
    Submission::Unknown(format!("{server} answered with {status}; expected `COMPLETED` or `FAILED`"))
}

/// A rejection as reports show it: the status and the message.
pub(crate) fn refusal(status: u16, message: &str) -> String {
    let words = if message.is_empty() { String::new() } else { format!(": {message}") };
    format!("status {status}{words}")
}

#[derive(Clone, Debug, PartialEq)]
pub enum Poll {
    Seen(Box<Job>),
    /// RunPod no longer knows the job.
    Gone,
    /// No usable response this time. One line on why.
    Unseen(String),
    NotRecorded(String),
}

/// Reads the state of a job once: `/status/…`.
pub async fn status(time: &mut Timeline, job: &str) -> Poll {
    let answer = time.send(Request::get(jobs(&format!("/status/{job}")))).await;
    match success(SERVER, "/status", answer) {
        Ok(response) if response.status == 404 => Poll::Gone,
        Ok(response) => {
            let answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
            if let Some(other) = shapes::other_job(&answer, job) {
                return Poll::Unseen(format!("{SERVER} answered `/status` of job `{job}` with job `{other}`"));
            }
            match shapes::job(answer) {
                Some(job) => Poll::Seen(Box::new(job)),
                None => Poll::Unseen(format!("unexpected response from {SERVER} to `/status`: no status in it")),
            }
        }
        Err(QueryError::NotRecorded(miss)) => Poll::NotRecorded(miss.why),
        Err(err) => Poll::Unseen(err.to_string()),
    }
}

/// Cancels a job, with retries: `/cancel/…` can be sent twice. The error says in one line why the
/// job may still run.
pub async fn cancel(time: &mut Timeline, job: &str) -> Result<(), QueryError> {
    let answer = send_with_retry(time, Request::post(jobs(&format!("/cancel/{job}")), None)).await;
    // An unknown job (404) needs no cancelling.
    success(SERVER, "/cancel", answer).map(drop)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PurgeResult {
    /// According to the response to the last attempt.
    pub removed: u64,
    /// Whether the response to an earlier attempt was lost, so more jobs may have been removed.
    pub answer_lost: bool,
}

/// Removes all jobs in the endpoint's queue, whichever client submitted them: `/purge-queue`, with
/// retries. `secrets` are redacted from errors.
pub async fn purge_queue(transport: &Arc<Transport>, secrets: &Secrets) -> Result<PurgeResult, QueryError> {
    let mut time = Timeline::of_query(transport, Phase::Deployment);
    let (answer, answer_lost) = send_with_retry_and_loss(&mut time, Request::post(jobs("/purge-queue"), None)).await;
    if let Ok(Response { status: status @ (400 | 405..=499), body, .. }) = &answer {
        let words = refusal(*status, &shapes::message(&excerpt(body, 512, secrets)));
        return Err(QueryError::Unavailable(format!("{SERVER} answered `/purge-queue` with {words}")));
    }
    let response = success(SERVER, "/purge-queue", answer)?;
    if response.status == 404 {
        return Err(unknown_endpoint());
    }
    let removed = serde_json::from_slice(&response.body).ok().and_then(|json: Value| json.get("removed")?.as_u64());
    let removed = removed.map(|removed| PurgeResult { removed, answer_lost });
    removed.ok_or_else(|| {
        QueryError::Unavailable(format!("unexpected response from {SERVER} to `/purge-queue`: number of jobs missing"))
    })
}

fn unknown_endpoint() -> QueryError {
    QueryError::Unavailable(format!("{SERVER} does not know this endpoint (status 404)"))
}

fn jobs(path: &str) -> Target {
    Target::Jobs(path.to_owned())
}

/// The first `length` bytes of a body as text, redacted.
fn excerpt(body: &[u8], length: usize, secrets: &Secrets) -> String {
    // Read more than is shown, so a secret at the cut is found as a whole.
    let text = String::from_utf8_lossy(&body[..body.len().min(length + 4096.max(secrets.reach()))]);
    let mut text = secrets.redact(&text);
    text.truncate(text.floor_char_boundary(length));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{kind, wording};
    use crate::transport::testing::{exchange, ok, replay};
    use futures_util::FutureExt;
    use serde_json::json;

    #[test]
    fn a_queue_is_emptied_and_what_is_no_answer_is_not_taken_for_one() {
        let mut words = Vec::new();
        for (outcome, expected) in [
            (ok(&json!({"removed": 2, "status": "completed"})), Ok(2)),
            (ok(&json!({"status": "completed"})), Err("unavailable")),
            (json!({"status": 403}), Err("access-denied")),
            (json!({"status": 400, "body": {"json": {"error": "not allowed for QB API"}}}), Err("unavailable")),
            (json!({"status": 404}), Err("unavailable")),
        ] {
            let purge = exchange("jobs", "deployment", "POST /v2/{endpoint}/purge-queue", [0, 100], &outcome);
            let transport = Arc::new(Transport::Replay(replay(&json!([purge]))));
            let removed =
                purge_queue(&transport, &Secrets::default()).now_or_never().expect("virtual time never waits");
            assert_eq!(removed.as_ref().map(|purged| purged.removed).map_err(kind), expected, "{outcome}");
            words.extend(removed.err().map(|error| (outcome, error)));
        }
        insta::assert_snapshot!(wording(words));
    }

    #[test]
    fn what_a_lost_answer_removed_is_not_known() {
        for (first, answer_lost) in
            [(json!({"status": 502}), true), (json!("reset"), true), (json!({"status": 429}), false)]
        {
            let answers = [first.clone(), ok(&json!({"removed": 0}))];
            let exchanges: Vec<_> = answers
                .iter()
                .map(|outcome| exchange("jobs", "deployment", "POST /v2/{endpoint}/purge-queue", [0, 100], outcome))
                .collect();
            let transport = Arc::new(Transport::Replay(replay(&json!(exchanges))));
            let purged = purge_queue(&transport, &Secrets::default()).now_or_never().expect("virtual time never waits");
            assert_eq!(purged, Ok(PurgeResult { removed: 0, answer_lost }), "{first}");
        }
    }
}
