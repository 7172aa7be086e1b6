//! How each check came out, in a sign and a few words.

use super::View;
use super::blocks::Kind;
use super::fold::At;
use super::statement::head;
use crate::execution::{ErrorKind, Execution, Outcome};
use crate::finding::{Finding, Severity};
use crate::manifest::Scope;
use crate::plain::one_line;
use comfycheck_wording::count;

/// The longest reason and headline, in characters. Formats cut further.
const LONGEST: usize = 200;
/// How many rules a row names.
const RULES: usize = 4;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::render) enum Sign {
    /// It checked something and found nothing wrong.
    Ok,
    /// It only measured.
    Info,
    /// It had nothing to check, or all that it reports follows from an error of the report.
    Skip,
    /// It could not answer, or did not run to its end.
    Unknown,
    Fail,
}

impl Sign {
    pub(in crate::render) fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Info => "info",
            Self::Skip => "skip",
            Self::Unknown => "unknown",
            Self::Fail => "FAIL",
        }
    }
}

/// A row of the table of checks.
pub(in crate::render) struct CheckRow {
    pub(in crate::render) name: String,
    pub(in crate::render) sign: Sign,
    /// One line, harmless for a terminal.
    pub(in crate::render) detail: String,
}

/// What the instances of a check reported.
#[derive(Default)]
struct Tally<'a> {
    /// Errors that count and follow from nothing.
    errors: Vec<(At, &'a Finding)>,
    warnings: Vec<At>,
    waived: usize,
    /// The rules of open questions that follow from nothing.
    unknown: Vec<&'a str>,
    /// Whether there are questions that only samples would have answered.
    unanswered: bool,
    /// Of instances that did not run to their end, in a few words.
    errored: Vec<&'static str>,
    /// The causes of what follows from an error.
    causes: Vec<At>,
    /// Whether an instance completed on something that it could check.
    checked: bool,
    completed: usize,
    /// The reason of an instance that had nothing to check.
    skipped: Option<&'a str>,
    /// The causes of instances that did not run.
    not_run: Vec<At>,
    flaky: usize,
}

impl CheckRow {
    pub(super) fn of(view: &View<'_>, check: &str) -> Self {
        let executions = view.executions(check);
        let tally = Tally::of(view, &executions);
        let sign = tally.sign(view, &executions);
        let detail = one_line(&tally.detail(view, sign, &executions), LONGEST);
        Self { name: check.to_owned(), sign, detail }
    }
}

impl<'a> Tally<'a> {
    fn of(view: &View<'a>, executions: &[(usize, &'a Execution)]) -> Self {
        let mut tally = Self::default();
        for &(index, execution) in executions {
            match &execution.outcome {
                Outcome::Completed { findings, open } => {
                    tally.completed += 1;
                    tally.checked |= has_object(view, execution) || !findings.is_empty();
                    findings
                        .iter()
                        .enumerate()
                        .for_each(|(item, finding)| tally.add(view, At { execution: index, item }, finding));
                    for (item, question) in open.iter().enumerate().filter(|(_, question)| !question.closed) {
                        let at = At { execution: index, item };
                        let causes = view.fold.question(at);
                        match causes.is_empty() {
                            true if view.fold.is_unanswered(at) => tally.unanswered = true,
                            true if tally.unknown.contains(&question.rule.as_str()) => {}
                            true => tally.unknown.push(&question.rule),
                            false => tally.causes.extend(causes),
                        }
                    }
                }
                Outcome::Skipped { reason } => {
                    let causes = view.fold.execution(index);
                    if causes.is_empty() {
                        tally.skipped = tally.skipped.or(Some(reason));
                    }
                    tally.not_run.extend(causes);
                }
                Outcome::Errored { kind, .. } => tally.errored.push(errored(*kind)),
            }
            tally.flaky += usize::from(execution.is_flaky());
        }
        tally
    }

    fn add(&mut self, view: &View<'_>, at: At, finding: &'a Finding) {
        let causes = view.fold.finding(at);
        match finding.severity {
            _ if finding.is_waived() => self.waived += 1,
            _ if !causes.is_empty() => self.causes.extend(causes),
            Severity::Error => self.errors.push((at, finding)),
            Severity::Warning => self.warnings.push(at),
            Severity::Note => {}
        }
    }

    fn sign(&self, view: &View<'_>, executions: &[(usize, &Execution)]) -> Sign {
        let whole_run = !view.fold.whole_run().is_empty();
        let before = executions.iter().any(|(_, execution)| {
            execution.instance.scope == Scope::Deployment && matches!(execution.outcome, Outcome::Completed { .. })
        });
        let cut_off = view.report.interrupted.is_some() && self.skipped.is_some();
        if !self.errors.is_empty() {
            Sign::Fail
        } else if !self.errored.is_empty() || !self.unknown.is_empty() || self.unanswered {
            Sign::Unknown
        } else if !self.causes.is_empty() || !self.checked || cut_off || (whole_run && !before) {
            Sign::Skip
        } else if only_measured(executions) {
            Sign::Info
        } else {
            Sign::Ok
        }
    }

    fn detail(&self, view: &View<'_>, sign: Sign, executions: &[(usize, &Execution)]) -> String {
        let mut parts = Vec::new();
        match sign {
            Sign::Fail => parts.extend(self.failure(view, executions)),
            Sign::Unknown => parts.push(self.unknown_rules()),
            Sign::Skip => parts.push(self.why_skipped(view)),
            Sign::Info | Sign::Ok => parts.extend(headline(executions).map(str::to_owned)),
        }
        // One that explains an error stands in its block.
        let warnings = view.blocks_with(Kind::Warning, &self.warnings).len();
        parts.extend((warnings > 0).then(|| count(warnings, "warning")));
        parts.extend((self.waived > 0).then(|| format!("{} waived", self.waived)));
        parts.extend((self.flaky > 0).then(|| "flaky: a later attempt answered".to_owned()));
        parts.join(" · ")
    }

    /// The message of its errors, or how many there are: as many as the page shows.
    fn failure(&self, view: &View<'_>, executions: &[(usize, &Execution)]) -> Option<String> {
        let (first, others) = self.errors.split_first()?;
        let at: Vec<At> = self.errors.iter().map(|(at, _)| *at).collect();
        let shown = view.blocks_of(&at).len();
        let is_same = others.iter().all(|(_, error)| error.message == first.1.message);
        Some(if shown > 1 && !is_same { count(shown, "error") } else { what_failed(view, *first, executions) })
    }

    fn unknown_rules(&self) -> String {
        let mut words: Vec<&str> = self.errored.clone();
        words.dedup();
        words.extend(&self.unknown);
        let more = words.len().saturating_sub(RULES);
        words.truncate(RULES);
        let words = words.join(", ");
        match more {
            0 if words.is_empty() => "not judged: no sample has a result".to_owned(),
            0 => words,
            more => format!("{words} and {more} more"),
        }
    }

    fn why_skipped(&self, view: &View<'_>) -> String {
        if !self.causes.is_empty() {
            return not_judged(view, &self.causes);
        }
        match (self.checked, self.skipped) {
            (false, Some(reason)) => reason.to_owned(),
            _ if !self.not_run.is_empty() => not_judged(view, &self.not_run),
            _ if view.report.interrupted.is_some() => "interrupted".to_owned(),
            _ if view.fold.whole_run().is_empty() => "nothing to check".to_owned(),
            _ => not_judged(view, &view.fold.whole_run()),
        }
    }
}

/// The message of an error. One in the block of another check is named by the rule of that block.
fn what_failed(view: &View<'_>, (at, finding): (At, &Finding), executions: &[(usize, &Execution)]) -> String {
    let check = executions.first().map(|(_, execution)| execution.instance.check.as_str());
    let blocks = view.blocks_of(&[at]);
    let of_another = blocks.first().map(|block| block.id()).filter(|id| id.split('/').next() != check);
    of_another.map_or_else(|| head(&finding.message).to_owned(), |id| format!("see {id}"))
}

/// `not judged: see endpoint/no-worker`. The row of that check says what it is. A row is cut, and a second rule would be.
fn not_judged(view: &View<'_>, causes: &[At]) -> String {
    format!("not judged: {}", view.see(causes, 1))
}

/// What became of an instance that did not run to its end.
fn errored(kind: ErrorKind) -> &'static str {
    match kind {
        ErrorKind::Inconclusive => "could not answer",
        ErrorKind::InvalidSettings => "refused its settings",
        ErrorKind::Limit => "exceeded a limit",
        ErrorKind::Waiting => "timed out",
        ErrorKind::Trap => "crashed",
        ErrorKind::Contract => "broke the contract",
        ErrorKind::Cassette => "not recorded",
    }
}

/// Whether an instance had something to check: one on a sample has, if the sample returned an image or succeeded.
fn has_object(view: &View<'_>, execution: &Execution) -> bool {
    let Some(index) = execution.instance.sample else { return true };
    let sample = view.report.samples.iter().find(|sample| sample.index == index);
    sample.is_some_and(|sample| sample.ending == crate::sample::Ending::Succeeded)
}

fn completed<'a>(executions: &[(usize, &'a Execution)]) -> impl DoubleEndedIterator<Item = &'a Execution> {
    let completed = |(_, execution): &&(usize, &'a Execution)| matches!(execution.outcome, Outcome::Completed { .. });
    executions.iter().filter(completed).map(|(_, execution)| *execution).collect::<Vec<_>>().into_iter()
}

/// Whether every finding is a note with a measurement and without a limit, and there is one.
fn only_measured(executions: &[(usize, &Execution)]) -> bool {
    let measured = |finding: &Finding| {
        finding.severity == Severity::Note
            && finding.measurement.as_ref().is_some_and(|measurement| measurement.limit.is_none())
    };
    let mut findings = executions.iter().flat_map(|(_, execution)| execution.findings()).peekable();
    findings.peek().is_some() && findings.all(measured)
}

/// The first note of the last completed instance that has one.
fn headline<'a>(executions: &[(usize, &'a Execution)]) -> Option<&'a str> {
    let note = |execution: &'a Execution| {
        execution.findings().iter().find(|finding| finding.severity == Severity::Note && !finding.is_waived())
    };
    completed(executions).rev().find_map(note).map(|finding| finding.message.as_str())
}
