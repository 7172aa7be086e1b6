//! Causes with what follows from them, what is unknown, warnings, and what is waived.

use super::text::{NAME, TEXT, code, line, words};
use crate::diagnostic::Excerpt;
use crate::execution::Outcome;
use crate::finding::{Severity, Subject};
use crate::render::context::ReportContext;
use crate::render::failures::{Failure, Failures};
use crate::render::view::{At, Block, Kind, View, about, label};
use crate::render::wording::{all_attempts, waiver_line};
use comfycheck_wording::count;
use maud::{Markup, html};

/// How many blocks of one kind are shown, and how many consequences of one block.
const BLOCKS: usize = 100;
const CONSEQUENCES: usize = 50;

pub(super) fn write(view: &View<'_>, context: &ReportContext<'_>) -> Markup {
    let of = |kinds: &[Kind]| -> Vec<&Block<'_>> {
        view.blocks.iter().filter(|block| kinds.contains(&block.kind)).collect()
    };
    let waived: Vec<&Block<'_>> = view.blocks.iter().filter(|block| block.kind.is_waived()).collect();
    let causes = of(&[Kind::Error]);
    let attempts = all_attempts(&view.report.executions);
    html! {
        (section(
            "causes",
            "Causes",
            "What to fix first. What only follows from a cause is folded under it.",
            &causes,
            view,
        ))
        (section("unknown", "Unknown", "Questions without an answer. None of them counts as passed.",
            &of(&[Kind::Crashed, Kind::Unknown]), view))
        (section("warnings", "Warnings", "They do not fail the run.", &of(&[Kind::Warning]), view))
        (since_baseline(view, context))
        @if !waived.is_empty() {
            section #waived {
                h2 { "Waived" }
                details {
                    summary { (count(waived.len(), "finding")) " that the suite accepts" }
                    @for block in waived.iter().take(BLOCKS) { (one(view, block)) }
                    (more(waived.len()))
                }
            }
        }
        @if !attempts.is_empty() {
            section #attempts {
                h2 { "More than one attempt" }
                ul { @for attempt in attempts.iter().take(BLOCKS) { li { (words(attempt, TEXT)) } } }
                (more(attempts.len()))
            }
        }
    }
}

fn section(id: &str, title: &str, lead: &str, blocks: &[&Block<'_>], view: &View<'_>) -> Markup {
    html! {
        @if !blocks.is_empty() {
            section id=(id) {
                h2 { (title) }
                p.lead { (lead) }
                @for block in blocks.iter().take(BLOCKS) { (one(view, block)) }
                (more(blocks.len()))
                @if id == "causes" && !view.therefore.is_empty() {
                    p.shared { "All of these together: " (words(&view.therefore.join(", "), TEXT)) }
                }
            }
        }
    }
}

fn more(all: usize) -> Markup {
    html! { @if all > BLOCKS { p.soft { "and " (all - BLOCKS) " more in the JSON report" } } }
}

fn one(view: &View<'_>, block: &Block<'_>) -> Markup {
    let places = &view.places;
    let excerpt = block.subjects.iter().find_map(|subject| Some((subject, places.excerpt(subject)?)));
    let shown = excerpt.as_ref().map(|(subject, _)| *subject);
    let also: Vec<&str> = block.also.iter().map(|twin| twin.id.as_str()).collect();
    let pairs = [
        ("about", Some(about(block, places, &view.report.samples, shown))),
        ("seen", block.seen.as_deref().map(str::to_owned)),
        ("unknown", block.unknown.map(str::to_owned)),
        ("waiver", block.waiver.map(waiver_line)),
        ("also", Some(also.join(", "))),
    ];
    let pairs: Vec<(&str, String)> =
        pairs.into_iter().filter_map(|(key, text)| Some((key, text.filter(|text| !text.is_empty())?))).collect();
    html! {
        article class={ "block " (class(block.kind)) } {
            header {
                (badge(block.kind))
                @for id in &block.ids { (code(id, NAME)) }
            }
            h3 { (words(&block.message, TEXT)) }
            @if let Some((subject, lines)) = &excerpt { (excerpt_of(view, subject, lines)) }
            @if !pairs.is_empty() {
                dl.pairs { @for (key, text) in &pairs { dt { (key) } dd { (words(text, TEXT)) } } }
            }
            @if let Some(help) = block.help { p.help { (words(help, TEXT)) } }
            (consequences(view, block))
        }
    }
}

fn badge(kind: Kind) -> Markup {
    let class = match kind {
        Kind::Error | Kind::Crashed => "badge bad",
        Kind::Unknown | Kind::Warning => "badge doubt",
        Kind::Waived(_) => "badge",
    };
    html! { span class=(class) { (kind.word()) } }
}

/// The place in the workflow's file, and its line.
fn excerpt_of(view: &View<'_>, subject: &Subject, excerpt: &Excerpt) -> Markup {
    let place = format!("{}:{}", line(&excerpt.path, 2 * NAME), excerpt.place);
    html! {
        figure.excerpt {
            figcaption {
                (code(&place, 3 * NAME))
                @if let Some(label) = label(subject, &view.places) { " · " (line(&label, NAME)) }
            }
            @if let Some((before, marked, after)) = excerpt.line() {
                pre tabindex="0" {
                    span.no { (excerpt.place.line) }
                    (line(before, NAME * 2)) mark { (line(marked, NAME)) } (line(after, NAME * 2))
                }
            }
        }
    }
}

/// What follows from a block: the clauses, and folded under them each finding and question.
fn consequences(view: &View<'_>, block: &Block<'_>) -> Markup {
    if block.therefore.is_empty() {
        return Markup::default();
    }
    let folded = folded(view, block);
    html! {
        details {
            summary { "Therefore: " (words(&block.therefore.join(", "), TEXT)) }
            ul {
                @for (kind, id, message) in folded.iter().take(CONSEQUENCES) {
                    li { (kind) " " (code(id, NAME)) " " (words(message, TEXT)) }
                }
                @if folded.len() > CONSEQUENCES { li { "and " (folded.len() - CONSEQUENCES) " more" } }
                @if folded.is_empty() { li { "Samples and checks only; no other finding" } }
            }
        }
    }
}

/// The findings and open questions that follow from a block, each text once.
fn folded<'a>(view: &View<'a>, block: &Block<'_>) -> Vec<(&'static str, String, &'a str)> {
    let follows = |causes: Vec<At>| causes.iter().any(|cause| block.findings.contains(cause));
    let mut folded: Vec<(&'static str, String, &str)> = Vec::new();
    let mut add = |entry: (&'static str, String, &'a str)| {
        if !folded.contains(&entry) {
            folded.push(entry);
        }
    };
    for (index, execution) in view.report.executions.iter().enumerate() {
        let Outcome::Completed { findings, open } = &execution.outcome else { continue };
        let id = |rule: &str| format!("{}/{rule}", execution.instance.check);
        for (item, finding) in findings.iter().enumerate().filter(|(_, finding)| finding.severity > Severity::Note) {
            if follows(view.fold.finding(At { execution: index, item })) {
                add((finding.severity.word(), id(&finding.rule), &finding.message));
            }
        }
        for (item, question) in open.iter().enumerate().filter(|(_, question)| !question.closed) {
            let at = At { execution: index, item };
            let is_unanswered = block.samples > 0 && !block.therefore.is_empty() && view.fold.is_unanswered(at);
            if is_unanswered || follows(view.fold.question(at)) {
                add(("unknown", id(&question.rule), &question.reason));
            }
        }
    }
    folded
}

/// The failures that only one of the runs has.
fn since_baseline(view: &View<'_>, context: &ReportContext<'_>) -> Markup {
    let Some(baseline) = context.baseline else { return Markup::default() };
    let (now, before) = (Failures::of(view.report), Failures::of(baseline));
    let new: Vec<&Failure> = now.without(&before).collect();
    let fixed: Vec<&Failure> = before.without(&now).collect();
    if new.is_empty() && fixed.is_empty() {
        return Markup::default();
    }
    html! {
        section #since-baseline {
            h2 { "Since the baseline" }
            ul.checks {
                @for (word, class, failures) in [("new", "badge bad", &new), ("fixed", "badge good", &fixed)] {
                    @for Failure { kind, rule, subject } in failures.iter().take(BLOCKS) {
                        li {
                            span { span class=(class) { (word) } }
                            span { (kind) }
                            div { (code(rule, NAME)) " " (words(subject, NAME)) }
                        }
                    }
                }
            }
        }
    }
}

/// The class of a block in the style.
fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Error => "error",
        Kind::Crashed => "crashed",
        Kind::Unknown => "unknown",
        Kind::Warning => "warning",
        Kind::Waived(_) => "waived",
    }
}
