//! The suite file as TOML holds it.
//!
//! The doc comments are the descriptions in the suite's JSON Schema and in the book's page on the suite file: the first
//! paragraph stands in a table of keys, the rest below it.

mod request;

pub(super) use request::{InputsFile, PolicyFile, RequestTableFile};

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::num::NonZeroU32;

/// A comfycheck suite: which endpoint to check, with which workflow, and by which checks.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(title = "comfycheck suite")]
pub(super) struct SuiteFile {
    /// The suite's name in reports. Default: the file name without its extension.
    #[schemars(length(min = 1))]
    pub(super) name: Option<String>,
    /// The workflow in ComfyUI's API format (Workflow → Export (API)). A path relative to the suite's folder.
    ///
    /// These work, too:
    ///
    /// - a request to an endpoint, such as `test_input.json`. Its `images` and `policy` are sent with each job;
    /// - a request to ComfyUI's `/prompt`;
    /// - PNG, WebP, JPEG, FLAC and MP4 files that ComfyUI saved with metadata.
    pub(super) workflow: Option<String>,
    /// How many jobs to submit. Each is billed. Default: 1, or 0 without a workflow. With 0, only the deployment is checked.
    #[schemars(range(max = 1000))]
    pub(super) samples: Option<u32>,
    /// How many samples run at once. Default: 1.
    pub(super) concurrency: Option<NonZeroU32>,
    /// How to submit samples. Default: `run`.
    ///
    /// - `run`: answers at once. At most 10 MB per request.
    /// - `runsync`: waits up to 90 s for the job. At most 20 MB per request. A job whose response is lost cannot be cancelled.
    pub(super) submit: Option<SubmitFile>,
    /// Requests of one kind in ten seconds: submissions, status requests or cancellations. Default: half of RunPod's limits.
    ///
    /// Only for an endpoint on this machine, such as `comfycheck mock`.
    pub(super) rate_limit: Option<NonZeroU32>,
    /// The run seed. Default: a new one for each run.
    ///
    /// Sample `i` gets seed + `i`, so ComfyUI never answers a sample from its cache.
    pub(super) seed: Option<u64>,
    /// The inputs that take a sample's seed. Default: every integer input called `seed` or `noise_seed`. An empty list sets no seed.
    pub(super) seed_inputs: Option<Vec<NodeInputFile>>,
    /// The deployment to check.
    pub(super) deployment: DeploymentFile,
    /// Inputs of the workflow that differ between samples, such as the prompt.
    pub(super) variations: Vec<VariationFile>,
    /// Files that are sent with each job whose workflow names them.
    ///
    /// Files count as base64 towards the limit of a request: 10 MiB by `run`, 20 MiB by `runsync`. Recordings have their digests
    /// only. A replay needs none of them.
    pub(super) inputs: InputsFile,
    /// What is sent with each job beside the workflow and its files.
    pub(super) request: RequestTableFile,
    /// How long to wait for a job.
    pub(super) patience: PatienceFile,
    /// What a run can spend.
    pub(super) budget: BudgetFile,
    /// Limits of every check. A check's own `limits` take precedence.
    pub(super) limits: LimitsFile,
    /// The checks by name, in report order. Only these run. Default: every built-in check except `denrisi`.
    #[schemars(with = "Option<BTreeMap<String, CheckFile>>", extend("propertyNames" = { "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$" }))]
    #[serde(deserialize_with = "in_order")]
    pub(super) checks: Option<Vec<(String, CheckFile)>>,
    /// Findings that you accept until a day. Reports show them as waived. They neither block jobs nor fail the run.
    pub(super) waivers: Vec<WaiverFile>,
    /// Where to report live runs. Default: each channel whose variable is set, such as `COMFYCHECK_SLACK_WEBHOOK`.
    ///
    /// A replay or simulation sends nothing and reads no variable. It prints which of the notifications in this file a live run
    /// would send.
    pub(super) notifications: Option<Vec<NotificationFile>>,
}

/// A RunPod endpoint, and optionally a ComfyUI server with the same installation.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(rename = "Deployment")]
pub(super) struct DeploymentFile {
    /// The id of the RunPod endpoint. Default: `RUNPOD_ENDPOINT_COMFYUI`, then `RUNPOD_ENDPOINT_ID`.
    pub(super) endpoint: Option<TextOrEnv>,
    /// The address of a worker outside RunPod, instead of an endpoint. `https`, or `http` to this machine.
    ///
    /// The worker runs under the test server of RunPod's SDK: `python handler.py --rp_serve_api`. It has no key and no `/health`.
    pub(super) local_worker: Option<TextOrEnv>,
    /// The environment variable that holds the RunPod API key. Default: `RUNPOD_API_KEY`. A key in the file is refused.
    #[schemars(with = "Option<FromEnv>")]
    pub(super) key: Option<TextOrEnv>,
    /// The base address of RunPod's job API, without the endpoint's id. Default: `RUNPOD_ENDPOINT_BASE_URL`, else `https://api.runpod.ai/v2`.
    pub(super) base_url: Option<TextOrEnv>,
    /// The base address of RunPod's management API (REST version 2). Default: `RUNPOD_REST_V2_API_URL`, else `https://api.runpod.io/v2`.
    ///
    /// - It reports the endpoint's configuration, its workers, their logs, and GPU stock.
    /// - With a `base-url` other than RunPod's own, there is no default.
    pub(super) management_url: Option<TextOrEnv>,
    /// The address of a ComfyUI server with the same installation as the workers. `https`, or `http` to this machine.
    ///
    /// Checks query it for node classes, models and versions.
    pub(super) comfyui: Option<TextOrEnv>,
    /// Network volumes of the endpoint. Checks read their files through RunPod's S3-compatible API.
    ///
    /// The keys are `RUNPOD_S3_ACCESS_KEY` and `RUNPOD_S3_SECRET_KEY` in the environment.
    pub(super) volumes: Vec<VolumeFile>,
    /// A saved inventory (`comfycheck inventory save`), or ComfyUI's response to `GET /object_info`. A path relative to the suite's folder, at most 256 MiB.
    pub(super) object_info: Option<String>,
    /// More hosts to download files from, with their subdomains. Common object storages are always allowed.
    pub(super) image_hosts: Vec<String>,
    /// The part of a job's output that holds its files, such as `result.files` or `0.images`. Default: files are looked for in the whole output.
    pub(super) output_path: Option<String>,
    /// How many dry-run jobs can be submitted before the samples, if no inventory is available. Default: 0.
    ///
    /// A dry-run job is one that ComfyUI must refuse. The refusal shows which node classes and models a worker has.
    ///
    /// - It takes one job for models and one for node classes, and one more for each missing class.
    /// - A job does no GPU work. It starts a worker if none runs, and RunPod can bill that.
    /// - It counts as failed in `/health`. It also counts towards `max-jobs` and `max-cost`.
    /// - It warms a worker, so the first sample can miss its cold start.
    #[schemars(range(max = 32))]
    pub(super) dry_run: Option<u32>,
    /// The GPU pool or type of the workers, such as `ADA_24` or `4090`. Used for the price and in reports.
    pub(super) gpu: Option<String>,
    /// GPUs per worker. The price table is for one GPU. Default: 1.
    pub(super) gpu_count: Option<NonZeroU32>,
    /// The price of one worker with all its GPUs, in USD per second. Default: the dated price table by `gpu`, times `gpu-count`.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub(super) price_per_second: Option<f64>,
}

/// How to submit samples.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Submit")]
pub(super) enum SubmitFile {
    /// By `/run`.
    Run,
    /// By `/runsync`.
    Runsync,
}

/// A network volume.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Volume")]
pub(super) struct VolumeFile {
    /// The volume's id, as RunPod's console shows it.
    #[schemars(regex(pattern = "^[A-Za-z0-9_-]+$"))]
    pub(super) id: String,
    /// The volume's data center, such as `EU-RO-1`.
    #[schemars(regex(pattern = "^[A-Za-z0-9-]+$"))]
    pub(super) data_center: String,
    /// The address of its S3-compatible API. `https`, or `http` to this machine. Default: `https://s3api-DATACENTER.runpod.io`.
    pub(super) address: Option<String>,
}

/// A text, or the environment variables that hold it.
// Untagged: the schema explains what is wrong, not serde's message.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum TextOrEnv {
    /// The text itself.
    Text(String),
    Env(FromEnv),
}

/// Environment variables. The first one with a value is used.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FromEnv {
    /// The name of a variable, or several names in order.
    pub(super) env: Names,
}

/// One name, or several in order.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Names {
    One(String),
    Several(#[schemars(length(min = 1))] Vec<String>),
}

/// An input of a node of the workflow.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "NodeInput")]
pub(super) struct NodeInputFile {
    /// The node's id: its key in the workflow, as a string.
    pub(super) node: String,
    /// The input's name.
    pub(super) input: String,
}

/// Values for an input of the workflow. Sample `i` takes value `i mod n`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Variation")]
pub(super) struct VariationFile {
    /// The node's id: its key in the workflow, as a string.
    pub(super) node: String,
    /// The input's name.
    pub(super) input: String,
    /// At least one value. With `object-info` and the check `workflow`, each is checked before the first job.
    #[schemars(length(min = 1))]
    pub(super) values: Vec<Value>,
}

/// How long to wait for a job.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(rename = "Patience")]
pub(super) struct PatienceFile {
    /// Seconds that a job can wait while none of the run's jobs runs or ends. Default: 300.
    pub(super) in_queue_s: Option<NonZeroU32>,
    /// Seconds that a job can run. Default: 600.
    pub(super) in_progress_s: Option<NonZeroU32>,
}

/// What a run can spend.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(rename = "Budget")]
pub(super) struct BudgetFile {
    /// The most jobs to submit. Default: no limit except `samples`.
    pub(super) max_jobs: Option<u32>,
    /// The most money to spend, in USD. With 0, no job is submitted. Default: no limit.
    ///
    /// A job is submitted if its expected cost fits:
    ///
    /// - It is expected to cost as much as the most expensive job so far. So is each job in flight.
    /// - Before a job has ended, it is expected to run for `in-progress-s`. So is a job of unknown cost.
    /// - If one job alone does not fit, the first sample and the first dry run are submitted alone, to learn their cost.
    ///
    /// Jobs in flight are cancelled as soon as all jobs together can have cost more. A run can still end above the limit,
    /// because RunPod also bills worker starts and jobs are polled every few seconds. The report then says so. A local worker
    /// costs nothing and has no limit.
    #[schemars(range(min = 0.0))]
    pub(super) max_cost: Option<f64>,
}

/// Limits of a check, each time that it runs.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(rename = "Limits")]
pub(super) struct LimitsFile {
    /// Total memory in MiB, without the samples that the check reads. Default: 384.
    pub(super) memory_mib: Option<NonZeroU32>,
    /// Seconds of CPU time on this machine. Default: 10.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub(super) cpu_s: Option<f64>,
    /// Seconds on the check's own clock, including time spent waiting for responses. Default: 120.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub(super) wall_s: Option<f64>,
    /// Findings and unknowns together. Default: 1000.
    pub(super) findings: Option<NonZeroU32>,
    /// Length of a message, a reason or a help line, in KiB. The rest is cut. Default: 8.
    #[schemars(range(min = 1, max = 1024))]
    pub(super) message_kib: Option<NonZeroU32>,
    /// Data of one finding, in KiB. Default: 64.
    #[schemars(range(min = 1, max = 16384))]
    pub(super) data_kib: Option<NonZeroU32>,
    /// The log, in KiB. The rest is dropped. Default: 256.
    #[schemars(range(min = 1, max = 16384))]
    pub(super) log_kib: Option<NonZeroU32>,
    /// Calls of the host. Default: 100000.
    pub(super) host_calls: Option<NonZeroU32>,
    /// Handles held at once, such as images. Default: 10000.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(super) handles: Option<NonZeroU32>,
}

/// A check.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(rename = "Check")]
pub(super) struct CheckFile {
    /// The name of a built-in check, the path of a `.wasm` component relative to the suite's folder, or the address of a component: `oci://…` or `https://…`. Default: the check's name in the suite.
    ///
    /// An address needs an entry in `comfycheck.lock`, which `comfycheck check add` writes.
    #[serde(rename = "use")]
    pub(super) component: Option<String>,
    /// The capabilities that the check can use. A built-in check needs none here.
    ///
    /// Any other check must be granted what it imports. `log` and `workflow` are always granted.
    #[schemars(extend("items" = { "type": "string", "enum": crate::manifest::GRANTABLE }))]
    pub(super) grants: Option<Vec<String>>,
    /// The paths of the ComfyUI server that a check with the grant `comfyui/http` can request, such as `/queue`. A final `/*`
    /// stands for all paths below.
    #[schemars(extend("items" = { "type": "string", "pattern": "^/" }))]
    pub(super) http_paths: Vec<String>,
    /// Whether an error of this check in the deployment blocks the samples. Default: the check's manifest decides.
    pub(super) gate: Option<bool>,
    /// The check's settings. `comfycheck check inspect CHECK` prints their schema.
    ///
    /// A table `{ file = "PATH" }` is replaced by the content of that file: the value of a `.json` file, the text of any other.
    /// The file must be inside the suite's folder, and at most 4 MiB.
    pub(super) settings: Map<String, Value>,
    /// Severities by rule, instead of the rules' own.
    pub(super) severity: BTreeMap<String, SeverityFile>,
    /// Limits of this check, instead of the suite's.
    pub(super) limits: LimitsFile,
}

/// How much a finding matters. An error fails the run.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Severity")]
pub(super) enum SeverityFile {
    /// For your information.
    Note,
    /// Look into it.
    Warning,
    /// The run fails.
    Error,
}

/// Findings of a rule that you accept until a day.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Waiver")]
pub(super) struct WaiverFile {
    /// The check's name in this suite and its rule, such as `nodes/missing-node`.
    #[schemars(regex(pattern = "^[^/]+/[^/]+$"))]
    pub(super) rule: String,
    /// The subject of the findings, as reports show it. Default: any subject.
    ///
    /// A node's class, a model, a node pack, a worker, or words such as ``node `8` `` and `sample 3`.
    #[schemars(length(min = 1))]
    pub(super) subject: Option<String>,
    /// Why you accept them. Reports show it.
    #[schemars(length(min = 1))]
    pub(super) reason: String,
    /// The last day of the waiver, `YYYY-MM-DD`.
    ///
    /// It is compared with the date of the run: today in a live run, the date of the recording in a replay, the scenario's date in
    /// a simulation.
    #[schemars(extend("format" = "date"))]
    pub(super) expires: String,
}

/// Where to report live runs. A failed notification is a warning and never changes the verdict.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Notification")]
pub(super) struct NotificationFile {
    /// What to send, and where.
    pub(super) to: ChannelFile,
    /// The environment variable that holds the URL. Default: `COMFYCHECK_SLACK_WEBHOOK`, `COMFYCHECK_TEAMS_WEBHOOK`,
    /// `COMFYCHECK_DISCORD_WEBHOOK`, `COMFYCHECK_WEBHOOK` or `COMFYCHECK_HEARTBEAT_URL`.
    ///
    /// A URL in the file is refused: it grants write access to anyone who reads it.
    #[schemars(with = "Option<FromEnv>")]
    pub(super) url: Option<TextOrEnv>,
    /// Which runs to report. Interrupted runs are never reported. Default: `failure`.
    ///
    /// - `failure`: each run that does not pass, and the first that passes again.
    /// - `change`: each run whose failures differ from those of the last notification, and the first that passes again. It
    ///   compares the rules and subjects of errors and unknown questions. Without `--previous`, each run that does not pass.
    /// - `always`: every run.
    pub(super) on: Option<OccasionFile>,
    /// How many runs in a row must not pass before a notification. Needs `--previous`. Default: 1.
    pub(super) after: Option<NonZeroU32>,
    /// With `on = "change"`: hours until a failure that did not change is reported again. Default: never.
    #[serde(rename = "remind-h")]
    pub(super) remind_h: Option<NonZeroU32>,
    /// What `webhook` sends. Default: `summary`.
    pub(super) body: Option<BodyFile>,
    /// The environment variable that holds the key that signs the requests of `webhook`. Default: `COMFYCHECK_WEBHOOK_SECRET`.
    ///
    /// Without a value, requests are not signed. A key in the file is refused.
    #[schemars(with = "Option<FromEnv>")]
    pub(super) secret: Option<TextOrEnv>,
}

/// What a webhook gets.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "WebhookBody")]
pub(super) enum BodyFile {
    /// The verdict and the findings that matter most: schemas/notification.schema.json.
    Summary,
    /// The whole JSON report: schemas/run.schema.json.
    Report,
}

/// What a notification sends.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Channel")]
pub(super) enum ChannelFile {
    /// A message to an incoming webhook of Slack.
    Slack,
    /// A card to a webhook of a Teams workflow.
    Teams,
    /// A message to a webhook of Discord.
    Discord,
    /// JSON to any webhook.
    Webhook,
    /// A `GET` request after every run that was not interrupted, whatever its verdict. A monitor of scheduled runs notices if it
    /// does not come.
    Heartbeat,
}

/// Which runs a notification reports. `--previous` names the report of the previous run.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Occasion")]
pub(super) enum OccasionFile {
    /// Each run that does not pass, and the first that passes again.
    Failure,
    /// Each run whose failures differ from those of the last notification, and the first that passes again.
    Change,
    /// Every run.
    Always,
}

/// The checks in the order of the file, which a map would lose.
fn in_order<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<(String, CheckFile)>>, D::Error> {
    let checks = Map::<String, Value>::deserialize(deserializer)?;
    let check = |(name, check)| Ok((name, CheckFile::deserialize(check).map_err(D::Error::custom)?));
    checks.into_iter().map(check).collect::<Result<_, _>>().map(Some)
}
