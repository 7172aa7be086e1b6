//! What is wrong and what could not be told, as a compiler shows it.

use super::TEXT;
use super::page::Page;
use crate::diagnostic::{Color, Excerpt};
use crate::execution::{ErrorKind, Execution, Outcome};
use crate::finding::{Finding, Severity, Subject};
use crate::render::places::Places;
use crate::render::plain::{one_line, visible};
use crate::render::wording::{count, subject_name};
use crate::sample;
use annotate_snippets::{Level, Renderer};
use std::collections::{BTreeMap, HashMap};

/// How many problems are shown.
const PROBLEMS: usize = 50;

/// How many subjects of one problem are named, samples and images aside.
const SUBJECTS: usize = 8;

/// The width of a page, in columns.
const WIDTH: usize = 100;

/// How many places of one problem are shown.
const PLACES: usize = 3;

/// Something that a person should look at; what several instances say alike is one problem.
struct Problem<'a> {
    key: Key<'a>,
    /// Of an instance that could not be carried out.
    error: Option<ErrorKind>,
    help: Option<&'a str>,
    subjects: Vec<Subject>,
}

/// What makes two problems one, in the order in which they are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Key<'a> {
    kind: Kind,
    check: &'a str,
    /// None of an instance that could not be carried out.
    rule: Option<&'a str>,
    message: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    Error,
    NotCarriedOut,
    Open,
    Warning,
}

/// Writes all problems of some executions: what is wrong before what could not be told before warnings, each in order.
pub(super) fn write(executions: &[Execution], places: &Places, page: &mut Page) {
    let problems = problems(executions);
    for problem in problems.iter().take(PROBLEMS) {
        page.block(&render(problem, places, page.color));
    }
    let more = problems.len().saturating_sub(PROBLEMS);
    if more > 0 {
        page.block(&format!("and {}, which the JSON report holds", count(more, "more problem")));
    }
}

fn problems(executions: &[Execution]) -> Vec<Problem<'_>> {
    let mut problems: Vec<Problem<'_>> = Vec::new();
    let mut position: HashMap<Key<'_>, usize> = HashMap::new();
    for problem in executions.iter().flat_map(problems_of) {
        let at = *position.entry(problem.key).or_insert(problems.len());
        match problems.get_mut(at) {
            Some(known) => known.subjects.extend(problem.subjects),
            None => problems.push(problem),
        }
    }
    problems.sort_by_key(|problem| problem.key.kind);
    problems
}

fn problems_of(execution: &Execution) -> Vec<Problem<'_>> {
    let check = execution.instance.check.as_str();
    let own_sample: Vec<Subject> = execution.instance.sample.map(Subject::Sample).into_iter().collect();
    let findings = execution.findings().iter().filter_map(|finding| {
        let kind = match finding.severity {
            Severity::Error => Kind::Error,
            Severity::Warning => Kind::Warning,
            Severity::Note => return None,
        };
        let Finding { rule, message, help, subjects, .. } = finding;
        let subjects = if subjects.is_empty() { own_sample.clone() } else { subjects.clone() };
        let key = Key { kind, check, rule: Some(rule), message };
        Some(Problem { key, error: None, help: help.as_deref(), subjects })
    });
    let open = execution.still_open().map(|question| Problem {
        key: Key { kind: Kind::Open, check, rule: Some(&question.rule), message: &question.reason },
        error: None,
        help: question.help.as_deref(),
        subjects: own_sample.clone(),
    });
    let errored = match &execution.outcome {
        Outcome::Errored { kind, message } => Some(Problem {
            key: Key { kind: Kind::NotCarriedOut, check, rule: None, message },
            error: Some(*kind),
            help: None,
            subjects: own_sample.clone(),
        }),
        Outcome::Completed { .. } | Outcome::Skipped { .. } => None,
    };
    findings.chain(open).chain(errored).collect()
}

fn render(problem: &Problem<'_>, places: &Places, color: Color) -> String {
    let Key { kind, check, rule, message } = problem.key;
    let level = match kind {
        Kind::Error => Level::ERROR,
        Kind::NotCarriedOut => Level::WARNING.with_name(Some("not carried out")),
        Kind::Open => Level::WARNING.with_name(Some("open")),
        Kind::Warning => Level::WARNING,
    };
    let excerpts: Vec<Excerpt> =
        problem.subjects.iter().filter_map(|subject| places.excerpt(subject)).take(PLACES).collect();
    let mut elements: Vec<_> = excerpts.iter().flat_map(Excerpt::elements).collect();
    if let Some(error) = problem.error {
        elements.push(Level::NOTE.with_name(Some("kind")).message(error.word()).into());
    }
    if !problem.subjects.is_empty() {
        elements.push(Level::NOTE.with_name(Some("about")).message(about(&problem.subjects, places)).into());
    }
    if let Some(help) = problem.help {
        elements.push(Level::HELP.message(one_line(help, TEXT)).into());
    }
    let id = rule.map_or_else(|| check.to_owned(), |rule| format!("{check}/{rule}"));
    let title = level.primary_title(one_line(message, TEXT)).id(one_line(&id, 80));
    let renderer = match color {
        Color::Off => Renderer::plain(),
        Color::On => Renderer::styled(),
    };
    let text = renderer.term_width(WIDTH).render(&[title.elements(elements)]);
    // The renderer lets some characters of the workflow's line through; its own escape codes are ASCII.
    text.chars().map(|character| if character.is_ascii() { character } else { visible(character) }).collect()
}

/// The subjects in their order, and after them the samples and images, each in one list.
fn about(subjects: &[Subject], places: &Places) -> String {
    let mut others: Vec<String> = Vec::new();
    let mut samples: Vec<u32> = Vec::new();
    let mut images: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for subject in subjects {
        match subject {
            Subject::Sample(sample) => samples.push(*sample),
            Subject::Image(sample, image) => images.entry(*image).or_default().push(*sample),
            other => {
                let class = places.class(other).map(|class| format!(" (`{class}`)")).unwrap_or_default();
                others.push(one_line(&format!("{}{class}", subject_name(other)), 120));
            }
        }
    }
    let more = others.len().saturating_sub(SUBJECTS);
    others.truncate(SUBJECTS);
    if more > 0 {
        others.push(format!("{more} more"));
    }
    others.extend((!samples.is_empty()).then(|| sample::list(&samples)));
    others.extend(images.iter().map(|(image, samples)| format!("image {image} of {}", sample::list(samples))));
    others.join(", ")
}
