//! The handler in a scenario, and jobs that go wrong.

use super::fault::one;
use super::span::Spread;
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

/// The handler on the workers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Handler {
    /// The kind of handler. Default: `worker-comfyui`.
    pub kind: HandlerKind,
    /// The version of worker-comfyui. It determines the shape of the outputs. Default: 5.8.5.
    pub version: String,
    /// How long a workflow executes, in seconds. Default: 5.5 to 8.5, mostly 6.2.
    pub execution_s: Spread,
    /// How much longer the first job of a worker takes while ComfyUI boots and loads its models, in seconds. Default: 6 to 14, mostly 9.
    pub cold_execution_s: Spread,
    /// How images are returned. Default: `inline`.
    pub upload: Upload,
    /// The least size of an image, in bytes. A smaller file is filled up. Default: 0.
    pub image_bytes: u32,
}

impl Default for Handler {
    fn default() -> Self {
        let spread = |millis: [u64; 3]| {
            let [low, usual, high] = millis.map(Duration::from_millis);
            Spread::new(low, usual, high)
        };
        Self {
            kind: HandlerKind::WorkerComfyui,
            version: "5.8.5".to_owned(),
            execution_s: spread([5_500, 6_200, 8_500]),
            cold_execution_s: spread([6_000, 9_000, 14_000]),
            upload: Upload::Inline,
            image_bytes: 0,
        }
    }
}

/// A kind of handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HandlerKind {
    /// RunPod's own handler for ComfyUI.
    WorkerComfyui,
    /// Reads the key `prompt` of its input, and fails without it.
    ReadsPrompt,
    /// Returns nothing if the key `prompt` is missing.
    ReturnsNothing,
    /// Validates its input, and returns a list of problems as the error.
    Validates,
    /// Returns its input.
    Echoes,
    /// Another worker for ComfyUI. It expects the name of a workflow and a payload.
    OtherComfyui,
}

/// How images are returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Upload {
    /// In the output, as base64.
    Inline,
    /// By an upload that lacks its keys: the images are lost, and the output names files that do not exist.
    Simulated,
}

/// Jobs that go wrong.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct JobRule {
    /// What goes wrong.
    #[serde(rename = "does")]
    pub behavior: JobBehavior,
    /// The fraction of the jobs, from 0 to 1; each job draws for itself. Default: 1.
    #[serde(default = "one")]
    #[schemars(range(min = 0, max = 1))]
    pub share: f64,
    /// Only jobs on workers with this GPU type. Default: all.
    pub gpu: Option<String>,
    /// Only jobs on the worker with this number, counted from 0 in the order in which workers are added. Default: all.
    pub worker: Option<u32>,
    /// Only the first run: of a worker, or of a job that RunPod retries. Default: all.
    pub first: Option<First>,
}

/// Whose first run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum First {
    /// The first job of a worker whose ComfyUI has not run yet.
    OfWorker,
    /// The first attempt of a job.
    OfJob,
}

/// What goes wrong with a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum JobBehavior {
    /// The GPU has too little memory: the job ends as FAILED.
    RunsOutOfMemory,
    /// CUDA reports the GPU as busy or unavailable: the job ends as FAILED.
    FindsGpuBusy,
    /// ComfyUI dies while it runs: the job ends as FAILED.
    KillsComfyui,
    /// ComfyUI is missing: the job ends as FAILED.
    FindsNoComfyui,
    /// The worker dies: RunPod retries the job on another one, and then gives up.
    KillsWorker,
    /// The handler raises an exception: the job ends as FAILED, with a traceback.
    Raises,
    /// The job never ends by itself: it hits the execution timeout.
    Hangs,
    /// The job ends, but its status stays `IN_PROGRESS`, with an execution time and the last progress as the output.
    StaysInProgress,
    /// The job ends as COMPLETED without an output.
    ReturnsNothing,
    /// The job ends as COMPLETED without an image.
    MakesNoImages,
    /// The job ends as COMPLETED without the last of its images.
    LosesAnImage,
    /// ComfyUI answers from its cache: the same file as before, immediately.
    IsCached,
    /// The images are black.
    MakesBlackImages,
    /// The images have other colors and less contrast, as after a change of the model.
    MakesImagesInAnotherStyle,
    /// The images are damaged inside.
    MakesCorruptImages,
    /// The images are cut off.
    MakesTruncatedImages,
}
