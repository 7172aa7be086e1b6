//! What RunPod's job API is asked: a typed client over a timeline.

mod shapes;

use crate::capabilities::{AskError, HealthFacts, ReachFacts};
use crate::retry::{again, again_and_tell, get, good};
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
    /// A local worker took it, and its handler did not get as far as an answer. The status and its words.
    Broke(String),
    /// It may have been taken or not, or it is not known what came of it. One line on what went wrong.
    Unknown(String),
    /// The cassette does not hold it.
    NotRecorded(String),
}

/// Submits a workflow. Never repeated, because a job whose answer was lost may be running.
pub async fn submit(time: &mut Timeline, by: Submit, workflow: &str, secrets: &[Secret]) -> Submission {
    const AROUND: usize = r#"{"input":{"workflow":}}"#.len();
    let size = workflow.len() + AROUND;
    let (who, local_worker) = (time.transport().who(), time.transport().is_local_worker());
    // The SDK's test server takes any size.
    if size > largest_request(by) && !local_worker {
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
                let seen = if by == Submit::Runsync { seen() } else { None };
                if local_worker { ended(&who, job, seen) } else { Submission::Accepted { job, seen } }
            }
            None => Submission::Unknown(format!("the answer of {who} to the submission names no job")),
        },
        Ok(Response { status: status @ 500, body, .. }) if local_worker => {
            Submission::Broke(refusal(status, &shapes::message(&excerpt(&body, 512, secrets))))
        }
        // A gateway that gives up does not know what became of the request behind it.
        Ok(Response { status: status @ 500.., .. }) => {
            Submission::Unknown(format!("{who} answered the submission with status {status}"))
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

/// What a local worker answered. It runs a job before it answers, and to look at it would be to run it again.
fn ended(who: &str, job: String, seen: Option<Box<Job>>) -> Submission {
    let said = match seen {
        Some(seen) if matches!(seen.state, State::Completed | State::Failed) => {
            return Submission::Accepted { job, seen: Some(seen) };
        }
        Some(seen) => format!("status `{}`", seen.status.chars().take(60).collect::<String>()),
        None => "no status".to_owned(),
    };
    Submission::Unknown(format!("{who} answered with {said}, and only `COMPLETED` and `FAILED` end a job"))
}

/// A refusal as a report has it: the status, and what the answer says.
pub(crate) fn refusal(status: u16, message: &str) -> String {
    let words = if message.is_empty() { String::new() } else { format!(": {message}") };
    format!("status {status}{words}")
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
        Ok(response) => {
            let answer: Value = serde_json::from_slice(&response.body).unwrap_or_default();
            if let Some(other) = shapes::other_job(&answer, job) {
                return Poll::Unseen(format!(
                    "{WHO}'s answer to `/status` of job `{job}` is of another job, `{other}`"
                ));
            }
            match shapes::job(answer) {
                Some(job) => Poll::Seen(Box::new(job)),
                None => Poll::Unseen(format!("{WHO}'s answer to `/status` names no status")),
            }
        }
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

/// What was removed from a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Purged {
    /// How many jobs, by the answer to the last attempt.
    pub removed: u64,
    /// Whether the answer to an earlier attempt was lost, so that more may have been removed.
    pub answer_lost: bool,
}

/// Removes every job that waits in the endpoint's queue, whoever submitted it: `/purge-queue`, after retries where they
/// help. `secrets` do not get into what is told.
pub async fn purge_queue(transport: &Arc<Transport>, secrets: &[Secret]) -> Result<Purged, AskError> {
    let mut time = Timeline::of_question(transport, Phase::Deployment);
    let (answer, answer_lost) = again_and_tell(&mut time, Request::post(jobs("/purge-queue"), None)).await;
    if let Ok(Response { status: status @ (400 | 405..=499), body, .. }) = &answer {
        let words = refusal(*status, &shapes::message(&excerpt(body, 512, secrets)));
        return Err(AskError::Unavailable(format!("{WHO} answers `/purge-queue` with {words}")));
    }
    let response = good(WHO, "/purge-queue", answer)?;
    if response.status == 404 {
        return Err(AskError::Unavailable(format!("{WHO} knows no such endpoint")));
    }
    let removed = serde_json::from_slice(&response.body).ok().and_then(|json: Value| json.get("removed")?.as_u64());
    let removed = removed.map(|removed| Purged { removed, answer_lost });
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
    use crate::testing::{kind, wording};
    use crate::transport::testing::{exchange, ok, replay};
    use futures_util::FutureExt;

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
            let asked = exchange("jobs", "deployment", "POST /v2/{endpoint}/purge-queue", [0, 100], &outcome);
            let transport = Arc::new(Transport::Replay(replay(&json!([asked]))));
            let removed = purge_queue(&transport, &[]).now_or_never().expect("virtual time never waits");
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
            let purged = purge_queue(&transport, &[]).now_or_never().expect("virtual time never waits");
            assert_eq!(purged, Ok(Purged { removed: 0, answer_lost }), "{first}");
        }
    }
}
