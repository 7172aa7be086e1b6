//! Answers as rule ids, for assertions, and as text, for snapshots.

use comfycheck_check_endpoint::rules::manifest;
use comfycheck_sdk::{Answer, Bound, Finding, Severity, testing};

/// A row of a table of cases.
pub(crate) struct Row {
    name: String,
    answer: Answer,
    problems: String,
}

/// A case by its name, with the rules that its answer must name.
pub(crate) fn row(name: impl Into<String>, answer: Answer, problems: &str) -> Row {
    Row { name: name.into(), answer, problems: problems.into() }
}

/// Asserts the rules of every row, and shows the wording of all for a snapshot.
#[track_caller]
pub(crate) fn table(rows: impl IntoIterator<Item = Row>) -> String {
    let shown = rows.into_iter().map(|Row { name, mut answer, problems: expected }| {
        assert_eq!(problems(&answer), expected, "{name}");
        answer.findings.retain(is_problem);
        format!("# {name}\n{}\n", wording(&answer))
    });
    shown.collect()
}

/// The rules of errors and warnings, and of open questions after a `?`.
pub(crate) fn problems(answer: &Answer) -> String {
    let findings = answer.findings.iter().filter(|finding| is_problem(finding)).map(|finding| finding.rule.clone());
    findings.chain(answer.open.iter().map(|question| format!("?{}", question.rule))).collect::<Vec<_>>().join(" ")
}

/// The rules of the notes.
pub(crate) fn notes(answer: &Answer) -> String {
    let notes = answer.findings.iter().filter(|finding| !is_problem(finding));
    notes.map(|finding| finding.rule.as_str()).collect::<Vec<_>>().join(" ")
}

/// The only finding of a rule.
#[track_caller]
pub(crate) fn finding<'a>(answer: &'a Answer, rule: &str) -> &'a Finding {
    let mut findings = answer.findings.iter().filter(|finding| finding.rule == rule);
    let finding = findings.next().unwrap_or_else(|| panic!("no finding of `{rule}`"));
    assert!(findings.next().is_none(), "more than one finding of `{rule}`");
    finding
}

/// What a finding measured: value, unit and, if there is one, the limit.
#[track_caller]
pub(crate) fn measured(finding: &Finding) -> String {
    let measurement = finding.measurement.as_ref().expect("a measurement");
    let limit = match measurement.limit {
        Some(Bound::AtMost(limit)) => format!(", at most {limit}"),
        Some(other) => panic!("{other:?} is a limit that this check does not have"),
        None => String::new(),
    };
    format!("{} {}{limit}", measurement.value, measurement.unit)
}

/// Everything that a person reads of an answer.
pub(crate) fn wording(answer: &Answer) -> String {
    let manifest = manifest();
    let rules: Vec<_> = manifest.rules.iter().map(|rule| (rule.id.as_str(), rule.default_severity)).collect();
    testing::wording(answer, &rules).trim_end().to_owned()
}

fn is_problem(finding: &Finding) -> bool {
    let rules = manifest().rules;
    rules.iter().any(|rule| rule.id == finding.rule && rule.default_severity != Severity::Note)
}
