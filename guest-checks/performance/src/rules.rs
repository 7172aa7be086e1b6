//! What the check concludes: each metric as a note, and the limits that it breaks. Calls no host.
//!
//! Other checks may call the functions of each metric with limits of their own. They must declare the rules that the
//! answers name.

pub mod cost;
pub mod limits;
pub mod success;
pub mod times;
mod waits;

use crate::limits::Limits;
use crate::product::Product;
use comfycheck_sdk::samples::{PriceFacts, Sample};
use comfycheck_sdk::wording::count;
use comfycheck_sdk::{Answer, Finding, Manifest, OpenQuestion, Scope, Severity, readme_rules};

/// What the check describes itself as.
#[must_use]
pub fn manifest() -> Manifest {
    Manifest {
        name: "performance".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        summary: "reliability, speed and cost of the deployment, compared with your limits".into(),
        scopes: vec![Scope::Run],
        gates: false,
        rules: readme_rules(
            include_str!("../README.md"),
            &[
                ("limits", Severity::Note),
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
                ("broken-limit", Severity::Error),
            ],
        ),
        settings_schema: include_str!("../schema.json").into(),
    }
}

/// The headline of a run in which nothing was measured.
pub const NOTHING_MEASURED: &str = "nothing to measure";

/// All metrics, in the order of the manifest.
///
/// Where limits are set, the first finding says how many of them are met.
#[must_use]
pub fn judge(samples: &[Sample], product: Product, price: Option<&PriceFacts>, limits: &Limits) -> Answer {
    let texts = limits::limits(samples, &limits.limits);
    let is_met = |answer: &&Answer| answer.findings.is_empty() && answer.open.is_empty();
    let texts_met = texts.iter().filter(is_met).count();
    let metrics: Answer = [
        success::success_rate(samples, limits.min_success_rate),
        limits.min_samples.map(|least| success::too_few_samples(samples, least)).unwrap_or_default(),
        times::queue_time(samples, limits.max_queue_s),
        times::cold_start(samples, limits.max_cold_start_s),
        times::generation_time(samples, product, limits.max_generation_s),
        cost::image_cost(samples, product, price, limits.max_cost_per_image),
    ]
    .into_iter()
    .chain(texts)
    .collect();
    limits_met(&metrics, limits, texts_met).map(Answer::from).into_iter().chain([metrics]).collect()
}

/// Whether there is a value besides a success rate of 0.
#[must_use]
pub fn has_measured(metrics: &Answer) -> bool {
    let is_rate = |finding: &Finding| finding.rule == success::RULES.value || finding.rule == success::RULES.limit;
    let values = metrics.findings.iter().filter_map(|finding| Some((finding, finding.measurement.as_ref()?.value)));
    values.into_iter().any(|(finding, value)| !is_rate(finding) || value > 0.0)
}

/// How many limits are met, with those that are texts; none where none is set.
fn limits_met(metrics: &Answer, limits: &Limits, texts_met: usize) -> Option<Finding> {
    let set = limits.rules();
    let broken = || metrics.findings.iter().map(|finding| &finding.rule);
    let open = || metrics.open.iter().map(|open| &open.rule);
    let met = set.iter().filter(|rule| !broken().chain(open()).any(|judged| judged == *rule)).count();
    let message = match (met + texts_met, set.len() + limits.limits.len()) {
        (_, 0) => return None,
        _ if !has_measured(metrics) => NOTHING_MEASURED.to_owned(),
        (1, 1) => "1 limit met".to_owned(),
        (2, 2) => "both limits met".to_owned(),
        (met, all) if met == all => format!("all {all} limits met"),
        (met, all) => format!("{met} of {} met", count(all, "limit")),
    };
    Some(Finding::new("limits", message))
}

/// The two rules of a metric: one notes its value, the other judges its limit.
struct Rules {
    value: &'static str,
    limit: &'static str,
}

impl Rules {
    /// A metric without a value: an open question where a limit is set, else nothing.
    fn unmeasured(&self, limit: Option<f64>, reason: impl Into<String>, help: Option<&str>) -> Answer {
        let question =
            limit.map(|_| OpenQuestion { help: help.map(str::to_owned), ..OpenQuestion::new(self.limit, reason) });
        question.map(Answer::from).unwrap_or_default()
    }
}
