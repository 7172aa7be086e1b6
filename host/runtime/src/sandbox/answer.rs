//! Verifies a guest's answer against the contract and its manifest.

use super::contract::exports::comfycheck::check::checker as contract;
use super::stop::{truncated, truncated_to};
use comfycheck_core::execution::{ErrorKind, Outcome};
use comfycheck_core::finding::{Bound, Finding, Measurement, OpenQuestion, Severity, Subject};
use comfycheck_core::manifest::Manifest;
use comfycheck_core::secret::Secrets;
use comfycheck_core::wording::bytes_beside;
use serde_json::Value;
use std::collections::BTreeMap;

/// What an answer is verified against.
pub(super) struct AnswerTerms<'a> {
    /// The check's name in the suite.
    pub(super) check: &'a str,
    pub(super) manifest: &'a Manifest,
    /// The suite's severities, by rule.
    pub(super) severity: &'a BTreeMap<String, Severity>,
    /// The most findings and open questions together.
    pub(super) findings: u32,
    /// The most bytes of a message, a reason or a help text.
    pub(super) message_bytes: usize,
    /// The most bytes of a finding's data.
    pub(super) data_bytes: usize,
    /// Why the cassette did not answer queries of the guest.
    pub(super) misses: &'a [String],
    /// Redacted from every text.
    pub(super) secrets: &'a Secrets,
}

impl AnswerTerms<'_> {
    /// A text of the guest, redacted before it is truncated: half a secret would not be found.
    fn text(&self, text: &str) -> String {
        truncated(self.secrets.redact(text))
    }

    /// A message, a reason or a help text.
    fn message(&self, text: &str) -> String {
        truncated_to(self.secrets.redact(text), self.message_bytes)
    }

    /// Whether a reason is that the cassette did not answer. Nothing follows from that about the deployment.
    fn is_unrecorded(&self, reason: &str) -> bool {
        self.misses.iter().any(|miss| reason.contains(miss.as_str()))
    }

    /// The guest's reason, which may be empty.
    fn reason(&self, reason: &str) -> String {
        if reason.trim().is_empty() { "no reason given".to_owned() } else { self.text(reason) }
    }
}

/// An answer that breaks the contract or exceeds a limit. The text follows the check's name.
type AnswerError = (ErrorKind, String);

pub(super) fn outcome(terms: &AnswerTerms<'_>, returned: Result<contract::Answer, contract::Error>) -> Outcome {
    match returned {
        Ok(answer) => completed(terms, answer)
            .unwrap_or_else(|(kind, broken)| Outcome::Errored { kind, message: format!("`{}` {broken}", terms.check) }),
        Err(contract::Error::NotApplicable(reason)) => Outcome::Skipped { reason: terms.reason(&reason) },
        Err(contract::Error::Inconclusive(reason)) if terms.is_unrecorded(&reason) => {
            Outcome::Skipped { reason: terms.reason(&reason) }
        }
        Err(contract::Error::Inconclusive(reason)) => {
            Outcome::Errored { kind: ErrorKind::Inconclusive, message: terms.reason(&reason) }
        }
        Err(contract::Error::InvalidSettings(reason)) => {
            Outcome::Errored { kind: ErrorKind::InvalidSettings, message: terms.reason(&reason) }
        }
    }
}

fn completed(terms: &AnswerTerms<'_>, answer: contract::Answer) -> Result<Outcome, AnswerError> {
    let findings: Result<Vec<_>, _> = answer.findings.into_iter().map(|given| finding(terms, given)).collect();
    let open: Result<Vec<_>, _> = answer.open.into_iter().map(|given| open_question(terms, given)).collect();
    let (mut findings, mut open) = (findings?, open?);
    keep_the_worst(terms.findings as usize, &mut findings, &mut open);
    Ok(Outcome::Completed { findings, open })
}

/// Keeps at most `limit` findings and open questions, in the check's order. The last one says how many are left out.
///
/// Errors go before open questions, and those before warnings and notes, so a verdict never gets better by the cut.
fn keep_the_worst(limit: usize, findings: &mut Vec<Finding>, open: &mut Vec<OpenQuestion>) {
    let left_out = findings.len().saturating_add(open.len()).saturating_sub(limit);
    if left_out == 0 {
        return;
    }
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count().min(limit);
    open.truncate(limit - errors);
    let mut room = limit - open.len();
    for severity in [Severity::Error, Severity::Warning, Severity::Note] {
        let mut kept = 0;
        findings.retain(|finding| {
            let is_kept = finding.severity != severity || kept < room;
            kept += usize::from(is_kept && finding.severity == severity);
            is_kept
        });
        room -= kept;
    }
    let note = format!(" (and {left_out} more, which are left out; limit: {limit})");
    if let Some(last) = findings.last_mut() {
        last.message.push_str(&note);
    } else if let Some(last) = open.last_mut() {
        last.reason.push_str(&note);
    }
}

fn finding(terms: &AnswerTerms<'_>, given: contract::Finding) -> Result<Finding, AnswerError> {
    let contract::Finding { rule, message, subjects, measurement, help, data } = given;
    let severity = severity(terms, &rule)?;
    let measurement = measurement.map(|given| measured(terms, &rule, given)).transpose()?;
    not_empty(&rule, "message", &message)?;
    let data = data.map(|text| json(terms, &rule, &text)).transpose()?;
    Ok(Finding {
        rule,
        severity,
        message: terms.message(&message),
        subjects: subjects.into_iter().map(|given| subject(terms, given)).collect(),
        measurement,
        help: help.map(|help| terms.message(&help)),
        data,
        waiver: None,
    })
}

fn open_question(terms: &AnswerTerms<'_>, given: contract::OpenQuestion) -> Result<OpenQuestion, AnswerError> {
    let contract::OpenQuestion { rule, reason, help } = given;
    severity(terms, &rule)?;
    not_empty(&rule, "reason", &reason)?;
    Ok(OpenQuestion {
        rule,
        unrecorded: terms.is_unrecorded(&reason),
        reason: terms.message(&reason),
        help: help.map(|help| terms.message(&help)),
        closed: false,
    })
}

/// A finding without words is a bug of the check: a report has nothing to show.
fn not_empty(rule: &str, what: &str, text: &str) -> Result<(), AnswerError> {
    if text.trim().is_empty() {
        return Err((ErrorKind::Contract, format!("gave an empty {what} for rule `{rule}`")));
    }
    Ok(())
}

/// The severity of a rule in this run.
fn severity(terms: &AnswerTerms<'_>, rule: &str) -> Result<Severity, AnswerError> {
    let Some(declared) = terms.manifest.rule(rule) else {
        let rule = terms.text(rule);
        return Err((ErrorKind::Contract, format!("used rule `{rule}`, which its manifest does not declare")));
    };
    Ok(terms.severity.get(rule).copied().unwrap_or(declared.default_severity))
}

fn measured(terms: &AnswerTerms<'_>, rule: &str, given: contract::Measurement) -> Result<Measurement, AnswerError> {
    let contract::Measurement { value, unit, limit } = given;
    let limit = limit.map(|bound| match bound {
        contract::Bound::Below(limit) => (limit, Bound::Below(limit)),
        contract::Bound::AtMost(limit) => (limit, Bound::AtMost(limit)),
        contract::Bound::AtLeast(limit) => (limit, Bound::AtLeast(limit)),
        contract::Bound::Above(limit) => (limit, Bound::Above(limit)),
    });
    for number in [Some(value), limit.map(|(number, _)| number)].into_iter().flatten() {
        if !number.is_finite() {
            return Err((ErrorKind::Contract, format!("measured {number} for rule `{rule}`, which is not finite")));
        }
    }
    Ok(Measurement { value, unit: terms.text(&unit), limit: limit.map(|(_, bound)| bound) })
}

fn json(terms: &AnswerTerms<'_>, rule: &str, text: &str) -> Result<Value, AnswerError> {
    if text.len() > terms.data_bytes {
        let (size, limit) = bytes_beside(text.len() as u64, terms.data_bytes as u64);
        let message = format!("put {size} of data into a finding of rule `{rule}` (limit: {limit})");
        return Err((ErrorKind::Limit, message));
    }
    let mut data = serde_json::from_str(text).map_err(|error| {
        (ErrorKind::Contract, format!("put data that is not JSON into a finding of rule `{rule}`: {error}"))
    })?;
    terms.secrets.redact_json(&mut data);
    Ok(data)
}

fn subject(terms: &AnswerTerms<'_>, given: contract::Subject) -> Subject {
    let text = |given: String| terms.text(&given);
    match given {
        contract::Subject::Node(node) => Subject::Node { id: text(node.id), input: node.input.map(text) },
        contract::Subject::Model(model) => Subject::Model { folder: text(model.folder), name: text(model.name) },
        contract::Subject::Sample(index) => Subject::Sample(index),
        contract::Subject::Image((sample, image)) => Subject::Image(sample, image),
        contract::Subject::Pack(folder) => Subject::Pack(text(folder)),
        contract::Subject::Worker(id) => Subject::Worker(text(id)),
        contract::Subject::Other(words) => Subject::Other(text(words)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use comfycheck_core::manifest::Rule;
    use comfycheck_core::secret::Secret;
    use serde_json::json;

    #[test]
    fn every_text_of_an_answer_is_redacted_before_it_is_truncated() {
        const SECRET: &str = "a-secret\\of-the-run";
        let rule = || "a-rule".to_owned();
        let manifest = Manifest {
            name: "guest".to_owned(),
            version: "0.1.0".to_owned(),
            summary: String::new(),
            scopes: Vec::new(),
            gates: false,
            rules: vec![Rule {
                id: rule(),
                default_severity: Severity::Note,
                summary: String::new(),
                explanation: String::new(),
            }],
            settings_schema: json!({}),
        };
        let secrets = Secrets::new([Secret::new(SECRET)]);
        let (check, findings, message_bytes, data_bytes) = ("guest", 10, 20, 1000);
        let terms = AnswerTerms {
            check,
            manifest: &manifest,
            severity: &BTreeMap::new(),
            findings,
            message_bytes,
            data_bytes,
            misses: &[],
            secrets: &secrets,
        };
        let text = || format!("<{SECRET}>");
        // Longer than a message can be, which cuts the secret.
        let long = || format!("{}{SECRET}", "x".repeat(10));
        let node = contract::NodeRef { id: text(), input: Some(text()) };
        let answer = contract::Answer {
            findings: vec![contract::Finding {
                rule: rule(),
                message: long(),
                subjects: vec![
                    contract::Subject::Node(node),
                    contract::Subject::Model(contract::ModelRef { folder: text(), name: text() }),
                    contract::Subject::Pack(text()),
                    contract::Subject::Worker(text()),
                    contract::Subject::Other(text()),
                ],
                measurement: Some(contract::Measurement { value: 1.0, unit: text(), limit: None }),
                help: Some(long()),
                data: Some(json!({text(): [text(), {"n": 1}]}).to_string()),
            }],
            open: vec![contract::OpenQuestion { rule: rule(), reason: long(), help: Some(long()) }],
        };
        let outcome = format!("{:?}", outcome(&terms, Ok(answer)));
        assert!(!outcome.contains("secret") && !outcome.contains("of-the-run"), "{outcome}");
        assert_eq!(outcome.matches("[redacted]").count(), 4 + 7 + 1 + 2, "{outcome}");
    }
}
