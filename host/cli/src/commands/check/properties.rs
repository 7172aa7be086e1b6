//! What every check must do on every endpoint. Pure.

use super::trial::Trial;
use comfycheck_core::diagnostic::inert;
use comfycheck_core::execution::{ErrorKind, Execution, Outcome};
use comfycheck_core::finding::{Finding, Subject};
use comfycheck_core::manifest::Manifest;
use comfycheck_core::violation::{validator, violations};
use serde_json::Value;

/// What is wrong with the answers of one run.
pub(super) fn broken(trial: &Trial) -> Vec<String> {
    let rejected = trial.rejected.iter().map(|reason| format!("the check rejects the settings: {}", inert(reason)));
    rejected.chain(trial.executions.iter().flat_map(|execution| of_instance(execution, trial))).collect()
}

fn of_instance(execution: &Execution, trial: &Trial) -> Vec<String> {
    let instance = &execution.instance;
    let sample = instance.sample.map(|index| format!(" {index}")).unwrap_or_default();
    let place = format!("scope {}{sample}", instance.scope.word());
    let texts = match &execution.outcome {
        Outcome::Errored { kind: kind @ (ErrorKind::Trap | ErrorKind::Contract | ErrorKind::Limit), message } => {
            vec![format!("{}: {}", kind.word(), inert(message))]
        }
        Outcome::Errored { kind: ErrorKind::InvalidSettings, message } => {
            vec![format!("the check rejects the settings: {}", inert(message))]
        }
        Outcome::Errored { .. } | Outcome::Skipped { .. } => Vec::new(),
        Outcome::Completed { findings, open } => {
            let messages = findings.iter().map(|finding| (&finding.rule, &finding.message));
            let reasons = open.iter().map(|question| (&question.rule, &question.reason));
            let lines = messages.chain(reasons).filter_map(|(rule, text)| not_a_line(rule, text));
            lines.chain(findings.iter().flat_map(|finding| unknown_subjects(finding, trial))).collect()
        }
    };
    texts.into_iter().map(|text| format!("{place}: {text}")).collect()
}

/// Why a text is not one line with words.
fn not_a_line(rule: &str, text: &str) -> Option<String> {
    let what = if text.trim().is_empty() {
        "is empty"
    } else if text.contains(['\n', '\r']) {
        "has several lines"
    } else {
        return None;
    };
    Some(format!("the text of `{rule}` {what}"))
}

/// The subjects of a finding that do not exist.
fn unknown_subjects(finding: &Finding, trial: &Trial) -> Vec<String> {
    let images = |index: u32| {
        let sample = trial.samples.iter().find(|sample| sample.index == index);
        sample.map(|sample| u32::try_from(sample.images.len()).unwrap_or(u32::MAX))
    };
    let unknown = finding.subjects.iter().filter_map(|subject| match subject {
        Subject::Node { id, .. } if !trial.nodes.is_empty() && !trial.nodes.contains(id) => {
            Some(format!("node `{}`, which the workflow does not have", inert(id)))
        }
        Subject::Sample(index) if images(*index).is_none() => Some(format!("sample {index}, which does not exist")),
        Subject::Image(sample, image) if images(*sample).is_none_or(|count| *image >= count) => {
            Some(format!("image {sample}/{image}, which does not exist"))
        }
        _ => None,
    });
    unknown.map(|what| format!("`{}` names {what}", finding.rule)).collect()
}

/// The instances that answered differently in two equal runs.
pub(super) fn differences(first: &Trial, second: &Trial) -> Vec<String> {
    let pairs = first.executions.iter().zip(&second.executions);
    let differing = pairs.filter(|(first, second)| first.outcome != second.outcome);
    let places = differing.map(|(first, _)| {
        let sample = first.instance.sample.map(|index| format!(" {index}")).unwrap_or_default();
        format!("scope {}{sample}: a second run with the same answers differs", first.instance.scope.word())
    });
    places.collect()
}

/// What contradicts itself in a manifest: examples and defaults that its own schema does not allow.
pub(super) fn of_manifest(manifest: &Manifest) -> Vec<String> {
    let mut problems = Vec::new();
    let mut place = vec!["the settings".to_owned()];
    of_schema(&manifest.settings_schema, &mut place, &mut problems);
    problems
}

fn of_schema(schema: &Value, place: &mut Vec<String>, problems: &mut Vec<String>) {
    let Some(keys) = schema.as_object() else { return };
    let examples = keys.get("examples").and_then(Value::as_array).into_iter().flatten();
    if let Ok(validator) = validator(schema) {
        for value in examples.chain(keys.get("default")) {
            for violation in violations(&validator, schema, value, "the value") {
                problems.push(format!(
                    "the schema of {} does not allow its own example {value}: {}",
                    place.join("."),
                    violation.what
                ));
            }
        }
    }
    for (name, property) in keys.get("properties").and_then(Value::as_object).into_iter().flatten() {
        place.push(name.clone());
        of_schema(property, place, problems);
        place.pop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use comfycheck_core::execution::CheckInstance;
    use comfycheck_core::finding::Severity;
    use comfycheck_core::manifest::Scope;
    use serde_json::json;
    use std::time::Duration;

    fn trial(outcome: Outcome) -> Trial {
        let instance = CheckInstance { check: "check".into(), scope: Scope::Run, sample: None };
        let executions = vec![Execution { instance, outcome, earlier: Vec::new(), waited: Duration::ZERO }];
        let nodes = ["3".to_owned()].into();
        Trial { executions, samples: Vec::new(), nodes, rejected: Vec::new() }
    }

    fn found(message: &str, subject: Option<Subject>) -> Trial {
        let finding = Finding {
            rule: "a-rule".into(),
            severity: Severity::Note,
            message: message.into(),
            subjects: subject.into_iter().collect(),
            measurement: None,
            help: None,
            data: None,
            waiver: None,
        };
        trial(Outcome::Completed { findings: vec![finding], open: Vec::new() })
    }

    #[test]
    fn what_no_check_may_answer_is_found() {
        let node = |id: &str| Some(Subject::Node { id: id.into(), input: None });
        let trap = Outcome::Errored { kind: ErrorKind::Trap, message: "panicked".into() };
        let inconclusive = Outcome::Errored { kind: ErrorKind::Inconclusive, message: "no response".into() };
        for (name, trial, count) in [
            ("one line", found("a line", node("3")), 0),
            ("empty", found(" ", None), 1),
            ("two lines", found("a\nb", None), 1),
            ("a node of another workflow", found("a line", node("4")), 1),
            ("a sample that was not planned", found("a line", Some(Subject::Sample(0))), 1),
            ("an image of no sample", found("a line", Some(Subject::Image(0, 0))), 1),
            ("in words", found("a line", Some(Subject::Other("the queue".into()))), 0),
            ("a trap", trial(trap), 1),
            ("without an answer", trial(inconclusive), 0),
        ] {
            assert_eq!(broken(&trial).len(), count, "{name}: {:?}", broken(&trial));
        }
    }

    #[test]
    fn a_second_answer_that_differs_is_found() {
        assert_eq!(differences(&found("a", None), &found("a", None)).len(), 0);
        assert_eq!(differences(&found("a", None), &found("b", None)).len(), 1);
    }

    #[test]
    fn a_schema_allows_its_own_examples() {
        let problems = |schema: Value| {
            let mut problems = Vec::new();
            of_schema(&schema, &mut vec!["the settings".to_owned()], &mut problems);
            problems.len()
        };
        let property = |property: Value| json!({"type": "object", "properties": {"max-words": property}});
        assert_eq!(problems(property(json!({"type": "integer", "default": 60, "examples": [8]}))), 0);
        assert_eq!(problems(property(json!({"type": "integer", "minimum": 1, "default": 0, "examples": ["8"]}))), 2);
        assert_eq!(problems(json!({"required": ["a"], "examples": [{}]})), 1);
    }
}
