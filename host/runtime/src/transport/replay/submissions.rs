//! Submissions of a recording, by what they submit.
//!
//! Another version of comfycheck may send more beside the workflow, or vary inputs in another way. Its jobs are still those of
//! the recorded run, in their order. Varied inputs are those that this run varies, those in which the recorded samples differ,
//! and those that hold the seed of a sample.

use crate::transport::cassette::Cassette;
use crate::transport::exchange::{Phase, created_job, is_submission};
use crate::transport::key::Key;
use comfycheck_core::workflow::NodeInput;
use serde_json::Value;

#[derive(Debug)]
pub(super) struct Submissions {
    /// In the order of the cassette.
    recorded: Vec<Submission>,
    /// The seed of the first sample.
    seed: u64,
    /// The inputs in which samples can differ.
    varied: Vec<NodeInput>,
}

#[derive(Debug)]
struct Submission {
    /// Of the exchange.
    position: usize,
    phase: Phase,
    path: String,
    /// Without `_meta`.
    workflow: Value,
    /// Whether the response names a job. Only a refused submission is repeated.
    is_accepted: bool,
}

impl Submissions {
    pub(super) fn of(cassette: &Cassette) -> Self {
        let exchanges = cassette.exchanges.iter().enumerate();
        let recorded = exchanges.filter(|(_, exchange)| is_submission(exchange.key.method, &exchange.key.path));
        let recorded = recorded.filter_map(|(position, exchange)| {
            let (phase, path) = (exchange.round.phase, exchange.key.path.clone());
            let is_accepted = created_job(exchange.key.method, &path, exchange.outcome.as_ref().ok()).is_some();
            Some(Submission { position, phase, path, workflow: workflow(&exchange.key.body)?, is_accepted })
        });
        let recorded: Vec<_> = recorded.collect();
        let samples = recorded.iter().filter(|submission| submission.phase == Phase::Sampling);
        let varied = differing_inputs(samples.map(|submission| &submission.workflow));
        Self { recorded, seed: cassette.seed, varied }
    }

    /// Adds the inputs that this run varies.
    pub(super) fn vary(&mut self, inputs: Vec<NodeInput>) {
        self.varied.extend(inputs);
    }

    /// The first unused submission of the same workflow: of the very same one, else of one that differs in varied inputs.
    pub(super) fn similar(&self, key: &Key, phase: Phase, is_unused: impl Fn(&usize) -> bool) -> Option<usize> {
        let workflow = workflow(&key.body)?;
        let of_kind = self.recorded.iter().filter(|recorded| recorded.phase == phase && recorded.path == key.path);
        let mut equal = of_kind.clone().filter(|recorded| recorded.workflow == workflow);
        if let Some(recorded) = equal.clone().find(|recorded| is_unused(&recorded.position)) {
            return Some(recorded.position);
        }
        if equal.any(|recorded| !recorded.is_accepted) {
            // It is repeated more often than in the recorded run. The job of another sample is no answer to that.
            return None;
        }
        let mut unused = of_kind.filter(|recorded| is_unused(&recorded.position));
        let similar = unused.find(|recorded| self.is_same_but_varied(phase, &recorded.workflow, &workflow));
        similar.map(|recorded| recorded.position)
    }

    /// How many jobs of this workflow were recorded, if all of them are used; none if there are none, or it is another workflow.
    pub(super) fn used_up(&self, key: &Key, phase: Phase, is_unused: impl Fn(&usize) -> bool) -> Option<usize> {
        let workflow = workflow(&key.body)?;
        let is_kind = |recorded: &&Submission| {
            recorded.phase == phase
                && recorded.path == key.path
                && recorded.is_accepted
                && self.is_same_but_varied(phase, &recorded.workflow, &workflow)
        };
        let jobs: Vec<&Submission> = self.recorded.iter().filter(is_kind).collect();
        let is_used_up = !jobs.is_empty() && !jobs.iter().any(|recorded| is_unused(&recorded.position));
        is_used_up.then_some(jobs.len())
    }

    fn is_same_but_varied(&self, phase: Phase, recorded: &Value, sent: &Value) -> bool {
        have_same_keys(recorded, sent, |node, recorded, sent| {
            have_same_keys(recorded, sent, |member, recorded, sent| {
                recorded == sent
                    || member == "inputs"
                        && have_same_keys(recorded, sent, |input, recorded, sent| {
                            recorded == sent
                                || self.is_varied(phase, node, input)
                                || self.is_seed(recorded)
                                || self.is_seed(sent)
                        })
            })
        })
    }

    /// Only samples vary. The jobs of a dry run differ in what they ask.
    fn is_varied(&self, phase: Phase, node: &str, input: &str) -> bool {
        phase == Phase::Sampling && self.varied.iter().any(|varied| varied.node == node && varied.input == input)
    }

    fn is_seed(&self, value: &Value) -> bool {
        let samples = self.recorded.len() as u64;
        value.as_u64().and_then(|value| value.checked_sub(self.seed)).is_some_and(|sample| sample < samples)
    }
}

/// Whether two values are objects with the same keys, and the values of each key are the `same`.
fn have_same_keys(one: &Value, other: &Value, same: impl Fn(&str, &Value, &Value) -> bool) -> bool {
    let (Value::Object(one), Value::Object(other)) = (one, other) else { return false };
    one.len() == other.len()
        && one.iter().all(|(key, value)| other.get(key).is_some_and(|other| same(key, value, other)))
}

/// The inputs in which one of the workflows differs from the first.
fn differing_inputs<'w>(mut workflows: impl Iterator<Item = &'w Value>) -> Vec<NodeInput> {
    let mut differing: Vec<NodeInput> = Vec::new();
    let Some(first) = workflows.next() else { return differing };
    for workflow in workflows {
        for (node, input, value) in inputs(workflow) {
            let same = first.get(node).and_then(|node| node.get("inputs")?.get(input)) == Some(value);
            if !same && !differing.iter().any(|known| known.node == node && known.input == input) {
                differing.push(NodeInput { node: node.to_owned(), input: input.to_owned() });
            }
        }
    }
    differing
}

/// The inputs of all nodes, with their node's id.
fn inputs(workflow: &Value) -> impl Iterator<Item = (&str, &str, &Value)> {
    let nodes = workflow.as_object().into_iter().flatten();
    let nodes = nodes.filter_map(|(id, node)| Some((id, node.get("inputs")?.as_object()?)));
    nodes.flat_map(|(id, inputs)| inputs.iter().map(move |(name, value)| (id.as_str(), name.as_str(), value)))
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
