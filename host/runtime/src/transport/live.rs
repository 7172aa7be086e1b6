//! The network. Only here an HTTP client is named, and the key exposed.

mod post;
mod volumes;

pub(super) use post::post;

use super::address;
use super::exchange::{
    Api, ENDPOINT, Failure, Method, Most, ObjectHeaders, RUNSYNC, Request, Response, SendError, Target, split_query,
};
use super::window::Window;
use bytes::{Bytes, BytesMut};
use comfycheck_core::address::{AddressError, base as address_of_suite, is_image_host, is_loopback};
use comfycheck_core::secret::{Redaction, Secret, redact};
use comfycheck_core::suite::Deployment;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::redirect::Policy;
use std::borrow::Cow;
use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::panic::resume_unwind;
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use std::{fmt, io};
use tokio::runtime::Handle;
use tokio::task::JoinHandle;
use url::{Host, Url};
use volumes::Volumes;

/// The network, as a deployment reaches it.
pub struct Live {
    runtime: Handle,
    clients: Clients,
    /// The base of RunPod's job API with the endpoint's id, without a final `/`; or the address of a local worker.
    jobs: Option<Url>,
    local_worker: bool,
    /// The base of RunPod's management API, and the endpoint's id; none without both and a key.
    management: Option<(Url, String)>,
    key: Option<Secret>,
    comfyui: Option<Url>,
    volumes: Volumes,
    /// Every key, and what was added, for what echoes one.
    secrets: Vec<Secret>,
    image_hosts: Vec<String>,
    /// Of requests to the management API, from `started` on.
    management_window: Window,
    started: Instant,
    limits: Limits,
}

struct Clients {
    /// For other machines, by way of a proxy if there is one.
    remote: reqwest::Client,
    /// For this machine.
    local: reqwest::Client,
    /// For downloads that a job names: it reaches public addresses only, and goes by no proxy. None if it cannot be made.
    results: OnceLock<Option<reqwest::Client>>,
}

/// Limits of an exchange.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// From the first byte sent to the last byte received.
    pub total: Duration,
    /// The same of a submission that waits for its job.
    pub sync: Duration,
    /// Of an answer, in bytes. RunPod's own limit for a job's result is 20 MB.
    pub size: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // RunPod answers `/runsync` after 90 s.
        Self { total: Duration::from_mins(1), sync: Duration::from_secs(150), size: 64 << 20 }
    }
}

const CONNECT: Duration = Duration::from_secs(10);

/// Why a deployment cannot be reached at all.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// A base URL is not one that requests are sent to. The suite's parser refuses it, too.
    #[error("`{base}` cannot be asked")]
    Base {
        /// As the suite gives it.
        base: String,
        /// Why.
        source: AddressError,
    },
    /// The id of the endpoint or the key has characters that none has.
    #[error("the {what} has characters that cannot be sent")]
    Characters {
        /// `endpoint id` or `API key`.
        what: &'static str,
    },
    /// The key stands where reports and logs show it, such as where the values of two variables were mixed up.
    #[error("the {what} holds the API key, which belongs in `RUNPOD_API_KEY` alone")]
    KeyInAddress {
        /// Such as `endpoint id`.
        what: &'static str,
    },
    /// No HTTP client can be made, such as for want of trusted certificates.
    #[error("cannot prepare secure connections")]
    Client(#[source] reqwest::Error),
}

impl Live {
    /// The network of a deployment. Its requests run on `runtime`, whoever waits for them. Connects to nobody.
    pub fn new(deployment: &Deployment, runtime: Handle, limits: Limits) -> Result<Self, LiveError> {
        let jobs = match &deployment.endpoint {
            Some(endpoint) if !endpoint.is_empty() && endpoint.bytes().all(is_id_byte) => {
                let base = parse_base(&deployment.base_url)?;
                Some(below(&base, &format!("/{endpoint}")))
            }
            Some(_) => return Err(LiveError::Characters { what: "endpoint id" }),
            None if deployment.local_worker => Some(parse_base(&deployment.base_url)?),
            None => None,
        };
        let secrets = deployment.secrets();
        let addresses = [
            ("endpoint id", deployment.endpoint.as_ref()),
            ("base URL of the job API", Some(&deployment.base_url)),
            ("base URL of the management API", deployment.management_url.as_ref()),
            ("base URL of ComfyUI", deployment.comfyui.as_ref()),
        ];
        let volumes = deployment.volumes.iter().flat_map(|volume| {
            [("id of a network volume", Some(&volume.id)), ("address of a network volume", Some(&volume.address))]
        });
        let redaction = Redaction::known(&secrets);
        let holds_key = |address: Option<&String>| address.is_some_and(|text| redaction.finds_known(text.as_bytes()));
        if let Some((what, _)) = addresses.into_iter().chain(volumes).find(|(_, address)| holds_key(*address)) {
            return Err(LiveError::KeyInAddress { what });
        }
        if let Some(key) = &deployment.key {
            bearer(key).ok_or(LiveError::Characters { what: "API key" })?;
        }
        let management = match (&deployment.management_url, &deployment.endpoint, &deployment.key) {
            (Some(base), Some(endpoint), Some(_)) => Some((parse_base(base)?, endpoint.clone())),
            _ => None,
        };
        let comfyui = deployment.comfyui.as_deref().map(parse_base).transpose()?;
        let volumes = Volumes::new(deployment)?;
        let bases = [jobs.as_ref(), management.as_ref().map(|(base, _)| base), comfyui.as_ref()];
        let secure = bases.into_iter().flatten().chain(volumes.bases()).any(|base| base.scheme() == "https");
        let clients = Clients::new(secure).map_err(LiveError::Client)?;
        let (key, local_worker) = (deployment.key.clone(), deployment.local_worker);
        let image_hosts = deployment.image_hosts.clone();
        // Half of what RunPod allows a user.
        let management_window = Window::new(30, Duration::from_mins(1));
        let started = Instant::now();
        Ok(Self {
            runtime,
            clients,
            jobs,
            local_worker,
            management,
            key,
            comfyui,
            volumes,
            secrets,
            image_hosts,
            management_window,
            started,
            limits,
        })
    }

    /// The same, which takes these secrets out of every answer, too.
    #[must_use]
    pub fn hiding(mut self, secrets: impl IntoIterator<Item = Secret>) -> Self {
        self.secrets.extend(secrets);
        self
    }

    /// Sends a request and reads its answer to the end. A download is looked for where it was moved to, if one may ask
    /// there; no other redirect is followed.
    pub(super) async fn send(&self, mut request: Request) -> Result<Response, SendError> {
        const MOST_REDIRECTS: u32 = 3;
        if request.api() == Api::Management {
            let at = self.management_window.reserve(self.started.elapsed());
            self.sleep_until(self.started + at).await;
        }
        let mut redirects = 0;
        loop {
            let (response, location) = self.send_once(&request).await?;
            let Target::Result(url) = &request.target else { return Ok(response) };
            let moved = location.filter(|_| matches!(response.status, 301 | 302 | 303 | 307 | 308));
            let Some(next) = moved.and_then(|location| url.join(&location).ok()) else { return Ok(response) };
            if redirects == MOST_REDIRECTS {
                return Ok(response);
            }
            redirects += 1;
            request.target = Target::Result(next);
        }
    }

    /// The answer, and where it says to look instead.
    async fn send_once(&self, request: &Request) -> Result<(Response, Option<String>), SendError> {
        let builder = self.prepare(request)?;
        let waits = matches!(&request.target, Target::Jobs(path) if path == RUNSYNC);
        let limits = Limits { total: if waits { self.limits.sync } else { self.limits.total }, ..self.limits };
        // What is sent is in the builder already, and may be large.
        let asked = Request {
            method: request.method,
            target: request.target.clone(),
            range: request.range.clone(),
            body: None,
        };
        // On the runtime that drives the sockets, because a question is asked on a thread that runs a guest.
        let answer = self.runtime.spawn(async move { exchange(builder.timeout(limits.total), asked, limits).await });
        let (response, location) = ended(answer).await?;
        Ok((self.without_secrets(response), location))
    }

    /// Whoever echoes one of our keys must not get it into a report, a log or a cassette: here it ends.
    fn without_secrets(&self, mut response: Response) -> Response {
        if self.secrets.is_empty() {
            return response;
        }
        if let Cow::Owned(body) = Redaction::known(&self.secrets).apply(&response.body) {
            response.body = Bytes::from(body);
        }
        let ObjectHeaders { length, range, modified } = &mut response.object;
        for header in [&mut response.content_type, length, range, modified].into_iter().flatten() {
            *header = redact(header, &self.secrets);
        }
        response
    }

    /// The address of the worker outside RunPod that is asked, if one is.
    pub(super) fn local_worker(&self) -> Option<&str> {
        self.jobs.as_ref().filter(|_| self.local_worker).map(|address| address.as_str().trim_end_matches('/'))
    }

    /// Waits on the machine's clock.
    pub(super) async fn sleep_until(&self, at: Instant) {
        let sleep = self.runtime.spawn(async move { tokio::time::sleep_until(at.into()).await });
        // It cannot fail unless the runtime is going away, and then nobody waits any longer.
        let _ = AbortOnDrop(sleep).await;
    }

    /// Whether a download may be asked for at all: over TLS, from a host that the suite allows, and from a public address.
    /// Of a job API on this machine other addresses of this machine will do.
    fn allows(&self, url: &Url) -> Result<(), SendError> {
        let literal = match url.host() {
            Some(Host::Ipv4(address)) => Some(IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => Some(IpAddr::V6(address)),
            _ => None,
        };
        let named = || is_image_host(url.host_str().unwrap_or_default(), &self.image_hosts);
        if self.is_local() && is_loopback(url) {
            Ok(())
        } else if url.scheme() != "https" || literal.is_some_and(|literal| !address::is_public(literal)) || !named() {
            Err(SendError::Failed(Failure::Forbidden))
        } else {
            Ok(())
        }
    }

    fn below(&self, base: &Url, path: &str) -> (&reqwest::Client, Url) {
        (self.clients.api(base), below(base, path))
    }

    /// Whether the job API is on this machine.
    fn is_local(&self) -> bool {
        self.jobs.as_ref().is_some_and(is_loopback)
    }

    fn prepare(&self, request: &Request) -> Result<reqwest::RequestBuilder, SendError> {
        let nowhere = || SendError::Failed(Failure::Other);
        let (client, url) = match &request.target {
            Target::Jobs(path) => self.below(self.jobs.as_ref().ok_or_else(nowhere)?, path),
            Target::Management(path) => {
                let (base, endpoint) = self.management.as_ref().ok_or_else(nowhere)?;
                self.below(base, &path.replace(ENDPOINT, endpoint))
            }
            Target::ComfyUi(path) => self.below(self.comfyui.as_ref().ok_or_else(nowhere)?, path),
            Target::Result(url) => {
                self.allows(url)?;
                let client = self.clients.results(self.is_local()).ok_or(SendError::Failed(Failure::Tls))?;
                (client, url.clone())
            }
            Target::Volume(path) => {
                let (base, signer) = self.volumes.find(path).ok_or_else(nowhere)?;
                let (client, url) = self.below(base, path);
                let range = request.range_header();
                let headers = signer.sign(request.method, &url, &range).ok_or_else(nowhere)?;
                let builder = if request.method == Method::Head { client.head(url) } else { client.get(url) };
                return Ok(builder.headers(headers));
            }
        };
        let mut builder = match request.method {
            Method::Get => client.get(url),
            Method::Head => client.head(url),
            Method::Post => client.post(url),
        };
        if matches!(request.api(), Api::Jobs | Api::Management)
            && let Some(value) = self.key.as_ref().and_then(bearer)
        {
            builder = builder.header(AUTHORIZATION, value);
        }
        match &request.body {
            Some(body) => Ok(builder.header(CONTENT_TYPE, "application/json").body(body.to_string())),
            None => Ok(builder),
        }
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Nothing of it belongs into a log: the key, the endpoint's id, addresses.
        f.debug_struct("Live").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl Clients {
    /// With `secure` false for a deployment that is reached over plain HTTP on this machine, which then needs no trusted
    /// certificates.
    fn new(secure: bool) -> Result<Self, reqwest::Error> {
        // Another one may have been installed before us, which is just as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            let builder = client_builder().dns_resolver(Resolver { public_only: false });
            if secure { builder } else { builder.tls_certs_only([]) }
        };
        Ok(Self { remote: builder().build()?, local: builder().no_proxy().build()?, results: OnceLock::new() })
    }

    fn api(&self, base: &Url) -> &reqwest::Client {
        if is_loopback(base) { &self.local } else { &self.remote }
    }

    fn results(&self, local: bool) -> Option<&reqwest::Client> {
        // Without a proxy, also where the environment names one: it would resolve the name itself, and a job could have
        // it fetch what only the proxy's network can reach. Where a machine reaches nobody but the proxy, these downloads
        // fail, and the sampler says that it was this machine that could not fetch them.
        let build = || client_builder().no_proxy().dns_resolver(Resolver { public_only: !local }).build().ok();
        self.results.get_or_init(build).as_ref()
    }
}

fn client_builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("comfycheck/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .redirect(Policy::none())
        .referer(false)
}

/// What came of an exchange. Dropped, it ends the exchange.
async fn ended<T>(exchange: JoinHandle<Result<T, SendError>>) -> Result<T, SendError> {
    match AbortOnDrop(exchange).await {
        Ok(answer) => answer,
        // A bug of ours is no failure of the network.
        Err(err) if err.is_panic() => resume_unwind(err.into_panic()),
        // The runtime is going away.
        Err(_) => Err(SendError::Failed(Failure::Other)),
    }
}

/// Sends, and reads the answer up to a size. `asked` says how it is read. Returns where it says to look instead, too.
async fn exchange(
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

/// Which failure an error is, by the types in its chain. Its text is never looked at nor handed on: it holds the URL.
fn classify(err: &reqwest::Error) -> Failure {
    if err.is_timeout() {
        return Failure::Timeout;
    }
    let while_connecting = err.is_connect();
    let mut cause: Option<&(dyn Error + 'static)> = err.source();
    while let Some(err) = cause {
        if err.is::<NotPublic>() {
            return Failure::Forbidden;
        }
        if let Some(failure) = classify_cause(err) {
            return if while_connecting { failure } else { failure.once_connected() };
        }
        cause = err.source();
    }
    Failure::Other
}

fn classify_cause(err: &(dyn Error + 'static)) -> Option<Failure> {
    if err.is::<Unresolved>() {
        return Some(Failure::Unresolved);
    }
    if err.is::<rustls::Error>() {
        return Some(Failure::Tls);
    }
    if err.downcast_ref::<hyper::Error>().is_some_and(|err| err.is_incomplete_message() || err.is_closed()) {
        return Some(Failure::Reset);
    }
    let err = err.downcast_ref::<io::Error>()?;
    // An `io::Error` hides what it wraps from `source`.
    if let Some(failure) = err.get_ref().and_then(|inner| classify_cause(inner)) {
        return Some(failure);
    }
    match err.kind() {
        io::ErrorKind::ConnectionRefused => Some(Failure::Refused),
        io::ErrorKind::TimedOut => Some(Failure::Timeout),
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => Some(Failure::Reset),
        _ => None,
    }
}

/// Finds the addresses of a name, and tells by the types of its errors what is wrong with it.
struct Resolver {
    public_only: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("the name cannot be resolved")]
struct Unresolved;

#[derive(Debug, thiserror::Error)]
#[error("the name has no public address")]
struct NotPublic;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let public_only = self.public_only;
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|_| Unresolved)?.collect();
            if found.is_empty() {
                return Err(Unresolved.into());
            }
            // All of them: which one is connected to is not ours to choose.
            if public_only && !found.iter().all(|found| address::is_public(found.ip())) {
                return Err(NotPublic.into());
            }
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

/// A base URL of the suite.
fn parse_base(text: &str) -> Result<Url, LiveError> {
    let refused = |source| LiveError::Base { base: text.to_owned(), source };
    let base = address_of_suite(text).map_err(refused)?;
    Url::parse(&base).map_err(|_| refused(AddressError::NotUrl))
}

/// The URL of a path below a base, with the path's query.
fn below(base: &Url, path: &str) -> Url {
    let (path, query) = split_query(path);
    let mut url = base.clone();
    url.set_query(Some(query).filter(|query| !query.is_empty()));
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url
}

fn bearer(key: &Secret) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", key.expose())).ok()?;
    value.set_sensitive(true);
    Some(value)
}

fn is_id_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

/// A task that ends with whoever waits for it.
struct AbortOnDrop<T>(JoinHandle<T>);

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

#[cfg(test)]
mod tests;
