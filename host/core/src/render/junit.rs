//! JUnit XML. [`junit`] keeps to `junit-10.xsd` of Jenkins' xUnit plugin, which refuses other attributes. [`junit_gitlab`] has the
//! attributes `file` and `line`, too.
//!
//! - The class of a case is `suite.check`, and its name the scope. GitLab identifies a case by both. Jenkins takes the part
//!   before the last `.` for the package.
//! - `<failure>`: an error. Its text has all of the instance's errors, warnings and open questions, with their places. For
//!   GitLab, `file` and `line` are those of the first error's node.
//! - `<error>`: unknown. Either the instance did not run to its end, or a question is open. Both make the run inconclusive
//!   (exit code 3), and a skipped test would look like nothing happened.
//! - `<skipped>`: it did not apply, all its errors and questions follow from an error elsewhere, or the suite waives its
//!   errors. The message says which.
//! - JUnit has no element for warnings and notes: those of a passing instance are only counted, in the properties.
//! - A case that only a later attempt answered succeeds, with a `<flakyError>` for each attempt before it. If the last one
//!   gave no answer either, they are `<rerunError>`.
//! - There is no output of cases that succeeded. `time` is time on the run's own clock, which a replay repeats. The suite's
//!   `time` is that of the machine if the run was live, else the sum of its cases. `timestamp` is the start of a live run,
//!   else midnight of the recording's date.

use crate::money::CostRange;
use crate::plain::one_line;
use crate::render::cases::{Case, CaseResult, NAME, RUN_NAME, SHORT, Status, cases, validation_cases};
use crate::report::{Origin, Report};
use crate::validation::Validations;
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestRerun, TestSuite};

/// Renders a report as JUnit XML that every reader accepts. Equal reports give equal bytes.
pub fn junit(report: &Report) -> String {
    render(report, false)
}

/// Renders a report as JUnit XML with the places of failures, which GitLab shows. Equal reports give equal bytes.
pub fn junit_gitlab(report: &Report) -> String {
    render(report, true)
}

fn render(report: &Report, has_places: bool) -> String {
    let name = one_line(&report.name, RUN_NAME);
    let mut cases = cases(report);
    if !has_places {
        for case in &mut cases {
            case.place = None;
        }
    }
    let of_cases = || cases.iter().filter_map(|case| case.time).sum();
    let time = report.machine.as_ref().map_or_else(of_cases, |machine| machine.elapsed);
    let started = report.machine.as_ref().map(|machine| machine.started.clone());
    let mut suite = TestSuite::new(&*name);
    suite.add_properties(properties(report));
    suite.add_test_cases(cases.into_iter().map(|case| test_case(&name, case)));
    suite.set_time(time);
    // The library's own member needs another library's type.
    let timestamp = started.unwrap_or_else(|| format!("{}T00:00:00Z", report.date));
    suite.extra.insert("timestamp".into(), one_line(&timestamp, NAME).into());
    of_suite(suite)
}

/// Renders validated files as JUnit XML: a case for each file. Equal files give equal bytes.
pub fn junit_validation(validations: &Validations) -> String {
    let mut suite = TestSuite::new("comfycheck validate");
    let cases = validation_cases(validations).into_iter().map(|case| Case { place: None, ..case });
    suite.add_test_cases(cases.map(|case| test_case("comfycheck", case)));
    of_suite(suite)
}

/// JUnit XML of one suite.
pub(crate) fn of_suite(suite: TestSuite) -> String {
    let mut junit = quick_junit::Report::new("comfycheck");
    junit.add_test_suite(suite);
    to_xml(&junit)
}

fn to_xml(junit: &quick_junit::Report) -> String {
    without_skipped_suites(&junit.to_string().expect("writing XML to memory does not fail"))
}

/// The library counts skipped cases on `<testsuites>`, where the schema has no such attribute. The suite has the same number.
fn without_skipped_suites(xml: &str) -> String {
    let Some((before, rest)) = xml.split_once("<testsuites ") else { return xml.to_owned() };
    let Some((tag, after)) = rest.split_once('>') else { return xml.to_owned() };
    let attributes: Vec<_> = tag.split(' ').filter(|attribute| !attribute.starts_with("skipped=")).collect();
    format!("{before}<testsuites {}>{after}", attributes.join(" "))
}

fn properties(report: &Report) -> Vec<(String, String)> {
    let summary = &report.summary;
    let mut properties = vec![
        ("verdict", summary.verdict.word().to_owned()),
        ("version", report.version.clone()),
        ("date", report.date.clone()),
    ];
    match &report.origin {
        Origin::Live { endpoint, server, comfyui } => {
            let known = [("endpoint", endpoint), ("server", server), ("comfyui", comfyui)];
            properties.extend(known.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))));
        }
        Origin::Replay { cassette, note } => {
            properties.push(("cassette", cassette.clone()));
            properties.extend(note.as_ref().map(|note| ("cassette-note", note.clone())));
        }
        Origin::Simulation { scenario, about } => {
            properties.extend([("scenario", scenario.clone()), ("scenario-about", about.clone())]);
        }
    }
    properties.extend([
        ("errors", summary.errors.to_string()),
        ("warnings", summary.warnings.to_string()),
        ("notes", summary.notes.to_string()),
        ("waived", summary.waived.to_string()),
        ("open", summary.open.to_string()),
        ("samples", summary.samples.to_string()),
        ("succeeded", summary.succeeded.to_string()),
    ]);
    if let Some(CostRange { low, high }) = summary.cost {
        properties.extend([("cost-low-usd", format!("{low:.4}")), ("cost-high-usd", format!("{high:.4}"))]);
    }
    properties.extend(summary.over_budget.clone().map(|line| ("over-budget", line)));
    let named = |(name, value): (_, String)| (format!("comfycheck.{name}"), one_line(&value, SHORT));
    properties.into_iter().map(named).collect()
}

fn test_case(suite: &str, case: Case) -> TestCase {
    let Case { part, name, status, earlier, is_flaky: _, time, place } = case;
    let mut status = test_status(status);
    for CaseResult { kind, message, text: _ } in earlier {
        let mut rerun = TestRerun::new(NonSuccessKind::Error);
        rerun.set_type(kind).set_message(message);
        status.add_rerun(rerun);
    }
    let mut case = TestCase::new(name, status);
    case.set_classname(part.map_or_else(|| suite.to_owned(), |part| format!("{suite}.{part}")));
    if let Some(time) = time {
        case.set_time(time);
    }
    if let Some((file, line)) = place {
        case.extra.insert("file".into(), file.into());
        case.extra.insert("line".into(), line.to_string().into());
    }
    case
}

fn test_status(status: Status) -> TestCaseStatus {
    let (mut status, CaseResult { kind: ty, message, text }) = match status {
        Status::Passed => return TestCaseStatus::success(),
        Status::Skipped(reason) => {
            let mut status = TestCaseStatus::skipped();
            status.set_message(reason);
            return status;
        }
        Status::Waived(result) => (TestCaseStatus::skipped(), result),
        Status::Failed(result) => (TestCaseStatus::non_success(NonSuccessKind::Failure), result),
        Status::Unknown(result) => (TestCaseStatus::non_success(NonSuccessKind::Error), result),
    };
    status.set_type(ty).set_message(message);
    if let Some(text) = text {
        status.set_description(text);
    }
    status
}
