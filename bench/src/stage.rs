//! Where guests run: a sandbox, its components, and their capabilities.

use anyhow::{Context, bail, ensure};
use bytes::Bytes;
use comfycheck_core::execution::{CheckInstance, Execution, Outcome};
use comfycheck_core::manifest::Scope;
use comfycheck_core::sample::{Ending, FileFacts, Sample};
use comfycheck_core::secret::Secrets;
use comfycheck_core::suite::Deployment;
use comfycheck_runtime::capabilities::{Capabilities, Offer, WorkflowText};
use comfycheck_runtime::facts::Samples;
use comfycheck_runtime::sandbox::{Cache, Call, Check, ComponentSource, Limits, Sandbox};
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::exchange::Phase;
use comfycheck_runtime::transport::live::{self, Live};
use comfycheck_runtime::transport::simulate::Simulate;
use comfycheck_simulator::scenario::Scenario;
use serde_json::json;
use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;

/// A sandbox with its components.
pub(crate) struct Stage {
    /// Like that of the command line.
    pub(crate) runtime: Runtime,
    /// The guest of the benchmark.
    pub(crate) guest: Check,
    /// The image check, as shipped.
    pub(crate) image: Check,
    /// The media check, as shipped.
    media: Check,
    /// The endpoint check, as shipped.
    endpoint: Check,
    /// A server that accepts connections and never answers.
    silent: TcpListener,
}

/// An instance to run.
#[derive(Clone)]
pub(crate) struct Task {
    check: Check,
    scope: Scope,
    settings: String,
    capabilities: Capabilities,
    limits: Limits,
}

/// The workflow of the sample: an image of 1024 × 1024 pixels, saved.
const WORKFLOW: &str = r#"{
    "1": {"class_type": "EmptySD3LatentImage", "inputs": {"width": 1024, "height": 1024, "batch_size": 1}},
    "2": {"class_type": "VAEDecode", "inputs": {"samples": ["1", 0], "vae": ["3", 0]}},
    "3": {"class_type": "VAELoader", "inputs": {"vae_name": "ae.safetensors"}},
    "4": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "bench"}}
}"#;

impl Stage {
    /// Compiles the components into a cache folder.
    pub(crate) fn new(cache: &Path) -> anyhow::Result<Self> {
        let runtime = Runtime::new()?;
        let sandbox = Sandbox::new(Some(Cache::open(cache)?))?;
        let bundled = |name| comfycheck_checks::check(name).with_context(|| format!("there is no check `{name}`"));
        let load = |name: &'static str, wasm: &[u8]| {
            let source = ComponentSource { name, wasm, sha256: None };
            // The second time the code is mapped from the cache, as in every run but the first.
            sandbox.load(source)?;
            let component = sandbox.load(source)?;
            anyhow::Ok(component.grant(&[
                "check/files",
                "runpod/samples",
                "runpod/outputs",
                "runpod/endpoint",
                "comfyui/inventory",
            ])?)
        };
        let guest = load("bench", include_bytes!(concat!(env!("OUT_DIR"), "/guest.wasm")))?;
        let image = load("image", &bundled("image")?.component())?;
        let media = load("media", &bundled("media")?.component())?;
        let endpoint = load("endpoint", &bundled("endpoint")?.component())?;
        Ok(Self { runtime, guest, image, media, endpoint, silent: TcpListener::bind(("127.0.0.1", 0))? })
    }

    /// The guest of the benchmark on a sample with one image, with an action and its repetitions.
    pub(crate) fn guest(&self, action: &str, times: u32, image: &Bytes) -> anyhow::Result<Task> {
        let settings = json!({ "action": action, "times": times }).to_string();
        Ok(Task { settings, limits: unlimited(), ..self.image(image, self.guest.clone())? })
    }

    /// The image check on a sample with one image, as in a run.
    pub(crate) fn image_check(&self, image: &Bytes) -> anyhow::Result<Task> {
        self.image(image, self.image.clone())
    }

    /// The media check on a sample with one file, as in a run.
    pub(crate) fn media_check(&self, file: &Bytes) -> anyhow::Result<Task> {
        self.image(file, self.media.clone())
    }

    /// The endpoint check after a job that failed on a worker with this log. The log is read once for all instances.
    pub(crate) fn endpoint_check(&self, log: Vec<String>) -> anyhow::Result<Task> {
        let mut scenario = Scenario::default();
        (scenario.workers.ready, scenario.workers.log) = (1, log);
        let deployment = Deployment { endpoint: Some(scenario.endpoint_id().to_owned()), ..Deployment::default() };
        let transport = Arc::new(Transport::Simulate(Simulate::new("bench", scenario)));
        let capabilities = |samples| capabilities(Arc::clone(&transport), Phase::Run, &deployment, samples);
        let workers = self.runtime.block_on(capabilities(Samples::default()).workers()).answer?;
        let mut sample = Sample::not_submitted(0, None, WORKFLOW.to_owned(), "");
        sample.ending = Ending::Failed;
        sample.error = Some("Job processing failed".to_owned());
        sample.worker = Some(workers.first().context("the scenario has no worker")?.id.clone());
        let samples = Samples { samples: vec![sample], files: vec![Vec::new()], ..Samples::default() };
        let (check, capabilities) = (self.endpoint.clone(), capabilities(samples));
        Ok(Task { check, scope: Scope::Run, settings: "{}".to_owned(), capabilities, limits: Limits::default() })
    }

    fn image(&self, image: &Bytes, check: Check) -> anyhow::Result<Task> {
        let deployment =
            Deployment { comfyui: Some(format!("http://{}", self.silent.local_addr()?)), ..Deployment::default() };
        let live =
            Live::new(&deployment, Secrets::default(), self.runtime.handle().clone(), live::ExchangeLimits::default())?;
        let mut sample = Sample::not_submitted(0, None, WORKFLOW.to_owned(), "");
        sample.ending = Ending::Succeeded;
        sample.output = Some(json!({ "images": [{ "filename": "bench.png", "type": "base64" }] }));
        // The check reads hashes in another scope.
        let facts = FileFacts { size: image.len() as u64, ..FileFacts::default() };
        sample.images = vec![facts];
        let samples = Samples { samples: vec![sample], files: vec![vec![image.clone()]], ..Samples::default() };
        let capabilities = capabilities(Arc::new(Transport::Live(live)), Phase::Sample, &deployment, samples);
        Ok(Task { check, scope: Scope::Sample, settings: "{}".to_owned(), capabilities, limits: Limits::default() })
    }

    /// Runs an instance on this thread, as a run does on its threads.
    pub(crate) fn run(&self, task: &Task) -> Execution {
        self.runtime.block_on(task.clone().run())
    }

    /// Runs an instance that must complete without a finding.
    pub(crate) fn complete(&self, task: &Task) -> anyhow::Result<()> {
        completed(&self.run(task))
    }

    /// Runs an instance that must complete with a finding of this rule.
    pub(crate) fn finds(&self, task: &Task, rule: &str) -> anyhow::Result<()> {
        let execution = self.run(task);
        let is_found = execution.findings().iter().any(|finding| finding.rule == rule);
        ensure!(is_found, "no `{rule}`: {:?}", execution.outcome);
        Ok(())
    }
}

impl Task {
    /// With other limits.
    pub(crate) fn within(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// Runs on the thread that awaits it.
    pub(crate) async fn run(self) -> Execution {
        let name = self.check.component().name();
        let call = Call {
            instance: CheckInstance {
                check: name.to_owned(),
                scope: self.scope,
                sample: (self.scope == Scope::Sample).then_some(0),
            },
            settings: &self.settings,
            severity: &BTreeMap::new(),
            capabilities: self.capabilities.for_instance(),
            limits: self.limits.clone(),
            secrets: Secrets::default(),
            log: Arc::new(|_, _| ()),
        };
        self.check.run(call).await
    }
}

/// Refuses an instance that did not complete, or that has a finding or an open question: it did not do what is timed.
pub(crate) fn completed(execution: &Execution) -> anyhow::Result<()> {
    match &execution.outcome {
        Outcome::Completed { findings, open } if findings.is_empty() && open.is_empty() => Ok(()),
        other => bail!("`{}` did not complete without a finding: {other:?}", execution.instance.check),
    }
}

/// Limits that no loop of the benchmark reaches.
fn unlimited() -> Limits {
    Limits { cpu: Duration::from_mins(1), host_calls: u32::MAX, ..Limits::default() }
}

/// What an instance can query in a phase.
fn capabilities(transport: Arc<Transport>, phase: Phase, deployment: &Deployment, samples: Samples) -> Capabilities {
    Capabilities::new(Offer {
        transport,
        round: phase.into(),
        deployment,
        saved: None,
        date: None,
        workflow: WorkflowText { source: WORKFLOW.into(), is_api: true },
        samples: Some(Arc::new(samples)),
        price: None,
        secrets: Secrets::default(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pictures::pictures;
    use crate::platform::private_folder;

    #[test]
    fn every_picture_is_decoded_in_the_sandbox() {
        let cache = private_folder().unwrap();
        let stage = Stage::new(cache.path()).unwrap();
        for picture in pictures().unwrap() {
            stage.complete(&stage.guest("decode", 2, &picture.bytes).unwrap()).unwrap();
            stage.complete(&stage.image_check(&picture.bytes).unwrap()).unwrap();
        }
    }
}
