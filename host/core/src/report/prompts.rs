//! A report without the prompts of its workflows.

use super::Report;
use crate::execution::Outcome;
use crate::finding::{Finding, OpenQuestion, Subject};
use crate::sample::Sample;
use crate::text::TextFile;
use crate::workflow::prompts_of;
use serde_json::Value;
use std::collections::BTreeSet;

/// What stands in place of a prompt.
const LEFT_OUT: &str = "[prompt left out]";
/// A message may quote a prompt and cut it. Its first characters are enough to find it.
const START: usize = 24;
/// A shorter prompt is removed from workflows, and not from sentences: it may be any word.
const SHORTEST: usize = 8;

/// The prompts of some workflows, to be removed from texts.
#[derive(Clone, Debug, Default)]
pub struct PromptMask {
    /// As they are in a workflow.
    whole: BTreeSet<String>,
    /// As messages and JSON may quote them, longest first.
    quoted: Vec<String>,
}

impl PromptMask {
    /// The prompts of workflows in API format.
    pub fn of(workflows: impl IntoIterator<Item = String>) -> Self {
        let prompts = workflows.into_iter().flat_map(|workflow| prompts_of(&workflow)).map(|prompt| prompt.text);
        let whole: BTreeSet<String> = prompts.collect();
        let long = whole.iter().filter(|prompt| prompt.trim().chars().count() >= SHORTEST);
        let quoted: BTreeSet<String> = long.flat_map(|prompt| quotations(prompt.trim())).collect();
        let mut quoted: Vec<String> = quoted.into_iter().collect();
        quoted.sort_by_key(|text| std::cmp::Reverse(text.len()));
        Self { whole, quoted }
    }

    /// A text without the prompts that it quotes, whole or cut.
    pub fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for prompt in &self.quoted {
            text = without(&text, prompt);
        }
        text
    }

    /// A JSON text without strings that are prompts. Its lines stay where they are.
    pub fn json(&self, text: &str) -> String {
        let mut masked = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find('"') {
            let length = string_length(&rest[start..]);
            let token = &rest[start..start + length];
            masked.push_str(&rest[..start]);
            match serde_json::from_str::<String>(token) {
                Ok(value) if self.whole.contains(&value) => masked.push_str(&Value::from(LEFT_OUT).to_string()),
                _ => masked.push_str(token),
            }
            rest = &rest[start + length..];
        }
        masked + rest
    }

    fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) if self.whole.contains(text) => LEFT_OUT.clone_into(text),
            Value::String(text) => *text = self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.value(item)),
            Value::Object(members) => members.values_mut().for_each(|member| self.value(member)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn optional(&self, text: &mut Option<String>) {
        if let Some(text) = text {
            *text = self.text(text);
        }
    }

    fn sample(&self, sample: &mut Sample) {
        sample.workflow = self.json(&sample.workflow.to_string()).into();
        self.optional(&mut sample.reason);
        self.optional(&mut sample.error);
        sample.lost_images.iter_mut().for_each(|image| image.reason = self.text(&image.reason));
        sample.output.iter_mut().for_each(|output| self.value(output));
    }

    fn outcome(&self, outcome: &mut Outcome) {
        match outcome {
            Outcome::Completed { findings, open } => {
                for finding in findings {
                    self.finding(finding);
                }
                for OpenQuestion { reason, help, .. } in open {
                    *reason = self.text(reason);
                    self.optional(help);
                }
            }
            Outcome::Skipped { reason: text } | Outcome::Errored { message: text, .. } => *text = self.text(text),
        }
    }

    fn finding(&self, finding: &mut Finding) {
        finding.message = self.text(&finding.message);
        self.optional(&mut finding.help);
        finding.data.iter_mut().for_each(|data| self.value(data));
        for subject in &mut finding.subjects {
            if let Subject::Other(words) = subject {
                *words = self.text(words);
            }
        }
    }
}

impl Report {
    /// Removes the prompts of the workflow and of the samples from all texts.
    pub fn remove_prompts(&mut self) {
        let mask = self.prompts();
        self.mask(&mask);
    }

    fn prompts(&self) -> PromptMask {
        let samples = self.samples.iter().chain(&self.dry_run).map(|sample| sample.workflow.to_string());
        PromptMask::of(samples.chain(self.workflow.as_ref().map(|file| file.text().to_owned())))
    }

    fn mask(&mut self, mask: &PromptMask) {
        if let Some(file) = &self.workflow {
            let (path, text) = (file.path().to_owned(), mask.json(file.text()));
            self.workflow = Some(TextFile { path, text }.into());
        }
        self.samples.iter_mut().chain(&mut self.dry_run).for_each(|sample| mask.sample(sample));
        for execution in &mut self.executions {
            mask.outcome(&mut execution.outcome);
            execution.earlier.iter_mut().for_each(|outcome| mask.outcome(outcome));
        }
        self.unused_waivers.iter_mut().for_each(|waiver| waiver.message = mask.text(&waiver.message));
        self.summary.inconclusive.iter_mut().for_each(|line| *line = mask.text(line));
    }

    /// The report as a history keeps it: without prompts, workflows and outputs, which are most of its bytes.
    #[must_use]
    pub fn for_history(&self) -> Self {
        let prompts = self.prompts();
        let mut report = Self { workflow: None, ..self.clone() };
        for sample in report.samples.iter_mut().chain(&mut report.dry_run) {
            sample.workflow = "{}".into();
            sample.output = None;
        }
        report.mask(&prompts);
        report
    }
}

/// A prompt unchanged, on one line, and as a part of JSON.
fn quotations(prompt: &str) -> Vec<String> {
    let one_line = prompt.split_whitespace().collect::<Vec<_>>().join(" ");
    let breaks = prompt.replace(['\n', '\r', '\t'], " ");
    let json = Value::from(prompt).to_string();
    vec![prompt.to_owned(), one_line, breaks, json.trim_matches('"').to_owned()]
}

/// A text without a prompt, wherever its start stands, as far as the text goes on like the prompt.
fn without(text: &str, prompt: &str) -> String {
    let start = prompt.char_indices().nth(START).map_or(prompt, |(at, _)| &prompt[..at]);
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(start) {
        let same = rest[at..].chars().zip(prompt.chars()).take_while(|(a, b)| a == b);
        let length: usize = same.map(|(character, _)| character.len_utf8()).sum();
        kept.push_str(&rest[..at]);
        kept.push_str(LEFT_OUT);
        rest = &rest[at + length..];
    }
    kept + rest
}

/// The length of the JSON string that a text begins with; all of the text if it does not end.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::{LEFT_OUT, PromptMask};

    const PROMPT: &str = "a red fox, \"Größe\"\nat the edge of a birch forest, at dawn";

    fn mask() -> PromptMask {
        let workflow = serde_json::json!({ "6": { "inputs": { "text": PROMPT, "negative": "cat", "name": "a.png" } } });
        PromptMask::of([workflow.to_string()])
    }

    #[test]
    fn a_prompt_is_removed_whole_cut_on_one_line_and_from_json() {
        let mask = mask();
        let cut: String = PROMPT.chars().take(30).collect();
        let json = serde_json::to_string(PROMPT).unwrap();
        for quoted in [PROMPT.to_owned(), cut, PROMPT.replace('\n', " "), json.trim_matches('"').to_owned()] {
            assert_eq!(mask.text(&format!("got `{quoted}` (ok)")), format!("got `{LEFT_OUT}` (ok)"));
        }
        assert_eq!(mask.text("a category, a red fence"), "a category, a red fence");
    }

    #[test]
    fn the_first_24_characters_of_a_prompt_are_enough_to_find_it() {
        let cut = |length| PROMPT.chars().take(length).collect::<String>();
        assert_eq!(mask().text(&cut(24)), LEFT_OUT);
        assert_eq!(mask().text(&cut(23)), cut(23));
    }

    #[test]
    fn a_prompt_of_8_characters_is_removed_from_sentences() {
        for (prompt, expected) in [("red foxes", LEFT_OUT), ("redfoxes", LEFT_OUT), ("red fox", "red fox")] {
            let workflow = serde_json::json!({ "6": { "inputs": { "text": format!(" {prompt}\n") } } });
            assert_eq!(PromptMask::of([workflow.to_string()]).text(prompt), expected);
        }
    }

    #[test]
    fn a_workflow_keeps_its_lines_and_everything_else() {
        let escaped = PROMPT.replace('"', "\\\"").replace('\n', "\\n").replace('ö', "\\u00f6");
        let around = |text: &str, negative: &str| {
            format!(
                "{{\n  \"6\": {{ \"a\": \"\", \"text\": \"{text}\",\n \"negative\": \"{negative}\", \"name\": \"a.png\" }}\n}}"
            )
        };
        assert_eq!(mask().json(&around(&escaped, "cat")), around(LEFT_OUT, LEFT_OUT));
        assert_eq!(mask().json("{ \"cut"), "{ \"cut");
    }
}
