//! The table of measurements: notes whose data have a distribution, of any check.

use super::View;
use crate::finding::{Finding, Severity};
use crate::plain::one_line;
use comfycheck_wording::{beside, bytes, count, money, number, percent, quantity, seconds};
use serde_json::Value;

/// The longest name of what was measured, in characters.
const NAME: usize = 30;

/// A measured value over several samples, in its unit.
pub(in crate::render) struct Distribution {
    pub(in crate::render) p50: f64,
    /// From 20 values on.
    pub(in crate::render) p95: Option<f64>,
    pub(in crate::render) max: f64,
    pub(in crate::render) count: u64,
    /// What was measured, such as `samples`.
    pub(in crate::render) of: String,
    /// What the row is called, where the name of the rule does not fit.
    label: Option<String>,
}

/// A row of the table, as text.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::render) struct Row {
    pub(in crate::render) label: String,
    /// The p50 as a number, in its unit.
    pub(in crate::render) median: f64,
    /// A UCUM symbol.
    pub(in crate::render) unit: String,
    pub(in crate::render) p50: String,
    /// Empty if unknown.
    pub(in crate::render) p95: String,
    pub(in crate::render) max: String,
    /// Empty without a limit.
    pub(in crate::render) limit: String,
    /// `12 samples`.
    pub(in crate::render) of: String,
}

impl View<'_> {
    /// The rows of the table of measurements, each rule once; none unless samples ran.
    pub(in crate::render) fn measurements(&self) -> Vec<Row> {
        let mut rows: Vec<(String, String, Row)> = Vec::new();
        for execution in &self.report.executions {
            let notes = execution.findings().iter().filter(|finding| finding.severity == Severity::Note);
            for (finding, distribution) in notes.filter_map(|finding| Some((finding, Distribution::of(finding)?))) {
                let label = distribution.label.clone().unwrap_or_else(|| finding.rule.replace('-', " "));
                let label = one_line(&label, NAME);
                let check = execution.instance.check.clone();
                let row = row(finding, &distribution, &label);
                if !rows.iter().any(|(known, _, other)| *known == check && *other == row) {
                    rows.push((check, label, row));
                }
            }
        }
        let of_other_checks =
            |check: &str, label: &str| rows.iter().any(|(other, known, _)| other != check && known == label);
        let ambiguous: Vec<bool> = rows.iter().map(|(check, label, _)| of_other_checks(check, label)).collect();
        let named = rows.into_iter().zip(ambiguous);
        named
            .map(|((check, label, row), ambiguous)| {
                let label = if ambiguous { one_line(&format!("{check} {label}"), NAME) } else { label };
                Row { label, ..row }
            })
            .collect()
    }
}

impl Distribution {
    fn of(finding: &Finding) -> Option<Self> {
        let data = finding.data.as_ref()?.get("distribution")?;
        let value = |member: &str| data.get(member).and_then(Value::as_f64).filter(|value| value.is_finite());
        Some(Self {
            p50: value("p50")?,
            p95: value("p95"),
            max: value("max")?,
            count: data.get("count").and_then(Value::as_u64)?,
            of: one_line(data.get("of").and_then(Value::as_str).unwrap_or("samples"), NAME),
            label: data.get("label").and_then(Value::as_str).map(str::to_owned),
        })
    }
}

fn row(finding: &Finding, distribution: &Distribution, label: &str) -> Row {
    let unit = finding.measurement.as_ref().map_or("1", |measurement| measurement.unit.as_str());
    let limit = finding.measurement.as_ref().and_then(|measurement| measurement.limit);
    let (max, limit) = match limit {
        Some(bound) => {
            let (max, limit) = beside(distribution.max, bound.limit(), unit, formatter(unit));
            (max, one_line(&limit, NAME))
        }
        None => (quantity(distribution.max, unit), String::new()),
    };
    let of = match (distribution.count, distribution.of.strip_suffix('s')) {
        (number, Some(thing)) => count(number, thing),
        (number, None) => format!("{number} {}", distribution.of),
    };
    Row {
        label: label.to_owned(),
        median: distribution.p50,
        unit: unit.to_owned(),
        p50: one_line(&quantity(distribution.p50, unit), NAME),
        p95: distribution.p95.map(|value| one_line(&quantity(value, unit), NAME)).unwrap_or_default(),
        max: one_line(&max, NAME),
        limit,
        of,
    }
}

fn formatter(unit: &str) -> fn(f64) -> String {
    match unit {
        "s" => seconds,
        "%" => percent,
        "[USD]" => money,
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a size is not negative")]
        "By" => |value| bytes(value.max(0.0) as u64),
        _ => number,
    }
}
