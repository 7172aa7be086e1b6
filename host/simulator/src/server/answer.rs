//! From the simulator's outcome of a request to a response over HTTP.

use super::{Clock, request};
use crate::{Exchange, Outcome, Response};
use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{CONTENT_LENGTH, HeaderValue};
use hyper::http;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// The body of a response. Its error cuts the connection.
pub(super) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// The largest body that is read. RunPod's own limits are below it, and the simulator's response names them.
const LARGEST: usize = 32 << 20;

/// How long sent bytes may take to leave before the connection is cut.
const FLUSH: Duration = Duration::from_millis(5);

/// Answers a request. An error cuts the connection without a response.
pub(super) async fn answer(
    clock: Arc<Clock>,
    request: hyper::Request<Incoming>,
) -> Result<hyper::Response<Body>, io::Error> {
    let (parts, body) = request.into_parts();
    let body = match Limited::new(body, LARGEST).collect().await {
        Ok(body) => body.to_bytes(),
        Err(err) if err.is::<LengthLimitError>() => {
            let refusal = Response::json(400, r#"{"error":"bad request: body: exceeded max body size"}"#);
            return whole(&refusal, full(&refusal));
        }
        Err(_) => return Err(cut()),
    };
    let Some(request) = request::request(&parts, body) else {
        let nothing = Response::typed(404, "text/plain", "404 page not found");
        return whole(&nothing, full(&nothing));
    };
    let Exchange { took, outcome } = clock.send(&request).await;
    match outcome {
        Outcome::Answered(response) => {
            clock.pause(took).await;
            whole(&response, full(&response))
        }
        Outcome::Dribbled(response, drop) => {
            let drops = response.body.len().div_ceil(drop.max(1)).max(1);
            let every = took / u32::try_from(drops).unwrap_or(u32::MAX);
            let body = paced(clock, response.body.clone(), drop, every, None);
            announced(&response, body)
        }
        Outcome::Truncated(response, bytes) => {
            clock.pause(took).await;
            let sent = response.body.slice(..bytes.min(response.body.len()));
            let piece = sent.len().max(1);
            let body = paced(clock, sent, piece, Duration::ZERO, Some(cut()));
            announced(&response, body)
        }
        Outcome::Reset | Outcome::Silence => {
            clock.pause(took).await;
            Err(cut())
        }
    }
}

fn cut() -> io::Error {
    io::ErrorKind::ConnectionReset.into()
}

fn full(response: &Response) -> Body {
    Full::new(response.body.clone()).map_err(|never| match never {}).boxed_unsync()
}

/// A body that comes in pieces, each after a pause, and may end in an error.
fn paced(clock: Arc<Clock>, body: Bytes, piece: usize, every: Duration, end: Option<io::Error>) -> Body {
    let pieces = stream::unfold((clock, body, end), move |(clock, mut left, mut end)| async move {
        if left.is_empty() {
            if end.is_some() {
                // Sent bytes leave before the connection is cut.
                tokio::time::sleep(FLUSH).await;
            }
            return end.take().map(|end| (Err(end), (clock, left, None)));
        }
        clock.pause(every).await;
        let piece = left.split_to(piece.min(left.len()));
        Some((Ok(Frame::data(piece)), (clock, left, end)))
    });
    StreamBody::new(pieces).boxed_unsync()
}

/// A response with the length of its whole body, however much of it is sent.
fn announced(response: &Response, body: Body) -> Result<hyper::Response<Body>, io::Error> {
    let mut answer = whole(response, body)?;
    if !answer.headers().contains_key(CONTENT_LENGTH) {
        answer.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(response.body.len()));
    }
    Ok(answer)
}

fn whole(response: &Response, body: Body) -> Result<hyper::Response<Body>, io::Error> {
    let mut builder = http::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        builder = builder.header(*name, value.as_str());
    }
    // Only a scenario can bring a header that HTTP does not allow.
    builder.body(body).map_err(io::Error::other)
}
