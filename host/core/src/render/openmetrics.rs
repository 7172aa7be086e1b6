//! OpenMetrics, for Prometheus, its textfile collector and GitLab's metrics reports.
//!
//! - Every family is a gauge: the textfile collector knows no other type of OpenMetrics that fits. No sample has a timestamp,
//!   which the collector refuses.
//! - Values are in base units, and names end in them: seconds, bytes, usd, ratio.
//! - Each sample has the label `run`, the name of the run. What a check measured has its check and rule.
//! - Measurements of single samples are left out: their number has no bound.

use crate::execution::Execution;
use crate::finding::{Finding, subject_name};
use crate::plain::one_line;
use crate::report::{Report, Verdict};
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The longest value of a label, in characters.
const LABEL: usize = 200;
/// How many measurements of checks there are.
const MEASUREMENTS: usize = 1_000;

/// Renders a report as OpenMetrics text. Equal reports give equal bytes.
pub fn openmetrics(report: &Report) -> String {
    let mut metrics = Metrics { run: one_line(&report.name, LABEL), families: Vec::new() };
    run(report, &mut metrics);
    counts(report, &mut metrics);
    money(report, &mut metrics);
    measurements(report, &mut metrics);
    metrics.text()
}

/// The samples of each family.
struct Metrics {
    run: String,
    families: Vec<Family>,
}

struct Family {
    name: String,
    help: &'static str,
    unit: Option<&'static str>,
    /// By their labels, each once.
    samples: BTreeMap<String, f64>,
}

impl Metrics {
    /// Adds a sample. `name` has no unit: it is added.
    fn add(
        &mut self,
        (name, unit): (&str, Option<&'static str>),
        help: &'static str,
        labels: &[(&str, &str)],
        value: f64,
    ) {
        let name = unit.map_or_else(|| format!("comfycheck_{name}"), |unit| format!("comfycheck_{name}_{unit}"));
        let run = self.run.clone();
        let labels: Vec<String> = [("run", run.as_str())]
            .iter()
            .chain(labels)
            .map(|(key, value)| format!("{key}=\"{}\"", escaped(value)))
            .collect();
        let at = self.families.iter().position(|family| family.name == name).unwrap_or_else(|| {
            self.families.push(Family { name, help, unit, samples: BTreeMap::new() });
            self.families.len() - 1
        });
        self.families[at].samples.entry(labels.join(",")).or_insert(value);
    }

    fn text(&self) -> String {
        let mut text = String::new();
        for Family { name, help, unit, samples } in &self.families {
            // Writing to a string does not fail.
            let _ = writeln!(text, "# TYPE {name} gauge");
            if let Some(unit) = unit {
                let _ = writeln!(text, "# UNIT {name} {unit}");
            }
            let _ = writeln!(text, "# HELP {name} {help}");
            for (labels, value) in samples {
                let _ = writeln!(text, "{name}{{{labels}}} {value}");
            }
        }
        text + "# EOF\n"
    }
}

fn escaped(label: &str) -> String {
    one_line(label, LABEL).replace('\\', "\\\\").replace('"', "\\\"")
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
    metrics.add(("run_duration", Some("seconds")), "How long the run took.", &[], machine.elapsed.as_secs_f64());
    if let Ok(started) = machine.started.parse::<Timestamp>() {
        #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 have 33 bits")]
        let ended = started.as_second() as f64 + machine.elapsed.as_secs_f64();
        metrics.add(("run_end_time", Some("seconds")), "When the run ended, since 1970 (UTC).", &[], ended);
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
            ("cost", Some("usd")),
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
    let named: Vec<(&str, &str)> = labels.into_iter().filter(|(_, value)| !value.is_empty()).collect();
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
fn base_unit(ucum: &str) -> (Option<&'static str>, f64) {
    match ucum {
        "s" => (Some("seconds"), 1.0),
        "ms" => (Some("seconds"), 0.001),
        "By" => (Some("bytes"), 1.0),
        "[USD]" => (Some("usd"), 1.0),
        "%" => (Some("ratio"), 0.01),
        _ => (None, 1.0),
    }
}
