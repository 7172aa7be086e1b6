//! Converts a workflow of ComfyUI's editor to API format.

use crate::checks::Checks;
use crate::examination::examine;
use crate::failure::Failure;
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::{Diagnostic, Refusal, inert};
use comfycheck_core::finding::{Finding, OpenQuestion, Severity};
use comfycheck_core::text::TextFile;
use comfycheck_core::validation::{Validation, Validations};
use comfycheck_core::wording::count;
use comfycheck_core::workflow::{at_places_of, is_editor_format};
use comfycheck_runtime::capabilities::SavedInventory;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The rules about the conversion.
const OF_CONVERSION: [&str; 4] = ["not-json", "ui-format", "doubtful-conversion", "not-converted"];

/// The workflow of a run in API format: one of the editor is converted if an inventory is known.
pub(crate) fn in_api_format(
    file: TextFile,
    saved: Option<&Arc<SavedInventory>>,
    checks: &Checks,
    terminal: Terminal,
) -> Result<TextFile, Failure> {
    let Some(saved) = saved.filter(|_| is_editor_format(&file)) else { return Ok(file) };
    let validations =
        examine(vec![(file.clone(), Arc::default())], Arc::clone(saved), &json!({ "complete": true }), checks)?;
    let api = converted(&file.path, &validations, terminal)?;
    Ok(at_places_of(&file, api.as_object().unwrap_or(&Map::new())))
}

/// The converted workflow. Prints what is doubtful about it.
pub(crate) fn converted<'a>(
    path: &str,
    validations: &'a Validations,
    terminal: Terminal,
) -> Result<&'a Value, Failure> {
    let validation = validations.files.first();
    let Some(api) = validation.and_then(Validation::converted_api) else {
        return Err(refusal(path, validation).into());
    };
    for finding in validation.into_iter().flat_map(of_conversion).filter(|finding| finding.severity != Severity::Note) {
        terminal.say(format!("warning: {}", inert(&finding.message)));
    }
    let changes = validation.map(changes).unwrap_or_default();
    for change in changes.iter().take(CHANGES) {
        terminal.say(format!("note: {}", inert(change)));
    }
    if changes.len() > CHANGES {
        terminal.say(format!("note: and {}", count(changes.len() - CHANGES, "more change")));
    }
    Ok(api)
}

/// How many changes are shown.
const CHANGES: usize = 10;

/// The notes of a conversion, without what a warning says.
fn changes(validation: &Validation) -> Vec<&str> {
    let findings = validation.execution.findings();
    let is_warning = |finding: &&Finding| finding.severity != Severity::Note;
    let warned = |note: &str| findings.iter().filter(is_warning).any(|finding| finding.message.contains(note));
    validation.conversion_notes().filter(|note| !warned(note)).collect()
}

fn of_conversion(validation: &Validation) -> impl Iterator<Item = &Finding> {
    validation.execution.findings().iter().filter(|finding| OF_CONVERSION.contains(&finding.rule.as_str()))
}

/// How the check begins such messages.
const CANNOT_CONVERT: &str = "cannot convert from the editor's format: ";

/// Why the check did not convert the file.
fn refusal(path: &str, validation: Option<&Validation>) -> Refusal {
    let Some(validation) = validation else { return Diagnostic::new(format!("`{path}` was not checked")).into() };
    let with_help = |what: String, help: &Option<String>| {
        let diagnostic = Diagnostic::new(what);
        help.iter().fold(diagnostic, |diagnostic, help| diagnostic.help(help.clone()))
    };
    if let Some(error) = validation.syntax_error() {
        return error.into();
    }
    let cannot = |finding: &Finding| {
        let why = finding.message.strip_prefix(CANNOT_CONVERT).unwrap_or(&finding.message);
        with_help(format!("cannot convert `{path}`: {why}"), &finding.help)
    };
    let unknown = |open: &OpenQuestion| with_help(format!("`{path}`: {}", open.reason), &open.help);
    let questions = validation.execution.still_open().filter(|open| OF_CONVERSION.contains(&open.rule.as_str()));
    let mut diagnostics: Vec<_> = of_conversion(validation).map(cannot).chain(questions.map(unknown)).collect();
    if diagnostics.is_empty() {
        diagnostics.push(if let Some(why) = validation.incomplete_reason() {
            Diagnostic::new(format!("could not convert `{path}`: {why}"))
        } else {
            let what = format!("`{path}` is not in the format of ComfyUI's editor");
            Diagnostic::new(what)
                .help("use it unchanged if `comfycheck validate` accepts it: API format needs no conversion")
        });
    }
    Refusal { diagnostics }
}
