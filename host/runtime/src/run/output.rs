//! The limit on what a check reports in all of its instances together.
//!
//! Each instance has limits of its own, but a run has up to a thousand samples. A check that exceeds this limit keeps the worst
//! of each instance in brief. So its verdict stays, and it does not depend on the order in which instances end.

use comfycheck_core::execution::{Execution, Outcome};
use comfycheck_core::finding::{Finding, OpenQuestion, Severity, Subject};
use comfycheck_core::wording::bytes;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// The most bytes of the findings and open questions of a check.
const MOST_BYTES: u64 = 32 << 20;
/// The most findings and open questions of an instance, if its check exceeds the limit.
const KEPT: usize = 10;
/// The most bytes of their texts.
const KEPT_BYTES: usize = 500;
/// The most of their subjects.
const KEPT_SUBJECTS: usize = 10;

/// How much each check has reported.
#[derive(Debug, Default)]
pub(super) struct Output(Mutex<BTreeMap<String, u64>>);

impl Output {
    /// Counts an execution, and shortens it if its check has exceeded the limit by now.
    pub(super) fn count(&self, execution: &mut Execution) {
        let exceeds = {
            let mut reported = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let of_check = reported.entry(execution.instance.check.clone()).or_default();
            *of_check += size(&execution.outcome);
            *of_check > MOST_BYTES
        };
        if exceeds {
            shorten(&mut execution.outcome);
        }
    }

    /// Shortens the executions of every check that exceeded the limit, whichever ended first.
    pub(super) fn limit(&self, executions: &mut [Execution]) {
        let reported = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let exceeds = |execution: &&mut Execution| reported.get(&execution.instance.check) > Some(&MOST_BYTES);
        for execution in executions.iter_mut().filter(exceeds) {
            shorten(&mut execution.outcome);
            execution.earlier.iter_mut().for_each(shorten);
        }
    }
}

/// About as many bytes as in a report.
fn size(outcome: &Outcome) -> u64 {
    let Outcome::Completed { findings, open } = outcome else { return 0 };
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let of_finding = |finding: &Finding| {
        let subjects: usize = finding.subjects.iter().map(subject_size).sum();
        64 + finding.message.len() + text(&finding.help) + subjects + finding.data.as_ref().map_or(0, json_size)
    };
    let of_question = |question: &OpenQuestion| 64 + question.reason.len() + text(&question.help);
    (findings.iter().map(of_finding).sum::<usize>() + open.iter().map(of_question).sum::<usize>()) as u64
}

fn subject_size(subject: &Subject) -> usize {
    16 + match subject {
        Subject::Node { id, input } => id.len() + input.as_ref().map_or(0, String::len),
        Subject::Model { folder, name } => folder.len() + name.len(),
        Subject::Sample(_) | Subject::Image(..) => 0,
        Subject::Pack(text) | Subject::Worker(text) | Subject::Other(text) => text.len(),
    }
}

/// The parser bounds the depth. A value takes more memory than its text.
fn json_size(json: &Value) -> usize {
    8 + match json {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(json_size).sum(),
        Value::Object(fields) => fields.iter().map(|(name, field)| name.len() + json_size(field)).sum(),
    }
}

/// Keeps the worst of an instance, in its order and in brief. More than once changes nothing.
fn shorten(outcome: &mut Outcome) {
    let Outcome::Completed { findings, open } = outcome else { return };
    let count = findings.len() + open.len();
    let left_out = count.saturating_sub(KEPT);
    let of_finding = |finding: &Finding| match finding.severity {
        // A waived error does not count.
        Severity::Error if finding.waiver.is_none() => 0,
        Severity::Error | Severity::Warning => 2,
        Severity::Note => 3,
    };
    let mut ranks: Vec<u8> = findings.iter().map(of_finding).chain(open.iter().map(|_| 1)).collect();
    ranks.sort_unstable();
    ranks.truncate(KEPT);
    let mut is_kept = |rank: u8| {
        let at = ranks.iter().position(|kept| *kept == rank);
        at.map(|at| ranks.remove(at)).is_some()
    };
    findings.retain(|finding| is_kept(of_finding(finding)));
    open.retain(|_| is_kept(1));
    for finding in findings.iter_mut() {
        finding.data = None;
        finding.subjects.truncate(KEPT_SUBJECTS);
        brief(&mut finding.message);
        finding.help.iter_mut().for_each(brief);
    }
    for question in open.iter_mut() {
        brief(&mut question.reason);
        question.help.iter_mut().for_each(brief);
    }
    if left_out > 0 {
        let limit = bytes(MOST_BYTES);
        let note = format!(" (and {left_out} more, which are left out; limit of the check in this run: {limit})");
        match (findings.last_mut(), open.last_mut()) {
            (Some(last), _) => last.message.push_str(&note),
            (None, Some(last)) => last.reason.push_str(&note),
            (None, None) => {}
        }
    }
}

fn brief(text: &mut String) {
    // Room for the note about what was left out.
    if text.len() > 2 * KEPT_BYTES {
        text.truncate(text.floor_char_boundary(KEPT_BYTES));
        text.push_str(" …");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use comfycheck_core::execution::CheckInstance;
    use comfycheck_core::manifest::Scope;
    use serde_json::json;
    use std::time::Duration;

    fn finding(severity: Severity, bytes: usize) -> Finding {
        Finding {
            rule: "a-rule".to_owned(),
            severity,
            message: "m".repeat(bytes),
            subjects: vec![Subject::Sample(0); 20],
            measurement: None,
            help: Some("h".repeat(bytes)),
            data: Some(json!("d".repeat(bytes))),
            waiver: None,
        }
    }

    fn execution(sample: u32, findings: Vec<Finding>) -> Execution {
        let instance = CheckInstance { check: "check".to_owned(), scope: Scope::Sample, sample: Some(sample) };
        let open = vec![OpenQuestion {
            rule: "a-rule".to_owned(),
            reason: "r".repeat(2000),
            help: None,
            closed: false,
            unrecorded: false,
        }];
        let outcome = Outcome::Completed { findings, open };
        Execution { instance, outcome, earlier: Vec::new(), waited: Duration::ZERO }
    }

    /// The executions of 200 instances that end in some order, in the order of the samples.
    fn run(order: impl Iterator<Item = u32>, bytes: usize) -> Vec<Execution> {
        let output = Output::default();
        let mut executions: Vec<_> = order
            .map(|sample| {
                let mut findings = vec![finding(Severity::Note, bytes); 20];
                findings.push(finding(Severity::Error, bytes));
                let mut execution = execution(sample, findings);
                output.count(&mut execution);
                execution
            })
            .collect();
        executions.sort_by_key(|execution| execution.instance.sample);
        output.limit(&mut executions);
        executions
    }

    #[test]
    fn a_check_that_reports_too_much_keeps_the_worst_of_each_instance_in_brief() {
        let executions = run(0..200, 8 << 10);
        let total: u64 = executions.iter().map(|execution| size(&execution.outcome)).sum();
        assert!(total < MOST_BYTES, "{total}");
        for execution in &executions {
            let Outcome::Completed { findings, open } = &execution.outcome else { panic!("{execution:?}") };
            assert_eq!((findings.len(), open.len()), (KEPT - 1, 1));
            assert_eq!(findings.iter().filter(|finding| finding.is_error()).count(), 1, "errors are kept");
            assert!(findings.last().unwrap().message.contains("12 more"), "{:?}", findings.last());
            assert!(findings.iter().all(|finding| finding.data.is_none()));
        }
    }

    #[test]
    fn what_is_kept_does_not_depend_on_which_instance_ends_first() {
        assert_eq!(run(0..200, 8 << 10), run((0..200).rev(), 8 << 10));
    }

    #[test]
    fn a_check_within_the_limit_is_unchanged() {
        let executions = run(0..200, 100);
        let Outcome::Completed { findings, open } = &executions[7].outcome else { panic!("{executions:?}") };
        assert_eq!((findings.len(), open.len(), findings[0].subjects.len()), (21, 1, 20));
        assert!(findings.iter().all(|finding| finding.data.is_some()));
    }
}
