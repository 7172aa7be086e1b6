//! The workflow of one sample.

use super::Workflow;
use crate::diagnostic::{Diagnostic, Kind};
use crate::nearest::did_you_mean;
use serde_json::Value;

/// An input of a node of the workflow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeInput {
    /// The node's id.
    pub node: String,
    /// The input's name.
    pub input: String,
}

/// Values of an input. Sample `i` takes value `i mod n`.
#[derive(Clone, Debug, PartialEq)]
pub struct Variation {
    pub input: NodeInput,
    /// At least one value.
    pub values: Vec<Value>,
}

/// The workflow to submit for a sample.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleWorkflow {
    /// A JSON object in API format, with nodes and inputs in the order of the file.
    pub workflow: Value,
    /// The seed in it. None if it has no input for a seed.
    pub seed: Option<u64>,
}

/// An input of the suite that the workflow does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownInput {
    /// The key of the suite that names what is missing: `node` or `input`.
    pub key: &'static str,
    /// The message. One line.
    pub what: String,
    pub help: Option<String>,
}

impl Workflow {
    /// The workflow of sample `index`.
    ///
    /// - Each variation sets its value `index mod n`.
    /// - `seed` is set in `seed_inputs`, else in every integer input called `seed` or `noise_seed`. A variation of
    ///   the same input wins. A link to another node is replaced.
    /// - All other numbers stay: integers of up to 64 bits exactly, others as the nearest double in its shortest form.
    pub fn vary(
        &self,
        variations: &[Variation],
        seed_inputs: Option<&[NodeInput]>,
        seed: u64,
        index: u32,
    ) -> Result<SampleWorkflow, UnknownInput> {
        let mut nodes = self.nodes.clone();
        let mut set = |input: &NodeInput, value: Value| -> Result<(), UnknownInput> {
            self.find(input)?;
            if let Some(slot) = nodes.get_mut(&input.node).and_then(|node| node["inputs"].get_mut(&input.input)) {
                *slot = value;
            }
            Ok(())
        };
        let varied = |input: &NodeInput| variations.iter().any(|variation| variation.input == *input);
        let mut seeded = None;
        for input in self.seed_inputs(seed_inputs).iter().filter(|input| !varied(input)) {
            set(input, seed.into())?;
            seeded = Some(seed);
        }
        for variation in variations {
            let turn = index as usize % variation.values.len().max(1);
            if let Some(value) = variation.values.get(turn) {
                set(&variation.input, value.clone())?;
            }
        }
        Ok(SampleWorkflow { workflow: Value::Object(nodes), seed: seeded })
    }

    pub fn find(&self, input: &NodeInput) -> Result<(), UnknownInput> {
        let NodeInput { node: id, input: name } = input;
        let Some(node) = self.nodes.get(id) else {
            let what = format!("the workflow has no node `{id}`");
            let help = did_you_mean(id, self.nodes.keys().map(String::as_str));
            return Err(UnknownInput { key: "node", what, help });
        };
        let inputs = node.get("inputs").and_then(Value::as_object);
        if inputs.is_some_and(|inputs| inputs.contains_key(name)) {
            return Ok(());
        }
        let what = match node.get("class_type").and_then(Value::as_str) {
            Some(class) => format!("node `{id}` ({class}) has no input `{name}`"),
            None => format!("node `{id}` has no input `{name}`"),
        };
        let known = inputs.into_iter().flat_map(|inputs| inputs.keys().map(String::as_str));
        Err(UnknownInput { key: "input", what, help: did_you_mean(name, known) })
    }

    /// Why the workflow cannot be submitted unchanged. None if it can.
    ///
    /// An integer beyond 64 bits would be rounded. No node of ComfyUI itself takes one.
    pub fn not_submittable(&self) -> Option<Diagnostic> {
        let span = self.places.wide_integer.clone()?;
        let what = format!("`{}` does not fit in 64 bits, so it cannot be submitted", &self.file.text[span.clone()]);
        Some(Diagnostic::of(Kind::OutOfRange, what).at(&self.file, span).help("use a smaller number"))
    }

    fn seed_inputs(&self, named: Option<&[NodeInput]>) -> Vec<NodeInput> {
        if let Some(inputs) = named {
            return inputs.to_vec();
        }
        let of_node = |(id, node): (&String, &Value)| {
            let holds_integer = |name: &&str| node["inputs"][name].is_i64() || node["inputs"][name].is_u64();
            let input = |name: &str| NodeInput { node: id.clone(), input: name.to_owned() };
            ["seed", "noise_seed"].into_iter().filter(holds_integer).map(input).collect::<Vec<_>>()
        };
        self.nodes.iter().flat_map(of_node).collect()
    }
}
