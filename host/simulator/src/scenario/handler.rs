//! What a scenario says of the handler, and of jobs that do not go well.

use super::fault::one;
use super::span::Spread;
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

/// What runs on the workers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Handler {
    /// Which handler it is. Default: `worker-comfyui`.
    pub kind: HandlerKind,
    /// The version of worker-comfyui, which decides the shape of its outputs. Default: 5.8.5.
    pub version: String,
    /// How long a workflow executes, in seconds. Default: 5.5 to 8.5, mostly 6.2.
    pub execution_s: Spread,
    /// What the first job of a worker takes longer, because ComfyUI boots and loads its models, in seconds. Default: 6 to 14, mostly 9.
    pub cold_execution_s: Spread,
    /// What becomes of the images. Default: `inline`.
    pub upload: Upload,
    /// How large an image is at least, in bytes: what is missing is filled up. Default: 0.
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

/// A handler.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HandlerKind {
    /// RunPod's own for ComfyUI.
    WorkerComfyui,
    /// One that reads the key `prompt` of its input, and fails without it.
    ReadsPrompt,
    /// One that returns nothing where the key `prompt` is missing.
    ReturnsNothing,
    /// One that validates its input, and returns a list of what is wrong with it as the error.
    Validates,
    /// One that returns its input.
    Echoes,
    /// Another worker for ComfyUI, which expects the name of a workflow, and a payload.
    OtherComfyui,
}

/// What becomes of the images.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Upload {
    /// They are in the output, as base64.
    Inline,
    /// The handler is to upload them and has no keys: they are lost, and the output names files that are nowhere.
    Simulated,
}

/// Jobs that do not go well.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct JobRule {
    /// What the job does, or what becomes of it.
    #[serde(rename = "does")]
    pub deed: Deed,
    /// How many of the jobs do so, from 0 to 1; each job draws for itself. Default: 1.
    #[serde(default = "one")]
    #[schemars(range(min = 0, max = 1))]
    pub share: f64,
    /// Only jobs on workers with this GPU type do so.
    pub gpu: Option<String>,
}

/// What a job does, or what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Deed {
    /// The GPU has too little memory for it: it ends as FAILED.
    RunsOutOfMemory,
    /// ComfyUI dies under it: it ends as FAILED.
    KillsComfyui,
    /// ComfyUI is not there: it ends as FAILED.
    FindsNoComfyui,
    /// The worker dies with it: RunPod gives it to another one, and then gives up.
    KillsWorker,
    /// The handler raises an exception: it ends as FAILED, with its traceback.
    Raises,
    /// It never ends by itself: the execution timeout ends it.
    Hangs,
    /// It ends, and stays `IN_PROGRESS` with an execution time and the last progress as its output.
    StaysInProgress,
    /// It ends as COMPLETED without an output.
    ReturnsNothing,
    /// It ends as COMPLETED without an image.
    MakesNoImages,
    /// It ends as COMPLETED, and the last of its images is missing.
    LosesAnImage,
    /// ComfyUI answers from its cache: the same file as the last time, at once.
    IsCached,
    /// Its images are black.
    MakesBlackImages,
    /// Its images are damaged inside.
    MakesCorruptImages,
    /// Its images are cut off.
    MakesTruncatedImages,
}
