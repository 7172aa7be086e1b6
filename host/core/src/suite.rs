//! What the user asked for.

mod checks;
mod deployment;
mod file;
mod foreign;
mod http_paths;
mod inputs;
mod notifications;
mod output_path;
mod parse;
pub(crate) mod paths;
pub(crate) mod problems;
mod request;
mod run_name;
mod schema;
mod settings;
pub(crate) mod source;
mod surroundings;
mod variables;
mod volumes;
mod waivers;
mod written;

pub use deployment::LARGEST_INVENTORY;
pub use http_paths::HttpPaths;
pub use inputs::is_media_name;
pub use output_path::OutputPath;
pub use parse::MOST_SAMPLES;
pub use schema::{schema, toml_schema};
pub use surroundings::{
    BundledName, FileLocation, FileRequest, GivenInput, InventoryReadError, Needs, Overrides, ReadError, Surroundings,
    UnsetVariables,
};
pub use volumes::{VolumeProblem, volume_problems};

use crate::diagnostic::Diagnostic;
use crate::distribution::RemoteSource;
use crate::finding::Severity;
use crate::inventory::InventoryFile;
use crate::money::Budget;
use crate::notification::{Channel, Occasion, WebhookBody};
use crate::partition::Partition;
use crate::request::JobRequest;
use crate::secret::{Secret, Secrets};
use crate::text::{Place, TextFile};
use crate::workflow::{NodeInput, Variation};
use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use source::{Mark, Source};
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

/// A suite: the deployment, the workflow, the samples and the checks.
#[derive(Clone, Debug)]
pub struct Suite {
    /// The name in the file, else the file's stem, else `comfycheck`.
    pub name: String,
    /// The name of the run: that of the command line, else made of the suite, the workflow and the endpoint.
    pub run_name: String,
    /// The suite's own file, for the places of problems. None for a suite that the command line makes up.
    pub file: Option<TextFile>,
    /// None if the suite has no workflow.
    pub workflow: Option<TextFile>,
    /// What is sent with each job beside the workflow.
    pub request: JobRequest,
    pub deployment: Deployment,
    pub sampling: Sampling,
    /// In the order of the file, which is the order of the report.
    pub checks: Vec<SuiteCheck>,
    /// In the order of the file.
    pub waivers: Vec<SuiteWaiver>,
    /// In the order of the file.
    pub notifications: Vec<SuiteNotification>,
    /// The keys of the deployment and of requests and the URLs of webhooks, which no output shows.
    pub secrets: Secrets,
}

impl Suite {
    /// The same diagnostic with the place of the value at a path of keys in the suite's file, if it has one.
    #[must_use]
    pub fn locate(&self, path: &[&str], diagnostic: Diagnostic) -> Diagnostic {
        let path: Vec<_> = path.iter().map(|&step| step.to_owned()).collect();
        // A suite that was parsed once parses again.
        match self.file.as_ref().map(Source::parse) {
            Some(Ok(source)) => source.locate(diagnostic, &path, Mark::Value),
            Some(Err(_)) | None => diagnostic,
        }
    }
}

/// RunPod's own job API, without a final `/`.
pub const RUNPOD: &str = "https://api.runpod.ai/v2";

/// The thing under test. The default knows RunPod's own job API and nothing else.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// The id of the RunPod endpoint.
    pub endpoint: Option<String>,
    /// The RunPod API key.
    pub key: Option<Secret>,
    /// The base of RunPod's job API, without a final `/` and without the endpoint's id. For a local worker, its address.
    pub base_url: String,
    /// Whether the worker runs outside RunPod, under the test server of RunPod's SDK. Then there is no endpoint, no `/health`
    /// and no key.
    pub local_worker: bool,
    /// The base of RunPod's management API, REST version 2, without a final `/`.
    ///
    /// None if the job API is not RunPod's own and the suite names no other: the key is RunPod's and goes nowhere else.
    pub management_url: Option<String>,
    /// The base URL of a ComfyUI server, without a final `/`.
    pub comfyui: Option<String>,
    /// The endpoint's network volumes, in the order of the suite.
    pub volumes: Vec<Volume>,
    /// The keys of the volumes' S3-compatible API.
    pub s3_keys: Option<S3Keys>,
    /// A saved inventory.
    pub object_info: Option<InventoryFile>,
    /// Hosts to download files from, besides the common object storages.
    pub image_hosts: Vec<String>,
    /// The part of a job's output that holds its files; none for all of it.
    pub output_path: Option<OutputPath>,
    /// How many dry-run jobs can be submitted.
    pub dry_run: u32,
    /// The GPU type or pool, for the price and the report.
    pub gpu: Option<String>,
    /// GPUs per worker, for a price per GPU.
    pub gpu_count: NonZeroU32,
    /// In USD, for all GPUs of one worker.
    pub price_per_second: Option<f64>,
}

impl Default for Deployment {
    fn default() -> Self {
        Self {
            endpoint: None,
            key: None,
            base_url: RUNPOD.to_owned(),
            local_worker: false,
            management_url: None,
            comfyui: None,
            volumes: Vec::new(),
            s3_keys: None,
            object_info: None,
            image_hosts: Vec::new(),
            output_path: None,
            dry_run: 0,
            gpu: None,
            gpu_count: NonZeroU32::MIN,
            price_per_second: None,
        }
    }
}

impl Deployment {
    /// All keys, which no output shows.
    pub fn keys(&self) -> impl Iterator<Item = Secret> + '_ {
        let s3 = self.s3_keys.iter().flat_map(|keys| [&keys.access, &keys.secret]);
        self.key.iter().chain(s3).cloned()
    }
}

/// A network volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// RunPod's id, which is also the name of its bucket.
    pub id: String,
    /// Such as `EU-RO-1`.
    pub data_center: String,
    /// The address of its S3-compatible API, without a final `/` and without the id.
    pub address: String,
}

/// The keys of the S3-compatible API. They differ from the key of the job API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Keys {
    /// The id of the key.
    pub access: Secret,
    /// Signs requests.
    pub secret: Secret,
}

/// How samples run.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    pub samples: u32,
    /// How many samples are in flight at once.
    pub concurrency: NonZeroU32,
    pub submit: Submit,
    /// The most requests of one kind in ten seconds. None: half of RunPod's limits.
    pub rate_limit: Option<NonZeroU32>,
    /// Inputs of the workflow that differ between samples.
    pub variations: Vec<Variation>,
    /// The inputs that take a sample's seed. None: every integer input called `seed` or `noise_seed`.
    pub seed_inputs: Option<Vec<NodeInput>>,
    /// The run seed. None: a new one in a live run, the recorded one in a replay.
    pub seed: Option<u64>,
    pub patience: Patience,
    pub budget: Budget,
    /// The shard whose samples run, with its part of the budget and of the rate limits. None: all samples run.
    ///
    /// Live runs only: in a replay or simulation each shard replays all samples.
    pub share: Option<Partition>,
}

impl Sampling {
    /// The budget; for a shard, its part of the budget.
    pub fn part_of_budget(&self) -> Budget {
        match self.share {
            Some(shard) => shard.budget(&self.budget, self.samples),
            None => self.budget.clone(),
        }
    }
}

/// How samples are submitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Submit {
    /// By `/run`, which answers at once. A request has at most 10 MB.
    #[default]
    Run,
    /// By `/runsync`, which waits for the job for a while. A request has at most 20 MB.
    Runsync,
}

impl Submit {
    /// The most bytes of a request. For `/run`, RunPod's error names the limit (`exceeded max body size of 10MiB`); for
    /// `/runsync` it is twice that.
    pub const fn largest_request(self) -> usize {
        match self {
            Self::Run => 10 << 20,
            Self::Runsync => 20 << 20,
        }
    }
}

/// How long the sampler waits for a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How long a job can wait while none of the run's jobs runs or ends.
    pub in_queue: Duration,
    /// How long a job can run.
    pub in_progress: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { in_queue: Duration::from_mins(5), in_progress: Duration::from_mins(10) }
    }
}

/// A check of the suite.
#[derive(Clone, Debug, PartialEq)]
pub struct SuiteCheck {
    /// Its name in the suite and in the report. Unique.
    pub name: String,
    pub source: CheckSource,
    /// The capabilities that the suite grants it, such as `comfyui/inventory`. None for a built-in check, which is granted
    /// what it imports.
    pub grants: Option<Vec<String>>,
    /// What it can request with `comfyui/http`.
    pub http_paths: HttpPaths,
    /// Whether it gates. None: the manifest decides.
    pub gate: Option<bool>,
    /// A JSON object.
    pub settings: Value,
    /// Severities by rule id, instead of the rules' own.
    pub severity: BTreeMap<String, Severity>,
    /// Limits of its sandbox that differ from the defaults.
    pub limits: Limits,
    /// The place of its table in the suite file.
    pub place: Option<Place>,
}

/// A waiver of the suite: findings that do not count until a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuiteWaiver {
    /// The check's name in the suite. The command line can leave the check out of the run.
    pub check: String,
    /// The id of one of the check's rules.
    pub rule: String,
    /// A subject as reports name it. None: any subject.
    pub subject: Option<String>,
    /// Why the findings are accepted. Not empty.
    pub reason: String,
    /// The last day of the waiver.
    pub expires: Date,
    /// The place of its table in the suite file.
    pub place: Option<Place>,
}

/// Where to report live runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuiteNotification {
    /// What to send.
    pub to: Channel,
    /// Which runs to report.
    pub on: Occasion,
    /// How many runs in a row must fail before the first notification.
    pub after: NonZeroU32,
    /// The hours until an unchanged failure is reported again.
    pub remind: Option<NonZeroU32>,
    /// What a webhook gets.
    pub body: WebhookBody,
    /// Where to send it.
    pub url: WebhookUrl,
    /// The key that signs what a webhook gets.
    pub signing_key: Option<Secret>,
    /// The channel and its variables. It identifies the recipient from run to run.
    pub recipient: String,
}

/// The URL of a webhook. It grants write access to anyone who has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookUrl {
    Known {
        /// The environment variable that holds it.
        variable: String,
        /// Over `https`, or to this machine.
        url: Secret,
    },
    /// Why it cannot be used, in one line that does not contain it.
    Unusable(String),
    /// A replay or simulation does not look for it: nothing is sent.
    NotSought,
}

impl WebhookUrl {
    /// The URL, which no output shows.
    pub(crate) fn known(&self) -> Option<&Secret> {
        match self {
            Self::Known { url, .. } => Some(url),
            Self::Unusable(_) | Self::NotSought => None,
        }
    }
}

/// Where the component of a check comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckSource {
    /// A built-in check, by name.
    Bundled(String),
    /// A `.wasm` file, by its path in the suite.
    File(String),
    /// A component of a registry or a web server.
    Remote(RemoteSource),
}

/// Limits of a check instance. None means the default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Limits {
    /// Bytes of all linear memories and tables, without the samples that the check reads; 384 MiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory_bytes: Option<u64>,
    /// CPU time on this machine; 10 s.
    #[serde(rename = "cpu-ms", default, with = "crate::milliseconds::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<u64>")]
    pub cpu: Option<Duration>,
    /// Time on the instance's own clock, waiting included; 120 s.
    #[serde(
        rename = "wall-ms",
        default,
        with = "crate::milliseconds::option",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<u64>")]
    pub wall: Option<Duration>,
    /// Findings and open questions together; 1,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub findings: Option<u32>,
    /// Bytes of a message, a reason or a help line. The rest is cut; 8 KiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_bytes: Option<usize>,
    /// Bytes of the data of one finding; 64 KiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_bytes: Option<usize>,
    /// Bytes of the log. The rest is dropped; 256 KiB.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_bytes: Option<usize>,
    /// Calls of the host; 100,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub host_calls: Option<u32>,
    /// Handles held at once; 10,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handles: Option<u32>,
}
