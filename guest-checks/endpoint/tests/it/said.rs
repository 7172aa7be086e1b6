//! An answer as text.

use comfycheck_check_endpoint::rules::manifest;
use comfycheck_sdk::{Answer, Severity};

/// One line for each finding and each open question, as the README shows them.
pub(crate) fn lines(answer: &Answer) -> String {
    let findings = answer.findings.iter().map(|finding| {
        let rule = manifest().rules.into_iter().find(|rule| rule.id == finding.rule).expect("a rule of the manifest");
        let severity = match rule.default_severity {
            Severity::Note => "note",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        format!("{severity}[{}]: {}", finding.rule, finding.message)
    });
    let open = answer.open.iter().map(|question| format!("open[{}]: {}", question.rule, question.reason));
    findings.chain(open).collect::<Vec<_>>().join("\n")
}

/// The rules of the findings, and of the open questions after a `?`.
pub(crate) fn rules(answer: &Answer) -> String {
    let findings = answer.findings.iter().map(|finding| finding.rule.clone());
    findings.chain(answer.open.iter().map(|question| format!("?{}", question.rule))).collect::<Vec<_>>().join(" ")
}
