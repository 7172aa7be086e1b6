//! One exchange: sends a request and reads the response within limits.

use super::super::exchange::{BodyLimit, Failure, Method, Request, Response, SendError};
use super::ExchangeLimits;
use super::failure::classify;
use bytes::{Bytes, BytesMut};
use reqwest::header::LOCATION;
use std::panic::resume_unwind;
use tokio::task::JoinHandle;

/// The result of an exchange. Dropped, it ends the exchange.
pub(super) async fn joined<T>(exchange: JoinHandle<Result<T, SendError>>) -> Result<T, SendError> {
    match AbortOnDrop(exchange).await {
        Ok(answer) => answer,
        // A bug of comfycheck is not a failure of the network.
        Err(err) if err.is_panic() => resume_unwind(err.into_panic()),
        // The runtime shuts down.
        Err(_) => Err(SendError::Failed(Failure::Other)),
    }
}

/// Sends, and reads the response up to a size. `sent` determines how it is read. Also returns
/// the location of a redirect.
pub(super) async fn exchange(
    request: reqwest::RequestBuilder,
    sent: Request,
    limits: ExchangeLimits,
) -> Result<(Response, Option<String>), SendError> {
    let is_head = sent.method == Method::Head;
    let mut answer = request.send().await.map_err(|err| SendError::Failed(classify(&err)))?;
    let headers = answer.headers();
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let status = answer.status().as_u16();
    let mut response = Response::new(sent.api(), status, header, Bytes::new());
    let location = header(LOCATION.as_str()).map(str::to_owned);
    if response.content_type.as_deref().is_some_and(|kind| kind.starts_with("text/event-stream")) {
        response.body = events(answer, limits).await;
        return Ok((response, None));
    }
    let limit = sent.body_limit(status, limits.size);
    let (BodyLimit::Allowed(size) | BodyLimit::Kept(size)) = limit;
    // After HEAD it is the length of a body that is not sent.
    let announced = answer.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
    if limit == BodyLimit::Allowed(size) && announced > size && !is_head {
        return Err(SendError::Failed(Failure::TooLarge));
    }
    let mut body = BytesMut::with_capacity(if is_head { 0 } else { announced.min(size) });
    while let Some(chunk) = answer.chunk().await.map_err(|err| SendError::Failed(classify(&err)))? {
        if body.len() + chunk.len() > size {
            if limit == BodyLimit::Allowed(size) {
                return Err(SendError::Failed(Failure::TooLarge));
            }
            body.extend_from_slice(&chunk[..size - body.len()]);
            // The rest is not wanted. Dropping the response closes the connection.
            break;
        }
        body.extend_from_slice(&chunk);
    }
    response.body = Bytes::from(body);
    Ok((response, location))
}

/// The events of a stream so far. The stream never ends by itself, but it pauses once it has sent
/// what there is. By default a pause is two seconds, and the total is at most ten.
async fn events(mut answer: reqwest::Response, limits: ExchangeLimits) -> Bytes {
    let last = tokio::time::Instant::now() + limits.total / 6;
    let mut body = BytesMut::new();
    loop {
        let until = last.min(tokio::time::Instant::now() + limits.total / 30);
        match tokio::time::timeout_at(until, answer.chunk()).await {
            Ok(Ok(Some(chunk))) if body.len() + chunk.len() <= limits.size => body.extend_from_slice(&chunk),
            // At worst cut within an event, which its reader skips.
            _ => return Bytes::from(body),
        }
    }
}

/// A task that ends when its handle is dropped.
pub(super) struct AbortOnDrop<T>(pub(super) JoinHandle<T>);

impl<T> Future for AbortOnDrop<T> {
    type Output = Result<T, tokio::task::JoinError>;

    fn poll(mut self: std::pin::Pin<&mut Self>, cx: &mut std::task::Context<'_>) -> std::task::Poll<Self::Output> {
        std::pin::Pin::new(&mut self.0).poll(cx)
    }
}

impl<T> Drop for AbortOnDrop<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
