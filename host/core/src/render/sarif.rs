//! SARIF 2.1.0: findings that have a place in a file, for code scanning.
//!
//! - A result is a finding with a place. A notification has the number of those without one: they are about workers,
//!   samples or measurements, which no line of a file shows.
//! - What is unknown is a notification, too, and then the invocation was not successful: a list without results proves
//!   nothing. What ran more than once is a note.
//! - Findings of several checks about one defect are one result. What only follows from an error is none.
//! - The rules are those that results name. Their help is plain text, though it was written as Markdown: a component's
//!   author cannot place links on the page.
//! - What the suite waives is a result with a suppression, which says why and until when. Then every result has the member,
//!   as the format requires.
//! - Paths are relative to the root of the sources, unless they are absolute. A result keeps its fingerprint when lines
//!   move.

use crate::finding::{Effect, Severity};
use crate::plain::{one_line, text};
use crate::render::located::{FilePlace, LocatedFinding, LocatedFindings, LocatedRule};
use crate::render::wording::waiver_line;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
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

/// How many notifications there are.
const NOTIFICATIONS: usize = 100;

/// Renders findings as SARIF, with a line break at the end. Equal findings give equal bytes.
pub fn sarif(located: &LocatedFindings) -> String {
    let placed: Vec<_> =
        located.findings.iter().filter_map(|finding| Some((finding, finding.place.as_ref()?))).collect();
    let shown = &placed[..placed.len().min(RESULTS)];
    let mut rules: Vec<&str> = Vec::new();
    let mut seen = BTreeMap::new();
    let mut results: Vec<Value> = shown
        .iter()
        .map(|(finding, place)| {
            let index = rules.iter().position(|id| *id == finding.rule).unwrap_or_else(|| {
                rules.push(&finding.rule);
                rules.len() - 1
            });
            result(finding, place, index, &mut seen)
        })
        .collect();
    if shown.iter().any(|(finding, _)| finding.is_waived) {
        for (result, (finding, _)) in results.iter_mut().zip(shown) {
            result["suppressions"] = suppressions(finding);
        }
    }
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
                "toolExecutionNotifications": notifications(located, placed.len(), shown.len()),
            }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn result(
    finding: &LocatedFinding,
    FilePlace { file, place }: &FilePlace,
    rule_index: usize,
    seen: &mut BTreeMap<String, usize>,
) -> Value {
    let mut message = one_line(&finding.message, TEXT);
    let waiver = finding.waiver.as_ref().filter(|waiver| waiver.effect != Effect::Waived);
    let waiver = waiver.map(|waiver| format!("waiver: {}", waiver_line(waiver)));
    for line in waiver.iter().chain(&finding.details) {
        message.push('\n');
        message.push_str(&one_line(line, TEXT));
    }
    let identity = fingerprint(finding);
    let nth = seen.entry(identity.clone()).or_default();
    *nth += 1;
    json!({
        "ruleId": one_line(&finding.rule, NAME),
        "ruleIndex": rule_index,
        "level": finding.severity.word(),
        "message": { "text": without_links(&message) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": artifact(file),
            "region": { "startLine": place.line, "startColumn": place.column },
        } }],
        "partialFingerprints": { "comfycheck/v1": format!("{identity}:{nth}") },
    })
}

fn suppressions(finding: &LocatedFinding) -> Value {
    let waiver = finding.waiver.iter().filter(|_| finding.is_waived);
    let suppression = |waiver| {
        let justification = without_links(&one_line(&format!("waived {}", waiver_line(waiver)), TEXT));
        json!({ "kind": "external", "status": "accepted", "justification": justification })
    };
    waiver.map(suppression).collect()
}

/// The same for one rule on one subject, whatever its place and message.
fn fingerprint(finding: &LocatedFinding) -> String {
    let digest = Sha256::digest(format!("{}\0{}", finding.rule, finding.subject));
    digest.iter().take(16).fold(String::new(), |mut hex, byte| {
        // Writing to a string does not fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn rule(located: &LocatedFindings, id: &str) -> Value {
    let mut rule = Map::from_iter([("id".to_owned(), json!(one_line(id, NAME)))]);
    if let Some(LocatedRule { severity, summary, explanation, .. }) = located.rules.iter().find(|rule| rule.id == id) {
        let summary = one_line(summary, TEXT);
        let help = explanation.as_ref().map_or_else(|| summary.clone(), |explanation| text(explanation, EXPLANATION));
        rule.insert("shortDescription".to_owned(), json!({ "text": without_links(&summary) }));
        rule.insert("help".to_owned(), json!({ "text": without_links(&help) }));
        rule.insert("defaultConfiguration".to_owned(), json!({ "level": severity.word() }));
    }
    Value::Object(rule)
}

fn notifications(located: &LocatedFindings, placed: usize, shown: usize) -> Vec<Value> {
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
    more(Severity::Note, located.findings.len() - placed, "findings without a place in a file");
    more(Severity::Warning, placed - shown, "findings that are not shown");
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
    } else {
        json!({ "uri": uri, "uriBaseId": "%SRCROOT%" })
    }
}
