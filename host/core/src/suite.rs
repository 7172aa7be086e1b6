//! What the user asked for.

mod checks;
mod deployment;
mod file;
mod notifications;
mod parse;
pub(crate) mod paths;
pub(crate) mod problems;
mod schema;
mod settings;
pub(crate) mod source;
mod surroundings;
mod volumes;
mod waivers;

pub use schema::{schema, toml_schema};
pub use surroundings::{FileRequest, Overrides, ReadError, Surroundings, Unset, Within};
pub use volumes::{VolumeProblem, volume_problems};

use crate::finding::Severity;
use crate::notification::{Channel, Occasion};
use crate::partition::Partition;
use crate::secret::Secret;
use jiff::civil::Date;
use serde_json::Value;
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

/// A suite: the deployment, the workflow, the samples to take and the checks to run.
#[derive(Clone, Debug)]
pub struct Suite {
    /// Its name: what the file says, else the file's stem, else `comfycheck`.
    pub name: String,
    /// Its own file, for the places of what is wrong; none if it has none.
    pub file: Option<TextFile>,
    /// The workflow's file; none if the suite has no workflow.
    pub workflow: Option<TextFile>,
    /// What is under test.
    pub deployment: Deployment,
    /// How samples are taken.
    pub sampling: Sampling,
    /// The checks, in the order of the file, which is the order of the report.
    pub checks: Vec<SuiteCheck>,
    /// What is accepted for a time, in the order of the file.
    pub waivers: Vec<SuiteWaiver>,
    /// Who is told of the run, in the order of the file.
    pub notifications: Vec<SuiteNotification>,
}

impl Suite {
    /// The URLs of webhooks, which nothing that is written shows.
    pub fn webhooks(&self) -> impl Iterator<Item = Secret> + '_ {
        self.notifications.iter().filter_map(|notification| match &notification.url {
            WebhookUrl::Known { url, .. } => Some(url.clone()),
            WebhookUrl::Unusable(_) | WebhookUrl::NotSought => None,
        })
    }
}

/// A text file that the suite names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextFile {
    /// Its path as the command line gives it, or as it is seen from there where the suite gives it: what messages show.
    pub path: String,
    /// Its whole text.
    pub text: String,
}

/// The job API of RunPod itself, without a final `/`.
pub const RUNPOD: &str = "https://api.runpod.ai/v2";

/// The thing under test. By default nothing but RunPod's own job API is known of it.
#[derive(Clone, Debug)]
pub struct Deployment {
    /// The id of the RunPod endpoint.
    pub endpoint: Option<String>,
    /// The RunPod API key.
    pub key: Option<Secret>,
    /// The base of RunPod's job API, without a final `/`: the endpoint's id follows. Of a local worker, its address.
    pub base_url: String,
    /// Whether a worker is under test that runs outside RunPod, under the test server of RunPod's SDK: there is no endpoint,
    /// no `/health` and no key.
    pub local_worker: bool,
    /// The base of RunPod's management API, REST version 2, without a final `/`. None where the job API is not RunPod's own
    /// and the suite names none: the key is RunPod's, and goes nowhere else.
    pub management_url: Option<String>,
    /// The base URL of a ComfyUI server, without a final `/`.
    pub comfyui: Option<String>,
    /// The endpoint's network volumes, in the order of the suite.
    pub volumes: Vec<Volume>,
    /// The keys of the volumes' S3-compatible API.
    pub s3_keys: Option<S3Keys>,
    /// A saved inventory: what ComfyUI answers to `/object_info`.
    pub object_info: Option<TextFile>,
    /// Hosts from which images are fetched, besides the usual object storages.
    pub image_hosts: Vec<String>,
    /// How many jobs that ComfyUI must refuse may be submitted, to learn which nodes and models a worker has.
    pub dry_run: u32,
    /// The GPU type or pool, for the price and the report.
    pub gpu: Option<String>,
    /// How many GPUs a worker has, for a price that is by GPU.
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
            dry_run: 0,
            gpu: None,
            gpu_count: NonZeroU32::MIN,
            price_per_second: None,
        }
    }
}

impl Deployment {
    /// Every key: what must stand in nothing that is written.
    pub fn secrets(&self) -> Vec<Secret> {
        let s3 = self.s3_keys.iter().flat_map(|keys| [&keys.access, &keys.secret]);
        self.key.iter().chain(s3).cloned().collect()
    }
}

/// A network volume.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    /// RunPod's id, which is the name of its bucket.
    pub id: String,
    /// Where it lies, such as `EU-RO-1`.
    pub data_center: String,
    /// The address of its S3-compatible API, without a final `/`: the id follows.
    pub address: String,
}

/// The keys of the S3-compatible API, which are not those of the job API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Keys {
    /// Which key it is.
    pub access: Secret,
    /// What requests are signed with.
    pub secret: Secret,
}

/// How samples are taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampling {
    /// How many samples are taken.
    pub samples: u32,
    /// How many of them are in flight at once.
    pub concurrency: NonZeroU32,
    /// How they are submitted.
    pub submit: Submit,
    /// How many requests of one kind are sent in ten seconds at most; none: half of what RunPod allows.
    pub rate_limit: Option<NonZeroU32>,
    /// What is set in the workflow, from sample to sample.
    pub variations: Vec<Variation>,
    /// The inputs that take a sample's seed; none: every literal integer input called
    /// `seed` or `noise_seed`.
    pub seed_inputs: Option<Vec<NodeInput>>,
    /// The run seed; none: drawn live, taken from the cassette in replay.
    pub seed: Option<u64>,
    /// When to give up.
    pub patience: Patience,
    /// What the run may spend.
    pub budget: Budget,
    /// The share of the run whose samples are taken, which spends its part of the budget and keeps to its part of the
    /// rate limits; none: all. Of a live run only: elsewhere each share replays the whole sampling.
    pub share: Option<Partition>,
}

impl Sampling {
    /// What is spent at most: of a share, its part of the budget.
    pub fn part_of_budget(&self) -> Budget {
        match self.share {
            Some(share) => share.budget(&self.budget, self.samples),
            None => self.budget.clone(),
        }
    }
}

/// How samples are submitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Submit {
    /// By `/run`, which answers at once. A request may have 10 MB.
    #[default]
    Run,
    /// By `/runsync`, whose answer waits for the job for a while. A request may have 20 MB.
    Runsync,
}

/// An input of a node of the workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeInput {
    /// The node's id.
    pub node: String,
    /// The input's name.
    pub input: String,
}

/// Values that an input takes in turn: sample `i` takes value `i mod n`.
#[derive(Clone, Debug, PartialEq)]
pub struct Variation {
    /// The input.
    pub input: NodeInput,
    /// At least one value.
    pub values: Vec<Value>,
}

/// When the sampler gives up on a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patience {
    /// How long a job may wait while none of the run's jobs runs or ends.
    pub in_queue: Duration,
    /// How long a job may run.
    pub in_progress: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { in_queue: Duration::from_mins(5), in_progress: Duration::from_mins(10) }
    }
}

/// What a run may spend.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Budget {
    /// The most jobs that are submitted.
    pub max_jobs: Option<u32>,
    /// The most money that is spent, in USD, by the upper end of each cost range. A job whose cost is not known counts
    /// as one that runs until the patience ends ([`crate::cost::longest`]).
    pub max_cost: Option<f64>,
}

/// A check as the suite asks for it.
#[derive(Clone, Debug, PartialEq)]
pub struct SuiteCheck {
    /// Its name in the suite and in the report; unique.
    pub name: String,
    /// The component.
    pub source: CheckSource,
    /// The capabilities that the suite allows it, such as `comfyui/inventory`; none for
    /// a bundled check, which is granted what it imports.
    pub grants: Option<Vec<String>>,
    /// Whether it gates; none: as its manifest says.
    pub gate: Option<bool>,
    /// A JSON object.
    pub settings: Value,
    /// Severities by rule id, instead of the rules' own.
    pub severity: BTreeMap<String, Severity>,
    /// Limits of its sandbox, where they differ from the defaults.
    pub limits: Limits,
    /// The place of its table in the suite file, for messages of the plan.
    pub place: Option<Place>,
}

/// A waiver as the suite asks for it: findings that do not count for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuiteWaiver {
    /// The check's name in the suite. The run need not have the check: the command line may leave it out.
    pub check: String,
    /// The id of one of the check's rules.
    pub rule: String,
    /// What the findings are about, as reports name it; none: whatever they are about.
    pub subject: Option<String>,
    /// Why they are accepted. Not empty.
    pub reason: String,
    /// The last day on which the waiver counts.
    pub expires: Date,
    /// The place of its table in the suite file.
    pub place: Option<Place>,
}

/// Someone who is told of live runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SuiteNotification {
    /// What is sent.
    pub to: Channel,
    /// Of which runs.
    pub on: Occasion,
    /// Where it is sent to.
    pub url: WebhookUrl,
}

/// The URL of a webhook: whoever has it can write there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookUrl {
    /// It is known, and may be asked.
    Known {
        /// The environment variable that holds it.
        variable: String,
        /// The URL, over `https` or on this machine.
        url: Secret,
    },
    /// It cannot be had: why, as a line that does not hold it.
    Unusable(String),
    /// It was not looked for: in replay and simulation nothing is sent.
    NotSought,
}

/// Where the component of a check comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckSource {
    /// A check of comfycheck itself, by name.
    Bundled(String),
    /// A `.wasm` file, by its path as the suite gives it.
    File(String),
}

/// Limits of a check instance. A value that is none is the default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of all linear memories and tables together; 256 MiB. The samples that a check looks at come on top.
    pub memory_bytes: Option<u64>,
    /// CPU time on this machine; 10 s.
    pub cpu: Option<Duration>,
    /// Time on the instance's own clock, waiting included; 120 s.
    pub wall: Option<Duration>,
    /// Findings and open questions together; 1,000.
    pub findings: Option<u32>,
    /// Bytes of a message, a reason or a help, beyond which it is cut; 8 KiB.
    pub message_bytes: Option<usize>,
    /// Bytes of the data of one finding; 64 KiB.
    pub data_bytes: Option<usize>,
    /// Bytes of the log of one instance, beyond which it ends; 256 KiB.
    pub log_bytes: Option<usize>,
    /// Calls of the host; 100,000.
    pub host_calls: Option<u32>,
    /// Handles that one instance holds at once; 10,000.
    pub handles: Option<u32>,
}

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
}
