//! How `object_store` is given our transport: it asks for HTTP, and a timeline answers.
//!
//! It wants a service that lives by itself, and a timeline is borrowed for the length of a question. So the service hands
//! each request over a channel to whoever waits for the answer, who sends it on the timeline, with our retries.

mod answer;

use crate::capabilities::AskError;
use crate::retry::{again, good};
use crate::transport::exchange::{Method, Request, Response, SendError, Target};
use crate::transport::timeline::Timeline;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody, HttpService,
};
use object_store::{ClientOptions, RetryConfig};
use std::ops::Range;
use std::pin::pin;
use tokio::sync::{mpsc, oneshot};

/// Stands for the address, which the transport alone knows.
const BASE: &str = "http://volume.invalid";

/// A client of one volume's bucket, and what it asks for.
pub(super) struct Wire {
    store: AmazonS3,
    asked: mpsc::UnboundedReceiver<Handed>,
    /// The size of the whole file, as the last answer of a part of it says it.
    pub(super) whole: Option<u64>,
}

/// A request, and where its answer is waited for.
type Handed = (HttpRequest, oneshot::Sender<Result<HttpResponse, HttpError>>);

/// What came of the last request of an operation that did not succeed.
#[derive(Debug)]
pub(super) struct Asked {
    /// The status that it was answered with; 416 where nothing of the wanted range is there.
    pub(super) status: Option<u16>,
    outcome: Option<Result<Response, SendError>>,
    /// Why the answer is none of this API, though its status is a good one; empty if nobody can tell.
    flaw: &'static str,
}

impl Wire {
    /// A client that neither signs nor repeats its requests: the transport does the one, and [`again`] the other.
    pub(super) fn of(volume: &str) -> Result<Self, AskError> {
        let (sender, asked) = mpsc::unbounded_channel();
        let store = AmazonS3Builder::new()
            .with_endpoint(BASE)
            .with_bucket_name(volume)
            .with_skip_signature(true)
            .with_client_options(ClientOptions::new().with_allow_http(true))
            .with_retry(RetryConfig { max_retries: 0, ..RetryConfig::default() })
            .with_http_connector(Service(sender))
            .build();
        let store = store.map_err(|_| AskError::Other(format!("`{volume}` is not the id of a volume")))?;
        Ok(Self { store, asked, whole: None })
    }

    /// Carries out an operation, and sends what it asks for on the timeline.
    pub(super) async fn carry_out<T>(
        &mut self,
        time: &mut Timeline,
        operation: impl AsyncFnOnce(&AmazonS3) -> object_store::Result<T>,
    ) -> Result<T, Asked> {
        let Self { store, asked, whole } = self;
        let mut operation = pin!(operation(store).fuse());
        let mut last = Asked { status: None, outcome: None, flaw: "" };
        loop {
            let (request, answer) = tokio::select! {
                biased;
                done = &mut operation => return done.map_err(|_| last),
                Some(handed) = asked.recv() => handed,
            };
            let Some(request) = translated(&request) else {
                // Dropped, it is an error that the operation ends with.
                drop(answer);
                continue;
            };
            let outcome = again(time, request.clone()).await;
            let told = outcome.as_ref().ok();
            last.flaw = told.and_then(|response| answer::flaw(&request, response)).unwrap_or_default();
            let told = told.filter(|_| last.flaw.is_empty());
            *whole = told.and_then(answer::whole);
            let response = told.and_then(|response| translated_back(response, request.range.as_ref()));
            last.status = response.as_ref().map(|response| response.status().as_u16());
            last.outcome = Some(outcome);
            // Whoever asked may have given up. Dropped, it is an error that the operation ends with.
            if let Some(response) = response {
                let _ = answer.send(Ok(response));
            }
        }
    }
}

impl Asked {
    /// Why there is no answer. `who` begins a sentence.
    pub(super) fn why(self, who: &str, path: &str) -> AskError {
        match self.outcome.map(|outcome| good(who, path, outcome)) {
            Some(Err(error)) => error,
            Some(Ok(_)) | None => {
                AskError::Unavailable(format!("{who}'s answer for `{path}` is not understood{}", self.flaw))
            }
        }
    }
}

/// The request as our transport knows it; none of what a client that only reads never asks.
fn translated(request: &HttpRequest) -> Option<Request> {
    let method = match request.method().as_str() {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        _ => return None,
    };
    let path = request.uri().path_and_query()?.as_str().to_owned();
    let range = request.headers().get("range").and_then(|range| {
        let (first, last) = range.to_str().ok()?.strip_prefix("bytes=")?.split_once('-')?;
        Some(first.parse().ok()?..last.parse::<u64>().ok()?.checked_add(1)?)
    });
    Some(Request { method, target: Target::Volume(path), range, body: None })
}

/// The answer as `object_store` reads it. Where a range was ignored, what was wanted is cut out of the whole.
fn translated_back(response: &Response, range: Option<&Range<u64>>) -> Option<HttpResponse> {
    let mut status = response.status;
    let mut body = response.body.clone();
    let mut object = response.object.clone();
    if let (200, Some(range)) = (status, range) {
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(body.len());
        body = body.slice(place(range.start)..place(range.end));
        status = if body.is_empty() { 416 } else { 206 };
        let end = range.start + body.len() as u64;
        // The size of the whole, or what is known of it.
        let size = object.length.as_deref().and_then(|length| length.parse().ok()).unwrap_or(end).max(end);
        object.range = Some(format!("bytes {}-{}/{size}", range.start, end.saturating_sub(1)));
        object.length = None;
    }
    // What is not said of a body is its length.
    object.length.get_or_insert_with(|| body.len().to_string());
    let mut answer = HttpResponse::new(HttpResponseBody::from(body));
    *answer.status_mut() = status.try_into().ok()?;
    for (name, value) in object.iter() {
        answer.headers_mut().insert(name, value.parse().ok()?);
    }
    Some(answer)
}

/// The service that `object_store` sends with.
#[derive(Clone, Debug)]
struct Service(mpsc::UnboundedSender<Handed>);

impl HttpConnector for Service {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(self.clone()))
    }
}

impl HttpService for Service {
    fn call<'s, 'f>(&'s self, request: HttpRequest) -> BoxFuture<'f, Result<HttpResponse, HttpError>>
    where
        's: 'f,
        Self: 'f,
    {
        let (sender, answer) = oneshot::channel();
        // Where nobody takes it, nobody answers either.
        let _ = self.0.send((request, sender));
        answer.map(|answer| answer.unwrap_or_else(|gone| Err(HttpError::new(HttpErrorKind::Unknown, gone)))).boxed()
    }
}
