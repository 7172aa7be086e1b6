//! A typed client of RunPod's management API (REST version 2), over a timeline. It only reads.
//!
//! The API allows a user 60 requests a minute, so each query is sent once per phase.

mod shapes;

use crate::facts::{
    Build, ConfigurationFacts, EndpointFacts, GpuStock, LogLine, NetworkVolume, QueryError, ReleaseFacts, Worker,
};
use crate::retry::{get_with_retry, success};
use crate::transport::exchange::{Response, Target};
use crate::transport::timeline::Timeline;
use comfycheck_core::secret::Secrets;
use serde_json::Value;

const SERVER: &str = "RunPod's management API";

/// The most volumes that are read. An endpoint has one per data center.
const VOLUMES: usize = 8;

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManagementError {
    /// 401.
    #[error("{SERVER} rejected the API key (status 401)")]
    UnknownKey,
    /// 403.
    #[error("the API key has no access to {SERVER} (status 403)")]
    Forbidden,
    /// 404.
    #[error("{SERVER} does not know this endpoint (status 404)")]
    UnknownEndpoint,
    /// Any other error, which may be temporary.
    #[error(transparent)]
    Other(QueryError),
}

impl From<ManagementError> for QueryError {
    fn from(error: ManagementError) -> Self {
        match error {
            ManagementError::UnknownKey | ManagementError::Forbidden => Self::AccessDenied,
            ManagementError::UnknownEndpoint => Self::Unavailable(error.to_string()),
            ManagementError::Other(error) => error,
        }
    }
}

/// The endpoint's workers, and what the response says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerList {
    /// Workers with an id, sorted by it; bounded.
    pub workers: Vec<Worker>,
    /// The number of entries in the list.
    pub listed: usize,
    /// The number of entries that were understood completely.
    pub read: usize,
    /// The response's own count.
    pub total: Option<u32>,
    /// The newest version according to this response.
    pub newest: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogSource {
    /// The processes in the container.
    Container,
    /// RunPod, about the container.
    System,
}

impl LogSource {
    /// RunPod's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::System => "system",
        }
    }
}

/// The configuration, and the names of the environment variables. Their values stop here.
pub async fn endpoint(time: &mut Timeline) -> Result<EndpointFacts, ManagementError> {
    let json = request(time, "/serverless/{endpoint}").await?;
    shapes::endpoint(&json).ok_or_else(|| ManagementError::Other(unexpected("/serverless/{endpoint}")))
}

pub async fn workers(time: &mut Timeline) -> Result<WorkerList, ManagementError> {
    let json = request(time, "/serverless/{endpoint}/workers").await?;
    shapes::workers(&json).ok_or_else(|| ManagementError::Other(unexpected("/serverless/{endpoint}/workers")))
}

/// Newest first.
pub async fn releases(time: &mut Timeline) -> Result<ReleaseFacts, ManagementError> {
    let json = request(time, "/serverless/{endpoint}/releases").await?;
    shapes::releases(&json).ok_or_else(|| ManagementError::Other(unexpected("/serverless/{endpoint}/releases")))
}

/// The builds of the endpoint's image, newest first. `secrets` are redacted from their messages.
pub async fn builds(time: &mut Timeline, secrets: &Secrets) -> Result<Vec<Build>, QueryError> {
    let path = "/serverless/{endpoint}/builds";
    let answer = success(SERVER, path, get_with_retry(time, Target::Management(path.to_owned())).await)?;
    if answer.status == 404 {
        // An API without this path, or an endpoint that has no repository: RunPod documents neither.
        return Err(QueryError::NotOffered(format!("{SERVER} lists no builds of this endpoint (status 404)")));
    }
    shapes::builds(&parse(path, &answer)?, secrets).ok_or_else(|| unexpected(path))
}

/// The stock of GPUs for serverless workers, sorted by type.
pub async fn stock(time: &mut Timeline) -> Result<Vec<GpuStock>, QueryError> {
    let json = request(time, "/catalog/gpus?include=AVAILABILITY&product=SERVERLESS").await?;
    shapes::stock(&json).ok_or_else(|| unexpected("/catalog/gpus"))
}

/// The network volumes of a configuration, in its order. A deleted one has only its id.
pub async fn volumes(
    time: &mut Timeline,
    configuration: &ConfigurationFacts,
) -> Result<Vec<NetworkVolume>, QueryError> {
    let mut volumes = Vec::new();
    for id in configuration.volumes.iter().filter(|id| is_id(id)).take(VOLUMES) {
        let path = format!("/network-volumes/{id}");
        let answer = success(SERVER, &path, get_with_retry(time, Target::Management(path.clone())).await)?;
        let volume = (answer.status != 404).then(|| parse(&path, &answer)).transpose()?;
        volumes.push(shapes::volume(id, volume.as_ref()));
    }
    Ok(volumes)
}

/// The last lines, in order of time.
pub async fn logs(
    time: &mut Timeline,
    worker: &str,
    source: LogSource,
    tail: u32,
    secrets: &Secrets,
) -> Result<Vec<LogLine>, QueryError> {
    let unknown = || QueryError::Unavailable(format!("{SERVER} does not know this worker"));
    if !is_id(worker) {
        return Err(unknown());
    }
    let path = format!("/serverless/{{endpoint}}/workers/{worker}/logs?source={}&tail={tail}", source.word());
    let answer = get_with_retry(time, Target::Management(path)).await;
    let answer = success(SERVER, "/serverless/{endpoint}/workers/…/logs", answer)?;
    if answer.status == 404 {
        return Err(unknown());
    }
    Ok(shapes::logs(&answer.body, source.word(), tail as usize, secrets))
}

/// Reads something that every endpoint has.
async fn request(time: &mut Timeline, path: &str) -> Result<Value, ManagementError> {
    let answer = get_with_retry(time, Target::Management(path.to_owned())).await;
    match answer.as_ref().map(|answer| answer.status) {
        Ok(401) => Err(ManagementError::UnknownKey),
        Ok(403) => Err(ManagementError::Forbidden),
        Ok(404) => Err(ManagementError::UnknownEndpoint),
        _ => success(SERVER, path, answer).and_then(|answer| parse(path, &answer)).map_err(ManagementError::Other),
    }
}

fn parse(path: &str, answer: &Response) -> Result<Value, QueryError> {
    serde_json::from_slice(&answer.body).map_err(|_| unexpected(path))
}

fn unexpected(path: &str) -> QueryError {
    QueryError::Unavailable(format!("unexpected response from {SERVER} to `{path}`"))
}

/// An id becomes part of a path.
fn is_id(text: &str) -> bool {
    (1..=100).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}
