//! Validated files as Markdown, for comments and step summaries.

use super::escape::escaped;
use crate::finding::{Finding, Severity};
use crate::render::view::Places;
use crate::validation::{Validation, Validations};
use std::fmt::Write;

/// The longest message, in characters.
const TEXT: usize = 500;

/// How many findings of one file are listed.
const LISTED: usize = 50;

/// Renders validated files as Markdown: a table of files, then the findings of each. Equal files give equal bytes.
pub fn markdown_validation(validations: &Validations) -> String {
    let mut text =
        "## comfycheck validate\n\n| Workflow | Result | Errors | Warnings |\n| --- | --- | ---: | ---: |\n".to_owned();
    for file in &validations.files {
        let count = |severity| file.findings(severity).count();
        let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
        let _ = writeln!(text, "| {} | {} | {errors} | {warnings} |", escaped(&file.label(), TEXT), result(file));
    }
    for file in &validations.files {
        details(file, &mut text);
    }
    text
}

fn result(file: &Validation) -> &'static str {
    match (file.has_errors(), file.is_complete()) {
        (true, _) => "❌ failed",
        (false, false) => "❔ unknown",
        (false, true) => "✅ passed",
    }
}

fn details(file: &Validation, text: &mut String) {
    let shown = |finding: &&Finding| finding.severity != Severity::Note;
    let findings: Vec<_> = file.execution.findings().iter().filter(shown).collect();
    let open = file
        .execution
        .still_open()
        .map(|question| (format!(" {}/{}", file.execution.instance.check, question.rule), question.reason.as_str()));
    let open: Vec<_> = file.incomplete_reason().map(|why| (String::new(), why)).into_iter().chain(open).collect();
    if findings.is_empty() && open.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n### {}\n", escaped(&file.label(), TEXT));
    let places = Places::of_file(file);
    for finding in findings.iter().take(LISTED) {
        let word = if finding.severity == Severity::Error { "error" } else { "warning" };
        let id = format!("{}/{}", file.execution.instance.check, finding.rule);
        let place = finding.subjects.iter().find_map(|subject| places.place(subject));
        let place = place.map(|place| format!(" (line {})", place.line)).unwrap_or_default();
        let _ = writeln!(text, "- **{word}** {}{place}: {}", escaped(&id, TEXT), escaped(&finding.message, TEXT));
        if let Some(help) = &finding.help {
            let _ = writeln!(text, "  <br>help: {}", escaped(help, TEXT));
        }
    }
    if findings.len() > LISTED {
        let _ = writeln!(text, "- and {} more", findings.len() - LISTED);
    }
    for (id, why) in open.iter().take(LISTED) {
        let _ = writeln!(text, "- **unknown**{}: {}", escaped(id, TEXT), escaped(why, TEXT));
    }
}
