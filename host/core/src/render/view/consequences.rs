//! The clauses that say what follows from errors.

use super::Block;
use super::fold::{At, Fold};
use crate::execution::Outcome;
use crate::report::Report;
use crate::sample::Ending;
use comfycheck_wording::{count, samples as sample_list};
use std::collections::BTreeMap;

/// How many rules and checks a clause names.
const NAMED: usize = 4;

/// What follows from one set of blocks.
#[derive(Default)]
struct Consequences {
    /// No sample returned a file.
    whole_run: bool,
    /// Samples that were not submitted.
    not_submitted: Vec<u32>,
    /// The rules of open questions, each once.
    questions: Vec<String>,
    /// The rules of errors, each once.
    errors: Vec<String>,
}

/// Writes into each block what follows from it alone. Returns what follows from several together.
pub(super) fn write(report: &Report, fold: &Fold, blocks: &mut [Block<'_>]) -> Vec<String> {
    let block_of: BTreeMap<At, usize> = blocks
        .iter()
        .enumerate()
        .flat_map(|(index, block)| block.findings.iter().map(move |at| (*at, index)))
        .collect();
    let mut by_cause: BTreeMap<Vec<usize>, Consequences> = BTreeMap::new();
    let mut of = |causes: &[At], add: &mut dyn FnMut(&mut Consequences)| {
        let mut causes: Vec<usize> = causes.iter().filter_map(|at| block_of.get(at)).copied().collect();
        causes.sort_unstable();
        causes.dedup();
        if !causes.is_empty() {
            add(by_cause.entry(causes).or_default());
        }
    };
    of(&fold.whole_run(), &mut |consequences| consequences.whole_run = true);
    if fold.whole_run().is_empty() {
        for sample in report.samples.iter().filter(|sample| sample.ending == Ending::NotSubmitted) {
            of(&fold.sample(sample.index), &mut |consequences| consequences.not_submitted.push(sample.index));
        }
    }
    for (execution, item, rule, is_error) in rules_of(report) {
        let at = At { execution, item };
        let causes = if is_error { fold.finding(at) } else { fold.question(at) };
        of(&causes, &mut |consequences| {
            let known = if is_error { &mut consequences.errors } else { &mut consequences.questions };
            if !known.contains(&rule) {
                known.push(rule.clone());
            }
        });
    }
    let mut shared = Vec::new();
    for (causes, consequences) in by_cause {
        let clauses = consequences.clauses(report);
        match causes.as_slice() {
            [only] => blocks[*only].therefore = clauses,
            _ => shared.extend(clauses),
        }
    }
    shared
}

/// Every finding and open question, with its execution and its index there.
fn rules_of(report: &Report) -> impl Iterator<Item = (usize, usize, String, bool)> {
    report.executions.iter().enumerate().flat_map(|(execution, ran)| {
        let (findings, open) = match &ran.outcome {
            Outcome::Completed { findings, open } => (findings.as_slice(), open.as_slice()),
            Outcome::Skipped { .. } | Outcome::Errored { .. } => (&[][..], &[][..]),
        };
        let id = move |rule: &str| format!("{}/{rule}", ran.instance.check);
        let findings =
            findings.iter().enumerate().map(move |(item, finding)| (execution, item, id(&finding.rule), true));
        findings
            .chain(open.iter().enumerate().map(move |(item, question)| (execution, item, id(&question.rule), false)))
            .collect::<Vec<_>>()
    })
}

impl Consequences {
    fn clauses(&self, report: &Report) -> Vec<String> {
        let mut clauses = Vec::new();
        if self.whole_run {
            clauses.push(whole_run(report));
        }
        if !self.not_submitted.is_empty() {
            clauses.push(format!("{} not submitted", sample_list(&self.not_submitted)));
        }
        clauses.extend(unknown(&self.questions));
        if !self.errors.is_empty() {
            let verb = if self.errors.len() == 1 { "fails" } else { "fail" };
            clauses.push(format!("{} {verb}", named(&self.errors)));
        }
        clauses
    }
}

/// How many questions are unknown, and whose.
fn unknown(questions: &[String]) -> Option<String> {
    let checks = in_order(questions.iter().map(|rule| rule.split('/').next().unwrap_or(rule)));
    let are = || format!("{} unknown ({})", count(questions.len(), "question"), named(&checks));
    (!questions.is_empty()).then(are)
}

/// What follows from samples that nothing explains.
pub(super) fn of_samples(report: &Report, fold: &Fold) -> Option<String> {
    let unanswered = rules_of(report).filter(|(execution, item, _, is_error)| {
        !is_error && fold.is_unanswered(At { execution: *execution, item: *item })
    });
    let mut questions: Vec<String> = Vec::new();
    for (_, _, rule, _) in unanswered {
        if !questions.contains(&rule) {
            questions.push(rule);
        }
    }
    unknown(&questions)
}

/// No sample returned a file: how many completed all the same, and how many were not submitted.
fn whole_run(report: &Report) -> String {
    let all = report.samples.len();
    let ended = |ending| report.samples.iter().filter(|sample| sample.ending == ending).count();
    let (succeeded, left) = (ended(Ending::Succeeded), ended(Ending::NotSubmitted));
    match (succeeded, left) {
        (0, left) if left == all => format!("{} not submitted", count(all, "sample")),
        (0, 0) => format!("0 of {} succeeded", count(all, "sample")),
        (0, left) => format!("0 of {} succeeded ({left} not submitted)", count(all, "sample")),
        (succeeded, _) if succeeded == all => "no sample returned a file".to_owned(),
        (succeeded, _) => format!("{succeeded} of {} completed, none with a file", count(all, "sample")),
    }
}

fn in_order<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut known: Vec<String> = Vec::new();
    for name in names {
        if !known.iter().any(|known| known == name) {
            known.push(name.to_owned());
        }
    }
    known
}

fn named(names: &[String]) -> String {
    let text = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    if names.len() > NAMED { format!("{text} and {} more", names.len() - NAMED) } else { text }
}
