//! SARIF 2.1.0, as code scanning reads it.
//!
//! - A result is an error or a warning that counts. One without a place stands at the beginning of the workflow: an upload
//!   without results would close the alerts of the last one.
//! - Every unknown question is a result, too, of a rule of its own. So a run that did not pass has a result.
//! - Waived findings and notes are no results: GitHub ignores suppressions and shows notes as alerts. Notifications have
//!   their numbers.
//! - Fixes are those of validated files, also such that need `--unsafe-fixes`.
//! - Findings of several checks about one defect are one result. What only follows from an error is none.
//! - The rules are those that results name. Their texts have no links: a component's author cannot place any on the page.
//! - Paths are relative to the root of the sources, unless they are absolute. A result keeps its fingerprint when lines
//!   move.

use crate::digest::sha256_hex;
use crate::finding::Severity;
use crate::plain::{escape_unsafe, one_line, text};
use crate::render::located::{FilePlace, LocatedFinding, LocatedFindings, LocatedFix, LocatedRule};
use crate::render::wording::waiver_line;
use crate::text::TextEdit;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;

/// How many results GitHub shows of one upload.
const RESULTS: usize = 5_000;

/// The longest message, in characters.
const TEXT: usize = 1_000;

/// The longest help of a rule, in characters.
const EXPLANATION: usize = 10_000;

/// The longest name and path, in characters.
const NAME: usize = 300;

/// The rule of what is unknown.
const UNKNOWN: &str = "comfycheck/unknown";

/// How many unknown questions and how many notifications of a kind there are.
const NOTIFICATIONS: usize = 100;

/// Renders findings as SARIF, with a line break at the end. Equal findings give equal bytes.
pub fn sarif(located: &LocatedFindings) -> String {
    let counted = |finding: &&LocatedFinding| !finding.is_waived && finding.severity > Severity::Note;
    let unknown: Vec<LocatedFinding> = located.unknown.iter().take(NOTIFICATIONS).map(|line| open(line)).collect();
    let alerts: Vec<&LocatedFinding> = located.findings.iter().filter(counted).chain(&unknown).collect();
    let shown = &alerts[..alerts.len().min(RESULTS)];
    let mut rules: Vec<&str> = Vec::new();
    let mut seen = BTreeMap::new();
    let results: Vec<Value> = shown
        .iter()
        .map(|finding| {
            let index = rules.iter().position(|id| *id == finding.rule).unwrap_or_else(|| {
                rules.push(&finding.rule);
                rules.len() - 1
            });
            let place = finding.place.as_ref().unwrap_or(&located.default_place);
            result(finding, place, index, &mut seen)
        })
        .collect();
    let rules: Vec<Value> = rules.into_iter().map(|id| rule(located, id)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "comfycheck",
                "version": one_line(&located.version, NAME),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            } },
            "automationDetails": { "id": format!("comfycheck/{}/", one_line(&located.name, NAME)) },
            "invocations": [{
                "executionSuccessful": located.unknown.is_empty(),
                "toolExecutionNotifications": notifications(located, alerts.len() - shown.len()),
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    escape_unsafe(&format!("{log:#}")) + "\n"
}

fn result(
    finding: &LocatedFinding,
    FilePlace { file, place }: &FilePlace,
    rule_index: usize,
    seen: &mut BTreeMap<String, usize>,
) -> Value {
    let mut message = one_line(&finding.message, TEXT);
    let waiver = finding.waiver.as_ref().map(|waiver| format!("waiver: {}", waiver_line(waiver)));
    for line in waiver.iter().chain(&finding.details) {
        message.push('\n');
        message.push_str(&one_line(line, TEXT));
    }
    let identity = fingerprint(finding);
    let nth = seen.entry(identity.clone()).or_default();
    *nth += 1;
    let mut result = json!({
        "ruleId": one_line(&finding.rule, NAME),
        "ruleIndex": rule_index,
        "level": finding.severity.word(),
        "message": { "text": without_links(&message) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": artifact(file),
            "region": { "startLine": place.line, "startColumn": place.column },
        } }],
        "partialFingerprints": { "comfycheck/v1": format!("{identity}:{nth}") },
    });
    // Without a place of its own, the finding stands in a file that its fix does not change.
    if let Some(fix) = finding.fix.as_ref().filter(|_| finding.place.is_some()) {
        result["fixes"] = json!([change(fix, file)]);
    }
    result
}

fn change(fix: &LocatedFix, file: &str) -> Value {
    let replacement = |TextEdit { start, end, text }: &TextEdit| {
        json!({
            "deletedRegion": {
                "startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column,
            },
            "insertedContent": { "text": text },
        })
    };
    json!({
        "description": { "text": without_links(&one_line(&fix.message, TEXT)) },
        "artifactChanges": [{
            "artifactLocation": artifact(file),
            "replacements": fix.edits.iter().map(replacement).collect::<Vec<_>>(),
        }],
    })
}

/// What is unknown, as a finding without a place. Its subject is what stands before the reason, which may hold numbers.
fn open(line: &str) -> LocatedFinding {
    LocatedFinding {
        rule: UNKNOWN.to_owned(),
        severity: Severity::Warning,
        is_waived: false,
        message: line.to_owned(),
        details: Vec::new(),
        subject: line.split_once(": ").map_or(line, |(subject, _)| subject).to_owned(),
        place: None,
        waiver: None,
        fix: None,
    }
}

/// The same for one rule on one subject, whatever its place and message.
fn fingerprint(finding: &LocatedFinding) -> String {
    let mut digest = sha256_hex(format!("{}\0{}", finding.rule, finding.subject).as_bytes());
    digest.truncate(32);
    digest
}

fn rule(located: &LocatedFindings, id: &str) -> Value {
    let mut rule = Map::from_iter([("id".to_owned(), json!(one_line(id, NAME)))]);
    if id == UNKNOWN {
        let text = "comfycheck could not answer a question, so the run proves nothing about it.";
        for member in ["shortDescription", "fullDescription"] {
            rule.insert(member.to_owned(), json!({ "text": text }));
        }
        rule.insert("help".to_owned(), json!({ "text": text, "markdown": text }));
        rule.insert("defaultConfiguration".to_owned(), json!({ "level": "warning" }));
    }
    if let Some(LocatedRule { severity, summary, explanation, .. }) = located.rules.iter().find(|rule| rule.id == id) {
        let summary = one_line(summary, TEXT);
        let help = explanation.as_ref().map_or_else(|| summary.clone(), |explanation| text(explanation, EXPLANATION));
        rule.insert("shortDescription".to_owned(), json!({ "text": without_links(&summary) }));
        rule.insert("fullDescription".to_owned(), json!({ "text": without_links(&summary) }));
        let help = without_links(&help);
        rule.insert("help".to_owned(), json!({ "text": help, "markdown": help }));
        rule.insert("defaultConfiguration".to_owned(), json!({ "level": severity.word() }));
    }
    Value::Object(rule)
}

fn notifications(located: &LocatedFindings, left_out: usize) -> Vec<Value> {
    let notification = |severity: Severity, text: &str| json!({ "level": severity.word(), "message": { "text": without_links(text) } });
    let lines = |severity, lines: &[String]| -> Vec<Value> {
        lines.iter().take(NOTIFICATIONS).map(|line| notification(severity, &one_line(line, TEXT))).collect()
    };
    let mut notifications = lines(Severity::Warning, &located.unknown);
    notifications.extend(lines(Severity::Note, &located.attempts));
    let mut more = |severity, number: usize, what: &str| {
        if number > 0 {
            notifications.push(notification(severity, &format!("{what}: {number} (the JSON report has all)")));
        }
    };
    let number = |of: &dyn Fn(&LocatedFinding) -> bool| located.findings.iter().filter(|finding| of(finding)).count();
    more(Severity::Note, number(&|finding| finding.is_waived), "waived findings");
    more(Severity::Note, number(&|finding| !finding.is_waived && finding.severity == Severity::Note), "notes");
    more(Severity::Warning, left_out, "findings that are not shown");
    more(Severity::Warning, located.unknown.len().saturating_sub(NOTIFICATIONS), "other unknown questions");
    more(Severity::Note, located.attempts.len().saturating_sub(NOTIFICATIONS), "others that ran more than once");
    notifications
}

/// Plain text in SARIF may have links, `[text](target)`. Ours has none.
fn without_links(text: &str) -> String {
    text.replace("](", "] (")
}

fn artifact(file: &str) -> Value {
    let path = one_line(file, NAME).replace('\\', "/");
    let uri: String = path.bytes().fold(String::new(), |mut uri, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => uri.push(char::from(byte)),
            // Writing to a string does not fail.
            other => drop(write!(uri, "%{other:02X}")),
        }
        uri
    });
    if uri.starts_with('/') {
        json!({ "uri": format!("file://{uri}") })
    } else if let Some((drive, rest)) = uri.split_once("%3A/").filter(|(drive, _)| drive.len() == 1) {
        json!({ "uri": format!("file:///{drive}:/{rest}") })
    } else {
        json!({ "uri": uri, "uriBaseId": "%SRCROOT%" })
    }
}
