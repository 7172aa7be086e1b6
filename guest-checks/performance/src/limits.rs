//! What a suite asks of the measured values.

use serde::Deserialize;

/// The settings of the check; their schema is `schema.json`. A limit that is not set is not judged.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// How many samples must have come to an end.
    pub min_samples: Option<u32>,
    /// How many of them must have succeeded, in percent. At least.
    pub min_success_rate: Option<f64>,
    /// What the longest queue time stays below, in seconds.
    pub max_queue_s: Option<f64>,
    /// What the longest cold start stays below, in seconds.
    pub max_cold_start_s: Option<f64>,
    /// What the mean generation time of an image stays below, in seconds.
    pub max_generation_s: Option<f64>,
    /// What the cost of an image stays below, in USD.
    pub max_cost_per_image: Option<f64>,
}
