//! OpenMetrics, for Prometheus, its textfile collector and GitLab's metrics reports.
//!
//! - Every family is a gauge: the textfile collector knows no other type of OpenMetrics that fits. No sample has a timestamp,
//!   which the collector refuses.
//! - Names end in their unit: seconds, bytes, usd, ratio.

use super::metrics::{Family, Labels, metrics};
use crate::report::Report;
use std::fmt::Write;

/// Renders a report as OpenMetrics text. Equal reports give equal bytes.
pub fn openmetrics(report: &Report) -> String {
    let mut text = String::new();
    for family in metrics(report) {
        let name = format!("comfycheck_{}", family.full_name());
        let Family { help, unit, samples, .. } = family;
        // Writing to a string does not fail.
        let _ = writeln!(text, "# TYPE {name} gauge");
        if let Some(unit) = unit {
            let _ = writeln!(text, "# UNIT {name} {}", unit.word());
        }
        let _ = writeln!(text, "# HELP {name} {help}");
        for (labels, value) in &samples {
            let _ = writeln!(text, "{name}{{{}}} {value}", joined(labels));
        }
    }
    text + "# EOF\n"
}

fn joined(labels: &Labels) -> String {
    let labels: Vec<String> = labels.iter().map(|(key, value)| format!("{key}=\"{}\"", escaped(value))).collect();
    labels.join(",")
}

fn escaped(label: &str) -> String {
    label.replace('\\', "\\\\").replace('"', "\\\"")
}
