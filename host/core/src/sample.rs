//! Samples: runs of the suite's workflow.

use crate::json_text::JsonText;
use crate::media::FileKind;
use crate::milliseconds;
use crate::money::CostRange;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;

/// The result of a sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// RunPod reports it completed.
    Succeeded,
    /// RunPod reports it failed.
    Failed,
    /// It was cancelled, by this run or another client.
    Cancelled,
    /// RunPod removed it before it finished, or before its result was read.
    Expired,
    /// No worker had taken it when the waiting limit was reached.
    NeverStarted,
    /// A worker had taken it, and it was not finished when the waiting limit was reached.
    NotFinished,
    /// Its result is unknown. The response to its submission was lost, its status could not be read, or one of its files
    /// could not be downloaded. It may have run, and may be billed. The reason says which.
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

/// Whether a sample hit a cold start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Start {
    /// It was the first of its worker in this run, and no worker was free for it.
    Cold,
    /// It was not the first of its worker in this run.
    Warm,
    /// Unknown.
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

/// A file of a sample, without its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct FileFacts {
    /// The name in the output; empty if it has none.
    pub name: String,
    /// The id of the node that saved it, if the output names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// By its content; by its name and place where that is unknown. Absent for an image.
    #[serde(default, skip_serializing_if = "FileKind::is_image")]
    pub kind: FileKind,
    /// The media type that the output declares; not verified.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// Absent for base64 as strict decoders read it.
    #[serde(default, skip_serializing_if = "Encoding::is_strict")]
    pub encoding: Encoding,
    /// In bytes.
    pub size: u64,
    /// In lower-case hex.
    pub sha256: String,
}

/// How an output holds a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    #[default]
    Base64,
    /// With white space, without padding or URL-safe: strict decoders refuse it.
    Base64Lenient,
    Url,
    /// A text in the output.
    Text,
}

impl Encoding {
    /// Whether it is base64 as strict decoders read it.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it")]
    fn is_strict(&self) -> bool {
        *self == Self::Base64
    }

    /// The word for it in reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Base64Lenient => "base64-lenient",
            Self::Url => "url",
            Self::Text => "text",
        }
    }
}

/// A file of the output that is not available.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct LostImage {
    /// The name in the output; empty if it has none.
    pub name: String,
    /// Why. One line.
    pub reason: String,
}

/// One run of the suite's workflow: one job. Instants count from the start of the sampling, on the transport's clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Sample {
    /// From 0, in order of the plan.
    pub index: u32,
    pub ending: Ending,
    /// Why it ended this way, where RunPod does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// RunPod's id of the job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// RunPod's last status of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// RunPod's id of the worker.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub worker: Option<String>,
    /// RunPod's name of the GPU type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gpu: Option<String>,
    /// How often RunPod dispatched it again.
    pub retries: u32,
    pub start: Start,
    /// RunPod's `delayTime`: from submission until a worker took it.
    #[serde(rename = "delay-ms", with = "milliseconds::option", default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<u64>")]
    pub delay: Option<Duration>,
    /// RunPod's `executionTime`.
    #[serde(rename = "execution-ms", with = "milliseconds::option", default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<u64>")]
    pub execution: Option<Duration>,
    /// When it was submitted.
    #[serde(rename = "submitted-ms", with = "milliseconds::option", default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<u64>")]
    pub submitted: Option<Duration>,
    /// When a status first showed it running or finished.
    #[serde(
        rename = "first-running-ms",
        with = "milliseconds::option",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(with = "Option<u64>")]
    pub first_running: Option<Duration>,
    /// When a status first showed it finished.
    #[serde(rename = "finished-ms", with = "milliseconds::option", default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<u64>")]
    pub finished: Option<Duration>,
    /// What it cost; absent if the price is unknown or nothing is known to be billed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<CostRange>,
    /// Its images, in the order of the output.
    pub images: Vec<FileFacts>,
    /// Its other files, in the order of the output.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileFacts>,
    /// Files of the output that are not available, whatever their kind.
    pub lost_images: Vec<LostImage>,
    /// The job's `error`, as text, bounded and redacted. If RunPod refused the submission for good: the status and the
    /// message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The job's `output` with image data replaced by its size, bounded and redacted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
    /// The seed that was set in the workflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// The workflow as it was (or would have been) submitted, in JSON.
    #[schemars(with = "Value")]
    pub workflow: JsonText,
}

impl Sample {
    /// Whether it succeeded and returned a file.
    pub fn delivered(&self) -> bool {
        self.ending == Ending::Succeeded && self.all_files().next().is_some()
    }

    /// Its images, and then its other files.
    pub fn all_files(&self) -> impl Iterator<Item = &FileFacts> {
        self.images.iter().chain(&self.files)
    }

    /// What the files of samples are called in a table: images, unless there are others.
    pub(crate) fn files_heading(samples: &[Self]) -> &'static str {
        let mut files = samples.iter().flat_map(Self::all_files);
        if files.all(|file| file.kind == FileKind::Image) { "images" } else { "files" }
    }

    pub fn not_submitted(
        index: u32,
        seed: Option<u64>,
        workflow: impl Into<JsonText>,
        reason: impl Into<String>,
    ) -> Self {
        Self {
            index,
            seed,
            workflow: workflow.into(),
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
            files: Vec::new(),
            lost_images: Vec::new(),
        }
    }
}
