//! The suite file as it is written. Its comments are the descriptions in the suite's
//! JSON Schema, so they speak to who writes a suite.

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::num::NonZeroU32;

/// A comfycheck suite: which deployment is checked, with which workflow, and by which checks.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(title = "comfycheck suite")]
pub(super) struct SuiteFile {
    /// The suite's name in reports. Default: the name of the suite's file without its ending.
    #[schemars(length(min = 1))]
    pub(super) name: Option<String>,
    /// The workflow, in ComfyUI's API format (Workflow → Export (API)): a path relative to the suite's folder.
    pub(super) workflow: Option<String>,
    /// How many samples are taken: jobs that are submitted, and paid for. Default: 1, or 0 without a workflow. At most 1000. With 0, only the deployment is checked.
    #[schemars(range(max = 1000))]
    pub(super) samples: Option<u32>,
    /// How many samples are in flight at once. Default: 1.
    pub(super) concurrency: Option<NonZeroU32>,
    /// How samples are submitted: by `/run`, which answers at once and takes 10 MB, or by `/runsync`, which waits for the job up to 90 s and takes 20 MB. A job whose `/runsync` is not answered cannot be cancelled. Default: `run`.
    pub(super) submit: Option<SubmitFile>,
    /// How many requests of one kind (submissions, looks at a job, cancellations) are sent in ten seconds at most. Only for an endpoint on this machine, such as one that `comfycheck mock` serves. Default: half of what RunPod allows.
    pub(super) rate_limit: Option<NonZeroU32>,
    /// The run seed: sample `i` gets seed + `i`, so that no sample is answered from ComfyUI's cache. Default: drawn for each run.
    pub(super) seed: Option<u64>,
    /// The inputs that take a sample's seed. Default: every input called `seed` or `noise_seed` that holds an integer. With an empty list, no seed is set.
    pub(super) seed_inputs: Option<Vec<NodeInputFile>>,
    /// The deployment: what is checked.
    pub(super) deployment: DeploymentFile,
    /// Inputs of the workflow that differ from sample to sample, such as the prompt.
    pub(super) variations: Vec<VariationFile>,
    /// When to give up on a job.
    pub(super) patience: PatienceFile,
    /// What a run may spend.
    pub(super) budget: BudgetFile,
    /// Limits of every check instance. A check's own `limits` go before them.
    pub(super) limits: LimitsFile,
    /// The checks by name, in the order in which they are reported. Default: every built-in check but `denrisi`.
    #[schemars(with = "Option<BTreeMap<String, CheckFile>>", extend("propertyNames" = { "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$" }))]
    #[serde(deserialize_with = "in_order")]
    pub(super) checks: Option<Vec<(String, CheckFile)>>,
    /// Findings that are accepted for a time: they are shown as waived, and neither gate nor count.
    pub(super) waivers: Vec<WaiverFile>,
    /// Who is told of live runs. Default: Slack if `COMFYCHECK_SLACK_WEBHOOK` is set, and a webhook if `COMFYCHECK_WEBHOOK` is. A replay and a simulation look at no variable; they say whom of those that stand here a live run would tell.
    pub(super) notifications: Option<Vec<NotificationFile>>,
}

/// The deployment: a RunPod endpoint, and optionally a ComfyUI server with the same installation.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(rename = "Deployment")]
pub(super) struct DeploymentFile {
    /// The id of the RunPod endpoint, or the environment variables that hold it. Default: `RUNPOD_ENDPOINT_COMFYUI`, then `RUNPOD_ENDPOINT_ID`.
    pub(super) endpoint: Option<TextOrEnv>,
    /// The address of a worker that runs outside RunPod, under the test server of RunPod's SDK (`python handler.py --rp_serve_api`), instead of an endpoint. It has no key and no `/health`. `https`, or `http` to this machine.
    pub(super) local_worker: Option<TextOrEnv>,
    /// The environment variables that hold the RunPod API key. A key itself is refused: it does not belong in a file. Default: `RUNPOD_API_KEY`.
    #[schemars(with = "Option<FromEnv>")]
    pub(super) key: Option<TextOrEnv>,
    /// The base address of RunPod's job API; the endpoint's id is appended. Default: `RUNPOD_ENDPOINT_BASE_URL`, else `https://api.runpod.ai/v2`.
    pub(super) base_url: Option<TextOrEnv>,
    /// The base address of RunPod's management API (REST version 2), which tells how the endpoint is configured, of its workers and their logs, and of the stock of GPUs. Default: `RUNPOD_REST_V2_API_URL`, else `https://api.runpod.io/v2`; without a default where `base-url` is not RunPod's own.
    pub(super) management_url: Option<TextOrEnv>,
    /// The address of a ComfyUI server with the same installation as the endpoint's workers: it is asked for nodes, models and versions. `https`, or `http` to this machine.
    pub(super) comfyui: Option<TextOrEnv>,
    /// Network volumes of the endpoint, whose files are looked at through RunPod's S3-compatible API. The keys are `RUNPOD_S3_ACCESS_KEY` and `RUNPOD_S3_SECRET_KEY`, from the environment alone.
    pub(super) volumes: Vec<VolumeFile>,
    /// A saved inventory, which is what ComfyUI answers to `GET /object_info`: a path relative to the suite's folder, at most 64 MiB.
    pub(super) object_info: Option<String>,
    /// Hosts from which images are fetched that jobs put elsewhere (`s3_url`), besides the object storages that are commonly used. Subdomains are included.
    pub(super) image_hosts: Vec<String>,
    /// How many jobs that ComfyUI must refuse may be submitted before the samples, where no inventory tells which nodes and models a worker has. It takes one for what model loaders are given and one for the node classes, and one more for each class that is missing. Such a job does no GPU work, but it starts a worker if none runs, may be billed for that, counts as failed in `/health`, and warms a worker, so that the first sample may meet no cold start. It counts in `max-jobs` and `max-cost`. Default: 0, which allows none.
    #[schemars(range(max = 32))]
    pub(super) dry_run: Option<u32>,
    /// The GPU pool or type of the workers, such as `ADA_24` or `4090`: for the price and the report.
    pub(super) gpu: Option<String>,
    /// How many GPUs a worker has: the table's price is for one. Default: 1.
    pub(super) gpu_count: Option<NonZeroU32>,
    /// The price of one second of one worker with all its GPUs, in USD. Default: the dated table by `gpu`, times `gpu-count`.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub(super) price_per_second: Option<f64>,
}

/// How samples are submitted.
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
    /// The data center where it lies, such as `EU-RO-1`.
    #[schemars(regex(pattern = "^[A-Za-z0-9-]+$"))]
    pub(super) data_center: String,
    /// The address of its S3-compatible API. `https`, or `http` to this machine. Default: `https://s3api-DATACENTER.runpod.io`.
    pub(super) address: Option<String>,
}

/// A text, or the environment variables that hold it.
// Untagged: what is wrong is explained by the schema, not by serde's message.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum TextOrEnv {
    /// The text itself.
    Text(String),
    Env(FromEnv),
}

/// Environment variables. The first that is set and not empty counts.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FromEnv {
    /// The name of a variable, or names in the order in which they are looked at.
    pub(super) env: Names,
}

/// One name, or several in order.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Names {
    /// One name.
    One(String),
    /// Names in order.
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

/// Values that an input takes in turn: sample `i` takes value `i mod n`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Variation")]
pub(super) struct VariationFile {
    /// The node's id: its key in the workflow, as a string.
    pub(super) node: String,
    /// The input's name.
    pub(super) input: String,
    /// The values, at least one.
    #[schemars(length(min = 1))]
    pub(super) values: Vec<Value>,
}

/// When to give up on a job.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(rename = "Patience")]
pub(super) struct PatienceFile {
    /// How many seconds a job may wait while none of the run's jobs runs or ends: behind one of them it waits its turn. Default: 300.
    pub(super) in_queue_s: Option<NonZeroU32>,
    /// How many seconds a job may run. Default: 600.
    pub(super) in_progress_s: Option<NonZeroU32>,
}

/// What a run may spend.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(rename = "Budget")]
pub(super) struct BudgetFile {
    /// The most jobs that are submitted. Default: no limit but `samples`.
    pub(super) max_jobs: Option<u32>,
    /// The most money that is spent, in USD; 0 buys nothing. A job is submitted if it fits: it and those in flight count as the most expensive one so far, and before one has ended as jobs that run for `in-progress-s`, as does each whose cost is not told or whose answer was lost. If not even one fits by that measure, the first job, and the first of a dry run, is submitted alone, so that its cost is learnt. Jobs in flight are cancelled once all may have cost more. Since RunPod bills a worker's start too, and a job is only looked at every few seconds, a run may end above the limit: then the report says so. A local worker costs nothing, and has no limit. Default: no limit.
    #[schemars(range(min = 0.0))]
    pub(super) max_cost: Option<f64>,
}

/// Limits of a check instance.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(rename = "Limits")]
pub(super) struct LimitsFile {
    /// Memory in total, in MiB. The samples that the check looks at come on top. Default: 256.
    pub(super) memory_mib: Option<NonZeroU32>,
    /// CPU time on this machine, in seconds. Default: 10.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub(super) cpu_s: Option<f64>,
    /// Time on the instance's own clock, waiting for answers included, in seconds. Default: 120.
    #[schemars(extend("exclusiveMinimum" = 0))]
    pub(super) wall_s: Option<f64>,
    /// Findings and open questions together. Default: 1000.
    pub(super) findings: Option<NonZeroU32>,
    /// The length of a message, a reason or a help, in KiB; more is cut. Default: 8.
    #[schemars(range(min = 1, max = 1024))]
    pub(super) message_kib: Option<NonZeroU32>,
    /// The data of one finding, in KiB. Default: 64.
    #[schemars(range(min = 1, max = 16384))]
    pub(super) data_kib: Option<NonZeroU32>,
    /// The log of one instance, in KiB; more is dropped. Default: 256.
    #[schemars(range(min = 1, max = 16384))]
    pub(super) log_kib: Option<NonZeroU32>,
    /// Calls of the host. Default: 100000.
    pub(super) host_calls: Option<NonZeroU32>,
    /// Handles, such as images, that an instance holds at once. Default: 10000.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub(super) handles: Option<NonZeroU32>,
}

/// A check.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(rename = "Check")]
pub(super) struct CheckFile {
    /// The name of a built-in check, or the path of a `.wasm` component relative to the suite's folder. Default: the check's name in the suite.
    #[serde(rename = "use")]
    pub(super) component: Option<String>,
    /// The capabilities that the check may use. A built-in check needs none; for any other, what it imports has to stand here. `log` and `workflow` are always granted.
    #[schemars(extend("items" = { "type": "string", "enum": crate::plan::GRANTABLE }))]
    pub(super) grants: Option<Vec<String>>,
    /// Whether an error that the check finds in the deployment keeps the samples from being bought. Default: as the check says.
    pub(super) gate: Option<bool>,
    /// The check's settings, as its own schema (`comfycheck inspect`) allows them. A table `{ file = "PATH" }` is replaced by the content of that file: the value of a `.json` file, the text of any other; relative to the suite's folder and inside it, at most 4 MiB.
    pub(super) settings: Map<String, Value>,
    /// Severities by rule, instead of the rules' own.
    pub(super) severity: BTreeMap<String, SeverityFile>,
    /// Limits of this check's instances, instead of the suite's.
    pub(super) limits: LimitsFile,
}

/// How much a finding matters. An error makes the run fail.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Severity")]
pub(super) enum SeverityFile {
    /// Something to know.
    Note,
    /// Something to look at.
    Warning,
    /// Something is wrong.
    Error,
}

/// Findings of a rule that are accepted for a time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Waiver")]
pub(super) struct WaiverFile {
    /// The check's name in this suite and its rule, such as `nodes/missing-node`.
    #[schemars(regex(pattern = "^[^/]+/[^/]+$"))]
    pub(super) rule: String,
    /// What the findings are about, as reports name it: a node's class, a model, a node pack, a worker, or words such as ``node `8` `` and `sample 3`. Default: whatever they are about.
    #[schemars(length(min = 1))]
    pub(super) subject: Option<String>,
    /// Why they are accepted. Reports show it.
    #[schemars(length(min = 1))]
    pub(super) reason: String,
    /// The last day on which the waiver counts, `YYYY-MM-DD`, held against the date of the run: today live, the recording's in replay, the scenario's in simulation.
    #[schemars(extend("format" = "date"))]
    pub(super) expires: String,
}

/// Someone who is told of live runs. One who cannot be told is a warning, and never changes the verdict.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Notification")]
pub(super) struct NotificationFile {
    /// What is sent: a message to an incoming webhook of Slack, or the JSON report to any webhook.
    pub(super) to: ChannelFile,
    /// The environment variables that hold the webhook's URL. A URL itself is refused: whoever has it can write there. Default: `COMFYCHECK_SLACK_WEBHOOK` for `slack`, `COMFYCHECK_WEBHOOK` for `webhook`.
    #[schemars(with = "Option<FromEnv>")]
    pub(super) url: Option<TextOrEnv>,
    /// Of which runs. An interrupted run is told to nobody. Default: `failure`.
    pub(super) on: Option<OccasionFile>,
}

/// What a notification is.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Channel")]
pub(super) enum ChannelFile {
    /// A message in Slack.
    Slack,
    /// The JSON report.
    Webhook,
}

/// Of which runs someone is told. What the run before came to is known from `--previous`.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Occasion")]
pub(super) enum OccasionFile {
    /// Each run that does not pass, and the first that passes after one that did not.
    Failure,
    /// Each run whose verdict is another than that of the run before. Where that is not known, each run that does not pass.
    Change,
    /// Each run.
    Always,
}

/// The checks in the order of the file, which a map would lose.
fn in_order<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<(String, CheckFile)>>, D::Error> {
    let checks = Map::<String, Value>::deserialize(deserializer)?;
    let check = |(name, check)| Ok((name, CheckFile::deserialize(check).map_err(D::Error::custom)?));
    checks.into_iter().map(check).collect::<Result<_, _>>().map(Some)
}
