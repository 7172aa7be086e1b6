//! Validated files as Markdown, for comments and step summaries.

use crate::finding::{Finding, Severity};
use crate::plain::one_line;
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
        let _ = writeln!(text, "| {} | {} | {errors} | {warnings} |", escaped(&file.file.path), result(file));
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
    let open: Vec<_> = file.execution.still_open().map(|question| question.reason.as_str()).collect();
    let open: Vec<_> = file.incomplete_reason().into_iter().chain(open).collect();
    if findings.is_empty() && open.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n### {}\n", escaped(&file.file.path));
    for finding in findings.iter().take(LISTED) {
        let word = if finding.severity == Severity::Error { "error" } else { "warning" };
        let _ = writeln!(text, "- **{word}** {}: {}", escaped(&finding.rule), escaped(&finding.message));
        if let Some(help) = &finding.help {
            let _ = writeln!(text, "  <br>help: {}", escaped(help));
        }
    }
    if findings.len() > LISTED {
        let _ = writeln!(text, "- and {} more", findings.len() - LISTED);
    }
    for why in open.iter().take(LISTED) {
        let _ = writeln!(text, "- **unknown** {}", escaped(why));
    }
}

/// One line in which nothing is markup: texts come from files and servers.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for char in one_line(text, TEXT).chars() {
        match char {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '@' | '!' => escaped.extend(['\\', char]),
            char => escaped.push(char),
        }
    }
    escaped
}
