//! What a check instance may ask of the host: one function per function of the
//! contract, with answers as plain values.
//!
//! A question has one answer per phase, whoever asks it and when, and the answer says
//! how long it took on the question's own timeline: the sandbox adds that to the
//! asking instance's clock.

mod facts;
mod inventory;
mod management;
mod question;
mod volume;

pub use facts::*;
pub use inventory::SavedInventory;

use crate::dry_run::DryRun;
use crate::runpod;
use crate::sampler::Samples;
use crate::transport::Transport;
use crate::transport::exchange::Round;
use comfycheck_core::cost::{PoolPrices, Price, catalog_price};
use comfycheck_core::sample::Sample;
use comfycheck_core::secret::Secret;
use comfycheck_core::suite::{Deployment, RUNPOD};
use inventory::Inventory;
use jiff::civil::Date;
use management::Management;
use question::{Charged, Question};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use volume::Volumes;

/// An answer, and how long it took on the question's own timeline, retries included.
#[derive(Clone, Debug)]
pub struct Answered<T> {
    /// The answer.
    pub answer: Result<T, AskError>,
    /// On the transport's clock. An instance waits once for each question, however often it asks.
    pub took: Duration,
}

impl<T> Answered<T> {
    /// The same with another answer.
    pub(crate) fn map<U>(self, map: impl FnOnce(T) -> U) -> Answered<U> {
        Answered { answer: self.answer.map(map), took: self.took }
    }
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// 401 or 403.
    #[error("access denied")]
    AccessDenied,
    /// Who should answer does not.
    #[error("{0}")]
    Unavailable(String),
    /// This run has nobody to ask.
    #[error("{0}")]
    NotOffered(String),
    /// Anything else.
    #[error("{0}")]
    Other(String),
    /// The cassette holds no such request. Never shown to a guest: the instance ends as
    /// errored.
    #[error("{0}")]
    NotRecorded(String),
}

/// The bytes of an image.
pub type ImageBytes = bytes::Bytes;

/// What the instances of a phase may ask, and whom.
#[derive(Debug)]
pub struct Offer<'a> {
    /// Where responses come from.
    pub transport: Arc<Transport>,
    /// The phase, or a further attempt in it.
    pub round: Round,
    /// What is under test.
    pub deployment: &'a Deployment,
    /// A saved inventory, which is asked before a server.
    pub saved: Option<Arc<SavedInventory>>,
    /// The date of the run; none if it is not known.
    pub date: Option<Date>,
    /// The workflow.
    pub workflow: WorkflowText,
    /// What came of the sampling; none before it.
    pub samples: Option<Arc<Samples>>,
    /// The price that costs were computed with.
    pub price: Option<Price>,
    /// What must not get into an answer.
    pub secrets: Vec<Secret>,
}

/// A workflow as its file has it.
#[derive(Clone, Debug)]
pub struct WorkflowText {
    /// The text of the file; empty if there is none.
    pub source: Arc<str>,
    /// Whether it is in API format.
    pub is_api: bool,
}

/// What a check instance may ask, in one phase of one run.
///
/// Cheap to clone. A clone is the same instance; another one of the same phase is made with
/// [`Capabilities::for_instance`].
#[derive(Clone)]
pub struct Capabilities {
    shared: Arc<Shared>,
    dry_run: Arc<DryRun>,
    workflow: WorkflowText,
    charged: Charged,
}

struct Shared {
    inventory: Inventory,
    endpoint: Result<Endpoint, &'static str>,
    management: Management,
    volumes: Volumes,
    samples: Option<Arc<Samples>>,
    price: Option<Price>,
}

struct Endpoint {
    transport: Arc<Transport>,
    round: Round,
    url: String,
    secrets: Vec<Secret>,
    reach: Question<ReachFacts>,
    health: Question<HealthFacts>,
}

impl Capabilities {
    /// What the instances of a phase may ask. Asks nobody yet.
    pub fn new(offer: Offer<'_>) -> Self {
        let Offer { transport, round, deployment, saved, date, workflow, samples, price, secrets } = offer;
        // In replay, what was recorded is offered, and nothing that is told depends on how this machine is configured.
        let (base, server) = match &*transport {
            Transport::Live(_) => {
                (deployment.endpoint.is_some().then_some(deployment.base_url.as_str()), deployment.comfyui.clone())
            }
            // What is told while recording is told in replay, too.
            Transport::Record(_) => {
                let server = deployment.comfyui.as_ref().map(|_| "the recorded server".to_owned());
                (deployment.endpoint.is_some().then_some(deployment.base_url.as_str()), server)
            }
            Transport::Replay(replay) => {
                let cassette = replay.cassette();
                let asked = cassette.has_jobs() || deployment.endpoint.is_some();
                let server = cassette.server.then(|| "the recorded server".to_owned());
                (asked.then_some(cassette.base_url.as_str()), server)
            }
            Transport::Simulate(simulate) => {
                let server = simulate.serves_comfyui().then(|| "the simulated server".to_owned());
                (Some(RUNPOD), server)
            }
        };
        let volumes = Volumes::new(&transport, round, deployment);
        let management = Management::new(&transport, round, deployment, &secrets);
        let local_worker = transport.is_local_worker();
        let base = base.filter(|_| !local_worker);
        let nobody = if local_worker { LOCAL_WORKER } else { NO_ENDPOINT };
        let endpoint = base.ok_or(nobody).map(|base| Endpoint {
            transport: Arc::clone(&transport),
            round,
            url: format!("{base}/{{endpoint}}/health"),
            secrets,
            reach: Question::default(),
            health: Question::default(),
        });
        let inventory = Inventory::new(&transport, round, saved, date, server);
        let shared = Shared { inventory, endpoint, management, volumes, samples, price };
        Self { shared: Arc::new(shared), dry_run: Arc::default(), workflow, charged: Charged::default() }
    }

    /// Where nobody is asked: of a workflow and a saved inventory.
    pub fn offline(workflow: WorkflowText, saved: Option<Arc<SavedInventory>>) -> Self {
        let inventory = Inventory::offline(saved);
        let shared = Shared {
            inventory,
            endpoint: Err(NO_ENDPOINT),
            management: Management::offline(),
            volumes: Volumes::offline(),
            samples: None,
            price: None,
        };
        Self { shared: Arc::new(shared), dry_run: Arc::default(), workflow, charged: Charged::default() }
    }

    /// The same where a dry run may be made.
    #[must_use]
    pub fn with_dry_run(self, dry_run: Arc<DryRun>) -> Self {
        Self { dry_run, ..self }
    }

    /// Whether this instance has waited for an answer that did not come, and that may come another time.
    pub fn waited_in_vain(&self) -> bool {
        self.charged.in_vain()
    }

    /// The same for another instance, which has waited for nothing yet.
    #[must_use]
    pub fn for_instance(&self) -> Self {
        self.for_workflow(self.workflow.clone())
    }

    /// The same for an instance that looks at another workflow.
    #[must_use]
    pub fn for_workflow(&self, workflow: WorkflowText) -> Self {
        let (shared, dry_run) = (Arc::clone(&self.shared), Arc::clone(&self.dry_run));
        Self { shared, dry_run, workflow, charged: Charged::default() }
    }

    /// The text of the workflow's file.
    pub fn workflow_source(&self) -> &str {
        &self.workflow.source
    }

    /// The workflow in API format, as JSON.
    pub fn workflow_api(&self) -> Option<&str> {
        self.workflow.is_api.then_some(&*self.workflow.source)
    }

    /// The sources of the inventory, in the order in which they are asked.
    pub fn sources(&self) -> Vec<Source> {
        self.shared.inventory.sources()
    }

    /// Versions and devices.
    pub async fn system(&self) -> Answered<Arc<SystemFacts>> {
        self.charged.charge("system", self.shared.inventory.system().await)
    }

    /// The names of all node classes, sorted.
    pub async fn node_classes(&self) -> Answered<Arc<Vec<String>>> {
        self.charged.charge("object-info", self.shared.inventory.node_classes().await)
    }

    /// The description of one node class, as strict JSON; none if it is not installed.
    pub async fn node_class(&self, name: &str) -> Answered<Option<Arc<str>>> {
        self.charged.charge("object-info", self.shared.inventory.node_class(name).await)
    }

    /// The node replacements, as strict JSON.
    pub async fn node_replacements(&self) -> Answered<Arc<str>> {
        self.charged.charge("node-replacements", self.shared.inventory.node_replacements().await)
    }

    /// The names of the model folders.
    pub async fn model_folders(&self) -> Answered<Arc<Vec<String>>> {
        self.charged.charge("model-folders", self.shared.inventory.model_folders().await)
    }

    /// The files in one model folder, sorted; none if there is no such folder.
    pub async fn models(&self, folder: &str) -> Answered<Option<Arc<Vec<ModelFile>>>> {
        self.charged.charge(&format!("models/{folder}"), self.shared.inventory.models(folder).await)
    }

    /// The installed node packs, sorted by folder.
    pub async fn packs(&self) -> Answered<Arc<Vec<Pack>>> {
        self.charged.charge("packs", self.shared.inventory.packs().await)
    }

    /// Asks `/health` once, without retries and without judgement.
    pub async fn reach(&self) -> Answered<ReachFacts> {
        let endpoint = match &self.shared.endpoint {
            Ok(endpoint) => endpoint,
            Err(reason) => return not_offered(reason),
        };
        let Endpoint { transport, round, url, secrets, reach, .. } = endpoint;
        let answered = reach.ask(transport, *round, async |time| runpod::reach(time, url, secrets).await).await;
        if answered.answer.as_ref().is_ok_and(|reach| reach.status.is_none_or(is_passing)) {
            self.charged.note_vain();
        }
        self.charged.charge("reach", answered)
    }

    /// The workers and jobs now.
    pub async fn health(&self) -> Answered<HealthFacts> {
        let endpoint = match &self.shared.endpoint {
            Ok(endpoint) => endpoint,
            Err(reason) => return not_offered(reason),
        };
        let answered = endpoint.health.ask(&endpoint.transport, endpoint.round, runpod::health).await;
        self.charged.charge("health", answered)
    }

    /// How the endpoint is configured.
    pub async fn configuration(&self) -> Answered<ConfigurationFacts> {
        self.shared.management.configuration(&self.charged).await
    }

    /// The names of the endpoint's environment variables, sorted.
    pub async fn environment(&self) -> Answered<Vec<String>> {
        self.shared.management.environment(&self.charged).await
    }

    /// The endpoint's workers, sorted by id.
    pub async fn workers(&self) -> Answered<Arc<Vec<Worker>>> {
        self.shared.management.workers(&self.charged).await
    }

    /// The stock of GPUs, sorted by type.
    pub async fn stock(&self) -> Answered<Arc<Vec<GpuStock>>> {
        self.shared.management.stock(&self.charged).await
    }

    /// The price of the endpoint's workers by RunPod's catalog; none where it cannot be had. `gpus` counts where the
    /// configuration does not say how many GPUs a worker has.
    pub async fn catalog_price(&self, gpus: NonZeroU32, date: Option<String>) -> Option<Price> {
        let configuration = self.configuration().await.answer.ok()?;
        let stock = self.stock().await.answer.ok()?;
        let of = |pool: &str| {
            let offered = stock.iter().filter(|gpu| gpu.pool.as_deref() == Some(pool));
            offered.filter_map(|gpu| gpu.price_per_second).collect()
        };
        let pools = configuration.gpu_pools.iter().map(|pool| PoolPrices { pool, of_one_gpu: of(pool) });
        catalog_price(&pools.collect::<Vec<_>>(), configuration.gpu_count.unwrap_or(gpus.get()), date)
    }

    /// The endpoint's network volumes, in the order of its configuration.
    pub async fn network_volumes(&self) -> Answered<Arc<Vec<NetworkVolume>>> {
        self.shared.management.volumes(&self.charged).await
    }

    /// The endpoint's releases.
    pub async fn releases(&self) -> Answered<Arc<ReleaseFacts>> {
        self.shared.management.releases(&self.charged).await
    }

    /// The last lines of a worker's log, from `container` or `system`.
    pub async fn worker_logs(&self, worker: &str, source: &str, tail: u32) -> Answered<Arc<Vec<LogLine>>> {
        self.shared.management.logs(&self.charged, worker, source, tail).await
    }

    /// What ComfyUI says of the workflow in a job that it refuses. The wait is the run's.
    pub async fn dry_run(&self) -> Result<Arc<DryRunFacts>, AskError> {
        self.dry_run.ask().await
    }

    /// The network volumes, in order. Asks nobody.
    pub fn volumes(&self) -> Result<&[VolumeRef], AskError> {
        self.shared.volumes.volumes()
    }

    /// Facts of one file of a volume; none if there is no file at `path`.
    pub async fn volume_stat(&self, volume: &str, path: &str) -> Answered<Option<FileFacts>> {
        self.shared.volumes.stat(&self.charged, volume, path).await
    }

    /// The entries of one folder of a volume, sorted by name; empty if there is no such folder.
    pub async fn volume_list(&self, volume: &str, path: &str) -> Answered<Arc<Vec<(String, FolderEntry)>>> {
        self.shared.volumes.list(&self.charged, volume, path).await
    }

    /// Bytes of one file of a volume, from `offset`; fewer than `length` at its end.
    pub async fn volume_read(&self, volume: &str, path: &str, offset: u64, length: u32) -> Answered<bytes::Bytes> {
        self.shared.volumes.read(&self.charged, volume, path, offset, length).await
    }

    /// Every reading of `/health` during the sampling, in order of time.
    pub fn observations(&self) -> &[Observation] {
        self.shared.samples.as_ref().map_or(&[], |samples| &samples.observations)
    }

    /// Every sample of the run, in order of its index; none before they were taken.
    pub fn samples(&self) -> &[Sample] {
        self.shared.samples.as_ref().map_or(&[], |samples| &samples.samples)
    }

    /// Where a sample is among [`Capabilities::samples`]: in a share of a run, not at its index.
    pub fn position(&self, sample: u32) -> Option<usize> {
        self.samples().binary_search_by_key(&sample, |sample| sample.index).ok()
    }

    /// The bytes of the images of one sample, in the order of
    /// [`Sample::images`](comfycheck_core::sample::Sample).
    pub fn images(&self, sample: u32) -> &[ImageBytes] {
        let images = self.shared.samples.as_ref().map(|samples| &samples.images);
        let at = self.position(sample);
        images.zip(at).and_then(|(images, at)| images.get(at)).map_or(&[], Vec::as_slice)
    }

    /// The price that costs were computed with.
    pub fn price(&self) -> Option<&Price> {
        self.shared.price.as_ref()
    }
}

const NO_ENDPOINT: &str = "this run has no endpoint to ask: the suite names none";
const LOCAL_WORKER: &str = "a local worker is under test, which has no endpoint to ask";

/// Whether a status says that the same request may be answered another time.
fn is_passing(status: u16) -> bool {
    matches!(status, 429 | 500..)
}

fn not_offered<T>(reason: &str) -> Answered<T> {
    unanswered(AskError::NotOffered(reason.to_owned()))
}

/// Nobody was asked.
fn unanswered<T>(err: AskError) -> Answered<T> {
    Answered { answer: Err(err), took: Duration::ZERO }
}

#[cfg(test)]
mod tests;
