//! What is wrong and what could not be told, as a compiler shows it.

use super::TEXT;
use super::page::Page;
use crate::diagnostic::{Color, Excerpt};
use crate::execution::Execution;
use crate::render::places::Places;
use crate::render::plain::{one_line, visible};
use crate::render::problems::{Key, Kind, Problem, about, problems};
use crate::render::wording::{count, waiver_line};
use annotate_snippets::{Level, Renderer};

/// How many problems are shown.
const PROBLEMS: usize = 50;

/// The width of a page, in columns.
const WIDTH: usize = 100;

/// How many places of one problem are shown.
const PLACES: usize = 3;

/// Writes all problems of some executions: what is wrong before what could not be told before warnings before what is
/// waived, each in order.
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

fn render(problem: &Problem<'_>, places: &Places, color: Color) -> String {
    let Key { kind, check, rule, message, waiver } = problem.key;
    let level = match kind {
        Kind::Error => Level::ERROR,
        Kind::NotCarriedOut | Kind::Open | Kind::Warning => Level::WARNING,
        Kind::Waived(_) => Level::NOTE,
    };
    let level = level.with_name(Some(kind.word()));
    let excerpts: Vec<Excerpt> =
        problem.subjects.iter().filter_map(|subject| places.excerpt(subject)).take(PLACES).collect();
    let mut elements: Vec<_> = excerpts.iter().flat_map(Excerpt::elements).collect();
    if let Some(error) = problem.error {
        elements.push(Level::NOTE.with_name(Some("kind")).message(error.word()).into());
    }
    if !problem.subjects.is_empty() {
        elements.push(Level::NOTE.with_name(Some("about")).message(about(&problem.subjects, places)).into());
    }
    if let Some(waiver) = waiver {
        let line = one_line(&waiver_line(waiver), TEXT);
        elements.push(Level::NOTE.with_name(Some("waiver")).message(line).into());
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
