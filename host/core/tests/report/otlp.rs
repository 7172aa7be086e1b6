//! OTLP: its JSON, and that it holds the numbers of OpenMetrics.

use crate::reports::{failed, hostile, inconclusive, interrupted, passed};
use comfycheck_core::render::{openmetrics, otlp};
use comfycheck_core::report::{Machine, Report};
use insta::assert_snapshot;
use serde_json::Value;
use std::time::Duration;

#[test]
fn a_failed_live_run_as_a_request() {
    let machine = Machine { started: "2026-11-29T10:00:00Z".into(), elapsed: Duration::from_millis(61_500) };
    let request: Value = serde_json::from_str(&otlp(&Report { machine: Some(machine), ..failed() })).unwrap();
    assert_snapshot!(serde_json::to_string_pretty(&request).unwrap());
}

#[test]
fn it_holds_the_numbers_of_openmetrics_under_the_same_names() {
    for report in [passed(), failed(), inconclusive(), interrupted(), hostile()] {
        let request: Value = serde_json::from_str(&otlp(&report)).unwrap();
        let metrics = request["resourceMetrics"][0]["scopeMetrics"][0]["metrics"].as_array().unwrap();
        let mut sent = Vec::new();
        for metric in metrics {
            let name = metric["name"].as_str().unwrap().replace('.', "_");
            for point in metric["gauge"]["dataPoints"].as_array().unwrap() {
                assert!(point["timeUnixNano"].as_str().unwrap().parse::<u64>().unwrap() > 0, "{point}");
                sent.push((name.clone(), point["asDouble"].as_f64().unwrap()));
            }
        }
        let text = openmetrics(&report);
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let written: Vec<_> = lines
            .map(|line| {
                let (name, rest) = line.split_once('{').unwrap();
                (name.to_owned(), rest.rsplit_once("} ").unwrap().1.parse::<f64>().unwrap())
            })
            .collect();
        assert_eq!(sent, written);
    }
}
