//! The limits of a suite.

use comfycheck_statistics::limit::Limit;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// The settings of the check; their schema is `schema.json`. A limit that is not set is not judged.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// At least so many samples end.
    pub min_samples: Option<u32>,
    /// At least so many percent of them succeed.
    pub min_success_rate: Option<f64>,
    /// The longest queue time is below this, in seconds.
    pub max_queue_s: Option<f64>,
    /// The longest cold start is below this, in seconds.
    pub max_cold_start_s: Option<f64>,
    /// The mean generation time of an image is below this, in seconds.
    pub max_generation_s: Option<f64>,
    /// The cost of an image is below this, in USD.
    pub max_cost_per_image: Option<f64>,
    /// Limits as text, such as `generation.p95 < 30 s`.
    #[serde(deserialize_with = "parsed")]
    pub limits: Vec<Limit>,
}

fn parsed<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Limit>, D::Error> {
    let texts = Vec::<String>::deserialize(deserializer)?;
    texts.iter().map(|text| text.parse().map_err(D::Error::custom)).collect()
}

impl Limits {
    /// The rules that judge the limits that are set, apart from [`Limits::limits`].
    #[must_use]
    pub fn rules(&self) -> Vec<&'static str> {
        let all = [
            (self.min_samples.is_some(), "too-few-samples"),
            (self.min_success_rate.is_some(), "low-success-rate"),
            (self.max_queue_s.is_some(), "slow-queue"),
            (self.max_cold_start_s.is_some(), "slow-cold-start"),
            (self.max_generation_s.is_some(), "slow-generation"),
            (self.max_cost_per_image.is_some(), "costly-image"),
        ];
        all.into_iter().filter_map(|(is_set, rule)| is_set.then_some(rule)).collect()
    }
}
