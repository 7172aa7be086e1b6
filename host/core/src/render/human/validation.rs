//! What a person reads of validated workflow files: a line per file, each problem as a compiler shows it, and the count.

use super::TEXT;
use super::checks::{notes, tone};
use super::page::{Page, Tone};
use super::problems;
use crate::diagnostic::Color;
use crate::execution::{Execution, Outcome};
use crate::finding::Severity;
use crate::render::places::Places;
use crate::render::plain::one_line;
use crate::render::tally::Mark;
use crate::render::wording::count;
use crate::validation::{VERDICT, Validation, Validations};
use serde_json::Value;

/// Of more files, those without problems have no line.
const FILES: usize = 20;
/// How many files are shown with their problems.
const FILES_WITH_PROBLEMS: usize = 50;

/// Renders what came of workflow files for a person. Ends with a line break.
pub fn human_validation(validations: &Validations, color: Color) -> String {
    let files = &validations.files;
    let mut page = Page::new(color);
    let few = files.len() <= FILES;
    let (problematic, clean): (Vec<&Validation>, Vec<&Validation>) = files.iter().partition(|file| has_problems(file));
    for file in clean.iter().filter(|_| few) {
        page.line(&line(file, &page));
        for note in notes(&[&without_verdict(&file.execution)]) {
            let note = page.paint(Tone::Quiet, &note);
            page.line(&format!("       {note}"));
        }
    }
    for file in problematic.iter().take(FILES_WITH_PROBLEMS) {
        page.block(&line(file, &page));
        problems::write(std::slice::from_ref(&file.execution), &Places::of_file(&file.file), &mut page);
    }
    let more = problematic.len().saturating_sub(FILES_WITH_PROBLEMS);
    if more > 0 {
        page.block(&format!("and {} with problems, which `--format json` shows", count(more, "more workflow")));
    }
    page.block(&summary(validations));
    page.finish()
}

/// Its line says already what ComfyUI would answer.
fn without_verdict(execution: &Execution) -> Execution {
    let mut execution = execution.clone();
    if let Outcome::Completed { findings, .. } = &mut execution.outcome {
        findings.retain(|finding| finding.rule != VERDICT);
    }
    execution
}

fn has_problems(file: &Validation) -> bool {
    file.has_errors() || !file.is_told() || file.findings(Severity::Warning).next().is_some()
}

/// The file, and what ComfyUI would answer.
fn line(file: &Validation, page: &Page) -> String {
    let mark = match (file.has_errors(), file.is_told()) {
        (true, _) => Mark::Fail,
        (false, false) => Mark::Open,
        (false, true) => Mark::Pass,
    };
    let word = page.paint(tone(mark), mark.word());
    let path = page.paint(Tone::Strong, &one_line(&file.file.path, 300));
    format!("{word}   {path}  {}", one_line(&answer(file), TEXT))
}

fn answer(file: &Validation) -> String {
    let Some(verdict) = file.verdict() else { return "what ComfyUI would answer is not known".to_owned() };
    let member = |name: &str| verdict.get(name);
    if member("ok").and_then(Value::as_bool).unwrap_or_default() {
        let outputs = member("good_outputs").and_then(Value::as_array).map_or(0, Vec::len);
        return format!("ComfyUI accepts it and runs {}", count(outputs, "output"));
    }
    let converted = file.converted().and_then(|converted| converted.get("ok")).and_then(Value::as_bool);
    match (converted, member("error_type").and_then(Value::as_str)) {
        (Some(true), _) => "in the editor's format; ComfyUI accepts it once it is converted".to_owned(),
        (Some(false), _) => "in the editor's format; ComfyUI refuses it also once it is converted".to_owned(),
        (None, Some("http_500")) => "ComfyUI breaks on it (HTTP 500)".to_owned(),
        (None, Some(error)) => format!("ComfyUI refuses it: `{error}`"),
        (None, None) => "ComfyUI refuses it".to_owned(),
    }
}

fn summary(validations: &Validations) -> String {
    let files = &validations.files;
    let sum = |severity| files.iter().map(|file| file.findings(severity).count()).sum::<usize>();
    let untold = files.iter().filter(|file| !file.is_told()).count();
    let failed = files.iter().filter(|file| file.has_errors()).count();
    let mut parts = vec![
        format!("{}: {}", count(files.len(), "workflow"), count(sum(Severity::Error), "error")),
        count(sum(Severity::Warning), "warning"),
        count(sum(Severity::Note), "note"),
    ];
    if failed > 0 && files.len() > 1 {
        parts.push(format!("{failed} with errors"));
    }
    if untold > 0 {
        parts.push(format!("{untold} not validated in full"));
    }
    parts.join(", ")
}
