//! A sample, in JSON.

use crate::sample::Sample;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Cow;

/// One run of the suite's workflow: one job. Instants count from the start of the sampling.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(super) struct SampleV1<'a> {
    #[serde(flatten)]
    sample: Cow<'a, Sample>,
    /// The rules of the errors that a sample without success follows from, such as `endpoint/no-worker`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    follows_from: Vec<String>,
}

impl<'a> SampleV1<'a> {
    pub(super) fn of(sample: &'a Sample, follows_from: Vec<String>) -> Self {
        Self { sample: Cow::Borrowed(sample), follows_from }
    }
}

/// What it follows from is found again. Not derived: a workflow's text would not stay unchanged in a flattened member.
impl<'de> Deserialize<'de> for SampleV1<'_> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let sample = Sample::deserialize(deserializer)?;
        Ok(Self { sample: Cow::Owned(sample), follows_from: Vec::new() })
    }
}

impl From<SampleV1<'_>> for Sample {
    fn from(sample: SampleV1<'_>) -> Self {
        sample.sample.into_owned()
    }
}
