//! The workflow of one sample.

use super::Workflow;
use crate::diagnostic::{Diagnostic, Kind};
use crate::json_text::{JsonText, Template};
use crate::nearest::did_you_mean;
use serde_json::Value;
use std::sync::Arc;

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

/// The workflows of samples, which differ in their seed and in varied inputs.
#[derive(Clone, Debug)]
pub struct SampleWorkflows {
    template: Template,
    /// In order of their place.
    gaps: Vec<Gap>,
}

/// What an input of a sample holds.
#[derive(Clone, Debug)]
enum Gap {
    Seed,
    /// As JSON. Sample `i` takes value `i mod n`.
    Values(Vec<Arc<str>>),
}

impl SampleWorkflows {
    /// The workflow of sample `index`: a JSON object in API format, with nodes and inputs in the order of the file. And the
    /// seed in it; none if it has no input for a seed.
    pub fn sample(&self, seed: u64, index: u32) -> (JsonText, Option<u64>) {
        let value = |gap: &Gap| match gap {
            Gap::Seed => seed.to_string().into(),
            Gap::Values(values) => Arc::clone(&values[index as usize % values.len()]),
        };
        let seeded = self.gaps.iter().any(|gap| matches!(gap, Gap::Seed));
        (self.template.fill(self.gaps.iter().map(value)), seeded.then_some(seed))
    }
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
    /// The workflows of samples.
    ///
    /// - Each variation sets its value `index mod n`. It has at least one.
    /// - The seed of a sample is set in `seed_inputs`, else in every integer input called `seed` or `noise_seed`. If such an
    ///   input is linked to a node that only holds a number for seeds, that number is set. A variation of the same input wins.
    ///   In `seed_inputs`, a link to another node is replaced.
    /// - All other numbers stay: integers of up to 64 bits exactly, others as the nearest double in its shortest form.
    pub fn vary(
        &self,
        variations: &[Variation],
        seed_inputs: Option<&[NodeInput]>,
    ) -> Result<SampleWorkflows, UnknownInput> {
        let seeds = self.seed_inputs(seed_inputs).into_iter().map(|input| (input, Gap::Seed));
        let varied = variations.iter().filter(|variation| !variation.values.is_empty()).map(|variation| {
            let values = variation.values.iter().map(|value| value.to_string().into()).collect();
            (variation.input.clone(), Gap::Values(values))
        });
        let mut nodes = Value::Object(self.nodes.clone());
        let mark = absent_from(&nodes.to_string());
        let mut gaps = Vec::new();
        for (input, gap) in seeds.chain(varied) {
            self.find(&input)?;
            // The last gap of an input wins: its mark replaces an earlier one.
            if let Some(slot) = nodes[&input.node]["inputs"].get_mut(&input.input) {
                *slot = Value::String(format!("{mark}{}", gaps.len()));
            }
            gaps.push(gap);
        }
        let text = nodes.to_string();
        let place = |(number, gap)| {
            let marked = format!("\"{mark}{number}\"");
            let start = text.find(&marked)?;
            Some((start..start + marked.len(), gap))
        };
        let mut placed: Vec<_> = gaps.into_iter().enumerate().filter_map(place).collect();
        placed.sort_by_key(|(range, _)| range.start);
        let (ranges, gaps): (Vec<_>, _) = placed.into_iter().unzip();
        Ok(SampleWorkflows { template: Template::without(&text, ranges), gaps })
    }

    /// The inputs in which [`Workflow::vary`] makes samples differ.
    pub fn varied_inputs(&self, variations: &[Variation], seed_inputs: Option<&[NodeInput]>) -> Vec<NodeInput> {
        let mut inputs = self.seed_inputs(seed_inputs);
        inputs.extend(variations.iter().map(|variation| variation.input.clone()));
        inputs
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
            let seed = |name: &str| {
                let value = node.get("inputs")?.get(name)?;
                if is_integer(value) {
                    return Some(NodeInput { node: id.clone(), input: name.to_owned() });
                }
                self.held_seed(value.get(0)?.as_str()?)
            };
            SEEDS.into_iter().filter_map(seed).collect::<Vec<_>>()
        };
        let mut inputs: Vec<NodeInput> = Vec::new();
        for input in self.nodes.iter().flat_map(of_node) {
            if !inputs.contains(&input) {
                inputs.push(input);
            }
        }
        inputs
    }

    /// The number that a node such as a primitive holds for seeds: its one input, beside the editor's control of it. None if other
    /// inputs are linked to it, too.
    fn held_seed(&self, id: &str) -> Option<NodeInput> {
        const CONTROL: &str = "control_after_generate";
        let inputs = self.nodes.get(id)?.get("inputs")?.as_object()?;
        let mut inputs = inputs.iter().filter(|(name, _)| *name != CONTROL);
        let (name, _) = inputs.next().filter(|(_, value)| is_integer(value))?;
        if inputs.next().is_some() {
            return None;
        }
        let links = self.nodes.values().filter_map(|node| node.get("inputs")?.as_object()).flatten();
        let mut linked = links.filter(|(_, value)| value.get(0).and_then(Value::as_str) == Some(id));
        linked
            .all(|(reader, _)| SEEDS.contains(&reader.as_str()))
            .then(|| NodeInput { node: id.to_owned(), input: name.clone() })
    }
}

/// A word that a text does not contain.
fn absent_from(text: &str) -> String {
    let mut word = "gap-".to_owned();
    while text.contains(&word) {
        word.push('-');
    }
    word
}

/// The names of inputs for a seed.
const SEEDS: [&str; 2] = ["seed", "noise_seed"];

fn is_integer(value: &Value) -> bool {
    value.is_i64() || value.is_u64()
}
