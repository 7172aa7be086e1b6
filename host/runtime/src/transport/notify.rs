//! Notifications: one request to a webhook or a monitor, separate from those of the run.
//!
//! They are sent after the reports are written, only after a live run, and are part of no cassette
//! and no report. `core/notification.rs` decides which ones are sent. A failed notification changes
//! neither verdict nor exit code.
//!
//! **Invariant:** the URL of a webhook is a `Secret` from the environment. It is redacted from
//! every response, cassette and quoted workflow.

use super::exchange::Failure;
use super::live::{Message, post};
pub use super::signature::Signing;
use super::signature::headers;
use crate::backoff::{Backoff, is_temporary};
use bytes::Bytes;
use comfycheck_core::secret::{Secret, Secrets};
use std::time::Duration;
use url::Url;

/// The time limits of a notification.
#[derive(Clone, Copy, Debug)]
pub struct NotifyTimeouts {
    /// For each attempt.
    pub answer: Duration,
    /// Before the second attempt; twice as long before the third. A server can request another
    /// pause.
    pub pause: Duration,
}

impl Default for NotifyTimeouts {
    fn default() -> Self {
        Self { answer: Duration::from_secs(10), pause: Duration::from_secs(1) }
    }
}

/// Why a notification failed. No message contains the URL.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotifyError {
    /// The URL is not allowed. The suite's parser refuses it, too.
    #[error("invalid URL")]
    Url,
    #[error("{0}")]
    Failed(Failure),
    /// Redirects are not followed: the URL is the secret.
    #[error("redirect (status {0}) not followed")]
    Redirected(u16),
    #[error("status {0}")]
    Refused(u16),
}

impl NotifyError {
    /// Whether the URL is probably not a webhook, or no longer one.
    pub fn is_of_url(&self) -> bool {
        matches!(self, Self::Url | Self::Redirected(_) | Self::Refused(401 | 403 | 404 | 410))
            || matches!(self, Self::Failed(Failure::Unresolved))
    }
}

/// Sends JSON to a webhook, signed if there is a key. Up to three attempts, if the server is overloaded or failing (429, 5xx)
/// or the connection fails. Redacts the secrets and the URL itself from the JSON. Needs a tokio runtime.
pub async fn notify(
    url: &Secret,
    json: &str,
    signing: Option<Signing<'_>>,
    secrets: &Secrets,
    timeouts: NotifyTimeouts,
) -> Result<(), NotifyError> {
    let known = secrets.with([url.clone()].into_iter().chain(signing.map(|signing| signing.key.clone())));
    let body = Bytes::from(known.redact_known(json.as_bytes()).into_owned());
    let headers = signing.map(|signing| headers(&body, signing)).unwrap_or_default();
    let headers = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    send(url, Message::Json { body, headers }, timeouts).await
}

/// Sends JSON with headers, as often as [`notify`] does. Redacts the secrets from the JSON.
pub(super) async fn send_with_headers(
    url: &Secret,
    json: &str,
    headers: Vec<(String, String)>,
    secrets: &Secrets,
    timeouts: NotifyTimeouts,
) -> Result<(), NotifyError> {
    let body = Bytes::from(secrets.redact_known(json.as_bytes()).into_owned());
    send(url, Message::Json { body, headers }, timeouts).await
}

/// Sends a request without content, as often as [`notify`] does.
pub async fn ping(url: &Secret, timeouts: NotifyTimeouts) -> Result<(), NotifyError> {
    send(url, Message::Ping, timeouts).await
}

async fn send(url: &Secret, message: Message, timeouts: NotifyTimeouts) -> Result<(), NotifyError> {
    let address = Url::parse(url.expose()).map_err(|_| NotifyError::Url)?;
    let backoff = Backoff { attempts: 3, pause: timeouts.pause, longest: Duration::from_secs(10) };
    let mut attempt = 1;
    loop {
        let answer = post(&address, &message, timeouts.answer).await;
        // A duplicate message is better than none.
        let wanted = match &answer {
            Ok((status, wanted)) if is_temporary(*status) => Some(*wanted),
            Err(failure) if failure.may_pass() => Some(None),
            Ok(_) | Err(_) => None,
        };
        match wanted.and_then(|wanted| backoff.after(attempt, wanted, |pause| pause)) {
            Some(pause) => tokio::time::sleep(pause).await,
            None => return result(answer),
        }
        attempt += 1;
    }
}

/// A status, and the pause that the server requests.
type Answer = Result<(u16, Option<Duration>), Failure>;

fn result(answer: Answer) -> Result<(), NotifyError> {
    match answer {
        Ok((200..300, _)) => Ok(()),
        Ok((status @ 300..400, _)) => Err(NotifyError::Redirected(status)),
        Ok((status, _)) => Err(NotifyError::Refused(status)),
        Err(failure) => Err(NotifyError::Failed(failure)),
    }
}
