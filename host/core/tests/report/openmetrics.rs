//! Metrics: their bytes, and that they are valid text of OpenMetrics and of the textfile collector.

use crate::reports::{failed, hostile, inconclusive, interrupted, passed};
use comfycheck_core::render::openmetrics;
use comfycheck_core::report::{Machine, Report};
use insta::assert_snapshot;
use std::collections::BTreeSet;
use std::time::Duration;

#[test]
fn a_failed_live_run_as_metrics() {
    let machine = Machine { started: "2026-11-29T10:00:00Z".into(), elapsed: Duration::from_millis(61_500) };
    assert_snapshot!(openmetrics(&Report { machine: Some(machine), ..failed() }));
}

/// The name and the labels of a sample, and its value.
fn sample(line: &str) -> (&str, &str, f64) {
    let (name, rest) = line.split_once('{').unwrap_or_else(|| panic!("{line}"));
    let (labels, value) = rest.rsplit_once("} ").unwrap_or_else(|| panic!("{line}"));
    (name, labels, value.parse().unwrap_or_else(|_| panic!("{line}")))
}

#[test]
fn every_line_is_valid_and_every_sample_is_there_once() {
    for report in [passed(), failed(), inconclusive(), interrupted(), hostile()] {
        let text = openmetrics(&report);
        assert!(text.ends_with("\n# EOF\n"));
        let (mut families, mut samples) = (Vec::new(), BTreeSet::new());
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                families.push(rest.strip_suffix(" gauge").unwrap().to_owned());
            } else if !line.starts_with('#') {
                let (name, labels, value) = sample(line);
                assert_eq!(families.last().map(String::as_str), Some(name), "the samples of a family stand together");
                assert!(value.is_finite() && labels.starts_with("run=\""), "{line}");
                assert!(samples.insert((name.to_owned(), labels.to_owned())), "twice: {line}");
            }
        }
        assert_eq!(families.iter().collect::<BTreeSet<_>>().len(), families.len());
        let verdicts = samples.iter().filter(|(name, _)| name == "comfycheck_run_verdict").count();
        assert_eq!(verdicts, 3);
    }
}
