//! Questions that are asked again where that helps. Only what changes nothing is repeated.

use crate::capabilities::AskError;
use crate::transport::exchange::{Failure, Request, Response, SendError, Target};
use crate::transport::timeline::Timeline;
use std::time::Duration;

/// How often a question is asked at most.
const ATTEMPTS: u32 = 3;
/// The pause before the second attempt, and half of the one before the third.
const PAUSE: Duration = Duration::from_millis(500);
/// The longest pause that a server may ask for and get.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);
/// After that nothing is asked again: whoever asked does not wait for ever.
const LONGEST: Duration = Duration::from_secs(30);

/// Sends a GET, and again after a pause where the answer is likely to be another one: the server is overloaded or out
/// of order (429, 5xx), or the connection failed.
pub(crate) async fn get(time: &mut Timeline, target: Target) -> Result<Response, SendError> {
    again(time, Request::get(target)).await
}

/// The same for any request that may be carried out twice.
pub(crate) async fn again(time: &mut Timeline, request: Request) -> Result<Response, SendError> {
    again_and_tell(time, request).await.0
}

/// The same, and whether an earlier attempt may have been carried out, too: its answer was lost.
pub(crate) async fn again_and_tell(time: &mut Timeline, request: Request) -> (Result<Response, SendError>, bool) {
    let last = time.now() + LONGEST;
    let mut answer_lost = false;
    for attempt in 1..ATTEMPTS {
        let answer = time.send(request.clone()).await;
        let pause = retry_after(&answer, jittered(PAUSE * attempt, &request.path(), attempt));
        let Some(pause) = pause.filter(|_| time.now() < last) else { return (answer, answer_lost) };
        answer_lost |= match &answer {
            Ok(response) => response.status >= 500,
            Err(SendError::Failed(failure)) => !failure.before_sending(),
            Err(SendError::NotRecorded(_)) => false,
        };
        time.pause(pause.min(LONGEST_PAUSE)).await;
    }
    (time.send(request).await, answer_lost)
}

/// A pause that is longer by up to a quarter, so that not all who were turned away come back at once. It is drawn from
/// what is asked and how often it was, so that a replay waits as long.
fn jittered(pause: Duration, path: &str, attempt: u32) -> Duration {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(path.as_bytes());
    hasher.update(&attempt.to_le_bytes());
    let share = u64::from(hasher.finalize() % 256);
    pause + Duration::from_millis(u64::try_from(pause.as_millis()).unwrap_or(u64::MAX) / 4 * share / 256)
}

/// The pause after which to ask again, if that helps: the server's, else ours.
fn retry_after(answer: &Result<Response, SendError>, pause: Duration) -> Option<Duration> {
    match answer {
        Ok(response) if response.status == 429 || response.status >= 500 => Some(response.retry_after.unwrap_or(pause)),
        Err(SendError::Failed(Failure::Refused | Failure::Reset | Failure::Timeout | Failure::Unresolved)) => {
            Some(pause)
        }
        Ok(_) | Err(_) => None,
    }
}

/// The answer if it is a good one, else why there is none. `who` begins a sentence, such as `RunPod`; a status of 404
/// is a good answer, because what it means depends on the question.
pub(crate) fn good(who: &str, path: &str, answer: Result<Response, SendError>) -> Result<Response, AskError> {
    match answer {
        Ok(response) if response.is_success() || response.status == 404 => Ok(response),
        Ok(Response { status: 401 | 403, .. }) => Err(AskError::AccessDenied),
        Ok(Response { status, .. }) => {
            Err(AskError::Unavailable(format!("{who} answers `{path}` with status {status}")))
        }
        Err(SendError::Failed(failure)) => {
            Err(AskError::Unavailable(format!("{who} does not answer `{path}`: {failure}")))
        }
        Err(SendError::NotRecorded(miss)) => Err(AskError::NotRecorded(miss)),
    }
}
