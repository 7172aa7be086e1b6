//! A sample, in JSON.

use crate::milliseconds;
use crate::money::CostRange;
use crate::sample::{Ending, FileFacts, LostImage, Sample, Start};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::time::Duration;

/// One run of the suite's workflow: one job. Instants count from the start of the sampling.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) struct SampleV1<'a> {
    /// From 0, in order of the plan.
    index: u32,
    ending: Ending,
    /// Why it ended this way, where RunPod does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<Cow<'a, str>>,
    /// RunPod's id of the job.
    #[serde(skip_serializing_if = "Option::is_none")]
    job: Option<Cow<'a, str>>,
    /// RunPod's last status of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Cow<'a, str>>,
    /// RunPod's id of the worker.
    #[serde(skip_serializing_if = "Option::is_none")]
    worker: Option<Cow<'a, str>>,
    /// RunPod's name of the GPU type.
    #[serde(skip_serializing_if = "Option::is_none")]
    gpu: Option<Cow<'a, str>>,
    /// How often RunPod dispatched it again.
    retries: u32,
    start: Start,
    /// RunPod's `delayTime`: from submission until a worker took it.
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_ms: Option<u64>,
    /// RunPod's `executionTime`.
    #[serde(skip_serializing_if = "Option::is_none")]
    execution_ms: Option<u64>,
    /// When it was submitted.
    #[serde(skip_serializing_if = "Option::is_none")]
    submitted_ms: Option<u64>,
    /// When a status first showed it running or finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    first_running_ms: Option<u64>,
    /// When a status first showed it finished.
    #[serde(skip_serializing_if = "Option::is_none")]
    finished_ms: Option<u64>,
    /// What it cost; absent if the price is unknown or nothing is known to be billed.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<CostRange>,
    /// Its images, in the order of the output.
    images: Cow<'a, [FileFacts]>,
    /// Its other files, in the order of the output.
    #[serde(default, skip_serializing_if = "<[FileFacts]>::is_empty")]
    files: Cow<'a, [FileFacts]>,
    /// Files of the output that are not available, whatever their kind.
    lost_images: Cow<'a, [LostImage]>,
    /// The job's `error`, bounded and redacted.
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Cow<'a, str>>,
    /// The job's `output` with image data replaced by its size, bounded and redacted.
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Cow<'a, Value>>,
    /// The seed that was set in the workflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    seed: Option<u64>,
    /// The workflow as it was (or would have been) submitted.
    #[schemars(with = "Value")]
    workflow: Box<RawValue>,
    /// The rules of the errors that a sample without success follows from, such as `endpoint/no-worker`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    follows_from: Vec<String>,
}

impl<'a> SampleV1<'a> {
    pub(super) fn of(sample: &'a Sample, follows_from: Vec<String>) -> Self {
        Self { follows_from, ..sample.into() }
    }
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
            files,
            lost_images,
        } = sample;
        Self {
            index: *index,
            ending: *ending,
            reason: reason.as_deref().map(Into::into),
            job: job.as_deref().map(Into::into),
            status: status.as_deref().map(Into::into),
            worker: worker.as_deref().map(Into::into),
            gpu: gpu.as_deref().map(Into::into),
            retries: *retries,
            start: *start,
            delay_ms: delay.map(milliseconds::of),
            execution_ms: execution.map(milliseconds::of),
            submitted_ms: submitted.map(milliseconds::of),
            first_running_ms: first_running.map(milliseconds::of),
            finished_ms: finished.map(milliseconds::of),
            cost: *cost,
            images: Cow::Borrowed(images),
            files: Cow::Borrowed(files),
            lost_images: Cow::Borrowed(lost_images),
            error: error.as_deref().map(Into::into),
            output: output.as_ref().map(Cow::Borrowed),
            seed: *seed,
            workflow: raw_json(workflow),
            follows_from: Vec::new(),
        }
    }
}

impl From<SampleV1<'_>> for Sample {
    fn from(sample: SampleV1<'_>) -> Self {
        let SampleV1 {
            index,
            ending,
            reason,
            job,
            status,
            worker,
            gpu,
            retries,
            start,
            delay_ms,
            execution_ms,
            submitted_ms,
            first_running_ms,
            finished_ms,
            cost,
            images,
            files,
            lost_images,
            error,
            output,
            seed,
            workflow,
            // Found again.
            follows_from: _,
        } = sample;
        Self {
            index,
            seed,
            workflow: workflow.get().to_owned(),
            job: job.map(Into::into),
            status: status.map(Into::into),
            ending,
            reason: reason.map(Into::into),
            error: error.map(Into::into),
            output: output.map(Cow::into_owned),
            worker: worker.map(Into::into),
            gpu: gpu.map(Into::into),
            retries,
            start,
            delay: delay_ms.map(Duration::from_millis),
            execution: execution_ms.map(Duration::from_millis),
            submitted: submitted_ms.map(Duration::from_millis),
            first_running: first_running_ms.map(Duration::from_millis),
            finished: finished_ms.map(Duration::from_millis),
            cost,
            images: images.into_owned(),
            files: files.into_owned(),
            lost_images: lost_images.into_owned(),
        }
    }
}

/// JSON text, unchanged. Other text becomes a JSON string.
fn raw_json(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).unwrap_or_else(|_| {
        let string = Value::String(text.to_owned()).to_string();
        RawValue::from_string(string).expect("a string is JSON")
    })
}
