//! GitLab's code quality report: a list of issues, each at a line of a file.
//!
//! GitLab matches issues of two branches by their fingerprint. It is made of the rule, the file, the subject and the message,
//! so it stays when lines move. What is unknown is an issue, too: a list without issues proves nothing.

use crate::finding::Severity;
use crate::plain::one_line;
use crate::render::located::{FilePlace, LocatedFinding, LocatedFindings};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;

/// The longest description and path, in characters.
const TEXT: usize = 1_000;

/// Renders findings as a code quality report, with a line break at the end. Equal findings give equal bytes.
pub fn code_quality(located: &LocatedFindings) -> String {
    let mut seen = BTreeMap::new();
    let counted = located.findings.iter().filter(|finding| !finding.is_waived);
    let mut issues: Vec<Value> = counted.filter_map(|finding| issue(finding, &mut seen)).collect();
    issues.extend(located.unknown.iter().map(|why| unknown(why, &mut seen)));
    format!("{:#}\n", Value::from(issues))
}

fn issue(finding: &LocatedFinding, seen: &mut BTreeMap<String, usize>) -> Option<Value> {
    let FilePlace { file, place } = finding.place.as_ref()?;
    let severity = match finding.severity {
        Severity::Error => "major",
        Severity::Warning => "minor",
        Severity::Note => "info",
    };
    let help = finding.details.iter().map(|detail| format!("; {detail}")).collect::<String>();
    Some(json!({
        "description": one_line(&format!("{}{help}", finding.message), TEXT),
        "check_name": one_line(&finding.rule, TEXT),
        "fingerprint": fingerprint(&[&finding.rule, file, &finding.subject, &finding.message], seen),
        "severity": severity,
        "location": { "path": one_line(file, TEXT), "lines": { "begin": place.line } },
    }))
}

/// An open question. It begins with the file's path.
fn unknown(why: &str, seen: &mut BTreeMap<String, usize>) -> Value {
    let file = why.split(": ").next().unwrap_or_default();
    json!({
        "description": one_line(&format!("unknown: {why}"), TEXT),
        "check_name": "unknown",
        "fingerprint": fingerprint(&["unknown", why], seen),
        "severity": "minor",
        "location": { "path": one_line(file, TEXT), "lines": { "begin": 1 } },
    })
}

/// A hash of texts. Equal texts get different ones, counted in their order.
fn fingerprint(parts: &[&str], seen: &mut BTreeMap<String, usize>) -> String {
    let text = parts.join("\0");
    let count = seen.entry(text.clone()).or_default();
    *count += 1;
    let digest = Sha256::digest(format!("{text}\0{count}"));
    digest.iter().take(16).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}
