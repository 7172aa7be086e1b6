//! What the check concludes: each metric as a note, and held against its limit. Asks nothing.
//!
//! Other checks may call the functions of each metric with limits of their own; the rules that the answers name are
//! then theirs to declare.

pub mod cost;
pub mod success;
pub mod times;

use crate::limits::Limits;
use comfycheck_sdk::samples::{PriceFacts, Sample};
use comfycheck_sdk::{Answer, Finding, Manifest, OpenQuestion, Scope, Severity, readme_rules};

/// What the check says of itself.
#[must_use]
pub fn manifest() -> Manifest {
    Manifest {
        name: "performance".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        summary: "how reliable, how fast and how dear the deployment is, held against limits".into(),
        scopes: vec![Scope::Run],
        gates: false,
        rules: readme_rules(
            include_str!("../README.md"),
            &[
                ("success-rate", Severity::Note),
                ("low-success-rate", Severity::Error),
                ("too-few-samples", Severity::Error),
                ("queue-time", Severity::Note),
                ("slow-queue", Severity::Error),
                ("cold-start", Severity::Note),
                ("slow-cold-start", Severity::Error),
                ("generation-time", Severity::Note),
                ("slow-generation", Severity::Error),
                ("image-cost", Severity::Note),
                ("costly-image", Severity::Error),
            ],
        ),
        settings_schema: include_str!("../schema.json").into(),
    }
}

/// All metrics, in the order of the manifest.
#[must_use]
pub fn judge(samples: &[Sample], price: Option<&PriceFacts>, limits: &Limits) -> Answer {
    [
        success::success_rate(samples, limits.min_success_rate),
        limits.min_samples.map(|least| success::too_few_samples(samples, least)).unwrap_or_default(),
        times::queue_time(samples, limits.max_queue_s),
        times::cold_start(samples, limits.max_cold_start_s),
        times::generation_time(samples, limits.max_generation_s),
        cost::image_cost(samples, price, limits.max_cost_per_image),
    ]
    .into_iter()
    .collect()
}

/// The two rules of a metric: under which its value is noted, and under which its limit is broken.
struct Rules {
    value: &'static str,
    limit: &'static str,
}

impl Rules {
    /// A metric without a value: an open question where a limit is set, else a note.
    fn unmeasured(&self, limit: Option<f64>, reason: impl Into<String>, help: &str) -> Answer {
        match limit {
            Some(_) => OpenQuestion::new(self.limit, reason).help(help).into(),
            None => Finding::new(self.value, reason).help(help).into(),
        }
    }
}
