//! CTRF (Common Test Report Format), for dashboards and summaries that read it.
//!
//! - A test is a case as in JUnit. Its name includes the check's, since most readers show nothing else.
//! - `failed` is an error. An open question is `other`, with its kind as `rawStatus`: neither wrong nor right.
//! - What the suite waives is `skipped`, and its `rawStatus` says so. What follows from an error elsewhere is `skipped`, too.
//! - CTRF requires instants: a live run has its own. A replay begins at midnight (UTC) of the day of its recording, so its
//!   report is always the same.
//! - What CTRF has no member for is in `extra.comfycheck`.

use crate::plain::one_line;
use crate::render::cases::{Case, CaseResult, NAME, RUN_NAME, SHORT, Status, cases, validation_cases};
use crate::report::{Origin, Report};
use crate::validation::Validations;
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Renders validated files as CTRF, with a line break at the end: a test for each file. Equal files give equal bytes.
pub fn ctrf_validation(validations: &Validations) -> String {
    document(&validations.version, "comfycheck", validation_cases(validations), 1, (0, 0), None)
}

/// Renders a report as CTRF, with a line break at the end. Equal reports give equal bytes.
pub fn ctrf(report: &Report) -> String {
    let suite = one_line(&report.name, RUN_NAME);
    let extra = json!({ "comfycheck": extra(report) });
    document(&report.version, &suite, cases(report), report.checks.len(), instants(report), Some(extra))
}

fn document(
    version: &str,
    suite: &str,
    cases: Vec<Case>,
    suites: usize,
    (start, stop): (i64, i64),
    extra: Option<Value>,
) -> String {
    let count = |is: fn(&Status) -> bool| cases.iter().filter(|case| is(&case.status)).count();
    let mut document = json!({
        "reportFormat": "CTRF",
        "specVersion": "0.0.0",
        "generatedBy": "comfycheck",
        "results": {
            "tool": { "name": "comfycheck", "version": one_line(version, NAME) },
            "summary": {
                "tests": cases.len(),
                "passed": count(|status| matches!(status, Status::Passed)),
                "failed": count(|status| matches!(status, Status::Failed(_))),
                "skipped": count(|status| matches!(status, Status::Skipped(_) | Status::Waived(_))),
                "pending": 0,
                "other": count(|status| matches!(status, Status::Unknown(_))),
                "suites": suites,
                "start": start,
                "stop": stop,
            },
            "tests": cases.into_iter().map(|case| test(suite, case)).collect::<Vec<_>>(),
        },
    });
    if let Some(extra) = extra {
        document["results"]["summary"]["extra"] = extra;
    }
    format!("{document:#}\n")
}

fn test(suite: &str, case: Case) -> Value {
    let Case { part, name, status, earlier, is_flaky, time, place } = case;
    let (word, raw, message, text) = match status {
        Status::Passed => ("passed", None, None, None),
        Status::Skipped(reason) => ("skipped", None, Some(reason), None),
        Status::Waived(CaseResult { kind, message, text }) => {
            ("skipped", Some(format!("waived {kind}")), Some(message), text)
        }
        Status::Failed(CaseResult { kind, message, text }) => ("failed", Some(kind), Some(message), text),
        Status::Unknown(CaseResult { kind, message, text }) => ("other", Some(kind), Some(message), text),
    };
    let hierarchy: Vec<&str> = [suite].into_iter().chain(part.as_deref()).collect();
    let mut members = Map::from_iter([
        ("name".to_owned(), json!(format!("{}: {name}", part.as_deref().unwrap_or(suite)))),
        ("status".to_owned(), json!(word)),
        ("duration".to_owned(), json!(time.map(milliseconds).unwrap_or_default())),
        ("suite".to_owned(), json!(hierarchy)),
    ]);
    let (file, line) = place.unzip();
    let optional = [
        ("rawStatus", raw.map(Value::from)),
        ("message", message.map(Value::from)),
        ("trace", text.map(Value::from)),
        ("filePath", file.map(Value::from)),
        ("line", line.map(Value::from)),
        ("retries", Some(earlier.len()).filter(|retries| *retries > 0).map(Value::from)),
        ("flaky", is_flaky.then_some(Value::from(true))),
        ("retryAttempts", Some(attempts(earlier)).filter(|attempts| !attempts.is_empty()).map(Value::from)),
    ];
    members.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    Value::Object(members)
}

/// The attempts before the last one, which is the test itself.
fn attempts(earlier: Vec<CaseResult>) -> Vec<Value> {
    let attempt = |(number, CaseResult { kind, message, text: _ }): (usize, CaseResult)| json!({ "attempt": number, "status": "other", "message": message, "extra": { "comfycheck": { "kind": kind } } });
    (1..).zip(earlier).map(attempt).collect()
}

fn extra(report: &Report) -> Value {
    let summary = &report.summary;
    let origin = match &report.origin {
        Origin::Live { endpoint, server, comfyui } => {
            let mut origin = json!({ "endpoint": endpoint.as_ref().map(|id| one_line(id, SHORT)) });
            for (name, value) in [("server", server), ("comfyui", comfyui)] {
                if let Some(value) = value {
                    origin[name] = one_line(value, SHORT).into();
                }
            }
            origin
        }
        Origin::Replay { cassette, note } => {
            json!({ "cassette": one_line(cassette, SHORT), "note": note.as_ref().map(|note| one_line(note, SHORT)) })
        }
        Origin::Simulation { scenario, about } => {
            json!({ "scenario": one_line(scenario, SHORT), "about": one_line(about, SHORT) })
        }
    };
    json!({
        "verdict": summary.verdict.word(),
        "date": one_line(&report.date, NAME),
        "origin": origin,
        "errors": summary.errors,
        "warnings": summary.warnings,
        "notes": summary.notes,
        "waived": summary.waived,
        "open": summary.open,
        "samples": summary.samples,
        "succeeded": summary.succeeded,
        "cost-usd": summary.cost.map(|cost| json!({ "low": cost.low, "high": cost.high })),
    })
}

/// When the run began and ended, in milliseconds since 1970.
fn instants(report: &Report) -> (i64, i64) {
    let (start, took) = if let Some(machine) = &report.machine {
        (machine.started.clone(), machine.elapsed)
    } else {
        let last = report.samples.iter().filter_map(|sample| sample.finished).max();
        (format!("{}T00:00:00Z", report.date), last.unwrap_or_default())
    };
    let start = start.parse::<Timestamp>().map(Timestamp::as_millisecond).unwrap_or_default();
    (start, start.saturating_add(milliseconds(took)))
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
