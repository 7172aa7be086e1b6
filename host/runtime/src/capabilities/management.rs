//! What the management API tells a phase: each question is asked once, whoever asks it.

use super::question::{Charged, Question};
use super::{
    Answered, AskError, ConfigurationFacts, EndpointFacts, GpuStock, LogLine, NetworkVolume, ReleaseFacts, Worker,
    not_offered, unanswered,
};
use crate::management::{self, LogSource};
use crate::transport::Transport;
use crate::transport::exchange::Round;
use comfycheck_core::secret::Secret;
use comfycheck_core::suite::Deployment;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The most logs that an instance may read: the management API takes 60 requests a minute.
const LOGS: usize = 16;
/// The most lines of a log.
const LINES: u32 = 500;

/// The management API in one round, or why there is none.
pub(super) struct Management(Result<Api, &'static str>);

struct Api {
    transport: Arc<Transport>,
    round: Round,
    secrets: Vec<Secret>,
    endpoint: Question<EndpointFacts>,
    workers: Question<Arc<Vec<Worker>>>,
    stock: Question<Arc<Vec<GpuStock>>>,
    volumes: Question<Arc<Vec<NetworkVolume>>>,
    releases: Question<Arc<ReleaseFacts>>,
    logs: Mutex<BTreeMap<Log, Arc<Question<Lines>>>>,
}

/// A worker, a source, and how many lines.
type Log = (String, LogSource, u32);

type Lines = Arc<Vec<LogLine>>;

impl Management {
    /// Of a run that asks nobody.
    pub(super) fn offline() -> Self {
        Self(Err(super::NO_ENDPOINT))
    }

    /// Asks nobody yet. Whether there is an API to ask does not depend on this machine in replay and in simulation.
    pub(super) fn new(transport: &Arc<Transport>, round: Round, deployment: &Deployment, secrets: &[Secret]) -> Self {
        let missing = match &**transport {
            _ if transport.is_local_worker() => Some(super::LOCAL_WORKER),
            Transport::Simulate(_) => None,
            Transport::Replay(replay) if replay.cassette().has_management() => None,
            Transport::Replay(_) => Some("the recorded run did not ask RunPod's management API"),
            // What is told while recording is told in replay, too.
            Transport::Record(_) if deployment.management_url.is_none() || deployment.key.is_none() => {
                Some("the recorded run did not ask RunPod's management API")
            }
            _ if deployment.endpoint.is_none() => Some("the suite names no endpoint"),
            _ if deployment.key.is_none() => Some("there is no key for RunPod's management API"),
            _ if deployment.management_url.is_none() => {
                Some("the job API is not RunPod's own, and the suite names no `management-url`")
            }
            _ => None,
        };
        Self(missing.map_or_else(
            || {
                Ok(Api {
                    transport: Arc::clone(transport),
                    round,
                    secrets: secrets.to_vec(),
                    endpoint: Question::default(),
                    workers: Question::default(),
                    stock: Question::default(),
                    volumes: Question::default(),
                    releases: Question::default(),
                    logs: Mutex::default(),
                })
            },
            Err,
        ))
    }

    pub(super) async fn configuration(&self, charged: &Charged) -> Answered<ConfigurationFacts> {
        self.endpoint(charged).await.map(|endpoint| endpoint.configuration)
    }

    pub(super) async fn environment(&self, charged: &Charged) -> Answered<Vec<String>> {
        self.endpoint(charged).await.map(|endpoint| endpoint.environment)
    }

    async fn endpoint(&self, charged: &Charged) -> Answered<EndpointFacts> {
        let Ok(api) = &self.0 else { return self.not_offered() };
        let ask = async |time: &mut _| Ok(management::endpoint(time).await?);
        charged.charge("configuration", api.endpoint.ask(&api.transport, api.round, ask).await)
    }

    pub(super) async fn workers(&self, charged: &Charged) -> Answered<Arc<Vec<Worker>>> {
        let Ok(api) = &self.0 else { return self.not_offered() };
        let ask = async |time: &mut _| Ok(Arc::new(management::workers(time).await?.workers));
        charged.charge("workers", api.workers.ask(&api.transport, api.round, ask).await)
    }

    pub(super) async fn stock(&self, charged: &Charged) -> Answered<Arc<Vec<GpuStock>>> {
        let Ok(api) = &self.0 else { return self.not_offered() };
        let ask = async |time: &mut _| management::stock(time).await.map(Arc::new);
        charged.charge("stock", api.stock.ask(&api.transport, api.round, ask).await)
    }

    pub(super) async fn releases(&self, charged: &Charged) -> Answered<Arc<ReleaseFacts>> {
        let Ok(api) = &self.0 else { return self.not_offered() };
        let ask = async |time: &mut _| Ok(Arc::new(management::releases(time).await?));
        charged.charge("releases", api.releases.ask(&api.transport, api.round, ask).await)
    }

    pub(super) async fn volumes(&self, charged: &Charged) -> Answered<Arc<Vec<NetworkVolume>>> {
        let Ok(api) = &self.0 else { return self.not_offered() };
        let Answered { answer, took: waited } = self.configuration(charged).await;
        let configuration = match answer {
            Ok(configuration) => configuration,
            Err(err) => return Answered { answer: Err(err), took: waited },
        };
        let ask = async |time: &mut _| management::volumes(time, &configuration).await.map(Arc::new);
        let answered = charged.charge("volumes", api.volumes.ask(&api.transport, api.round, ask).await);
        Answered { took: waited + answered.took, ..answered }
    }

    pub(super) async fn logs(
        &self,
        charged: &Charged,
        worker: &str,
        source: &str,
        tail: u32,
    ) -> Answered<Arc<Vec<LogLine>>> {
        let Ok(api) = &self.0 else { return self.not_offered() };
        let source = match source {
            "container" => LogSource::Container,
            "system" => LogSource::System,
            _ => return unanswered(AskError::Other("a log's source is `container` or `system`".to_owned())),
        };
        let tail = tail.min(LINES);
        let name = format!("log/{worker}/{}/{tail}", source.word());
        if !charged.has(&name) && charged.count("log/") >= LOGS {
            return unanswered(AskError::Other(format!("a check may read {LOGS} logs")));
        }
        // What the environment holds may stand in a log, and a guest does not get to see it.
        let Answered { answer, took: waited } = self.endpoint(charged).await;
        let hidden = match answer {
            Ok(endpoint) => endpoint.hidden,
            Err(err) => return Answered { answer: Err(err), took: waited },
        };
        let secrets: Vec<_> = api.secrets.iter().cloned().chain(hidden).collect();
        let question = {
            let mut logs = api.logs.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(logs.entry((worker.to_owned(), source, tail)).or_default())
        };
        let ask = async |time: &mut _| management::logs(time, worker, source, tail, &secrets).await.map(Arc::new);
        let answered = charged.charge(&name, question.ask(&api.transport, api.round, ask).await);
        Answered { took: waited + answered.took, ..answered }
    }

    fn not_offered<T>(&self) -> Answered<T> {
        not_offered(self.0.as_ref().err().copied().unwrap_or_default())
    }
}
