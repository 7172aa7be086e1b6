//! One request to an address outside the deployment.

use super::clients::Clients;
use super::failure::classify;
use crate::transport::exchange::Failure;
use bytes::Bytes;
use comfycheck_core::address::may_be_asked;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use std::time::Duration;
use url::Url;

/// What is sent.
pub(in crate::transport) enum Message {
    /// A `GET` without content.
    Ping,
    Json {
        body: Bytes,
        headers: Vec<(String, String)>,
    },
}

/// Sends a message without a key. Returns the status, and the pause that the server requests. Does not
/// read the rest of the response or follow redirects. Needs a tokio runtime.
pub(in crate::transport) async fn post(
    url: &Url,
    message: &Message,
    limit: Duration,
) -> Result<(u16, Option<Duration>), Failure> {
    may_be_asked(url).map_err(|_| Failure::Forbidden)?;
    let clients = Clients::new(url.scheme() == "https").map_err(|_| Failure::Tls)?;
    let request = match message {
        Message::Ping => clients.api(url).get(url.clone()),
        Message::Json { body, headers } => {
            let request = clients.api(url).post(url.clone()).header(CONTENT_TYPE, "application/json");
            headers.iter().fold(request, |request, (name, value)| request.header(name, value)).body(body.clone())
        }
    };
    let answer = request.timeout(limit).send().await.map_err(|err| classify(&err))?;
    let wanted = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    Ok((answer.status().as_u16(), wanted.map(Duration::from_secs)))
}
