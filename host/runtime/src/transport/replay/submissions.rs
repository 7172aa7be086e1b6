//! Submissions of a recording, by what they submit.
//!
//! Another version of comfycheck may send more beside the workflow, or vary other inputs. Its jobs are still those of the
//! recorded run.

use crate::transport::cassette::Cassette;
use crate::transport::exchange::{Phase, is_submission};
use crate::transport::key::Key;
use serde_json::Value;

#[derive(Debug)]
pub(super) struct Submissions {
    /// In the order of the cassette.
    recorded: Vec<Submission>,
    /// The seed of the first sample.
    seed: u64,
}

#[derive(Debug)]
struct Submission {
    /// Of the exchange.
    position: usize,
    phase: Phase,
    path: String,
    /// Without `_meta`.
    workflow: Value,
}

impl Submissions {
    pub(super) fn of(cassette: &Cassette) -> Self {
        let exchanges = cassette.exchanges.iter().enumerate();
        let recorded = exchanges.filter(|(_, exchange)| is_submission(exchange.key.method, &exchange.key.path));
        let recorded = recorded.filter_map(|(position, exchange)| {
            let (phase, path) = (exchange.round.phase, exchange.key.path.clone());
            Some(Submission { position, phase, path, workflow: workflow(&exchange.key.body)? })
        });
        Self { recorded: recorded.collect(), seed: cassette.seed }
    }

    /// The first unused submission of the same workflow: of the very same one, else of one that differs in varied inputs.
    pub(super) fn similar(&self, key: &Key, phase: Phase, is_unused: impl Fn(&usize) -> bool) -> Option<usize> {
        let workflow = workflow(&key.body)?;
        let of_kind = self.recorded.iter().filter(|recorded| recorded.phase == phase && recorded.path == key.path);
        let mut equal = of_kind.clone().filter(|recorded| recorded.workflow == workflow).peekable();
        if equal.peek().is_some() {
            return equal.map(|recorded| recorded.position).find(|position| is_unused(position));
        }
        let mut unused = of_kind.filter(|recorded| is_unused(&recorded.position));
        unused.find(|recorded| self.is_same_but_varied(&recorded.workflow, &workflow)).map(|recorded| recorded.position)
    }

    /// Whether two workflows differ only in inputs that one of the runs varied: there, it has the seed of a sample.
    fn is_same_but_varied(&self, recorded: &Value, sent: &Value) -> bool {
        match (recorded, sent) {
            (Value::Object(one), Value::Object(other)) => {
                one.len() == other.len()
                    && one
                        .iter()
                        .all(|(name, value)| other.get(name).is_some_and(|other| self.is_same_but_varied(value, other)))
            }
            _ => recorded == sent || self.is_seed(recorded) || self.is_seed(sent),
        }
    }

    fn is_seed(&self, value: &Value) -> bool {
        let samples = self.recorded.len() as u64;
        value.as_u64().and_then(|value| value.checked_sub(self.seed)).is_some_and(|sample| sample < samples)
    }
}

/// The workflow of a submission, without `_meta`, which ComfyUI does not read.
fn workflow(body: &str) -> Option<Value> {
    let body: Value = serde_json::from_str(body).ok()?;
    let of_comfyui = body["input"]["workflow"].is_object().then_some(&body["input"]["workflow"]);
    let mut workflow = of_comfyui.or_else(|| nodes(&body))?.clone();
    for node in workflow.as_object_mut()?.values_mut().filter_map(Value::as_object_mut) {
        node.remove("_meta");
    }
    Some(workflow)
}

/// The first object of nodes in a request of another shape: a suite's template can put it anywhere. Bounded: the parser refuses
/// deep nesting.
fn nodes(value: &Value) -> Option<&Value> {
    match value {
        Value::Object(members) => {
            let is_nodes = !members.is_empty() && members.values().all(|node| node["class_type"].is_string());
            if is_nodes { Some(value) } else { members.values().find_map(nodes) }
        }
        Value::Array(items) => items.iter().find_map(nodes),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}
