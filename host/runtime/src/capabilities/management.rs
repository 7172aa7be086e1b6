//! RunPod's management API in one phase: each query is sent once, for all instances.

use super::query::{InstanceWaits, Query};
use super::{TimedAnswer, not_offered, unanswered};
use crate::facts::{
    Build, ConfigurationFacts, EndpointFacts, GpuStock, LogLine, NetworkVolume, QueryError, ReleaseFacts, Worker,
};
use crate::management::{self, LogSource};
use crate::transport::Transport;
use crate::transport::exchange::Round;
use comfycheck_core::secret::Secrets;
use comfycheck_core::suite::Deployment;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The most logs that an instance can read: both logs of 32 workers. The management API allows 60
/// requests a minute, so more would take long.
const LOGS: usize = 64;
/// The most lines of the end of a log.
const LINES: u32 = 500;
/// All lines of a log that RunPod keeps.
const WHOLE: u32 = 5_000;
/// In replay, a shorter recording of the same log answers for the whole.
const RECORDED: [u32; 6] = [WHOLE, LINES, 200, 100, 50, 20];

/// The management API in one round, or why there is none.
pub(super) struct Management(Result<Api, &'static str>);

struct Api {
    transport: Arc<Transport>,
    round: Round,
    /// Those of the run.
    secrets: Secrets,
    /// Those of the run and the values of the endpoint's environment, for logs.
    log_secrets: OnceLock<Secrets>,
    endpoint: Query<EndpointFacts>,
    workers: Query<Arc<Vec<Worker>>>,
    stock: Query<Arc<Vec<GpuStock>>>,
    volumes: Query<Arc<Vec<NetworkVolume>>>,
    releases: Query<Arc<ReleaseFacts>>,
    builds: Query<Arc<Vec<Build>>>,
    logs: Mutex<BTreeMap<Log, Arc<Query<Lines>>>>,
}

/// A worker, a source, and the number of lines.
type Log = (String, LogSource, u32);

type Lines = Arc<Vec<LogLine>>;

const NOT_RECORDED: &str = "the recording has no requests to RunPod's management API";

impl Management {
    /// Without a network.
    pub(super) fn offline() -> Self {
        Self(Err(super::NO_ENDPOINT))
    }

    /// Sends nothing yet. In replay and simulation, whether there is an API does not depend on this
    /// machine.
    pub(super) fn new(transport: &Arc<Transport>, round: Round, deployment: &Deployment, secrets: &Secrets) -> Self {
        let missing = match &**transport {
            _ if transport.is_local_worker() => Some(super::LOCAL_WORKER),
            Transport::Simulate(_) => None,
            Transport::Replay(replay) if replay.cassette().has_management() => None,
            Transport::Replay(_) => Some(NOT_RECORDED),
            // A recording must get the answers that its replay will get.
            Transport::Record(_) if deployment.management_url.is_none() || deployment.key.is_none() => {
                Some(NOT_RECORDED)
            }
            _ if deployment.endpoint.is_none() => Some(super::NO_ENDPOINT),
            _ if deployment.key.is_none() => Some("no API key for RunPod's management API"),
            _ if deployment.management_url.is_none() => {
                Some("the job API is not RunPod's, and the suite sets no `management-url`")
            }
            _ => None,
        };
        Self(missing.map_or_else(
            || {
                Ok(Api {
                    transport: Arc::clone(transport),
                    round,
                    secrets: secrets.clone(),
                    log_secrets: OnceLock::new(),
                    endpoint: Query::default(),
                    workers: Query::default(),
                    stock: Query::default(),
                    volumes: Query::default(),
                    releases: Query::default(),
                    builds: Query::default(),
                    logs: Mutex::default(),
                })
            },
            Err,
        ))
    }

    pub(super) async fn configuration(&self, waits: &InstanceWaits) -> TimedAnswer<ConfigurationFacts> {
        self.endpoint(waits).await.map(|endpoint| endpoint.configuration)
    }

    pub(super) async fn environment(&self, waits: &InstanceWaits) -> TimedAnswer<Vec<String>> {
        self.endpoint(waits).await.map(|endpoint| endpoint.environment)
    }

    async fn endpoint(&self, waits: &InstanceWaits) -> TimedAnswer<EndpointFacts> {
        let Ok(api) = &self.0 else { return self.not_offered() };
        let send = async |time: &mut _| Ok(management::endpoint(time).await?);
        waits.record("configuration", api.endpoint.get(&api.transport, api.round, send).await)
    }

    pub(super) async fn workers(&self, waits: &InstanceWaits) -> TimedAnswer<Arc<Vec<Worker>>> {
        let Ok(api) = &self.0 else { return self.not_offered() };
        let send = async |time: &mut _| Ok(Arc::new(management::workers(time).await?.workers));
        waits.record("workers", api.workers.get(&api.transport, api.round, send).await)
    }

    pub(super) async fn stock(&self, waits: &InstanceWaits) -> TimedAnswer<Arc<Vec<GpuStock>>> {
        let Ok(api) = &self.0 else { return self.not_offered() };
        let send = async |time: &mut _| management::stock(time).await.map(Arc::new);
        waits.record("stock", api.stock.get(&api.transport, api.round, send).await)
    }

    pub(super) async fn releases(&self, waits: &InstanceWaits) -> TimedAnswer<Arc<ReleaseFacts>> {
        let Ok(api) = &self.0 else { return self.not_offered() };
        let send = async |time: &mut _| Ok(Arc::new(management::releases(time).await?));
        waits.record("releases", api.releases.get(&api.transport, api.round, send).await)
    }

    pub(super) async fn builds(&self, waits: &InstanceWaits) -> TimedAnswer<Arc<Vec<Build>>> {
        let Ok(api) = &self.0 else { return self.not_offered() };
        let TimedAnswer { answer, took: waited } = self.secrets(api, waits).await;
        let secrets = match answer {
            Ok(secrets) => secrets,
            Err(err) => return TimedAnswer { answer: Err(err), took: waited },
        };
        let send = async |time: &mut _| Ok(Arc::new(management::builds(time, &secrets).await?));
        let timed = waits.record("builds", api.builds.get(&api.transport, api.round, send).await);
        TimedAnswer { took: waited + timed.took, ..timed }
    }

    pub(super) async fn volumes(&self, waits: &InstanceWaits) -> TimedAnswer<Arc<Vec<NetworkVolume>>> {
        let Ok(api) = &self.0 else { return self.not_offered() };
        let TimedAnswer { answer, took: waited } = self.configuration(waits).await;
        let configuration = match answer {
            Ok(configuration) => configuration,
            Err(err) => return TimedAnswer { answer: Err(err), took: waited },
        };
        let send = async |time: &mut _| management::volumes(time, &configuration).await.map(Arc::new);
        let timed = waits.record("volumes", api.volumes.get(&api.transport, api.round, send).await);
        TimedAnswer { took: waited + timed.took, ..timed }
    }

    /// All lines of a log.
    pub(super) async fn whole_log(&self, waits: &InstanceWaits, worker: &str, source: &str) -> TimedAnswer<Lines> {
        let [whole, others @ ..] = RECORDED;
        let mut timed = self.log(waits, worker, source, whole).await;
        for tail in others {
            if matches!(timed.answer, Err(QueryError::NotRecorded(_))) {
                timed = self.log(waits, worker, source, tail).await;
            }
        }
        timed
    }

    /// The last lines of a log.
    pub(super) async fn logs(
        &self,
        waits: &InstanceWaits,
        worker: &str,
        source: &str,
        tail: u32,
    ) -> TimedAnswer<Lines> {
        self.log(waits, worker, source, tail.min(LINES)).await
    }

    async fn log(&self, waits: &InstanceWaits, worker: &str, source: &str, tail: u32) -> TimedAnswer<Lines> {
        let Ok(api) = &self.0 else { return self.not_offered() };
        let source = match source {
            "container" => LogSource::Container,
            "system" => LogSource::System,
            _ => return unanswered(QueryError::Other("log source must be `container` or `system`".to_owned())),
        };
        let name = format!("log/{worker}/{}/{tail}", source.word());
        if !waits.has(&name) && waits.count("log/") >= LOGS {
            return unanswered(QueryError::Other(format!("log limit reached: {LOGS} per check")));
        }
        let TimedAnswer { answer, took: waited } = self.secrets(api, waits).await;
        let secrets = match answer {
            Ok(secrets) => secrets,
            Err(err) => return TimedAnswer { answer: Err(err), took: waited },
        };
        let query = {
            let mut logs = api.logs.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(logs.entry((worker.to_owned(), source, tail)).or_default())
        };
        let send = async |time: &mut _| management::logs(time, worker, source, tail, &secrets).await.map(Arc::new);
        let timed = query.get(&api.transport, api.round, send).await;
        // What a recording does not have was not waited for.
        let is_recorded = !matches!(timed.answer, Err(QueryError::NotRecorded(_)));
        let timed = if is_recorded { waits.record(&name, timed) } else { timed };
        TimedAnswer { took: waited + timed.took, ..timed }
    }

    /// What guests must not see: logs and builds may contain values of the environment.
    async fn secrets(&self, api: &Api, waits: &InstanceWaits) -> TimedAnswer<Secrets> {
        let hidden = self.endpoint(waits).await.map(|endpoint| endpoint.hidden);
        hidden.map(|hidden| api.log_secrets.get_or_init(|| api.secrets.with(hidden)).clone())
    }

    fn not_offered<T>(&self) -> TimedAnswer<T> {
        not_offered(self.0.as_ref().err().copied().unwrap_or_default())
    }
}
