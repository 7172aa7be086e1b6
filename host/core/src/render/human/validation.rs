//! The results of validated workflow files for a person: a line per file, each problem as a compiler shows it, and the count.

use super::blocks::write_all;
use super::page::{Page, Tone};
use super::tables::tone;
use super::verbose::lines;
use super::{PageStyle, TEXT};
use crate::execution::{Execution, Outcome};
use crate::finding::Severity;
use crate::plain::one_line;
use crate::render::view::{Fold, Places, Sign, blocks};
use crate::validation::{VERDICT, Validation, Validations, is_doubtful};
use comfycheck_wording::count;
use serde_json::Value;

/// Of more files, those without problems have no line.
const FILES: usize = 20;
/// How many files are shown with their problems.
const FILES_WITH_PROBLEMS: usize = 50;
/// How many problems of a file are shown.
const PROBLEMS: usize = 50;
/// How many notes are shown of a file with problems.
const NOTES_BESIDE_PROBLEMS: usize = 5;

/// Renders the results of workflow files for a person. Ends with a line break.
pub fn human_validation(validations: &Validations, style: PageStyle) -> String {
    let files = &validations.files;
    let mut page = Page::new(style);
    let few = files.len() <= FILES;
    let (problematic, clean): (Vec<&Validation>, Vec<&Validation>) = files.iter().partition(|file| has_problems(file));
    let mut notes = 0;
    for file in clean.iter().filter(|_| few) {
        page.line(&line(file, &page));
        for note in lines(&[&without_verdict(&file.execution)]) {
            page.prose(Tone::Quiet, "         ", "         ", &note);
            notes += 1;
        }
    }
    for file in problematic.iter().take(FILES_WITH_PROBLEMS) {
        page.gap();
        page.line(&line(file, &page));
        let blocks = blocks(std::slice::from_ref(&file.execution), &Fold::default());
        write_all(&blocks[..blocks.len().min(PROBLEMS)], &Places::of_file(file), &mut page);
        if blocks.len() > PROBLEMS {
            page.gap();
            page.line(&format!("and {}: `--format json` shows all", count(blocks.len() - PROBLEMS, "more problem")));
        }
        let of_file = lines(&[&without_verdict(&file.execution)]);
        if !of_file.is_empty() {
            page.gap();
        }
        for note in of_file.iter().take(NOTES_BESIDE_PROBLEMS) {
            page.prose(Tone::Quiet, "note: ", "  ", note);
            notes += 1;
        }
    }
    let more = problematic.len().saturating_sub(FILES_WITH_PROBLEMS);
    if more > 0 {
        page.gap();
        page.line(&format!("and {} with problems: `--format json` shows all", count(more, "more workflow")));
    }
    page.gap();
    page.line(&summary(validations, notes));
    page.finish()
}

/// Its line says already how ComfyUI responds.
fn without_verdict(execution: &Execution) -> Execution {
    let mut execution = execution.clone();
    if let Outcome::Completed { findings, .. } = &mut execution.outcome {
        findings.retain(|finding| finding.rule != VERDICT);
    }
    execution
}

fn has_problems(file: &Validation) -> bool {
    file.has_errors() || !file.is_complete() || file.findings(Severity::Warning).next().is_some()
}

/// The file, and how ComfyUI responds to it.
fn line(file: &Validation, page: &Page) -> String {
    let sign = match (file.has_errors(), file.is_complete()) {
        (true, _) => Sign::Fail,
        (false, false) => Sign::Unknown,
        // Nothing is known to be wrong, and ComfyUI's response is open.
        (false, true) if file.converted().or(file.verdict()).is_some_and(depends) => Sign::Info,
        (false, true) => Sign::Ok,
    };
    let word = page.paint(tone(sign), &format!("{:<7}", sign.word()));
    let path = page.paint(Tone::Strong, &one_line(&file.label(), 300));
    format!("{word}  {path}  {}", one_line(&response(file), TEXT))
}

/// Whether a verdict depends on what is unknown.
fn depends(verdict: &Value) -> bool {
    is_doubtful(verdict) || verdict.get("ok").is_some_and(Value::is_null)
}

fn response(file: &Validation) -> String {
    let Some(verdict) = file.verdict() else { return "ComfyUI's response is unknown".to_owned() };
    let member = |name: &str| verdict.get(name);
    if member("ok").and_then(Value::as_bool).unwrap_or_default() {
        let outputs = member("good_outputs").and_then(Value::as_array).map_or(0, Vec::len);
        if file.execution.still_open().any(|question| question.rule == VERDICT) {
            return "could not check whether ComfyUI accepts it".to_owned();
        }
        return match skipped(verdict).as_slice() {
            [] => format!("ComfyUI accepts it and runs {}", count(outputs, "output")),
            skipped => format!("ComfyUI runs {outputs} of {} outputs and skips the others", outputs + skipped.len()),
        };
    }
    if !file.has_errors() && !file.is_complete() {
        return "could not check whether ComfyUI accepts it".to_owned();
    }
    let converted = file.converted().and_then(|converted| converted.get("ok")).and_then(Value::as_bool);
    match (converted, member("error_type").and_then(Value::as_str)) {
        (None, _) if depends(verdict) => "ComfyUI's response depends on what its node packs accept".to_owned(),
        _ if file.converted().is_some_and(depends) => {
            "in editor format; ComfyUI's response to its conversion depends on what its node packs accept".to_owned()
        }
        (Some(true), _) if file.converted().is_some_and(|converted| !skipped(converted).is_empty()) => {
            "in editor format; ComfyUI runs only some of its outputs after conversion".to_owned()
        }
        (Some(true), _) => "in editor format; ComfyUI accepts it after conversion".to_owned(),
        (Some(false), _) if !file.has_errors() => {
            "in editor format; after conversion, ComfyUI accepts it if it has the files: see the warnings".to_owned()
        }
        (Some(false), _) => "in editor format; ComfyUI refuses it even after conversion".to_owned(),
        (None, Some("http_500")) if file.syntax_error().is_some() => "not a workflow".to_owned(),
        (None, Some("http_500")) if file.is_editor_file() => "in editor format; not converted".to_owned(),
        (None, Some("http_500")) => "ComfyUI fails on it (HTTP 500)".to_owned(),
        // Only warnings: a job can bring the files that it needs.
        (None, Some(_)) if !file.has_errors() => "ComfyUI accepts it if it has the files: see the warnings".to_owned(),
        (None, Some(error)) => format!("ComfyUI refuses it: `{error}`"),
        (None, None) => "ComfyUI refuses it".to_owned(),
    }
}

/// The outputs that ComfyUI does not run.
fn skipped(verdict: &Value) -> Vec<&Value> {
    verdict.get("skipped_outputs").and_then(Value::as_array).into_iter().flatten().collect()
}

/// `notes` is how many are shown.
fn summary(validations: &Validations, notes: usize) -> String {
    let files = &validations.files;
    let sum = |severity| files.iter().map(|file| file.findings(severity).count()).sum::<usize>();
    let unknown = files.iter().filter(|file| !file.is_complete()).count();
    let failed = files.iter().filter(|file| file.has_errors()).count();
    let mut parts = vec![
        format!("{}: {}", count(files.len(), "workflow"), count(sum(Severity::Error), "error")),
        count(sum(Severity::Warning), "warning"),
    ];
    if notes > 0 {
        parts.push(count(notes, "note"));
    }
    if failed > 0 && files.len() > 1 {
        parts.push(format!("{failed} with errors"));
    }
    if unknown > 0 {
        parts.push(format!("{unknown} not fully validated"));
    }
    parts.join(", ") + &fixable(files)
}

/// What `--fix` could do.
fn fixable(files: &[Validation]) -> String {
    let all: Vec<_> = files.iter().flat_map(Validation::fixes).collect();
    let safe = all.iter().filter(|fix| fix.is_safe).count();
    match (safe, all.len() - safe) {
        (0, 0) => String::new(),
        (safe, 0) => format!("; fixable: {safe} with `--fix`"),
        (0, guesses) => format!("; fixable: {guesses} with `--fix --unsafe-fixes`"),
        (safe, guesses) => format!("; fixable: {safe} with `--fix`, {guesses} more with `--unsafe-fixes`"),
    }
}
