//! JUnit XML, in the dialect that GitLab and Jenkins both read.
//!
//! - A test case is what was carried out: a check instance. Its class is `suite.check` and its name the scope, such as
//!   `deployment` or `sample 3`; the pair is unique, which GitLab needs, and stays the same from run to run, so that a
//!   test can be seen to break and to be fixed. Jenkins takes the part before the last `.` for the package. Not one case per
//!   rule: a check does not say which rules it asked, and a question that was never asked must not look like a pass.
//! - Each sample is a case, too (`sample 3 succeeds`), and so is the run itself (`is carried out to its end`). So an XML without
//!   failures and errors is a run that passed, and no other is.
//! - `<failure>`: something is wrong. Its text holds all of the instance's errors, warnings and open questions; `file`
//!   and `line` are those of the first error's node.
//! - `<error>`: could not be told. That is an instance that could not be carried out, but also an open question: both leave
//!   the run inconclusive (exit code 3), and a skipped test looks like nothing happened.
//! - `<skipped>`: did not apply, or something that failed kept it from being run.
//! - JUnit has no word for warnings and notes: those of a passing instance are only counted, in the properties.
//! - There is no output of what succeeded. `time` is time on the run's own clock, which a replay repeats: an instance's waiting,
//!   a sample's execution. There are no time stamps.

use crate::cost::CostRange;
use crate::execution::{Execution, Outcome};
use crate::finding::{Finding, OpenQuestion, Severity};
use crate::render::places::Places;
use crate::render::plain::one_line;
use crate::render::wording::{instance_name, subject_name};
use crate::report::{Origin, Report, Verdict, explained_samples};
use crate::sample::{Ending, Sample};
use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};
use std::collections::BTreeSet;

/// The longest value of an attribute, in characters.
const ATTRIBUTE: usize = 300;

/// The longest part of a name, in characters.
const NAME: usize = 100;

/// The longest line of a failure's text, in characters.
const LINE: usize = 2_000;

/// How many findings and open questions a failure's text tells.
const TOLD: usize = 50;

/// Renders a report as JUnit XML. Equal reports give equal bytes.
pub fn junit(report: &Report) -> String {
    let mut suite = TestSuite::new(one_line(&report.suite, NAME));
    suite.add_properties(properties(report));
    suite.add_test_cases(test_cases(report));
    let mut junit = quick_junit::Report::new("comfycheck");
    junit.add_test_suite(suite);
    to_xml(&junit)
}

fn to_xml(junit: &quick_junit::Report) -> String {
    junit.to_string().expect("writing XML to memory does not fail")
}

fn properties(report: &Report) -> Vec<(String, String)> {
    let summary = &report.summary;
    let mut properties = vec![
        ("verdict", summary.verdict.word().to_owned()),
        ("version", report.version.clone()),
        ("date", report.date.clone()),
    ];
    match &report.origin {
        Origin::Live { endpoint } => {
            properties.extend(endpoint.as_ref().map(|endpoint| ("endpoint", endpoint.clone())));
        }
        Origin::Replay { cassette, note } => {
            properties.push(("cassette", cassette.clone()));
            properties.extend(note.as_ref().map(|note| ("cassette-note", note.clone())));
        }
    }
    properties.extend([
        ("errors", summary.errors.to_string()),
        ("warnings", summary.warnings.to_string()),
        ("notes", summary.notes.to_string()),
        ("open", summary.open.to_string()),
        ("samples", summary.samples.to_string()),
        ("succeeded", summary.succeeded.to_string()),
    ]);
    if let Some(CostRange { low, high }) = summary.cost {
        properties.extend([("cost-low-usd", format!("{low:.4}")), ("cost-high-usd", format!("{high:.4}"))]);
    }
    let named = |(name, value): (_, String)| (format!("comfycheck.{name}"), one_line(&value, ATTRIBUTE));
    properties.into_iter().map(named).collect()
}

fn test_cases(report: &Report) -> Vec<TestCase> {
    let places = Places::of(report);
    let explained = explained_samples(&report.executions);
    let mut cases = vec![whole_run(report)];
    cases.extend(report.executions.iter().map(|execution| instance(report, execution, &places)));
    cases.extend(report.samples.iter().map(|sample| sample_case(report, sample, &explained)));
    cases
}

fn case(class: &str, name: String, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(class);
    case
}

fn class(report: &Report, part: &str) -> String {
    format!("{}.{}", one_line(&report.suite, NAME), one_line(part, NAME))
}

/// Holds what no instance and no sample shows: an interruption, or that nothing at all was carried out.
fn whole_run(report: &Report) -> TestCase {
    let status = match (report.interrupted, report.summary.completed + report.summary.errored) {
        (Some(signal), _) => not_told("interrupted", signal.sentence()),
        (None, 0) => not_told("nothing-done", "no check was carried out"),
        (None, _) => TestCaseStatus::success(),
    };
    case(&one_line(&report.suite, NAME), "is carried out to its end".into(), status)
}

fn instance(report: &Report, execution: &Execution, places: &Places) -> TestCase {
    let status = match &execution.outcome {
        Outcome::Completed { findings, .. } => completed(report, execution, findings, places),
        Outcome::Skipped { reason } => skipped(reason),
        Outcome::Errored { kind, message } => not_told(kind.word(), message),
    };
    let mut case = case(&class(report, &execution.instance.check), instance_name(&execution.instance), status);
    if !execution.waited.is_zero() {
        case.set_time(execution.waited);
    }
    let errors = execution.findings().iter().filter(|finding| finding.severity == Severity::Error);
    let place = errors.flat_map(|finding| &finding.subjects).find_map(|subject| places.place(subject));
    if let (Some(place), Some(file)) = (place, &report.workflow) {
        case.extra.insert("file".into(), one_line(&file.path, ATTRIBUTE).into());
        case.extra.insert("line".into(), place.line.to_string().into());
    }
    case
}

fn completed(report: &Report, execution: &Execution, findings: &[Finding], places: &Places) -> TestCaseStatus {
    let check = &execution.instance.check;
    let mut told: Vec<&Finding> = findings.iter().filter(|finding| finding.severity > Severity::Note).collect();
    told.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let open: Vec<&OpenQuestion> = execution.still_open().collect();
    let errors = told.iter().filter(|finding| finding.severity == Severity::Error).count();
    let (kind, ty, first, more) = match (told.first(), open.first()) {
        (Some(first), _) if errors > 0 => (NonSuccessKind::Failure, &first.rule, &first.message, errors - 1),
        (_, Some(first)) => (NonSuccessKind::Error, &first.rule, &first.reason, open.len() - 1),
        _ => return TestCaseStatus::success(),
    };
    let mut lines: Vec<String> = told
        .iter()
        .map(|finding| finding_text(report, check, finding, places))
        .chain(open.iter().map(|question| question_text(check, question)))
        .take(TOLD)
        .collect();
    let untold = told.len() + open.len() - lines.len();
    if untold > 0 {
        lines.push(format!("and {untold} more, which the JSON report holds"));
    }
    let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
    let mut status = TestCaseStatus::non_success(kind);
    status
        .set_message(format!("{}{more}", one_line(first, ATTRIBUTE)))
        .set_type(one_line(&format!("{check}/{ty}"), ATTRIBUTE))
        .set_description(lines.join("\n"));
    status
}

fn finding_text(report: &Report, check: &str, finding: &Finding, places: &Places) -> String {
    let place = finding.subjects.iter().find_map(|subject| places.place(subject));
    let place = match (&report.workflow, place) {
        (Some(file), Some(place)) => format!("{}:{place}: ", file.path),
        _ => String::new(),
    };
    let what = format!("{}[{check}/{}]: {place}{}", finding.severity.word(), finding.rule, finding.message);
    let mut lines = vec![one_line(&what, LINE)];
    if !finding.subjects.is_empty() {
        let subjects: Vec<String> = finding.subjects.iter().map(subject_name).collect();
        lines.push(one_line(&format!("  about: {}", subjects.join(", ")), LINE));
    }
    lines.extend(finding.help.as_ref().map(|help| one_line(&format!("  help: {help}"), LINE)));
    lines.join("\n")
}

fn question_text(check: &str, question: &OpenQuestion) -> String {
    let mut text = one_line(&format!("open[{check}/{}]: {}", question.rule, question.reason), LINE);
    if let Some(help) = &question.help {
        text.push('\n');
        text.push_str(&one_line(&format!("  help: {help}"), LINE));
    }
    text
}

fn sample_case(report: &Report, sample: &Sample, explained: &BTreeSet<u32>) -> TestCase {
    let word = sample.ending.word();
    let message = match (&sample.reason, &sample.error) {
        (Some(reason), _) => reason.clone(),
        (None, Some(error)) => format!("{word}: {error}"),
        (None, None) => word.to_owned(),
    };
    let mut status = match (sample.ending, report.summary.verdict) {
        (Ending::Succeeded, _) => TestCaseStatus::success(),
        (Ending::NotSubmitted, Verdict::Failed) => skipped(&message),
        _ if explained.contains(&sample.index) => TestCaseStatus::non_success(NonSuccessKind::Failure),
        _ => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    if matches!(status, TestCaseStatus::NonSuccess { .. }) {
        status.set_type(word).set_message(one_line(&message, ATTRIBUTE));
        let job = sample.job.as_ref().map(|job| format!("job: {job}"));
        let error = sample.error.as_ref().map(|error| format!("error: {error}"));
        let lines: Vec<String> = job.into_iter().chain(error).map(|line| one_line(&line, LINE)).collect();
        if !lines.is_empty() {
            status.set_description(lines.join("\n"));
        }
    }
    let mut case = case(&class(report, "samples"), format!("sample {} succeeds", sample.index), status);
    if let Some(execution) = sample.execution {
        case.set_time(execution);
    }
    case
}

fn not_told(ty: &str, message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type(ty).set_message(one_line(message, ATTRIBUTE));
    status
}

fn skipped(reason: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(one_line(reason, ATTRIBUTE));
    status
}
