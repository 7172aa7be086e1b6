//! Connects `object_store` to our transport.
//!
//! `object_store` needs an HTTP service that lives on its own, but a timeline is borrowed for one
//! query. So the service passes each request over a channel to the waiting query, which sends it on
//! the timeline, with our retries.

mod answer;

use crate::facts::QueryError;
use crate::retry::{send_with_retry, success};
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

/// A placeholder: only the transport knows the address.
const BASE: &str = "http://volume.invalid";

/// A client of one volume's bucket, and its requests.
pub(super) struct Wire {
    store: AmazonS3,
    requests: mpsc::UnboundedReceiver<PendingRequest>,
    /// The size of the whole file, according to the last partial response.
    pub(super) whole: Option<u64>,
}

/// A request, and the channel for its response.
type PendingRequest = (HttpRequest, oneshot::Sender<Result<HttpResponse, HttpError>>);

/// The last request of a failed operation.
#[derive(Debug)]
pub(super) struct FailedOperation {
    /// The status of its response; 416 if the file has nothing in the wanted range.
    pub(super) status: Option<u16>,
    outcome: Option<Result<Response, SendError>>,
    /// Why a response with a good status is not one of this API; empty if unknown.
    flaw: &'static str,
}

impl Wire {
    /// A client without signatures and retries: the transport signs, and [`send_with_retry`]
    /// repeats.
    pub(super) fn of(volume: &str) -> Result<Self, QueryError> {
        let (sender, requests) = mpsc::unbounded_channel();
        let store = AmazonS3Builder::new()
            .with_endpoint(BASE)
            .with_bucket_name(volume)
            .with_skip_signature(true)
            .with_client_options(ClientOptions::new().with_allow_http(true))
            .with_retry(RetryConfig { max_retries: 0, ..RetryConfig::default() })
            .with_http_connector(Service(sender))
            .build();
        let store = store.map_err(|_| QueryError::Other(format!("`{volume}` is not a volume id")))?;
        Ok(Self { store, requests, whole: None })
    }

    /// Runs an operation, and sends its requests on the timeline.
    pub(super) async fn run<T>(
        &mut self,
        time: &mut Timeline,
        operation: impl AsyncFnOnce(&AmazonS3) -> object_store::Result<T>,
    ) -> Result<T, FailedOperation> {
        let Self { store, requests, whole } = self;
        let mut operation = pin!(operation(store).fuse());
        let mut last = FailedOperation { status: None, outcome: None, flaw: "" };
        loop {
            let (request, answer) = tokio::select! {
                biased;
                done = &mut operation => return done.map_err(|_| last),
                Some(pending) = requests.recv() => pending,
            };
            let Some(request) = from_object_store(&request) else {
                // Dropping the channel ends the operation with an error.
                drop(answer);
                continue;
            };
            let outcome = send_with_retry(time, request.clone()).await;
            let response = outcome.as_ref().ok();
            last.flaw = response.and_then(|response| answer::flaw(&request, response)).unwrap_or_default();
            let response = response.filter(|_| last.flaw.is_empty());
            *whole = response.and_then(answer::whole);
            let response = response.and_then(|response| to_object_store(response, request.range.as_ref()));
            last.status = response.as_ref().map(|response| response.status().as_u16());
            last.outcome = Some(outcome);
            // The operation may have ended. Dropping the channel ends it with an error.
            if let Some(response) = response {
                let _ = answer.send(Ok(response));
            }
        }
    }
}

impl FailedOperation {
    /// Why there is no answer. `server` begins a sentence.
    pub(super) fn reason(self, server: &str, path: &str) -> QueryError {
        match self.outcome.map(|outcome| success(server, path, outcome)) {
            Some(Err(error)) => error,
            Some(Ok(_)) | None => {
                QueryError::Unavailable(format!("unexpected response from {server} for `{path}`{}", self.flaw))
            }
        }
    }
}

/// The request for our transport; none for methods that a reading client never uses.
fn from_object_store(request: &HttpRequest) -> Option<Request> {
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
    Some(Request { method, target: Target::Volume(path), range, body: None, sent: None, largest: None })
}

/// The response for `object_store`. If the server ignored the range, the wanted part is cut out.
fn to_object_store(response: &Response, range: Option<&Range<u64>>) -> Option<HttpResponse> {
    let mut status = response.status;
    let mut body = response.body.clone();
    let mut object = response.object.clone();
    if let (200, Some(range)) = (status, range) {
        let place = |at: u64| usize::try_from(at).unwrap_or(usize::MAX).min(body.len());
        body = body.slice(place(range.start)..place(range.end));
        status = if body.is_empty() { 416 } else { 206 };
        let end = range.start + body.len() as u64;
        // The size of the whole file, as far as it is known.
        let size = object.length.as_deref().and_then(|length| length.parse().ok()).unwrap_or(end).max(end);
        object.range = Some(format!("bytes {}-{}/{size}", range.start, end.saturating_sub(1)));
        object.length = None;
    }
    // Without the header, it is the length of the body.
    object.length.get_or_insert_with(|| body.len().to_string());
    let mut answer = HttpResponse::new(HttpResponseBody::from(body));
    *answer.status_mut() = status.try_into().ok()?;
    for (name, value) in object.iter() {
        answer.headers_mut().insert(name, value.parse().ok()?);
    }
    Some(answer)
}

/// The HTTP service for `object_store`.
#[derive(Clone, Debug)]
struct Service(mpsc::UnboundedSender<PendingRequest>);

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
        // Without a receiver, the channel closes and the call fails.
        let _ = self.0.send((request, sender));
        answer.map(|answer| answer.unwrap_or_else(|gone| Err(HttpError::new(HttpErrorKind::Unknown, gone)))).boxed()
    }
}
