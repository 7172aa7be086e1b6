//! What monitoring systems get of a report: families of numbers with units.
//!
//! Values are in base units. Each sample has the label `run`, the name of the run. What a check measured has its check and rule.
//! Measurements of single samples are left out: their number has no bound.

use crate::execution::Execution;
use crate::finding::{Finding, subject_name};
use crate::plain::one_line;
use crate::report::{Report, Verdict};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;

/// The longest value of a label, in characters.
const LABEL: usize = 200;
/// How many measurements of checks there are.
const MEASUREMENTS: usize = 1_000;

/// A base unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Seconds,
    Bytes,
    /// US dollars.
    Dollars,
    /// Of 1.
    Ratio,
}

/// The labels of a sample, in their order: names and values.
pub(super) type Labels = Vec<(&'static str, String)>;

/// The samples of one number.
pub(super) struct Family {
    /// In lower case with underscores, without a prefix and a unit.
    pub(super) name: &'static str,
    /// One sentence.
    pub(super) help: &'static str,
    pub(super) unit: Option<Unit>,
    /// By their labels, each once.
    pub(super) samples: BTreeMap<Labels, f64>,
}

impl Unit {
    /// As names of metrics end.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Seconds => "seconds",
            Self::Bytes => "bytes",
            Self::Dollars => "usd",
            Self::Ratio => "ratio",
        }
    }
}

impl Family {
    /// The name with its unit.
    pub(super) fn full_name(&self) -> String {
        self.unit.map_or_else(|| self.name.to_owned(), |unit| format!("{}_{}", self.name, unit.word()))
    }
}

/// The families of a report. All are gauges. No two have both name and unit in common.
pub(super) fn metrics(report: &Report) -> Vec<Family> {
    let mut metrics = Metrics { run: one_line(&report.name, LABEL), families: Vec::new() };
    run(report, &mut metrics);
    counts(report, &mut metrics);
    money(report, &mut metrics);
    measurements(report, &mut metrics);
    metrics.families
}

struct Metrics {
    run: String,
    families: Vec<Family>,
}

impl Metrics {
    fn add(
        &mut self,
        (name, unit): (&'static str, Option<Unit>),
        help: &'static str,
        labels: &[(&'static str, &str)],
        value: f64,
    ) {
        let run = ("run", self.run.clone());
        let labels = std::iter::once(run).chain(labels.iter().map(|(key, value)| (*key, one_line(value, LABEL))));
        let is_known = |family: &Family| (family.name, family.unit) == (name, unit);
        let at = self.families.iter().position(is_known).unwrap_or_else(|| {
            self.families.push(Family { name, help, unit, samples: BTreeMap::new() });
            self.families.len() - 1
        });
        self.families[at].samples.entry(labels.collect()).or_insert(value);
    }
}

fn run(report: &Report, metrics: &mut Metrics) {
    let Report { suite, version, .. } = report;
    let about = [("suite", suite.as_str()), ("version", version.as_str())];
    metrics.add(("run_info", None), "The suite of the run and the version of comfycheck.", &about, 1.0);
    for verdict in [Verdict::Passed, Verdict::Failed, Verdict::Inconclusive] {
        let holds = f64::from(u8::from(report.summary.verdict == verdict));
        metrics.add(
            ("run_verdict", None),
            "1 for the verdict of the run, else 0.",
            &[("verdict", verdict.word())],
            holds,
        );
    }
    let Some(machine) = &report.machine else { return };
    metrics.add(("run_duration", Some(Unit::Seconds)), "How long the run took.", &[], machine.elapsed.as_secs_f64());
    if let Ok(started) = machine.started.parse::<Timestamp>() {
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 have 33 bits")]
        let ended = started.as_second() as f64 + machine.elapsed.as_secs_f64();
        metrics.add(("run_end_time", Some(Unit::Seconds)), "When the run ended, since 1970 (UTC).", &[], ended);
    }
}

fn counts(report: &Report, metrics: &mut Metrics) {
    let summary = &report.summary;
    for (severity, number) in [("error", summary.errors), ("warning", summary.warnings), ("note", summary.notes)] {
        metrics.add(("findings", None), "Findings that count.", &[("severity", severity)], number.into());
    }
    metrics.add(("waived_findings", None), "Findings that the suite waives.", &[], summary.waived.into());
    metrics.add(("unknown_questions", None), "Questions that are unknown.", &[], summary.open.into());
    let outcomes = [("completed", summary.completed), ("skipped", summary.skipped), ("errored", summary.errored)];
    for (outcome, number) in outcomes {
        metrics.add(("checks", None), "Checks by their outcome.", &[("outcome", outcome)], number.into());
    }
    metrics.add(("flaky_checks", None), "Checks that only a later attempt answered.", &[], summary.flaky.into());
    let mut results: BTreeMap<&str, u32> = BTreeMap::new();
    for sample in &report.samples {
        *results.entry(sample.ending.word()).or_default() += 1;
    }
    results.entry("succeeded").or_default();
    for (result, number) in results {
        metrics.add(("samples", None), "Samples by their result.", &[("result", result)], number.into());
    }
}

fn money(report: &Report, metrics: &mut Metrics) {
    let Some(cost) = report.summary.cost else { return };
    for (bound, dollars) in [("low", cost.low), ("high", cost.high)] {
        metrics.add(
            ("cost", Some(Unit::Dollars)),
            "The known cost of all jobs: the least and the most.",
            &[("bound", bound)],
            dollars,
        );
    }
}

fn measurements(report: &Report, metrics: &mut Metrics) {
    let of_all = |execution: &&Execution| execution.instance.sample.is_none();
    let findings =
        report.executions.iter().filter(of_all).flat_map(|execution| {
            execution.findings().iter().map(|finding| (execution.instance.check.as_str(), finding))
        });
    let measured = findings.filter(|(_, finding)| finding.measurement.is_some());
    for (check, finding) in measured.take(MEASUREMENTS) {
        measurement(check, finding, metrics);
    }
}

fn measurement(check: &str, finding: &Finding, metrics: &mut Metrics) {
    let Some(measured) = &finding.measurement else { return };
    let (unit, factor) = base_unit(&measured.unit);
    let subject = finding.subjects.first().map(subject_name).unwrap_or_default();
    let labels = [("check", check), ("rule", finding.rule.as_str()), ("subject", subject.as_str())];
    let named: Vec<(&'static str, &str)> = labels.into_iter().filter(|(_, value)| !value.is_empty()).collect();
    let mut add = |statistic: &str, value: f64| {
        let labels = [&named[..], &[("statistic", statistic)]].concat();
        metrics.add(("measurement", unit), "What a check measured.", &labels, value * factor);
    };
    add("value", measured.value);
    let distribution = finding.data.as_ref().and_then(|data| data.get("distribution"));
    for statistic in ["p50", "p95", "max"] {
        let value = distribution.and_then(|distribution| distribution.get(statistic)).and_then(Value::as_f64);
        value.into_iter().filter(|value| value.is_finite()).for_each(|value| add(statistic, value));
    }
    if let Some(limit) = measured.limit {
        metrics.add(("limit", unit), "The limit of what a check measured.", &named, limit.limit() * factor);
    }
}

/// The name of a base unit, and what a value is multiplied with. None for a number without a unit, or with another.
fn base_unit(ucum: &str) -> (Option<Unit>, f64) {
    match ucum {
        "s" => (Some(Unit::Seconds), 1.0),
        "ms" => (Some(Unit::Seconds), 0.001),
        "By" => (Some(Unit::Bytes), 1.0),
        "[USD]" => (Some(Unit::Dollars), 1.0),
        "%" => (Some(Unit::Ratio), 0.01),
        _ => (None, 1.0),
    }
}
