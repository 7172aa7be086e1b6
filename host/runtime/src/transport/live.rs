//! The network. Only this module and its children use an HTTP client or expose a key.
//!
//! **Invariant:** our keys stop here and in `live/volumes.rs`, which signs. They are redacted from
//! every response: as they are, escaped as in URLs or JSON, and inside base64 of either alphabet.

mod answer;
mod clients;
mod failure;
mod post;
mod ranges;
mod shared_window;
mod texts;
mod volumes;
mod web;

pub(super) use post::{Message, post};
pub(crate) use web::{MOST_REDIRECTS, Web, WebError, WebMethod, WebRequest, WebResponse, may_lead};

use super::address;
use super::exchange::{
    Api, ENDPOINT, Failure, Method, ObjectHeaders, RUNSYNC, Request, Response, SendError, Target, is_redirect,
    split_query,
};
use super::window::Window;
use answer::{AbortOnDrop, exchange, joined};
use bytes::Bytes;
use clients::Clients;
use comfycheck_core::address::{AddressError, base as address_of_suite, is_image_host, is_loopback};
use comfycheck_core::secret::{Secret, Secrets};
use comfycheck_core::suite::Deployment;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use shared_window::SharedWindow;
use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::ops::Range;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use texts::Environment;
use tokio::runtime::Handle;
use url::{Host, Url};
use volumes::Volumes;

/// The network, for a deployment.
pub struct Live {
    runtime: Handle,
    clients: Clients,
    /// The base URL of RunPod's job API with the endpoint's id, without a final `/`; or the address
    /// of a local worker.
    jobs: Option<Url>,
    local_worker: bool,
    /// The base URL of RunPod's management API, and the endpoint's id; only with a key.
    management: Option<(Url, String)>,
    key: Option<Secret>,
    comfyui: Option<Url>,
    volumes: Volumes,
    /// Redacted from every response, which may echo them.
    secrets: Secrets,
    /// Removed from texts about jobs.
    environment: Environment,
    image_hosts: Vec<String>,
    /// For requests to the management API, from `started` on.
    management_window: Window,
    /// For the same requests of all processes.
    shared_window: Option<SharedWindow>,
    started: Instant,
    limits: ExchangeLimits,
    query_timeout: Option<Duration>,
    /// Seconds that pass on the endpoint in each real second; 1 unless it is simulated.
    speed: f64,
}

/// The limits of an exchange.
#[derive(Clone, Copy, Debug)]
pub struct ExchangeLimits {
    /// From the first byte sent to the last one received.
    pub total: Duration,
    /// The same for a submission that waits for its job.
    pub sync: Duration,
    /// The largest response, in bytes. RunPod limits a job's result to 20 MB. An inventory can have four times as many.
    pub size: usize,
}

impl Default for ExchangeLimits {
    fn default() -> Self {
        // RunPod answers `/runsync` after at most 90 s.
        Self { total: Duration::from_mins(1), sync: Duration::from_secs(150), size: 64 << 20 }
    }
}

impl ExchangeLimits {
    /// How long a request may take.
    pub(super) fn total_of(&self, target: &Target) -> Duration {
        if matches!(target, Target::Jobs(path) if path == RUNSYNC) { self.sync } else { self.total }
    }
}

/// Why a deployment cannot be reached at all.
#[derive(Debug, thiserror::Error)]
pub enum LiveError {
    /// The base URL is not allowed. The suite's parser refuses it, too.
    #[error("cannot send requests to `{base}`")]
    Base {
        /// As in the suite.
        base: String,
        source: AddressError,
    },
    /// The endpoint id or a key contains characters that none has.
    #[error("the {what} contains characters that cannot be sent")]
    Characters {
        /// Such as `endpoint id`.
        what: &'static str,
    },
    /// The key is in a place that reports and logs show, for example because two variables were
    /// swapped.
    #[error("the {what} contains the API key, which belongs only in `RUNPOD_API_KEY`")]
    KeyInAddress {
        /// Such as `endpoint id`.
        what: &'static str,
    },
    /// The same for another secret of the suite.
    #[error("the {what} contains the value of a secret of the suite, which reports and logs would show")]
    SecretInAddress {
        /// Such as `endpoint id`.
        what: &'static str,
    },
    /// For example, there are no trusted certificates.
    #[error("cannot set up TLS")]
    Client(#[source] reqwest::Error),
}

/// What drives a request or a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Driver {
    /// The task that waits for it.
    Waiter,
    /// A task of the runtime: the thread that waits may run a guest meanwhile.
    Task,
}

/// The requests to the management API in a minute: half of what RunPod allows a user.
const MANAGEMENT_REQUESTS: usize = 30;
/// The redirects of a download.
const REDIRECTS_OF_A_DOWNLOAD: u32 = 3;

impl Live {
    /// Requests run on `runtime`. `secrets` are redacted from every response; they include the keys of the deployment. Connects
    /// to nothing yet.
    pub fn new(
        deployment: &Deployment,
        secrets: Secrets,
        runtime: Handle,
        limits: ExchangeLimits,
    ) -> Result<Self, LiveError> {
        let jobs = match &deployment.endpoint {
            Some(endpoint) if !endpoint.is_empty() && endpoint.bytes().all(is_id_byte) => {
                let base = parse_base(&deployment.base_url)?;
                Some(below(&base, &format!("/{endpoint}")))
            }
            Some(_) => return Err(LiveError::Characters { what: "endpoint id" }),
            None if deployment.local_worker => Some(parse_base(&deployment.base_url)?),
            None => None,
        };
        let addresses = [
            ("endpoint id", deployment.endpoint.as_ref()),
            ("base URL of the job API", Some(&deployment.base_url)),
            ("base URL of the management API", deployment.management_url.as_ref()),
            ("base URL of ComfyUI", deployment.comfyui.as_ref()),
        ];
        let volumes = deployment.volumes.iter().flat_map(|volume| {
            [("id of a network volume", Some(&volume.id)), ("address of a network volume", Some(&volume.address))]
        });
        let keys = Secrets::new(deployment.key.clone());
        for (what, address) in addresses.into_iter().chain(volumes) {
            let Some(address) = address.map(String::as_bytes) else { continue };
            if keys.finds_known(address) {
                return Err(LiveError::KeyInAddress { what });
            }
            if secrets.finds_known(address) {
                return Err(LiveError::SecretInAddress { what });
            }
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
        let management_window = Window::new(MANAGEMENT_REQUESTS, Duration::from_mins(1));
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
            environment: Environment::default(),
            image_hosts,
            management_window,
            shared_window: None,
            started,
            limits,
            query_timeout: None,
            speed: 1.0,
        })
    }

    /// The same with a time limit for each query, including its retries.
    #[must_use]
    pub fn with_query_timeout(mut self, longest: Duration) -> Self {
        self.query_timeout = Some(longest);
        self
    }

    /// The same with a limit on requests to the management API that all processes of this user share. Only this user can write
    /// to the folder.
    #[must_use]
    pub fn sharing_limits(mut self, folder: &Path) -> Self {
        // The rest of what RunPod allows a user is for other clients.
        let (most, length) = (50, Duration::from_mins(1).div_f64(self.speed));
        let (server, key) = (self.management.as_ref().map(|(base, _)| base.as_str()), self.key.as_ref());
        self.shared_window =
            server.zip(key).map(|(server, key)| SharedWindow::new(folder, server, key.expose(), most, length));
        self
    }

    /// The same for a simulated endpoint whose time is accelerated. Ignored unless the job API is on
    /// this machine, and the speed is above 0.
    #[must_use]
    pub fn accelerated(mut self, speed: f64) -> Self {
        if self.is_local() && speed.is_finite() && speed > 0.0 {
            self.speed = speed;
        }
        self
    }

    /// How fast the endpoint's time runs.
    pub(crate) fn speed(&self) -> f64 {
        self.speed
    }

    /// The endpoint's time since an instant.
    pub(super) fn elapsed(&self, since: Instant) -> Duration {
        since.elapsed().mul_f64(self.speed)
    }

    /// Waits until the endpoint's time since an instant is `at`.
    pub(super) async fn sleep_until_elapsed(&self, since: Instant, at: Duration, driver: Driver) {
        self.sleep_until(since + at.div_f64(self.speed), driver).await;
    }

    /// What drives the requests of a task that runs no guest. Another runtime may stand still while the task waits.
    pub(super) fn driver_of_waiter(&self) -> Driver {
        let is_here = Handle::try_current().is_ok_and(|handle| handle.id() == self.runtime.id());
        if is_here { Driver::Waiter } else { Driver::Task }
    }

    /// The time limit of a query, including its retries.
    pub(crate) fn query_timeout(&self) -> Option<Duration> {
        self.query_timeout
    }

    /// Sends a request and reads the whole response. Follows redirects of downloads only, and only
    /// to allowed URLs.
    pub(super) async fn send(&self, mut request: Request, driver: Driver) -> Result<Response, SendError> {
        if request.api() == Api::Management {
            let at = self.management_window.reserve(self.elapsed(self.started));
            self.sleep_until_elapsed(self.started, at, driver).await;
            self.wait_for_others(driver).await;
        }
        let mut redirects = 0;
        loop {
            let (response, location) = self.send_once(&request, driver).await?;
            let Target::Result(url) = &request.target else { return Ok(response) };
            let moved = location.filter(|_| is_redirect(response.status));
            let Some(next) = moved.and_then(|location| url.join(&location).ok()) else { return Ok(response) };
            if redirects == REDIRECTS_OF_A_DOWNLOAD {
                return Ok(response);
            }
            redirects += 1;
            request.target = Target::Result(next);
        }
    }

    /// Waits until the requests of all processes leave room for one more.
    async fn wait_for_others(&self, driver: Driver) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let reserved = self.shared_window.as_ref().and_then(|window| window.reserve(now).ok());
        if let Some(at) = reserved {
            self.sleep_until(Instant::now() + at.saturating_sub(now), driver).await;
        }
    }

    /// The response, and the location of a redirect.
    async fn send_once(&self, request: &Request, driver: Driver) -> Result<(Response, Option<String>), SendError> {
        let range = request.range.as_ref().map(|range| ranges::widened(range, self.secrets.reach()));
        let head = Request {
            method: request.method,
            target: request.target.clone(),
            range,
            body: None,
            sent: None,
            largest: request.largest,
        };
        // A request for a part of a file has no body.
        let builder = self.prepare(if head.range.is_some() { &head } else { request })?;
        let limits = ExchangeLimits { total: self.limits.total_of(&request.target), ..self.limits };
        // The builder already has the body, which may be large.
        let exchange = exchange(builder.timeout(limits.total), head, limits);
        let (mut response, location) = match driver {
            Driver::Waiter => exchange.await?,
            Driver::Task => joined(self.runtime.spawn(exchange)).await?,
        };
        if let Target::ComfyUi(path) = &request.target {
            response.location = location.as_deref().map(|location| self.below_comfyui(path, location));
        }
        let mut response = self.without_secrets(response, request.range.as_ref());
        match request.api() {
            Api::Management => self.environment.learn(&response.body),
            Api::Jobs => response.body = self.environment.clean(response.body),
            Api::ComfyUi | Api::Result | Api::Volume => {}
        }
        Ok((response, location))
    }

    /// The path below the base of the ComfyUI server to which it redirects, with its query; empty if it leads elsewhere.
    fn below_comfyui(&self, path: &str, location: &str) -> String {
        let below = || {
            let base = self.comfyui.as_ref()?;
            let next = below(base, path).join(location).ok().filter(|next| next.origin() == base.origin())?;
            let path = next.path().strip_prefix(base.path().trim_end_matches('/'))?;
            let query = next.query().map(|query| format!("?{query}")).unwrap_or_default();
            Some(format!("{path}{query}")).filter(|path| path.starts_with('/'))
        };
        below().unwrap_or_default()
    }

    /// A server may echo our keys. They must not reach a report, a log or a cassette.
    /// `range` is the part of a file that is wanted, if not all of it.
    fn without_secrets(&self, mut response: Response, range: Option<&Range<u64>>) -> Response {
        let redacted = match range {
            // Every byte of a file keeps its place.
            Some(_) => self.secrets.mask_known(&response.body),
            None => self.secrets.redact_known(&response.body),
        };
        if let Cow::Owned(body) = redacted {
            response.body = Bytes::from(body);
        }
        if let Some(wanted) = range {
            ranges::cut(&mut response, wanted);
        }
        let ObjectHeaders { length, range, modified } = &mut response.object;
        for header in
            [&mut response.content_type, &mut response.location, length, range, modified].into_iter().flatten()
        {
            *header = self.secrets.redact(header);
        }
        response
    }

    /// The address of the worker outside RunPod, if there is one.
    pub(super) fn local_worker(&self) -> Option<&str> {
        self.jobs.as_ref().filter(|_| self.local_worker).map(|address| address.as_str().trim_end_matches('/'))
    }

    /// Waits on the machine's clock.
    async fn sleep_until(&self, at: Instant, driver: Driver) {
        let sleep = async move { tokio::time::sleep_until(at.into()).await };
        match driver {
            Driver::Waiter => sleep.await,
            // It fails only when the runtime shuts down. Then no task waits any longer.
            Driver::Task => _ = AbortOnDrop(self.runtime.spawn(sleep)).await,
        }
    }

    /// Whether a download is allowed: over TLS, from an allowed host, and from a public address. If
    /// the job API is on this machine, other addresses of this machine are allowed, too.
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
        let body = match (&request.sent, &request.body) {
            (Some(sent), _) => sent.expose().to_owned(),
            (None, Some(body)) => body.to_string(),
            (None, None) => return Ok(builder),
        };
        Ok(builder.header(CONTENT_TYPE, "application/json").body(body))
    }
}

impl fmt::Debug for Live {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Its fields do not belong in a log: key, endpoint id, addresses.
        f.debug_struct("Live").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// A base URL of the suite.
fn parse_base(text: &str) -> Result<Url, LiveError> {
    let refused = |source| LiveError::Base { base: text.to_owned(), source };
    let base = address_of_suite(text).map_err(refused)?;
    Url::parse(&base).map_err(|_| refused(AddressError::NotUrl))
}

/// The URL of a path and its query below a base URL.
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

#[cfg(test)]
mod tests;
