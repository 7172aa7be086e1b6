//! What RunPod's management API is asked, REST version 2: a typed client over a timeline. It only reads.
//!
//! The API allows a user 60 requests a minute, so each question is asked once in a phase, whoever asks it.

mod shapes;

use crate::capabilities::{
    AskError, ConfigurationFacts, EndpointFacts, GpuStock, LogLine, NetworkVolume, ReleaseFacts, Worker,
};
use crate::retry::{get, good};
use crate::transport::exchange::{Response, Target};
use crate::transport::timeline::Timeline;
use comfycheck_core::secret::Secret;
use serde_json::Value;

const WHO: &str = "RunPod's management API";

/// The most volumes that are asked for. An endpoint has one in each of its data centers.
const VOLUMES: usize = 8;

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ManagementError {
    /// 401.
    #[error("{WHO} does not know the API key (status 401)")]
    UnknownKey,
    /// 403.
    #[error("{WHO} does not allow it to the API key (status 403)")]
    Forbidden,
    /// 404.
    #[error("{WHO} knows no such endpoint")]
    UnknownEndpoint,
    /// Anything else, which may pass.
    #[error(transparent)]
    Other(AskError),
}

impl From<ManagementError> for AskError {
    fn from(error: ManagementError) -> Self {
        match error {
            ManagementError::UnknownKey | ManagementError::Forbidden => Self::AccessDenied,
            ManagementError::UnknownEndpoint => Self::Unavailable(error.to_string()),
            ManagementError::Other(error) => error,
        }
    }
}

/// All that is said of an endpoint's workers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerList {
    /// The workers, sorted by id: those that tell one, and no more than honest answers have.
    pub workers: Vec<Worker>,
    /// How many entries the list has.
    pub listed: usize,
    /// How many of them were read, and understood whole.
    pub read: usize,
    /// How many there are by the answer's own count.
    pub total: Option<u32>,
    /// The newest version, by this answer.
    pub newest: Option<u32>,
}

/// Where a worker's log lines come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogSource {
    /// The processes in its container.
    Container,
    /// RunPod, of what it does with the container.
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

/// The endpoint: its configuration, and the names of its environment variables. Their values end here.
pub async fn endpoint(time: &mut Timeline) -> Result<EndpointFacts, ManagementError> {
    let json = ask(time, "/serverless/{endpoint}").await?;
    shapes::endpoint(&json).ok_or_else(|| ManagementError::Other(not_understood("/serverless/{endpoint}")))
}

/// The endpoint's workers.
pub async fn workers(time: &mut Timeline) -> Result<WorkerList, ManagementError> {
    let json = ask(time, "/serverless/{endpoint}/workers").await?;
    shapes::workers(&json).ok_or_else(|| ManagementError::Other(not_understood("/serverless/{endpoint}/workers")))
}

/// The endpoint's releases, newest first.
pub async fn releases(time: &mut Timeline) -> Result<ReleaseFacts, ManagementError> {
    let json = ask(time, "/serverless/{endpoint}/releases").await?;
    shapes::releases(&json).ok_or_else(|| ManagementError::Other(not_understood("/serverless/{endpoint}/releases")))
}

/// The stock of GPUs for serverless workers, sorted by type.
pub async fn stock(time: &mut Timeline) -> Result<Vec<GpuStock>, AskError> {
    let json = ask(time, "/catalog/gpus?include=AVAILABILITY&product=SERVERLESS").await?;
    shapes::stock(&json).ok_or_else(|| not_understood("/catalog/gpus"))
}

/// The network volumes of a configuration, in its order. One that is gone has nothing but its id.
pub async fn volumes(time: &mut Timeline, configuration: &ConfigurationFacts) -> Result<Vec<NetworkVolume>, AskError> {
    let mut volumes = Vec::new();
    for id in configuration.volumes.iter().filter(|id| is_id(id)).take(VOLUMES) {
        let path = format!("/network-volumes/{id}");
        let answer = good(WHO, &path, get(time, Target::Management(path.clone())).await)?;
        let found = (answer.status != 404).then(|| parse(&path, &answer)).transpose()?;
        volumes.push(shapes::volume(id, found.as_ref()));
    }
    Ok(volumes)
}

/// The last lines of a worker's log, in order of time.
pub async fn logs(
    time: &mut Timeline,
    worker: &str,
    source: LogSource,
    tail: u32,
    secrets: &[Secret],
) -> Result<Vec<LogLine>, AskError> {
    let gone = || AskError::Unavailable(format!("{WHO} knows no worker of this id"));
    if !is_id(worker) {
        return Err(gone());
    }
    let path = format!("/serverless/{{endpoint}}/workers/{worker}/logs?source={}&tail={tail}", source.word());
    let answer = get(time, Target::Management(path)).await;
    let answer = good(WHO, "/serverless/{endpoint}/workers/…/logs", answer)?;
    if answer.status == 404 {
        return Err(gone());
    }
    Ok(shapes::logs(&answer.body, source.word(), tail as usize, secrets))
}

/// Asks for a thing that is there, if there is such an endpoint at all.
async fn ask(time: &mut Timeline, path: &str) -> Result<Value, ManagementError> {
    let answer = get(time, Target::Management(path.to_owned())).await;
    match answer.as_ref().map(|answer| answer.status) {
        Ok(401) => Err(ManagementError::UnknownKey),
        Ok(403) => Err(ManagementError::Forbidden),
        Ok(404) => Err(ManagementError::UnknownEndpoint),
        _ => good(WHO, path, answer).and_then(|answer| parse(path, &answer)).map_err(ManagementError::Other),
    }
}

fn parse(path: &str, answer: &Response) -> Result<Value, AskError> {
    serde_json::from_slice(&answer.body).map_err(|_| not_understood(path))
}

fn not_understood(path: &str) -> AskError {
    AskError::Unavailable(format!("{WHO}'s answer to `{path}` is not understood"))
}

/// Whether a text can be an id, so that it becomes no other path.
fn is_id(text: &str) -> bool {
    (1..=100).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}
