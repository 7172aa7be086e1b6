//! What RunPod's job API is asked: a typed client over a timeline.

mod shapes;

use crate::capabilities::{AskError, HealthFacts, ReachFacts};
use crate::retry::{again, get, good};
use crate::transport::Transport;
use crate::transport::exchange::{Failure, Phase, RUN, RUNSYNC, Request, Response, SendError, Target};
use crate::transport::timeline::Timeline;
use comfycheck_core::secret::{Secret, redact};
use comfycheck_core::suite::Submit;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

pub use shapes::{Job, State};

const WHO: &str = "RunPod";

/// The workers and jobs, after retries where they help: `/health`.
pub async fn health(time: &mut Timeline) -> Result<HealthFacts, AskError> {
    let answer = get(time, jobs("/health")).await;
    understand_health(answer)
}

/// The workers and jobs, asked once.
pub async fn health_once(time: &mut Timeline) -> Result<HealthFacts, AskError> {
    let answer = time.send(Request::get(jobs("/health"))).await;
    understand_health(answer)
}

fn understand_health(answer: Result<Response, SendError>) -> Result<HealthFacts, AskError> {
    let response = good(WHO, "/health", answer)?;
    if response.status == 404 {
        return Err(AskError::Unavailable(format!("{WHO} knows no such endpoint")));
    }
    let not_understood = || AskError::Unavailable(format!("{WHO}'s answer to `/health` names no workers and no jobs"));
    serde_json::from_slice(&response.body).ok().as_ref().and_then(shapes::health).ok_or_else(not_understood)
}

/// What comes of one request to `/health`, without judgement. `url` is what to say was asked; `secrets` do not get into
/// the body that is told.
pub async fn reach(time: &mut Timeline, url: &str, secrets: &[Secret]) -> Result<ReachFacts, AskError> {
    let asked = time.now();
    let answer = time.send(Request::get(jobs("/health"))).await;
    let elapsed = time.now().saturating_sub(asked);
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
        Err(SendError::NotRecorded(miss)) => Err(AskError::NotRecorded(miss)),
    }
}

/// The most bytes of a submission: of a `/run` by the words in which RunPod refuses more (`exceeded max body size of
/// 10MiB`), of a `/runsync` twice that.
pub(crate) fn largest_request(submit: Submit) -> usize {
    match submit {
        Submit::Run => 10 << 20,
        Submit::Runsync => 20 << 20,
    }
}

/// What came of a submission.
#[derive(Clone, Debug, PartialEq)]
pub enum Submission {
    /// RunPod took it.
    Accepted {
        /// The job's id.
        job: String,
        /// The job, where the submission waited for it.
        seen: Option<Box<Job>>,
    },
    /// RunPod answered that it did not take it.
    Refused {
        /// The HTTP status.
        status: u16,
        /// How RunPod says it, in one line.
        message: String,
        /// When RunPod wishes to be asked again.
        retry_after: Option<Duration>,
    },
    /// It was not sent: it has so many bytes, which is more than RunPod takes.
    TooLarge(usize),
    /// It did not get as far as RunPod.
    NotSent(Failure),
    /// It may have been taken or not. One line on what went wrong.
    Unknown(String),
    /// The cassette does not hold it.
    NotRecorded(String),
}

/// Submits a workflow. Never repeated, because a job whose answer was lost may be running.
pub async fn submit(time: &mut Timeline, by: Submit, workflow: &str, secrets: &[Secret]) -> Submission {
    const AROUND: usize = r#"{"input":{"workflow":}}"#.len();
    let size = workflow.len() + AROUND;
    if size > largest_request(by) {
        return Submission::TooLarge(size);
    }
    // The plan made the text of a value.
    let workflow: Value = serde_json::from_str(workflow).unwrap_or_default();
    let body = json!({"input": {"workflow": workflow}});
    let path = match by {
        Submit::Run => RUN,
        Submit::Runsync => RUNSYNC,
    };
    match time.send(Request::post(jobs(path), Some(body))).await {
        Ok(response) if response.is_success() => match shapes::accepted(&response.body) {
            Some(job) => {
                let seen = || shapes::job(serde_json::from_slice(&response.body).ok()?).map(Box::new);
                Submission::Accepted { job, seen: if by == Submit::Runsync { seen() } else { None } }
            }
            None => Submission::Unknown(format!("{WHO}'s answer to the submission names no job")),
        },
        // A gateway that gives up does not know what became of the request behind it.
        Ok(Response { status: status @ 500.., .. }) => {
            Submission::Unknown(format!("{WHO} answered the submission with status {status}"))
        }
        Ok(Response { status, retry_after, body, .. }) => {
            Submission::Refused { status, message: shapes::message(&excerpt(&body, 512, secrets)), retry_after }
        }
        Err(SendError::Failed(failure)) if failure.before_sending() => Submission::NotSent(failure),
        Err(SendError::Failed(failure)) => {
            Submission::Unknown(format!("the answer to the submission was lost: {failure}"))
        }
        Err(SendError::NotRecorded(miss)) => Submission::NotRecorded(miss),
    }
}

/// What came of a question for a job's status.
#[derive(Clone, Debug, PartialEq)]
pub enum Poll {
    /// The job, as RunPod sees it.
    Seen(Box<Job>),
    /// RunPod does not know the job any longer.
    Gone,
    /// Nothing could be learnt this time. One line on why.
    Unseen(String),
    /// The cassette does not hold it.
    NotRecorded(String),
}

/// The state of a job, asked once: `/status/…`.
pub async fn status(time: &mut Timeline, job: &str) -> Poll {
    let answer = time.send(Request::get(jobs(&format!("/status/{job}")))).await;
    match good(WHO, "/status", answer) {
        Ok(response) if response.status == 404 => Poll::Gone,
        Ok(response) => match serde_json::from_slice(&response.body).ok().and_then(shapes::job) {
            Some(job) => Poll::Seen(Box::new(job)),
            None => Poll::Unseen(format!("{WHO}'s answer to `/status` names no status")),
        },
        Err(AskError::NotRecorded(miss)) => Poll::NotRecorded(miss),
        Err(err) => Poll::Unseen(err.to_string()),
    }
}

/// Cancels a job: `/cancel/…`, after retries where they help, since a job can be cancelled twice. An error says in one
/// line why it may still be running.
pub async fn cancel(time: &mut Timeline, job: &str) -> Result<(), AskError> {
    let answer = again(time, Request::post(jobs(&format!("/cancel/{job}")), None)).await;
    // A job that is unknown (404) needs no cancelling.
    good(WHO, "/cancel", answer).map(drop)
}

/// Removes every job that waits in the endpoint's queue, whoever submitted it: `/purge-queue`, after retries where they
/// help. Returns how many were removed by the last attempt.
pub async fn purge_queue(transport: &Arc<Transport>) -> Result<u64, AskError> {
    let mut time = Timeline::of_question(transport, Phase::Deployment);
    let answer = again(&mut time, Request::post(jobs("/purge-queue"), None)).await;
    let response = good(WHO, "/purge-queue", answer)?;
    if response.status == 404 {
        return Err(AskError::Unavailable(format!("{WHO} knows no such endpoint")));
    }
    let removed = serde_json::from_slice(&response.body).ok().and_then(|json: Value| json.get("removed")?.as_u64());
    removed.ok_or_else(|| AskError::Unavailable(format!("{WHO}'s answer to `/purge-queue` does not say how many")))
}

fn jobs(path: &str) -> Target {
    Target::Jobs(path.to_owned())
}

/// The beginning of a body as text, at most `length` bytes of it, without secrets.
fn excerpt(body: &[u8], length: usize, secrets: &[Secret]) -> String {
    // More than is shown, so that a secret at the cut is seen whole and taken out.
    let text = String::from_utf8_lossy(&body[..body.len().min(length + 4096)]);
    let mut text = redact(&text, secrets);
    text.truncate(text.floor_char_boundary(length));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::testing::{exchange, ok, replay};
    use futures_util::FutureExt;

    #[test]
    fn a_queue_is_emptied_and_what_is_no_answer_is_not_taken_for_one() {
        let not_told = "RunPod's answer to `/purge-queue` does not say how many";
        for (outcome, expected) in [
            (ok(&json!({"removed": 2, "status": "completed"})), Ok(2)),
            (ok(&json!({"status": "completed"})), Err(AskError::Unavailable(not_told.to_owned()))),
            (json!({"status": 403}), Err(AskError::AccessDenied)),
            (json!({"status": 404}), Err(AskError::Unavailable("RunPod knows no such endpoint".to_owned()))),
        ] {
            let asked = exchange("jobs", "deployment", "POST /v2/{endpoint}/purge-queue", [0, 100], &outcome);
            let transport = Arc::new(Transport::Replay(replay(&json!([asked]))));
            let removed = purge_queue(&transport).now_or_never().expect("virtual time never waits");
            assert_eq!(removed, expected, "{outcome}");
        }
    }
}
