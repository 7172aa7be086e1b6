//! Test cases of a report, for the formats of test runners: `junit` and `ctrf`.
//!
//! - A case is a check instance. Its part and name together are unique and stay the same from run to run. There is no case
//!   per rule: a check does not report which rules it checked, and a question that was never asked must not look like a pass.
//! - Each sample is a case, too (`sample 3 succeeds`), and so is the run (`completes`). So only a report of a run that
//!   passed has no other cases than passed and skipped ones.
//! - A case whose errors are all waived is skipped, with the waiver as its reason.
//! - A case whose errors and questions all follow from an error elsewhere is skipped, with that error as its reason.

use crate::execution::{Execution, Outcome};
use crate::finding::subject_name;
use crate::finding::{Finding, OpenQuestion, Severity};
use crate::plain::one_line;
use crate::render::view::{At, Places, View, quote};
use crate::render::wording::{instance_name, waiver_line};
use crate::report::{NOTHING_WORKED, Report, nothing_worked, samples_waived};
use crate::sample::{Ending, Sample};
use crate::validation::{Validation, Validations};
use std::cmp::Reverse;
use std::time::Duration;

/// The longest message, type and path, in characters.
pub(super) const SHORT: usize = 300;

/// The longest part of a name, in characters.
pub(super) const NAME: usize = 100;
/// The longest name of a run, in characters. Shorter ones could make two runs the same.
pub(super) const RUN_NAME: usize = 300;

/// The longest line of a failure's text, in characters.
const LINE: usize = 2_000;

/// How many findings and open questions a failure's text has.
const LISTED: usize = 50;
/// How many rules a text names in the place of what they say.
const NAMED: usize = 2;

/// A test case. All texts are bounded, and harmless for people's eyes.
pub(super) struct Case {
    /// The check, or `samples`; none for the run.
    pub(super) part: Option<String>,
    /// The scope, such as `deployment` or `sample 3`, or a sentence about a sample or the run.
    pub(super) name: String,
    pub(super) status: Status,
    /// Why earlier attempts gave no answer, the first one first.
    pub(super) earlier: Vec<CaseResult>,
    /// Whether only a later attempt gave an answer.
    pub(super) is_flaky: bool,
    /// Time on the run's own clock, which a replay repeats: an instance's waiting, a sample's execution.
    pub(super) time: Option<Duration>,
    /// The workflow's file, and the line of the first error's node.
    pub(super) place: Option<(String, u32)>,
}

/// The result of a case.
pub(super) enum Status {
    Passed,
    Failed(CaseResult),
    /// A question is open, or the instance did not run to its end.
    Unknown(CaseResult),
    /// The suite waives its errors.
    Waived(CaseResult),
    /// It did not apply, or something else that failed kept it from running: the reason.
    Skipped(String),
}

/// Why a case did not pass.
pub(super) struct CaseResult {
    /// `check/rule`, a kind of error, or a sample's result.
    pub(super) kind: String,
    /// One line.
    pub(super) message: String,
    /// Several lines: all of the instance's errors, warnings and open questions.
    pub(super) text: Option<String>,
}

/// All cases of a report: the run itself, the instances in plan order, the samples.
pub(super) fn cases(report: &Report) -> Vec<Case> {
    let view = View::of(report);
    let waived = samples_waived(&report.executions);
    let mut cases = vec![whole_run(report)];
    cases.extend(report.executions.iter().enumerate().map(|(index, execution)| instance(&view, index, execution)));
    cases.extend(report.samples.iter().map(|sample| sample_case(&view, sample, waived.contains(&sample.index))));
    cases
}

/// A case for each validated file.
pub(super) fn validation_cases(validations: &Validations) -> Vec<Case> {
    validations.files.iter().map(|validation| file_case(&validations.manifest.name, validation)).collect()
}

fn file_case(check: &str, validation: &Validation) -> Case {
    let file = one_line(&validation.file.path, SHORT);
    let findings = validation.execution.findings();
    let error = findings.iter().find(|finding| finding.is_error());
    let open = validation.execution.still_open().next();
    let kind = |rule: &str| one_line(&format!("{check}/{rule}"), SHORT);
    let lines = findings.iter().filter(|finding| finding.severity != Severity::Note);
    let lines = lines.map(|finding| one_line(&format!("{}: {}", kind(&finding.rule), finding.message), LINE));
    let text = Some(lines.take(LISTED).collect::<Vec<_>>().join("\n")).filter(|text| !text.is_empty());
    let result = |rule: &str, message: &str| CaseResult { kind: kind(rule), message: one_line(message, SHORT), text };
    let status = match (error, validation.incomplete_reason(), open) {
        (Some(error), ..) => Status::Failed(result(&error.rule, &error.message)),
        (None, Some(why), _) => Status::Unknown(result("not-checked", why)),
        (None, None, Some(open)) => Status::Unknown(result(&open.rule, &open.reason)),
        (None, None, None) => Status::Passed,
    };
    let places = Places::of_file(validation);
    let mut subjects = error.into_iter().flat_map(|error| &error.subjects);
    let place = subjects.find_map(|subject| places.place(subject));
    let line = place.or_else(|| Some(places.syntax_error()?.place)).map_or(1, |place| place.line);
    Case {
        part: Some("validate".to_owned()),
        name: one_line(&validation.label(), SHORT),
        status,
        earlier: Vec::new(),
        is_flaky: false,
        time: None,
        place: Some((file, line)),
    }
}

/// What no instance and no sample shows: an interruption, that no check ran, or that nothing worked.
fn whole_run(report: &Report) -> Case {
    let status = match (report.interrupted, report.summary.completed.saturating_add(report.summary.errored)) {
        (Some(signal), _) => unknown("interrupted", signal.sentence()),
        (None, 0) => unknown("nothing-done", "no check ran"),
        (None, _) if nothing_worked(&report.executions, &report.samples) => unknown("nothing-worked", NOTHING_WORKED),
        (None, _) => Status::Passed,
    };
    Case { part: None, name: "completes".into(), status, earlier: Vec::new(), is_flaky: false, time: None, place: None }
}

fn instance(view: &View<'_>, index: usize, execution: &Execution) -> Case {
    let status = match &execution.outcome {
        Outcome::Completed { findings, open } => completed(view, index, execution, findings, open),
        Outcome::Skipped { reason } => {
            let causes = view.fold.execution(index);
            if causes.is_empty() { skipped(reason) } else { skipped(&format!("not run: {}", view.see(&causes, NAMED))) }
        }
        Outcome::Errored { kind, message } => unknown(kind.word(), message),
    };
    let errors = execution.findings().iter().filter(|finding| finding.is_error());
    let place = errors.flat_map(|finding| &finding.subjects).find_map(|subject| view.places.place(subject));
    let workflow = view.report.workflow.as_ref();
    Case {
        part: Some(one_line(&execution.instance.check, NAME)),
        name: instance_name(&execution.instance),
        status,
        earlier: execution.earlier.iter().filter_map(|outcome| earlier(&execution.instance.check, outcome)).collect(),
        is_flaky: execution.is_flaky(),
        time: Some(execution.waited).filter(|waited| !waited.is_zero()),
        place: workflow.zip(place).map(|(file, place)| (one_line(file.path(), SHORT), place.line)),
    }
}

/// A finding or an open question, and what it follows from.
type Item<'a, T> = (&'a T, Vec<At>);

fn completed(
    view: &View<'_>,
    index: usize,
    execution: &Execution,
    findings: &[Finding],
    open: &[OpenQuestion],
) -> Status {
    let check = &execution.instance.check;
    let at = |item| At { execution: index, item };
    let mut listed: Vec<Item<'_, Finding>> = findings
        .iter()
        .enumerate()
        .filter(|(_, finding)| finding.severity > Severity::Note)
        .map(|(item, finding)| (finding, view.fold.finding(at(item))))
        .collect();
    listed.sort_by_key(|(finding, _)| (finding.is_waived(), Reverse(finding.severity)));
    let questions: Vec<Item<'_, OpenQuestion>> = open
        .iter()
        .enumerate()
        .filter(|(_, question)| !question.closed)
        .map(|(item, question)| (question, view.fold.question(at(item))))
        .collect();
    let errors: Vec<&Finding> =
        listed.iter().filter(|(finding, causes)| finding.is_error() && causes.is_empty()).map(|(f, _)| *f).collect();
    let (unrecorded, unknown): (Vec<&OpenQuestion>, Vec<_>) = questions
        .iter()
        .filter(|(_, causes)| causes.is_empty())
        .map(|(question, _)| *question)
        .partition(|question| question.unrecorded);
    let causes: Vec<At> = listed
        .iter()
        .map(|(_, causes)| causes)
        .chain(questions.iter().map(|(_, causes)| causes))
        .flatten()
        .copied()
        .collect();
    let waived: Vec<(&Finding, String)> = listed.iter().filter_map(|(finding, _)| waived_error(finding)).collect();
    let result = |rule: &str, message: &str, more: usize| {
        let more = if more > 0 { format!(" (and {more} more)") } else { String::new() };
        CaseResult {
            kind: one_line(&format!("{check}/{rule}"), SHORT),
            message: format!("{}{more}", one_line(message, SHORT)),
            text: Some(text(view, check, &listed, &questions)),
        }
    };
    if let Some(first) = errors.first() {
        Status::Failed(result(&first.rule, &first.message, errors.len() - 1))
    } else if let Some(first) = unknown.first() {
        Status::Unknown(result(&first.rule, &first.reason, unknown.len() - 1))
    } else if !causes.is_empty() {
        skipped(&format!("not judged: {}", view.see(&causes, NAMED)))
    } else if let Some((first, why)) = waived.first() {
        Status::Waived(result(&first.rule, why, waived.len() - 1))
    } else if let Some(first) = unrecorded.first() {
        skipped(&first.reason)
    } else {
        Status::Passed
    }
}

/// All errors, warnings and open questions of an instance, in lines.
fn text(view: &View<'_>, check: &str, findings: &[Item<'_, Finding>], questions: &[Item<'_, OpenQuestion>]) -> String {
    let findings = findings.iter().map(|(finding, causes)| finding_text(view, check, finding, causes));
    let questions = questions.iter().map(|(question, causes)| question_text(view, check, question, causes));
    let mut lines: Vec<String> = findings.chain(questions).collect();
    let more = lines.len().saturating_sub(LISTED);
    lines.truncate(LISTED);
    if more > 0 {
        lines.push(format!("and {more} more in the JSON report"));
    }
    lines.join("\n")
}

/// Why an attempt gave no answer.
fn earlier(check: &str, outcome: &Outcome) -> Option<CaseResult> {
    let (kind, message) = match outcome {
        Outcome::Completed { open, .. } => {
            let first = open.first()?;
            (format!("{check}/{}", first.rule), first.reason.as_str())
        }
        Outcome::Errored { kind, message } => (kind.word().to_owned(), message.as_str()),
        Outcome::Skipped { .. } => return None,
    };
    Some(CaseResult { kind: one_line(&kind, SHORT), message: one_line(message, SHORT), text: None })
}

/// An error that is waived, and the waiver as a line.
fn waived_error(finding: &Finding) -> Option<(&Finding, String)> {
    let waiver = finding.waiver.as_ref().filter(|_| finding.is_waived() && finding.severity == Severity::Error)?;
    Some((finding, format!("waived {}", waiver_line(waiver))))
}

fn finding_text(view: &View<'_>, check: &str, finding: &Finding, causes: &[At]) -> String {
    let place = finding.subjects.iter().find_map(|subject| view.places.place(subject));
    let place = match (&view.report.workflow, place) {
        (Some(file), Some(place)) => format!("{}:{place}: ", file.path()),
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
    lines.extend((!causes.is_empty()).then(|| format!("  follows from a cause: {}", view.see(causes, NAMED))));
    lines.join("\n")
}

fn question_text(view: &View<'_>, check: &str, question: &OpenQuestion, causes: &[At]) -> String {
    let mut lines = vec![one_line(&format!("unknown[{check}/{}]: {}", question.rule, question.reason), LINE)];
    lines.extend(question.help.as_ref().map(|help| one_line(&format!("  help: {help}"), LINE)));
    lines.extend((!causes.is_empty()).then(|| format!("  follows from a cause: {}", view.see(causes, NAMED))));
    lines.join("\n")
}

/// A sample that did not succeed is skipped if it has a cause elsewhere, and waived if only waived errors explain it.
fn sample_case(view: &View<'_>, sample: &Sample, is_waived: bool) -> Case {
    let word = sample.ending.word();
    let message = match (&sample.reason, &sample.error) {
        (Some(reason), _) => reason.clone(),
        (None, Some(error)) => format!("{word}: {}", quote(error)),
        (None, None) => word.to_owned(),
    };
    let result = || {
        let job = sample.job.as_ref().map(|job| format!("job: {job}"));
        let error = sample.error.as_ref().map(|error| format!("error: {error}"));
        let lines: Vec<String> = job.into_iter().chain(error).map(|line| one_line(&line, LINE)).collect();
        let text = Some(lines.join("\n")).filter(|text| !text.is_empty());
        CaseResult { kind: word.to_owned(), message: one_line(&message, SHORT), text }
    };
    let causes = view.fold.sample(sample.index);
    let status = match sample.ending {
        Ending::Succeeded => Status::Passed,
        _ if !causes.is_empty() => skipped(&format!("{}: {}", word.replace('-', " "), view.see(&causes, NAMED))),
        _ if is_waived => {
            Status::Waived(CaseResult { message: one_line(&format!("waived: {message}"), SHORT), ..result() })
        }
        _ if is_named(view.report, sample.index) => Status::Failed(result()),
        _ => Status::Unknown(result()),
    };
    Case {
        part: Some("samples".to_owned()),
        name: format!("sample {} succeeds", sample.index),
        status,
        earlier: Vec::new(),
        is_flaky: false,
        time: sample.execution,
        place: None,
    }
}

/// Whether an error that counts names a sample, such as an aggregate that says how many failed.
fn is_named(report: &Report, index: u32) -> bool {
    report.executions.iter().any(|execution| {
        let mut errors = execution.findings().iter().filter(|finding| finding.is_error());
        errors.any(|finding| execution.instance.sample == Some(index) || finding.samples().any(|named| named == index))
    })
}

fn unknown(kind: &str, message: &str) -> Status {
    Status::Unknown(CaseResult { kind: kind.to_owned(), message: one_line(message, SHORT), text: None })
}

fn skipped(reason: &str) -> Status {
    Status::Skipped(one_line(reason, SHORT))
}
