//! What a check instance can query: one function per function of the contract, with plain values as
//! answers.
//!
//! A query has one answer per phase, whichever instance sends it and when. The answer includes the
//! time it took on the query's own timeline, which the sandbox adds to the instance's clock.

mod dry_run;
mod http;
mod inventory;
mod management;
mod query;
mod volume;

pub use dry_run::DryRun;
pub use inventory::SavedInventory;

use crate::backoff::is_temporary;
use crate::comfyui::Page;
use crate::facts::{
    AttemptFacts, Build, ConfigurationFacts, DryRunFacts, FileBytes, FileFacts, FolderEntry, GpuStock, HealthFacts,
    InventorySource, JobTrace, LogLine, ModelFile, NetworkVolume, Observation, Pack, QueryError, ReachFacts,
    ReleaseFacts, Samples, SubmissionFacts, SystemFacts, VolumeRef, Worker,
};
use crate::runpod;
use crate::suite_files::{SuiteFile, SuiteFiles, SuiteFilesError, texts};
use crate::transport::Transport;
use crate::transport::exchange::Round;
use crate::transport::live::Live;
use comfycheck_core::cost::{PoolPrices, Price, catalog_price};
use comfycheck_core::request::InputFacts;
use comfycheck_core::sample::{Ending, Sample};
use comfycheck_core::secret::Secrets;
use comfycheck_core::suite::{Deployment, HttpPaths, RUNPOD, SuiteCheck};
use http::Http;
use inventory::Inventory;
use jiff::civil::Date;
use management::Management;
use query::{InstanceWaits, Query};
use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use volume::Volumes;

/// An answer, and how long it took on the query's own timeline, including retries.
#[derive(Clone, Debug)]
pub struct TimedAnswer<T> {
    pub answer: Result<T, QueryError>,
    /// On the transport's clock. An instance waits once for each query, however often it repeats
    /// it.
    pub took: Duration,
}

impl<T> TimedAnswer<T> {
    pub(crate) fn map<U>(self, map: impl FnOnce(T) -> U) -> TimedAnswer<U> {
        TimedAnswer { answer: self.answer.map(map), took: self.took }
    }
}

/// What the instances of a phase can query.
#[derive(Debug)]
pub struct Offer<'a> {
    pub transport: Arc<Transport>,
    /// The phase, or a retry of it.
    pub round: Round,
    /// The deployment under test.
    pub deployment: &'a Deployment,
    /// A saved inventory. It answers before a server does.
    pub saved: Option<Arc<SavedInventory>>,
    /// The date of the run, if known.
    pub date: Option<Date>,
    pub workflow: WorkflowText,
    /// The results of the samples; none before they ran.
    pub samples: Option<Arc<Samples>>,
    pub price: Option<Price>,
    /// Redacted from every answer.
    pub secrets: Secrets,
}

/// A workflow as it stands in its file.
#[derive(Clone, Debug)]
pub struct WorkflowText {
    /// The text of the file; empty if there is none.
    pub source: Arc<str>,
    /// Whether it is in API format.
    pub is_api: bool,
}

/// What a check instance can query, in one phase of one run.
///
/// Cheap to clone. A clone is the same instance; use [`Capabilities::for_instance`] for another one
/// of the same phase.
#[derive(Clone)]
pub struct Capabilities {
    shared: Arc<Shared>,
    dry_run: Arc<DryRun>,
    workflow: WorkflowText,
    inputs: Arc<[InputFacts]>,
    suite_files: Arc<SuiteFiles>,
    /// The paths in `suite_files` that the instance can name.
    named: Arc<BTreeSet<String>>,
    /// What the instance can request of the ComfyUI server.
    http_paths: Arc<HttpPaths>,
    waits: InstanceWaits,
}

struct Shared {
    inventory: Inventory,
    http: Http,
    endpoint: Result<Endpoint, &'static str>,
    management: Management,
    volumes: Volumes,
    samples: Option<Arc<Samples>>,
    /// Of samples that have not ended, by their index.
    unfinished: BTreeMap<u32, JobTrace>,
    price: Option<Price>,
    /// How fast the transport's clock runs: above 1 for a simulated endpoint on this machine.
    speed: f64,
}

struct Endpoint {
    transport: Arc<Transport>,
    round: Round,
    url: String,
    secrets: Secrets,
    reach: Query<ReachFacts>,
    health: Query<HealthFacts>,
}

impl Capabilities {
    /// Sends nothing yet.
    pub fn new(offer: Offer<'_>) -> Self {
        let Offer { transport, round, deployment, saved, date, workflow, samples, price, secrets } = offer;
        // A replay offers what was recorded, and its answers do not depend on how this machine is
        // configured.
        let (base, server) = match &*transport {
            Transport::Live(_) => {
                (deployment.endpoint.is_some().then_some(deployment.base_url.as_str()), deployment.comfyui.clone())
            }
            // A recording must get the answers that its replay will get.
            Transport::Record(_) => {
                let server = deployment.comfyui.as_ref().map(|_| "the recorded server".to_owned());
                (deployment.endpoint.is_some().then_some(deployment.base_url.as_str()), server)
            }
            Transport::Replay(replay) => {
                let cassette = replay.cassette();
                let has_jobs = cassette.has_jobs() || deployment.endpoint.is_some();
                let server = cassette.server.then(|| "the recorded server".to_owned());
                (has_jobs.then_some(cassette.base_url.as_str()), server)
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
        let reason = if local_worker { LOCAL_WORKER } else { NO_ENDPOINT };
        let endpoint = base.ok_or(reason).map(|base| Endpoint {
            transport: Arc::clone(&transport),
            round,
            url: format!("{base}/{{endpoint}}/health"),
            secrets,
            reach: Query::default(),
            health: Query::default(),
        });
        let http = match server {
            Some(_) => Http::new(&transport, round),
            None => Http::none(inventory::no_comfyui(&transport)),
        };
        let inventory = Inventory::new(&transport, round, saved, date, server);
        let unfinished = BTreeMap::new();
        let speed = transport.live().map_or(1.0, Live::speed);
        let shared = Shared { inventory, http, endpoint, management, volumes, samples, unfinished, price, speed };
        Self::of(shared, workflow)
    }

    fn of(shared: Shared, workflow: WorkflowText) -> Self {
        Self {
            shared: Arc::new(shared),
            dry_run: Arc::default(),
            workflow,
            inputs: Arc::default(),
            suite_files: Arc::default(),
            named: Arc::default(),
            http_paths: Arc::default(),
            waits: InstanceWaits::default(),
        }
    }

    /// Without a network: from a workflow and a saved inventory only.
    pub fn offline(workflow: WorkflowText, saved: Option<Arc<SavedInventory>>) -> Self {
        let inventory = Inventory::offline(saved);
        let shared = Shared {
            inventory,
            http: Http::none(inventory::NO_COMFYUI),
            endpoint: Err(NO_ENDPOINT),
            management: Management::offline(),
            volumes: Volumes::offline(),
            samples: None,
            unfinished: BTreeMap::new(),
            price: None,
            speed: 1.0,
        };
        Self::of(shared, workflow)
    }

    /// How fast the clock of [`TimedAnswer::took`] runs.
    pub(crate) fn speed(&self) -> f64 {
        self.shared.speed
    }

    /// The same, with a dry run.
    #[must_use]
    pub fn with_dry_run(self, dry_run: Arc<DryRun>) -> Self {
        Self { dry_run, ..self }
    }

    /// The same, with the files that are sent with jobs.
    #[must_use]
    pub fn with_inputs(self, inputs: Arc<[InputFacts]>) -> Self {
        Self { inputs, ..self }
    }

    /// The same, with the files of the suite's folder.
    #[must_use]
    pub fn with_suite_files(self, suite_files: Arc<SuiteFiles>) -> Self {
        Self { suite_files, ..self }
    }

    /// The same for an instance whose settings name these paths in the suite's folder.
    #[must_use]
    pub fn naming(self, paths: BTreeSet<String>) -> Self {
        Self { named: Arc::new(paths), ..self }
    }

    /// The same for an instance that can request these paths of the ComfyUI server.
    #[must_use]
    pub fn requesting(self, paths: HttpPaths) -> Self {
        Self { http_paths: Arc::new(paths), ..self }
    }

    /// The same for a new instance of a check: with what its settings name, and what the suite lets it request.
    pub(crate) fn for_check(&self, check: &SuiteCheck) -> Self {
        self.for_instance().naming(texts(&check.settings)).requesting(check.http_paths.clone())
    }

    /// Requests a path of the ComfyUI server with its query, if the suite allows it.
    pub async fn http(&self, path: &str) -> TimedAnswer<Arc<Page>> {
        self.shared.http.get(&self.waits, &self.http_paths, path).await
    }

    /// The files at a path of the suite's folder, if the settings of the check name it.
    pub fn suite_files(&self, path: &str) -> Result<Arc<[SuiteFile]>, SuiteFilesError> {
        if self.named.contains(path) { self.suite_files.at(path) } else { Err(SuiteFilesError::AccessDenied) }
    }

    /// The same, with what was observed of samples that have not ended, by their index.
    #[must_use]
    pub(crate) fn with_unfinished(mut self, unfinished: BTreeMap<u32, JobTrace>) -> Self {
        // Nothing else holds it yet.
        if let Some(shared) = Arc::get_mut(&mut self.shared) {
            shared.unfinished = unfinished;
        }
        self
    }

    /// Whether a query of this instance got no response, but could get one on a retry.
    pub fn has_unanswered_query(&self) -> bool {
        self.waits.has_unanswered()
    }

    /// Why the cassette did not answer queries of this instance.
    pub(crate) fn misses(&self) -> Vec<String> {
        self.waits.misses()
    }

    pub(crate) fn note_miss(&self, why: &str) {
        self.waits.note_miss(why);
    }

    /// The same for another instance, which has waited for nothing yet.
    #[must_use]
    pub fn for_instance(&self) -> Self {
        self.for_workflow(self.workflow.clone())
    }

    /// The same for an instance that checks another workflow.
    #[must_use]
    pub fn for_workflow(&self, workflow: WorkflowText) -> Self {
        let (shared, dry_run) = (Arc::clone(&self.shared), Arc::clone(&self.dry_run));
        let (inputs, suite_files) = (Arc::clone(&self.inputs), Arc::clone(&self.suite_files));
        let (named, http_paths, waits) = (Arc::default(), Arc::default(), InstanceWaits::default());
        Self { shared, dry_run, workflow, inputs, suite_files, named, http_paths, waits }
    }

    pub fn workflow_source(&self) -> &str {
        &self.workflow.source
    }

    /// The workflow in API format, as JSON.
    pub fn workflow_api(&self) -> Option<&str> {
        self.workflow.is_api.then_some(&*self.workflow.source)
    }

    /// The sources of the inventory, in the order in which they are queried.
    pub fn sources(&self) -> Vec<InventorySource> {
        self.shared.inventory.sources()
    }

    pub async fn system(&self) -> TimedAnswer<Arc<SystemFacts>> {
        self.waits.record("system", self.shared.inventory.system().await)
    }

    /// Sorted.
    pub async fn node_classes(&self) -> TimedAnswer<Arc<Vec<String>>> {
        self.waits.record("object-info", self.shared.inventory.node_classes().await)
    }

    /// The description of one node class, as strict JSON; none if it is not installed.
    pub async fn node_class(&self, name: &str) -> TimedAnswer<Option<Arc<str>>> {
        self.waits.record("object-info", self.shared.inventory.node_class(name).await)
    }

    /// The node replacements, as strict JSON.
    pub async fn node_replacements(&self) -> TimedAnswer<Arc<str>> {
        self.waits.record("node-replacements", self.shared.inventory.node_replacements().await)
    }

    /// The names of the model folders.
    pub async fn model_folders(&self) -> TimedAnswer<Arc<Vec<String>>> {
        self.waits.record("model-folders", self.shared.inventory.model_folders().await)
    }

    /// The files in one model folder, sorted; none if there is no such folder.
    pub async fn models(&self, folder: &str) -> TimedAnswer<Option<Arc<Vec<ModelFile>>>> {
        self.waits.record(&format!("models/{folder}"), self.shared.inventory.models(folder).await)
    }

    /// The installed node packs, sorted by folder.
    pub async fn packs(&self) -> TimedAnswer<Arc<Vec<Pack>>> {
        self.waits.record("packs", self.shared.inventory.packs().await)
    }

    /// Requests `/health` once: no retries, no judgement.
    pub async fn reach(&self) -> TimedAnswer<ReachFacts> {
        let endpoint = match &self.shared.endpoint {
            Ok(endpoint) => endpoint,
            Err(reason) => return not_offered(reason),
        };
        let Endpoint { transport, round, url, secrets, reach, .. } = endpoint;
        let answer = reach.get(transport, *round, async |time| runpod::reach(time, url, secrets).await).await;
        if answer.answer.as_ref().is_ok_and(|reach| reach.status.is_none_or(is_temporary)) {
            self.waits.note_unanswered();
        }
        self.waits.record("reach", answer)
    }

    pub async fn health(&self) -> TimedAnswer<HealthFacts> {
        let endpoint = match &self.shared.endpoint {
            Ok(endpoint) => endpoint,
            Err(reason) => return not_offered(reason),
        };
        let answer = endpoint.health.get(&endpoint.transport, endpoint.round, runpod::health).await;
        self.waits.record("health", answer)
    }

    pub async fn configuration(&self) -> TimedAnswer<ConfigurationFacts> {
        self.shared.management.configuration(&self.waits).await
    }

    /// The names of the environment variables, sorted.
    pub async fn environment(&self) -> TimedAnswer<Vec<String>> {
        self.shared.management.environment(&self.waits).await
    }

    /// Sorted by id.
    pub async fn workers(&self) -> TimedAnswer<Arc<Vec<Worker>>> {
        self.shared.management.workers(&self.waits).await
    }

    /// Sorted by GPU type.
    pub async fn stock(&self) -> TimedAnswer<Arc<Vec<GpuStock>>> {
        self.shared.management.stock(&self.waits).await
    }

    /// The price of the endpoint's workers in RunPod's catalog, if known. `gpus` is used if the
    /// configuration does not give the number of GPUs per worker.
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

    /// In the order of the configuration.
    pub async fn network_volumes(&self) -> TimedAnswer<Arc<Vec<NetworkVolume>>> {
        self.shared.management.volumes(&self.waits).await
    }

    pub async fn releases(&self) -> TimedAnswer<Arc<ReleaseFacts>> {
        self.shared.management.releases(&self.waits).await
    }

    /// Newest first.
    pub async fn builds(&self) -> TimedAnswer<Arc<Vec<Build>>> {
        self.shared.management.builds(&self.waits).await
    }

    /// All lines of a worker's log, from `container` or `system`.
    pub async fn whole_log(&self, worker: &str, source: &str) -> TimedAnswer<Arc<Vec<LogLine>>> {
        self.shared.management.whole_log(&self.waits, worker, source).await
    }

    /// The last lines of a worker's log, from `container` or `system`.
    pub async fn worker_logs(&self, worker: &str, source: &str, tail: u32) -> TimedAnswer<Arc<Vec<LogLine>>> {
        self.shared.management.logs(&self.waits, worker, source, tail).await
    }

    /// ComfyUI's response to a job that it must refuse. The run waits for it, not the instance.
    pub async fn dry_run(&self) -> Result<Arc<DryRunFacts>, QueryError> {
        self.dry_run.request().await
    }

    /// In order. Sends nothing.
    pub fn volumes(&self) -> Result<&[VolumeRef], QueryError> {
        self.shared.volumes.volumes()
    }

    /// Facts of one file of a volume; none if there is no file at `path`.
    pub async fn volume_stat(&self, volume: &str, path: &str) -> TimedAnswer<Option<FileFacts>> {
        self.shared.volumes.stat(&self.waits, volume, path).await
    }

    /// The entries of one folder of a volume, sorted by name; empty if there is no such folder.
    pub async fn volume_list(&self, volume: &str, path: &str) -> TimedAnswer<Arc<Vec<(String, FolderEntry)>>> {
        self.shared.volumes.list(&self.waits, volume, path).await
    }

    /// Bytes of one file of a volume, from `offset`; fewer than `length` at its end.
    pub async fn volume_read(&self, volume: &str, path: &str, offset: u64, length: u32) -> TimedAnswer<bytes::Bytes> {
        self.shared.volumes.read(&self.waits, volume, path, offset, length).await
    }

    /// Every reading of `/health` while samples ran, in order of time.
    pub fn observations(&self) -> &[Observation] {
        self.shared.samples.as_ref().map_or(&[], |samples| &samples.observations)
    }

    /// In order of their index; none before they ran.
    pub fn samples(&self) -> &[Sample] {
        self.shared.samples.as_ref().map_or(&[], |samples| &samples.samples)
    }

    /// The position of a sample among [`Capabilities::samples`]. In a shard this differs from its
    /// index.
    pub fn position(&self, sample: u32) -> Option<usize> {
        self.samples().binary_search_by_key(&sample, |sample| sample.index).ok()
    }

    /// The bytes of the files of one sample, in the order of [`Sample::all_files`].
    pub fn files(&self, sample: u32) -> &[FileBytes] {
        let files = self.shared.samples.as_ref().map(|samples| &samples.files);
        let at = self.position(sample);
        files.zip(at).and_then(|(files, at)| files.get(at)).map_or(&[], Vec::as_slice)
    }

    /// The files that are sent with jobs, in the order of the suite.
    pub fn inputs(&self) -> &[InputFacts] {
        &self.inputs
    }

    /// The workers that polls saw a sample on, in order of time, with what the management API shows
    /// of them now.
    pub async fn attempts(&self, sample: u32) -> TimedAnswer<Vec<AttemptFacts>> {
        let Some(mut attempts) = self.trace(sample).map(|trace| trace.attempts.clone()) else {
            return TimedAnswer { answer: Ok(Vec::new()), took: Duration::ZERO };
        };
        let mut waited = Duration::ZERO;
        if attempts.iter().any(|attempt| attempt.gpu.is_none()) {
            let TimedAnswer { answer, took } = self.workers().await;
            waited = took;
            let workers = answer.unwrap_or_default();
            for attempt in &mut attempts {
                attempt.complete(&workers);
            }
        }
        TimedAnswer { answer: Ok(attempts), took: waited }
    }

    /// The endpoint when a sample was submitted; none if it was not.
    pub fn submission(&self, sample: u32) -> Option<SubmissionFacts> {
        let trace = self.trace(sample)?;
        let is_unfinished = self.shared.unfinished.contains_key(&sample);
        let was_submitted =
            || self.samples().get(self.position(sample)?).map(|sample| sample.ending != Ending::NotSubmitted);
        if !is_unfinished && was_submitted() != Some(true) {
            return None;
        }
        let busy = trace.queue.and_then(|queue| queue.busy);
        Some(SubmissionFacts {
            idle_workers: trace.queue.map(|queue| queue.workers),
            running_workers: busy.map(|busy| busy.running),
            initializing_workers: busy.map(|busy| busy.initializing),
            own_waiting: trace.queue.map(|queue| queue.waiting),
            other_jobs: busy.map(|busy| busy.other_jobs),
            same_as: self.same_as(sample),
        })
    }

    fn trace(&self, sample: u32) -> Option<&JobTrace> {
        let ended = || self.shared.samples.as_ref()?.traces.get(self.position(sample)?);
        self.shared.unfinished.get(&sample).or_else(ended)
    }

    /// The first sample with the same workflow.
    fn same_as(&self, sample: u32) -> Option<u32> {
        let own = &self.samples().get(self.position(sample)?)?.workflow;
        let earlier = self.samples().iter().take_while(|other| other.index != sample);
        earlier.filter(|other| other.job.is_some()).find(|other| other.workflow == *own).map(|other| other.index)
    }

    pub fn price(&self) -> Option<&Price> {
        self.shared.price.as_ref()
    }
}

const NO_ENDPOINT: &str = "the suite names no endpoint";
const LOCAL_WORKER: &str = "a local worker has no endpoint API";

fn not_offered<T>(reason: &str) -> TimedAnswer<T> {
    unanswered(QueryError::NotOffered(reason.to_owned()))
}

/// No request was sent.
fn unanswered<T>(err: QueryError) -> TimedAnswer<T> {
    TimedAnswer { answer: Err(err), took: Duration::ZERO }
}

#[cfg(test)]
mod tests;
