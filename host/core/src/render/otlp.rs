//! OTLP: metrics for OpenTelemetry, in the JSON encoding of version 1 of the protocol.
//!
//! Source: opentelemetry-proto 1.x, `ExportMetricsServiceRequest`. Its JSON has names in lower camel case and 64-bit integers as
//! strings. Names are those of the format `openmetrics` with a dot after the prefix, so Prometheus stores both alike.

use super::metrics::{Family, Labels, Unit, metrics};
use crate::report::Report;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// Renders the metrics of a report as one request to an OTLP receiver. Equal reports give equal bytes.
pub fn otlp(report: &Report) -> String {
    let at = time(report).as_nanosecond().to_string();
    let metrics: Vec<Value> = metrics(report).iter().map(|family| metric(family, &at)).collect();
    let resource = [("service.name", "comfycheck"), ("service.version", &report.version)];
    let request = json!({
        "resourceMetrics": [{
            "resource": { "attributes": attributes(resource) },
            "scopeMetrics": [{
                "scope": { "name": "comfycheck", "version": report.version },
                "metrics": metrics,
            }],
        }],
    });
    request.to_string() + "\n"
}

/// When a live run ended. Else the date of the recording, at midnight (UTC).
fn time(report: &Report) -> Timestamp {
    let ended = report.machine.as_ref().and_then(|machine| {
        let started: Timestamp = machine.started.parse().ok()?;
        started.checked_add(SignedDuration::try_from(machine.elapsed).ok()?).ok()
    });
    let midnight =
        || report.date.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok().map(|midnight| midnight.timestamp());
    ended.or_else(midnight).unwrap_or(Timestamp::UNIX_EPOCH)
}

fn metric(family: &Family, at: &str) -> Value {
    let Family { help, unit, samples, .. } = family;
    let point = |(labels, value): (&Labels, &f64)| {
        let labels = labels.iter().map(|(key, value)| (*key, value.as_str()));
        json!({ "attributes": attributes(labels), "timeUnixNano": at, "asDouble": value })
    };
    json!({
        "name": format!("comfycheck.{}", family.full_name()),
        "description": help,
        "unit": unit.map_or("", code),
        "gauge": { "dataPoints": samples.iter().map(point).collect::<Vec<_>>() },
    })
}

fn attributes<'a>(named: impl IntoIterator<Item = (&'a str, &'a str)>) -> Vec<Value> {
    named.into_iter().map(|(key, value)| json!({ "key": key, "value": { "stringValue": value } })).collect()
}

/// The code of UCUM, which has none for money.
fn code(unit: Unit) -> &'static str {
    match unit {
        Unit::Seconds => "s",
        Unit::Bytes => "By",
        Unit::Dollars => "{USD}",
        Unit::Ratio => "1",
    }
}
