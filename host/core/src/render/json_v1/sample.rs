//! A sample, in JSON.

use super::{CostRangeV1, milliseconds};
use crate::sample::{Ending, ImageFacts, LostImage, Sample, Start};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

/// One run of the suite's workflow: one job. Instants count from the start of the sampling.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) struct SampleV1<'a> {
    /// From 0, in order of the plan.
    index: u32,
    /// How it ended.
    ending: EndingV1,
    /// Why it ended so, where RunPod does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    /// RunPod's id of the job.
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<&'a str>,
    /// RunPod's last word on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<&'a str>,
    /// RunPod's id of the worker.
    #[serde(skip_serializing_if = "Option::is_none")]
    worker: Option<&'a str>,
    /// RunPod's name of the GPU type.
    #[serde(skip_serializing_if = "Option::is_none")]
    gpu: Option<&'a str>,
    /// How often RunPod dispatched it again.
    retries: u32,
    /// Whether it met a cold worker.
    start: StartV1,
    /// RunPod's `delayTime`: from submission until a worker took it.
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_ms: Option<u64>,
    /// RunPod's `executionTime`.
    #[serde(skip_serializing_if = "Option::is_none")]
    execution_ms: Option<u64>,
    /// When it was submitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    submitted_ms: Option<u64>,
    /// When it was first seen taken by a worker or finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_running_ms: Option<u64>,
    /// When it was first seen finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_ms: Option<u64>,
    /// What it cost; absent if the price is not known or nothing was billed that we know of.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<CostRangeV1>,
    /// Its images, in the order of the output.
    images: Vec<ImageV1<'a>>,
    /// Images that the output names and that could not be had.
    lost_images: Vec<LostImageV1<'a>>,
    /// The job's `error`, bounded and redacted.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    /// The job's `output` with image data replaced by its size, bounded and redacted.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<&'a Value>,
    /// The seed that was set in the workflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    /// The workflow as it was (or would have been) submitted.
    #[schemars(with = "Value")]
    workflow: Box<RawValue>,
}

impl<'a> From<&'a Sample> for SampleV1<'a> {
    fn from(sample: &'a Sample) -> Self {
        let Sample {
            index,
            seed,
            workflow,
            job,
            status,
            ending,
            reason,
            error,
            output,
            worker,
            gpu,
            retries,
            start,
            delay,
            execution,
            submitted,
            first_running,
            finished,
            cost,
            images,
            lost_images,
        } = sample;
        Self {
            index: *index,
            ending: (*ending).into(),
            reason: reason.as_deref(),
            job: job.as_deref(),
            status: status.as_deref(),
            worker: worker.as_deref(),
            gpu: gpu.as_deref(),
            retries: *retries,
            start: (*start).into(),
            delay_ms: delay.map(milliseconds),
            execution_ms: execution.map(milliseconds),
            submitted_ms: submitted.map(milliseconds),
            first_running_ms: first_running.map(milliseconds),
            finished_ms: finished.map(milliseconds),
            cost: cost.map(Into::into),
            images: images.iter().map(Into::into).collect(),
            lost_images: lost_images.iter().map(Into::into).collect(),
            error: error.as_deref(),
            output: output.as_ref(),
            seed: *seed,
            workflow: raw_json(workflow),
        }
    }
}

/// JSON text as it stands; a text that is not JSON becomes a string of it.
fn raw_json(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).unwrap_or_else(|_| {
        let string = Value::String(text.to_owned()).to_string();
        RawValue::from_string(string).expect("a string is JSON")
    })
}

/// How a sample ended.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum EndingV1 {
    /// RunPod reports it completed.
    Succeeded,
    /// RunPod reports it failed.
    Failed,
    /// It was cancelled, by us or by somebody else.
    Cancelled,
    /// RunPod removed it before it finished, or before we saw its result.
    Expired,
    /// It was submitted, and no worker had taken it when our patience ended.
    NeverStarted,
    /// A worker had taken it, and it was not finished when our patience ended.
    NotFinished,
    /// The answer to its submission was lost: it may have run, and may be billed.
    Unknown,
    /// It was not submitted.
    NotSubmitted,
}

impl From<Ending> for EndingV1 {
    fn from(ending: Ending) -> Self {
        match ending {
            Ending::Succeeded => Self::Succeeded,
            Ending::Failed => Self::Failed,
            Ending::Cancelled => Self::Cancelled,
            Ending::Expired => Self::Expired,
            Ending::NeverStarted => Self::NeverStarted,
            Ending::NotFinished => Self::NotFinished,
            Ending::Unknown => Self::Unknown,
            Ending::NotSubmitted => Self::NotSubmitted,
        }
    }
}

/// Whether a sample met a cold worker.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum StartV1 {
    /// The first of its worker in this run, and no worker was free for it.
    Cold,
    /// Not the first of its worker in this run.
    Warm,
    /// Neither can be told.
    Unclear,
}

impl From<Start> for StartV1 {
    fn from(start: Start) -> Self {
        match start {
            Start::Cold => Self::Cold,
            Start::Warm => Self::Warm,
            Start::Unclear => Self::Unclear,
        }
    }
}

/// What is known of an image.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct ImageV1<'a> {
    /// As the output names it; empty if it has no name.
    name: &'a str,
    /// What the output declares; not verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    media_type: Option<&'a str>,
    /// In bytes.
    size: u64,
    /// In lower-case hex.
    sha256: &'a str,
}

impl<'a> From<&'a ImageFacts> for ImageV1<'a> {
    fn from(ImageFacts { name, media_type, size, sha256 }: &'a ImageFacts) -> Self {
        Self { name, media_type: media_type.as_deref(), size: *size, sha256 }
    }
}

/// An image that the output names and that could not be had.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct LostImageV1<'a> {
    /// As the output names it; empty if it has no name.
    name: &'a str,
    /// Why it could not be had.
    reason: &'a str,
}

impl<'a> From<&'a LostImage> for LostImageV1<'a> {
    fn from(LostImage { name, reason }: &'a LostImage) -> Self {
        Self { name, reason }
    }
}
