//! One exchange: a request is sent, and its answer read within limits.

use super::super::exchange::{Failure, Method, Most, Request, Response, SendError};
use super::Limits;
use super::failure::classify;
use bytes::{Bytes, BytesMut};
use reqwest::header::LOCATION;
use std::panic::resume_unwind;
use tokio::task::JoinHandle;

/// What came of an exchange. Dropped, it ends the exchange.
pub(super) async fn ended<T>(exchange: JoinHandle<Result<T, SendError>>) -> Result<T, SendError> {
    match AbortOnDrop(exchange).await {
        Ok(answer) => answer,
        // A bug of ours is no failure of the network.
        Err(err) if err.is_panic() => resume_unwind(err.into_panic()),
        // The runtime is going away.
        Err(_) => Err(SendError::Failed(Failure::Other)),
    }
}

/// Sends, and reads the answer up to a size. `asked` says how it is read. Returns where it says to look instead, too.
pub(super) async fn exchange(
    request: reqwest::RequestBuilder,
    asked: Request,
    limits: Limits,
) -> Result<(Response, Option<String>), SendError> {
    let is_head = asked.method == Method::Head;
    let mut answer = request.send().await.map_err(|err| SendError::Failed(classify(&err)))?;
    let headers = answer.headers();
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let status = answer.status().as_u16();
    let mut response = Response::new(asked.api(), status, header, Bytes::new());
    let location = header(LOCATION.as_str()).map(str::to_owned);
    if response.content_type.as_deref().is_some_and(|kind| kind.starts_with("text/event-stream")) {
        response.body = events(answer, limits).await;
        return Ok((response, None));
    }
    let most = asked.most_bytes(status, limits.size);
    let (Most::Allowed(size) | Most::Kept(size)) = most;
    // Of an answer to HEAD it is the length of what is not sent.
    let announced = answer.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
    if most == Most::Allowed(size) && announced > size && !is_head {
        return Err(SendError::Failed(Failure::TooLarge));
    }
    let mut body = BytesMut::with_capacity(if is_head { 0 } else { announced.min(size) });
    while let Some(chunk) = answer.chunk().await.map_err(|err| SendError::Failed(classify(&err)))? {
        if body.len() + chunk.len() > size {
            if most == Most::Allowed(size) {
                return Err(SendError::Failed(Failure::TooLarge));
            }
            body.extend_from_slice(&chunk[..size - body.len()]);
            // What follows is not wanted: the connection ends with the answer.
            break;
        }
        body.extend_from_slice(&chunk);
    }
    response.body = Bytes::from(body);
    Ok((response, location))
}

/// What a stream of events holds by now. It never ends by itself: once it pauses, what there was has come. By default a
/// pause is two seconds, and ten seconds are enough.
async fn events(mut answer: reqwest::Response, limits: Limits) -> Bytes {
    let last = tokio::time::Instant::now() + limits.total / 6;
    let mut body = BytesMut::new();
    loop {
        let until = last.min(tokio::time::Instant::now() + limits.total / 30);
        match tokio::time::timeout_at(until, answer.chunk()).await {
            Ok(Ok(Some(chunk))) if body.len() + chunk.len() <= limits.size => body.extend_from_slice(&chunk),
            // Cut in the middle of an event at the worst, which its reader leaves out.
            _ => return Bytes::from(body),
        }
    }
}

/// A task that ends with whoever waits for it.
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
