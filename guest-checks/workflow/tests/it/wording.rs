//! Answers as text. Snapshots hold the words; the tests themselves check rules, subjects and data.

use comfycheck_check_workflow::rules::{COMFYUI_VERDICT, FIXED_SEED, RULES};
use comfycheck_sdk::{Answer, Finding, Severity, Subject};
use std::fmt::Write;

/// Everything an answer says: `error[rule] subjects: message`, its help below, then the unknowns.
pub(crate) fn wording(answer: &Answer) -> String {
    let mut text = String::new();
    for finding in &answer.findings {
        let _ = write!(text, "{}[{}]", severity(&finding.rule), finding.rule);
        for subject in &finding.subjects {
            let _ = write!(text, " {}", place(subject));
        }
        let _ = writeln!(text, ": {}", finding.message);
        help(finding.help.as_deref(), &mut text);
    }
    for open in &answer.open {
        let _ = writeln!(text, "unknown[{}]: {}", open.rule, open.reason);
        help(open.help.as_deref(), &mut text);
    }
    text
}

/// One snapshot of a whole table: each row under its name.
pub(crate) fn table<'a>(rows: impl IntoIterator<Item = (&'a str, String)>) -> String {
    let rows = rows.into_iter().map(|(name, text)| format!("{name}\n{}", indented(text.trim_end())));
    rows.collect::<Vec<_>>().join("\n\n")
}

/// The answer without the verdict and fixed seeds, which nearly every workflow has.
pub(crate) fn defects(mut answer: Answer) -> Answer {
    answer.findings.retain(|finding| ![COMFYUI_VERDICT, FIXED_SEED].contains(&&*finding.rule));
    answer
}

/// The findings as `rule subject, subject`.
pub(crate) fn found(answer: &Answer) -> Vec<String> {
    let line = |finding: &Finding| {
        let subjects: Vec<_> = finding.subjects.iter().map(place).collect();
        format!("{} {}", finding.rule, subjects.join(", ")).trim_end().to_owned()
    };
    answer.findings.iter().map(line).collect()
}

fn help(help: Option<&str>, text: &mut String) {
    if let Some(help) = help {
        let _ = writeln!(text, "  help: {help}");
    }
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

fn severity(rule: &str) -> &'static str {
    match RULES.iter().find(|(known, _)| *known == rule).expect("a rule of the check").1 {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Note => "note",
    }
}

fn place(subject: &Subject) -> String {
    match subject {
        Subject::Node(node) => node.input.as_ref().map_or(node.id.clone(), |input| format!("{}.{input}", node.id)),
        other => format!("{other:?}"),
    }
}
