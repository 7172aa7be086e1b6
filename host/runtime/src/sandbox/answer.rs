//! Verifies a guest's answer against the contract and its manifest.

use super::contract::exports::comfycheck::check::checker as contract;
use super::stop::{truncated, truncated_to};
use comfycheck_core::execution::{ErrorKind, Outcome};
use comfycheck_core::finding::{Bound, Finding, Measurement, OpenQuestion, Severity, Subject};
use comfycheck_core::manifest::Manifest;
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
}

/// An answer that breaks the contract or exceeds a limit. The text follows the check's name.
type AnswerError = (ErrorKind, String);

pub(super) fn outcome(terms: &AnswerTerms<'_>, returned: Result<contract::Answer, contract::Error>) -> Outcome {
    match returned {
        Ok(answer) => completed(terms, answer)
            .unwrap_or_else(|(kind, broken)| Outcome::Errored { kind, message: format!("`{}` {broken}", terms.check) }),
        Err(contract::Error::NotApplicable(reason)) => Outcome::Skipped { reason: reason_or_none(reason) },
        Err(contract::Error::Inconclusive(reason)) => {
            Outcome::Errored { kind: ErrorKind::Inconclusive, message: reason_or_none(reason) }
        }
        Err(contract::Error::InvalidSettings(reason)) => {
            Outcome::Errored { kind: ErrorKind::InvalidSettings, message: reason_or_none(reason) }
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
    let measurement = measurement.map(|given| measured(&rule, given)).transpose()?;
    let data = data.map(|text| json(terms, &rule, &text)).transpose()?;
    Ok(Finding {
        rule,
        severity,
        message: truncated_to(message, terms.message_bytes),
        subjects: subjects.into_iter().map(subject).collect(),
        measurement,
        help: help.map(|help| truncated_to(help, terms.message_bytes)),
        data,
        waiver: None,
    })
}

fn open_question(terms: &AnswerTerms<'_>, given: contract::OpenQuestion) -> Result<OpenQuestion, AnswerError> {
    let contract::OpenQuestion { rule, reason, help } = given;
    severity(terms, &rule)?;
    let short = |text| truncated_to(text, terms.message_bytes);
    Ok(OpenQuestion { rule, reason: short(reason), help: help.map(short), closed: false })
}

/// The severity of a rule in this run.
fn severity(terms: &AnswerTerms<'_>, rule: &str) -> Result<Severity, AnswerError> {
    let Some(declared) = terms.manifest.rule(rule) else {
        let rule = truncated(rule.to_owned());
        return Err((ErrorKind::Contract, format!("used rule `{rule}`, which its manifest does not declare")));
    };
    Ok(terms.severity.get(rule).copied().unwrap_or(declared.default_severity))
}

fn measured(rule: &str, given: contract::Measurement) -> Result<Measurement, AnswerError> {
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
    Ok(Measurement { value, unit: truncated(unit), limit: limit.map(|(_, bound)| bound) })
}

fn json(terms: &AnswerTerms<'_>, rule: &str, text: &str) -> Result<Value, AnswerError> {
    if text.len() > terms.data_bytes {
        let (size, limit) = bytes_beside(text.len() as u64, terms.data_bytes as u64);
        let message = format!("put {size} of data into a finding of rule `{rule}` (limit: {limit})");
        return Err((ErrorKind::Limit, message));
    }
    serde_json::from_str(text).map_err(|error| {
        (ErrorKind::Contract, format!("put data that is not JSON into a finding of rule `{rule}`: {error}"))
    })
}

fn subject(given: contract::Subject) -> Subject {
    match given {
        contract::Subject::Node(node) => Subject::Node { id: truncated(node.id), input: node.input.map(truncated) },
        contract::Subject::Model(model) => {
            Subject::Model { folder: truncated(model.folder), name: truncated(model.name) }
        }
        contract::Subject::Sample(index) => Subject::Sample(index),
        contract::Subject::Image((sample, image)) => Subject::Image(sample, image),
        contract::Subject::Pack(folder) => Subject::Pack(truncated(folder)),
        contract::Subject::Worker(id) => Subject::Worker(truncated(id)),
        contract::Subject::Other(words) => Subject::Other(truncated(words)),
    }
}

/// The guest's reason, which may be empty.
fn reason_or_none(reason: String) -> String {
    if reason.trim().is_empty() { "no reason given".to_owned() } else { truncated(reason) }
}
