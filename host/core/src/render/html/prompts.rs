//! The prompts of the run, once where all samples have the same.

use super::text::{NAME, code, line, lines};
use crate::report::Report;
use crate::workflow::{Prompt, prompts_of};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// The longest prompt, in characters.
const PROMPT: usize = 2_000;
/// How many prompts of one workflow are shown.
const MOST: usize = 12;

/// The prompts that every submitted sample has.
pub(super) fn shared(report: &Report) -> Vec<Prompt> {
    let mut counts: BTreeMap<Prompt, usize> = BTreeMap::new();
    let mut first = Vec::new();
    for (at, sample) in report.samples.iter().enumerate() {
        for prompt in prompts_of(&sample.workflow.to_string()) {
            if at == 0 {
                first.push(prompt.clone());
            }
            *counts.entry(prompt).or_default() += 1;
        }
    }
    first.retain(|prompt| counts.get(prompt) == Some(&report.samples.len()));
    first
}

pub(super) fn write(report: &Report) -> Markup {
    let shared = shared(report);
    html! {
        @if !shared.is_empty() {
            section #prompts {
                h2 { "Prompt" }
                p.lead { "The same for every sample." }
                div.block { (list(&shared)) }
            }
        }
    }
}

/// Prompts as a list, with the inputs that they are.
pub(super) fn list(prompts: &[Prompt]) -> Markup {
    html! {
        dl.pairs {
            @for Prompt { node, class, input, text } in prompts.iter().take(MOST) {
                dt { (line(input, NAME)) " " (code(node, NAME)) @if !class.is_empty() { br; (line(class, NAME)) } }
                dd.prompt { (lines(text, PROMPT)) }
            }
            @if prompts.len() > MOST { dt {} dd { "and " (prompts.len() - MOST) " more" } }
        }
    }
}
