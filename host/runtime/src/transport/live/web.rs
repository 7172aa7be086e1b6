//! Requests to registries and web servers that a suite or a user names for components.
//!
//! They are part of no run and of no cassette. **Invariant:** a login is sent over TLS or to this machine, and never to another
//! host than the one that it was given for.

use super::clients::Clients;
use super::failure::classify;
use crate::transport::exchange::{Failure, is_redirect};
use bytes::{Bytes, BytesMut};
use comfycheck_core::address::{is_loopback, may_be_asked};
use comfycheck_core::secret::Secret;
use reqwest::StatusCode;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, LOCATION, WWW_AUTHENTICATE};
use std::time::Duration;
use url::Url;

/// As many redirects are followed.
pub(crate) const MOST_REDIRECTS: u32 = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WebMethod {
    Get,
    Head,
    Post,
    Put,
}

/// A request, with the limits of its response.
#[derive(Clone, Debug)]
pub(crate) struct WebRequest {
    pub(crate) method: WebMethod,
    pub(crate) url: Url,
    /// The value of `Authorization`.
    pub(crate) authorization: Option<Secret>,
    pub(crate) accept: &'static str,
    /// The content and its type.
    pub(crate) body: Option<(&'static str, Bytes)>,
    /// The largest response, in bytes.
    pub(crate) largest: usize,
    /// From the first byte sent to the last one received, for each redirect.
    pub(crate) time: Duration,
    /// Whether redirects are followed.
    pub(crate) follow: bool,
}

impl WebRequest {
    /// A `GET` of a small document.
    pub(crate) fn get(url: Url) -> Self {
        Self {
            method: WebMethod::Get,
            url,
            authorization: None,
            accept: "*/*",
            body: None,
            largest: 4 << 20,
            time: Duration::from_secs(30),
            follow: true,
        }
    }
}

/// A response. The body of an error is not read.
#[derive(Clone, Debug)]
pub(crate) struct WebResponse {
    /// The address that answered, after all redirects.
    pub(crate) url: Url,
    pub(crate) status: u16,
    /// The values of `WWW-Authenticate`, in their order.
    pub(crate) challenges: Vec<String>,
    pub(crate) location: Option<String>,
    pub(crate) body: Bytes,
}

/// Why there is no response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WebError {
    Failed(Failure),
    /// A redirect to an address that cannot be used.
    Redirected,
    /// More redirects than are followed.
    Redirects,
    /// The response is larger than its request allows, in bytes.
    TooLarge(usize),
}

/// Sends requests. Needs a tokio runtime.
pub(crate) struct Web(Clients);

impl Web {
    pub(crate) fn new() -> Result<Self, Failure> {
        Clients::new(true).map(Self).map_err(|_| Failure::Tls)
    }

    pub(crate) async fn send(&self, mut request: WebRequest) -> Result<WebResponse, WebError> {
        let mut redirects = 0;
        loop {
            let response = self.send_once(&request).await?;
            let next = response.location.as_ref().and_then(|location| request.url.join(location).ok());
            let Some(next) = next.filter(|_| request.follow && is_redirect(response.status)) else {
                return Ok(response);
            };
            if !may_lead(&request.url, &next) {
                return Err(WebError::Redirected);
            }
            if redirects == MOST_REDIRECTS {
                return Err(WebError::Redirects);
            }
            redirects += 1;
            if next.origin() != request.url.origin() {
                request.authorization = None;
            }
            request.url = next;
        }
    }

    async fn send_once(&self, request: &WebRequest) -> Result<WebResponse, WebError> {
        let WebRequest { method, url, authorization, accept, body, largest, time, follow: _ } = request;
        may_be_asked(url).map_err(|_| WebError::Redirected)?;
        let client = self.0.api(url);
        let mut builder = match method {
            WebMethod::Get => client.get(url.clone()),
            WebMethod::Head => client.head(url.clone()),
            WebMethod::Post => client.post(url.clone()),
            WebMethod::Put => client.put(url.clone()),
        };
        builder = builder.header(ACCEPT, *accept).timeout(*time);
        if let Some(secret) = authorization {
            let mut value = HeaderValue::from_str(secret.expose()).map_err(|_| WebError::Failed(Failure::Other))?;
            value.set_sensitive(true);
            builder = builder.header(AUTHORIZATION, value);
        }
        builder = match body {
            Some((kind, bytes)) => builder.header(CONTENT_TYPE, *kind).body(bytes.clone()),
            None if matches!(method, WebMethod::Post | WebMethod::Put) => builder.header(CONTENT_LENGTH, 0),
            None => builder,
        };
        let mut answer = builder.send().await.map_err(|err| WebError::Failed(classify(&err)))?;
        let headers = answer.headers();
        let text = |value: &HeaderValue| value.to_str().ok().map(str::to_owned);
        let mut response = WebResponse {
            url: url.clone(),
            status: answer.status().as_u16(),
            challenges: headers.get_all(WWW_AUTHENTICATE).iter().filter_map(text).collect(),
            location: headers.get(LOCATION).and_then(text),
            body: Bytes::new(),
        };
        if *method != WebMethod::Head && answer.status() == StatusCode::OK {
            let announced = usize::try_from(answer.content_length().unwrap_or_default()).unwrap_or(usize::MAX);
            let mut body = BytesMut::with_capacity(announced.min(*largest));
            while let Some(chunk) = answer.chunk().await.map_err(|err| WebError::Failed(classify(&err)))? {
                if body.len() + chunk.len() > *largest || announced > *largest {
                    return Err(WebError::TooLarge(*largest));
                }
                body.extend_from_slice(&chunk);
            }
            response.body = body.freeze();
        }
        Ok(response)
    }
}

/// Whether a response of one address may lead a request to another one. A server must not lead to the services of this machine.
pub(crate) fn may_lead(from: &Url, to: &Url) -> bool {
    may_be_asked(to).is_ok() && (is_loopback(from) || !is_loopback(to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_document_has_limits() {
        let WebRequest { largest, time, follow, .. } = WebRequest::get(Url::parse("https://ghcr.io/v2/").unwrap());
        assert_eq!((largest, time, follow), (4 << 20, Duration::from_secs(30), true));
        assert_eq!(MOST_REDIRECTS, 5);
    }

    #[test]
    fn a_server_leads_neither_to_this_machine_nor_to_a_connection_without_tls() {
        for (from, to, expected) in [
            ("https://ghcr.io/v2/", "https://storage.example/1", true),
            ("https://ghcr.io/v2/", "http://storage.example/1", false),
            ("https://ghcr.io/v2/", "http://127.0.0.1:5000/1", false),
            ("https://ghcr.io/v2/", "https://localhost/1", false),
            ("https://ghcr.io/v2/", "file:///etc/passwd", false),
            ("http://127.0.0.1:5000/v2/", "http://localhost:5001/1", true),
            ("http://127.0.0.1:5000/v2/", "https://storage.example/1", true),
        ] {
            let [from, to] = [from, to].map(|text| Url::parse(text).unwrap());
            assert_eq!(may_lead(&from, &to), expected, "{from} {to}");
        }
    }
}
