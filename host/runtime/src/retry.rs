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
        let wanted = match &answer {
            Ok(response) if is_temporary(response.status) => Some(response.retry_after),
            Err(SendError::Failed(failure)) if failure.may_pass() => Some(None),
            Ok(_) | Err(_) => None,
        };
        let spread = |pause| jittered(pause, &request.path(), attempt);
        let pause = wanted.and_then(|wanted| BACKOFF.after(attempt, wanted, spread));
        let Some(pause) = pause.filter(|_| time.now() < last) else { return (answer, answer_lost) };
        answer_lost |= match &answer {
            Ok(response) => response.status >= 500,
            Err(SendError::Failed(failure)) => !failure.before_sending(),
            Err(SendError::NotRecorded(_)) => false,
        };
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
