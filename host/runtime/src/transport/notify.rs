//! Tells somebody of a run that is over: one request to a webhook, apart from those of the run.

use super::exchange::Failure;
use super::live::post;
use bytes::Bytes;
use comfycheck_core::secret::{Redaction, Secret};
use std::time::Duration;
use url::Url;

/// How often it is tried at most.
const ATTEMPTS: u32 = 3;
/// The longest pause that a server may ask for and get.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How long to wait for somebody who is told.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For an answer, each time.
    pub answer: Duration,
    /// Before the second attempt, and half of the one before the third. A server may ask for another pause.
    pub pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { answer: Duration::from_secs(10), pause: Duration::from_secs(1) }
    }
}

/// Why somebody was not told. No message holds the URL.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotifyError {
    /// The URL is none that is asked. The suite's parser refuses it, too.
    #[error("its URL is not valid")]
    Url,
    /// No answer came.
    #[error("{0}")]
    Failed(Failure),
    /// A redirect, which nobody follows: the URL is the secret, and goes nowhere else.
    #[error("it answered with a redirect (status {0}), which is not followed")]
    Redirected(u16),
    /// It refuses what it is told.
    #[error("it answered with status {0}")]
    Refused(u16),
}

impl NotifyError {
    /// Whether the URL is likely not to be, or no longer, that of a webhook.
    pub fn is_of_url(&self) -> bool {
        matches!(self, Self::Url | Self::Redirected(_) | Self::Refused(401 | 403 | 404 | 410))
            || matches!(self, Self::Failed(Failure::Unresolved))
    }
}

/// Posts JSON to a webhook; up to three times, where the server is overloaded or out of order (429, 5xx) or the connection
/// fails. The secrets, and the URL itself, are taken out of the JSON. Needs a runtime of tokio around it.
pub async fn notify(url: &Secret, json: &str, secrets: &[Secret], patience: Patience) -> Result<(), NotifyError> {
    let address = Url::parse(url.expose()).map_err(|_| NotifyError::Url)?;
    let secrets = [secrets, std::slice::from_ref(url)].concat();
    let body = Bytes::from(Redaction::known(&secrets).apply(json.as_bytes()).into_owned());
    for attempt in 1..ATTEMPTS {
        let answer = post(&address, body.clone(), patience.answer).await;
        let Some(pause) = pause(&answer, patience.pause * attempt) else { return told(answer) };
        tokio::time::sleep(pause.min(LONGEST_PAUSE)).await;
    }
    told(post(&address, body, patience.answer).await)
}

/// A status, and the pause that the server asks for.
type Answer = Result<(u16, Option<Duration>), Failure>;

/// The pause after which to try again, if that may help. A second message is better than none.
fn pause(answer: &Answer, ours: Duration) -> Option<Duration> {
    match answer {
        Ok((429 | 500.., wanted)) => Some(wanted.unwrap_or(ours)),
        Err(Failure::Refused | Failure::Reset | Failure::Timeout | Failure::Unresolved) => Some(ours),
        Ok(_) | Err(_) => None,
    }
}

fn told(answer: Answer) -> Result<(), NotifyError> {
    match answer {
        Ok((200..300, _)) => Ok(()),
        Ok((status @ 300..400, _)) => Err(NotifyError::Redirected(status)),
        Ok((status, _)) => Err(NotifyError::Refused(status)),
        Err(failure) => Err(NotifyError::Failed(failure)),
    }
}
