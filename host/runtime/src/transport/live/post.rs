//! One request to an address that belongs to no deployment.

use super::clients::Clients;
use super::failure::classify;
use crate::transport::exchange::Failure;
use bytes::Bytes;
use comfycheck_core::address::may_be_asked;
use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use std::time::Duration;
use url::Url;

/// Posts JSON without a key: the status, and after which pause to ask again.
/// The rest of the answer is not read, and no redirect followed. Needs a runtime of tokio around it.
pub(in crate::transport) async fn post(
    url: &Url,
    body: Bytes,
    limit: Duration,
) -> Result<(u16, Option<Duration>), Failure> {
    may_be_asked(url).map_err(|_| Failure::Forbidden)?;
    let clients = Clients::new(url.scheme() == "https").map_err(|_| Failure::Tls)?;
    let request = clients.api(url).post(url.clone()).header(CONTENT_TYPE, "application/json").body(body);
    let answer = request.timeout(limit).send().await.map_err(|err| classify(&err))?;
    let wanted = answer.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    Ok((answer.status().as_u16(), wanted.map(Duration::from_secs)))
}
