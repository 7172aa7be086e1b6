//! Samples: runs of the suite's workflow.

use crate::cost::CostRange;
use serde_json::Value;
use std::time::Duration;

/// How a sample ended, in our words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Ending {
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
    /// What became of it is not known: the answer to its submission was lost, its status could not be learnt, or an image
    /// that it made could not be fetched. It may have run, and may be billed. The reason says which.
    Unknown,
    /// It was not submitted.
    NotSubmitted,
}

impl Ending {
    /// The word for it in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::NeverStarted => "never-started",
            Self::NotFinished => "not-finished",
            Self::Unknown => "unknown",
            Self::NotSubmitted => "not-submitted",
        }
    }
}

/// Whether a sample met a cold worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Start {
    /// The first of its worker in this run, and no worker was free for it.
    Cold,
    /// Not the first of its worker in this run.
    Warm,
    /// Neither can be told.
    Unclear,
}

impl Start {
    /// The word for it in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::Warm => "warm",
            Self::Unclear => "unclear",
        }
    }
}

/// What is known of an image; its bytes stay with whoever took the sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageFacts {
    /// As the output names it; empty if it has no name.
    pub name: String,
    /// What the output declares; not verified.
    pub media_type: Option<String>,
    /// In bytes.
    pub size: u64,
    /// In lower-case hex.
    pub sha256: String,
}

/// An image that the output names and that could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostImage {
    /// As the output names it; empty if it has no name.
    pub name: String,
    /// Why it could not be had. One line.
    pub reason: String,
}

/// One run of the suite's workflow: one job.
///
/// Durations count from the start of the sampling, on the transport's clock, where they
/// are instants.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// From 0, in order of the plan.
    pub index: u32,
    /// The seed that was set in the workflow; none if it has no seed to set.
    pub seed: Option<u64>,
    /// The workflow as submitted, as JSON text.
    pub workflow: String,
    /// RunPod's id of the job.
    pub job: Option<String>,
    /// RunPod's last word on it.
    pub status: Option<String>,
    /// How it ended.
    pub ending: Ending,
    /// Why it ended so, where RunPod does not say.
    pub reason: Option<String>,
    /// The job's `error`, as text, bounded and redacted; of a sample that RunPod refused to take, and would again, the
    /// status and its words.
    pub error: Option<String>,
    /// The job's `output` with image data replaced by its size, bounded and redacted.
    pub output: Option<Value>,
    /// RunPod's id of the worker.
    pub worker: Option<String>,
    /// RunPod's name of the GPU type.
    pub gpu: Option<String>,
    /// How often RunPod dispatched it again.
    pub retries: u32,
    /// Whether it met a cold worker.
    pub start: Start,
    /// RunPod's `delayTime`.
    pub delay: Option<Duration>,
    /// RunPod's `executionTime`.
    pub execution: Option<Duration>,
    /// When it was submitted.
    pub submitted: Option<Duration>,
    /// When it was first seen taken by a worker or finished.
    pub first_running: Option<Duration>,
    /// When it was first seen finished.
    pub finished: Option<Duration>,
    /// What it cost; none if the price is not known or nothing was billed that we know
    /// of.
    pub cost: Option<CostRange>,
    /// Its images, in the order of the output.
    pub images: Vec<ImageFacts>,
    /// Images that the output names and that could not be had.
    pub lost_images: Vec<LostImage>,
}

impl Sample {
    /// A sample that was planned and not submitted.
    pub fn not_submitted(index: u32, seed: Option<u64>, workflow: String, reason: impl Into<String>) -> Self {
        Self {
            index,
            seed,
            workflow,
            job: None,
            status: None,
            ending: Ending::NotSubmitted,
            reason: Some(reason.into()),
            error: None,
            output: None,
            worker: None,
            gpu: None,
            retries: 0,
            start: Start::Unclear,
            delay: None,
            execution: None,
            submitted: None,
            first_running: None,
            finished: None,
            cost: None,
            images: Vec::new(),
            lost_images: Vec::new(),
        }
    }
}

/// How many samples a list names before it only counts.
const NAMED: usize = 8;

/// Samples by their indices, for a sentence: `sample 3`, `samples 0, 4 and 7`, `samples 0, 1, … and 12 more`.
pub(crate) fn list(indices: &[u32]) -> String {
    let named: Vec<String> = indices.iter().take(NAMED).map(u32::to_string).collect();
    match (&named[..], indices.len() - named.len()) {
        ([one], 0) => format!("sample {one}"),
        ([first @ .., last], 0) => format!("samples {} and {last}", first.join(", ")),
        (_, more) => format!("samples {} and {more} more", named.join(", ")),
    }
}
