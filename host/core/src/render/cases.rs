//! Test cases: what the formats of test runners, `junit` and `ctrf`, make of a report.
//!
//! - A case is what was carried out: a check instance. The pair of its part and its name is unique, and stays the same from
//!   run to run, so that a test can be seen to break and to be fixed. Not one case per rule: a check does not say which
//!   rules it asked, and a question that was never asked must not look like a pass.
//! - Each sample is a case, too (`sample 3 succeeds`), and so is the run itself (`is carried out to its end`). So a report in
//!   which every case passed or was skipped is of a run that passed, and no other is.
//! - A case whose errors are all waived is not one that passed: it is shown as skipped, with the waiver as its reason.

use crate::execution::{Execution, Outcome};
use crate::finding::{Finding, OpenQuestion, Severity};
use crate::render::places::Places;
use crate::render::plain::one_line;
use crate::render::wording::{instance_name, subject_name, waiver_line};
use crate::report::{Report, Verdict, nothing_worked, samples_failed, samples_waived};
use crate::sample::{Ending, Sample};
use std::collections::BTreeSet;
use std::time::Duration;

/// The longest message, type and path, in characters.
pub(super) const SHORT: usize = 300;

/// The longest part of a name, in characters.
pub(super) const NAME: usize = 100;

/// The longest line of a failure's text, in characters.
const LINE: usize = 2_000;

/// How many findings and open questions a failure's text tells.
const TOLD: usize = 50;

/// A case. All texts are bounded, and harmless for people's eyes.
pub(super) struct Case {
    /// The check, or `samples`; none of the run itself.
    pub(super) part: Option<String>,
    /// The scope, such as `deployment` or `sample 3`, or a sentence about a sample or the run.
    pub(super) name: String,
    pub(super) status: Status,
    /// What earlier attempts could not tell, the first one first.
    pub(super) earlier: Vec<Told>,
    /// Whether only a further attempt told.
    pub(super) is_flaky: bool,
    /// Time on the run's own clock, which a replay repeats: an instance's waiting, a sample's execution.
    pub(super) time: Option<Duration>,
    /// The workflow's file, and the line of the first error's node.
    pub(super) place: Option<(String, u32)>,
}

/// What came of a case.
pub(super) enum Status {
    Passed,
    /// Something is wrong.
    Failed(Told),
    /// It could not be told whether something is wrong.
    NotTold(Told),
    /// Something is wrong, and the suite waives it.
    Waived(Told),
    /// It did not apply, or something that failed kept it from being run: the reason.
    Skipped(String),
}

/// What is told of a case that did not pass.
pub(super) struct Told {
    /// `check/rule`, a kind of error, or a sample's ending.
    pub(super) kind: String,
    /// One line.
    pub(super) message: String,
    /// Several lines: all of the instance's errors, warnings and open questions, and what is waived.
    pub(super) text: Option<String>,
}

/// All cases of a report: the run itself, the instances in plan order, the samples.
pub(super) fn cases(report: &Report) -> Vec<Case> {
    let places = Places::of(report);
    let failed = samples_failed(&report.executions);
    let waived = samples_waived(&report.executions);
    let mut cases = vec![whole_run(report)];
    cases.extend(report.executions.iter().map(|execution| instance(report, execution, &places)));
    cases.extend(report.samples.iter().map(|sample| sample_case(report, sample, &failed, &waived)));
    cases
}

/// Holds what no instance and no sample shows: an interruption, that nothing at all was carried out, or that nothing worked.
fn whole_run(report: &Report) -> Case {
    let nothing_worked = nothing_worked(&report.executions, &report.samples);
    let status = match (report.interrupted, report.summary.completed.saturating_add(report.summary.errored)) {
        (Some(signal), _) => not_told("interrupted", signal.sentence()),
        (None, 0) => not_told("nothing-done", "no check was carried out"),
        (None, _) => nothing_worked.map_or(Status::Passed, |why| not_told("nothing-worked", why)),
    };
    Case {
        part: None,
        name: "is carried out to its end".into(),
        status,
        earlier: Vec::new(),
        is_flaky: false,
        time: None,
        place: None,
    }
}

fn instance(report: &Report, execution: &Execution, places: &Places) -> Case {
    let status = match &execution.outcome {
        Outcome::Completed { findings, .. } => completed(report, execution, findings, places),
        Outcome::Skipped { reason } => skipped(reason),
        Outcome::Errored { kind, message } => not_told(kind.word(), message),
    };
    let errors = execution.findings().iter().filter(|finding| finding.is_error());
    let place = errors.flat_map(|finding| &finding.subjects).find_map(|subject| places.place(subject));
    Case {
        part: Some(one_line(&execution.instance.check, NAME)),
        name: instance_name(&execution.instance),
        status,
        earlier: execution.earlier.iter().filter_map(|outcome| in_vain(&execution.instance.check, outcome)).collect(),
        is_flaky: execution.is_flaky(),
        time: Some(execution.waited).filter(|waited| !waited.is_zero()),
        place: report.workflow.as_ref().zip(place).map(|(file, place)| (one_line(&file.path, SHORT), place.line)),
    }
}

fn completed(report: &Report, execution: &Execution, findings: &[Finding], places: &Places) -> Status {
    let check = &execution.instance.check;
    let mut told: Vec<&Finding> = findings.iter().filter(|finding| finding.severity > Severity::Note).collect();
    told.sort_by_key(|finding| (finding.is_waived(), std::cmp::Reverse(finding.severity)));
    let open: Vec<&OpenQuestion> = execution.still_open().collect();
    let errors = told.iter().filter(|finding| finding.is_error()).count();
    let waived: Vec<(&Finding, String)> = told.iter().copied().filter_map(waived_error).collect();
    let (status, rule, first, more): (fn(Told) -> Status, _, _, _) = match (told.first(), open.first(), waived.first())
    {
        (Some(first), ..) if errors > 0 => (Status::Failed, &first.rule, &first.message, errors - 1),
        (_, Some(first), _) => (Status::NotTold, &first.rule, &first.reason, open.len() - 1),
        (_, _, Some((first, why))) => (Status::Waived, &first.rule, why, waived.len() - 1),
        _ => return Status::Passed,
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
    status(Told {
        kind: one_line(&format!("{check}/{rule}"), SHORT),
        message: format!("{}{more}", one_line(first, SHORT)),
        text: Some(lines.join("\n")),
    })
}

/// What an attempt could not tell.
fn in_vain(check: &str, outcome: &Outcome) -> Option<Told> {
    let (kind, message) = match outcome {
        Outcome::Completed { open, .. } => {
            let first = open.first()?;
            (format!("{check}/{}", first.rule), first.reason.as_str())
        }
        Outcome::Errored { kind, message } => (kind.word().to_owned(), message.as_str()),
        Outcome::Skipped { .. } => return None,
    };
    Some(Told { kind: one_line(&kind, SHORT), message: one_line(message, SHORT), text: None })
}

/// An error that is waived, and the waiver as a line.
fn waived_error(finding: &Finding) -> Option<(&Finding, String)> {
    let waiver = finding.waiver.as_ref().filter(|_| finding.is_waived() && finding.severity == Severity::Error)?;
    Some((finding, format!("waived {}", waiver_line(waiver))))
}

fn finding_text(report: &Report, check: &str, finding: &Finding, places: &Places) -> String {
    let place = finding.subjects.iter().find_map(|subject| places.place(subject));
    let place = match (&report.workflow, place) {
        (Some(file), Some(place)) => format!("{}:{place}: ", file.path),
        _ => String::new(),
    };
    let waived = if finding.is_waived() { "waived " } else { "" };
    let what = format!("{waived}{}[{check}/{}]: {place}{}", finding.severity.word(), finding.rule, finding.message);
    let mut lines = vec![one_line(&what, LINE)];
    if !finding.subjects.is_empty() {
        let subjects: Vec<String> = finding.subjects.iter().map(subject_name).collect();
        lines.push(one_line(&format!("  about: {}", subjects.join(", ")), LINE));
    }
    lines.extend(finding.waiver.as_ref().map(|waiver| one_line(&format!("  waiver: {}", waiver_line(waiver)), LINE)));
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

/// A sample that did not succeed failed if an error is about it, and is waived if only waived errors explain it.
fn sample_case(report: &Report, sample: &Sample, failed: &BTreeSet<u32>, waived: &BTreeSet<u32>) -> Case {
    let word = sample.ending.word();
    let message = match (&sample.reason, &sample.error) {
        (Some(reason), _) => reason.clone(),
        (None, Some(error)) => format!("{word}: {error}"),
        (None, None) => word.to_owned(),
    };
    let told = || {
        let job = sample.job.as_ref().map(|job| format!("job: {job}"));
        let error = sample.error.as_ref().map(|error| format!("error: {error}"));
        let lines: Vec<String> = job.into_iter().chain(error).map(|line| one_line(&line, LINE)).collect();
        let text = Some(lines.join("\n")).filter(|text| !text.is_empty());
        Told { kind: word.to_owned(), message: one_line(&message, SHORT), text }
    };
    let status = match (sample.ending, report.summary.verdict) {
        (Ending::Succeeded, _) => Status::Passed,
        (Ending::NotSubmitted, Verdict::Failed) => skipped(&message),
        _ if failed.contains(&sample.index) => Status::Failed(told()),
        _ if waived.contains(&sample.index) => {
            Status::Waived(Told { message: one_line(&format!("waived: {message}"), SHORT), ..told() })
        }
        _ => Status::NotTold(told()),
    };
    let name = format!("sample {} succeeds", sample.index);
    Case {
        part: Some("samples".to_owned()),
        name,
        status,
        earlier: Vec::new(),
        is_flaky: false,
        time: sample.execution,
        place: None,
    }
}

fn not_told(kind: &str, message: &str) -> Status {
    Status::NotTold(Told { kind: kind.to_owned(), message: one_line(message, SHORT), text: None })
}

fn skipped(reason: &str) -> Status {
    Status::Skipped(one_line(reason, SHORT))
}
