//! A workflow in ComfyUI's API format, parsed.

use crate::{Error, NodeRef, Subject};
use serde_json::{Map, Value};

/// A workflow in API format: nodes by id, in the order of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Workflow {
    nodes: Vec<Node>,
    /// The places of `nodes`, in the order of their ids.
    by_id: Vec<usize>,
}

/// A node of a workflow.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The key in the workflow, an opaque string.
    pub id: String,
    /// None if the node has no `class_type`: it was exported by a ComfyUI without its pack.
    pub class: Option<String>,
    pub title: Option<String>,
    /// As written, in the order of the file.
    pub inputs: Map<String, Value>,
}

/// The value of an input.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Input<'a> {
    /// The output `slot` of another node.
    Link {
        node: &'a str,
        slot: i64,
    },
    Literal(&'a Value),
}

/// A text is not a workflow in API format.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkflowError(String);

impl std::fmt::Display for WorkflowError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WorkflowError {}

impl Workflow {
    /// The suite's workflow, from the host. `not-applicable` if it is not in API format.
    pub fn of_suite() -> Result<Self, Error> {
        let json = crate::workflow_source::api_json()
            .ok_or_else(|| Error::NotApplicable("the workflow is not in API format".into()))?;
        Self::parse(&json).map_err(|err| Error::Inconclusive(err.to_string()))
    }

    /// Parses a workflow in API format.
    ///
    /// As lenient as ComfyUI: `class_type` and `inputs` may be absent. Every node must be an
    /// object, and so must `inputs`.
    pub fn parse(json: &str) -> Result<Self, WorkflowError> {
        let nodes: Map<String, Value> =
            serde_json::from_str(json).map_err(|err| WorkflowError(format!("not a JSON object: {err}")))?;
        let node = |(id, node): (String, Value)| {
            let Value::Object(mut node) = node else {
                return Err(WorkflowError(format!("node `{id}` is not an object")));
            };
            let inputs = match node.remove("inputs") {
                None => Map::new(),
                Some(Value::Object(inputs)) => inputs,
                Some(_) => return Err(WorkflowError(format!("the inputs of node `{id}` are not an object"))),
            };
            let text = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
            Ok(Node {
                class: text(node.get("class_type")),
                title: text(node.get("_meta").and_then(|meta| meta.get("title"))),
                id,
                inputs,
            })
        };
        let nodes: Vec<Node> = nodes.into_iter().map(node).collect::<Result<_, _>>()?;
        let mut by_id: Vec<usize> = (0..nodes.len()).collect();
        by_id.sort_unstable_by(|a, b| nodes[*a].id.cmp(&nodes[*b].id));
        Ok(Self { nodes, by_id })
    }

    /// All nodes, in the order of the file.
    pub fn nodes(&self) -> impl Iterator<Item = &Node> {
        self.nodes.iter()
    }

    /// The node with this id.
    #[must_use]
    pub fn node(&self, id: &str) -> Option<&Node> {
        let at = self.by_id.binary_search_by(|at| self.nodes[*at].id.as_str().cmp(id)).ok()?;
        self.nodes.get(self.by_id[at])
    }
}

impl Node {
    /// The value of one of its inputs. As in ComfyUI's executor, an array of a string and an
    /// integer is a link.
    #[must_use]
    pub fn input(&self, name: &str) -> Option<Input<'_>> {
        self.inputs.get(name).map(|value| match value.as_array().map(Vec::as_slice) {
            Some([Value::String(node), slot]) if slot.is_i64() => {
                Input::Link { node, slot: slot.as_i64().unwrap_or_default() }
            }
            _ => Input::Literal(value),
        })
    }

    /// The ids of the nodes that its inputs link to, in the order of the inputs and with
    /// repetitions. They need not exist.
    pub fn links(&self) -> impl Iterator<Item = &str> {
        self.inputs.keys().filter_map(|input| match self.input(input)? {
            Input::Link { node, .. } => Some(node),
            Input::Literal(_) => None,
        })
    }

    /// The value of one of its inputs, if it is a text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.inputs.get(name).and_then(Value::as_str)
    }

    /// The node, or one of its inputs, as the subject of a finding.
    #[must_use]
    pub fn subject(&self, input: Option<&str>) -> Subject {
        Subject::Node(NodeRef { id: self.id.clone(), input: input.map(str::to_owned) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_keep_their_order_and_links_differ_from_literals() {
        let workflow = Workflow::parse(
            r#"{"10": {"class_type": "VAEDecode", "inputs": {"vae": ["12", 2], "tiled": ["a", "b"], "samples": ["9", 0]}, "_meta": {"title": "Decode"}},
                "9": {"inputs": {"seed": 18446744073709551615, "name": "x"}}}"#,
        )
        .expect("a workflow");
        let ids: Vec<_> = workflow.nodes().map(|node| node.id.as_str()).collect();
        assert_eq!(ids, ["10", "9"]);
        let decode = workflow.node("10").expect("node 10");
        assert_eq!(decode.title.as_deref(), Some("Decode"));
        assert_eq!(decode.input("samples"), Some(Input::Link { node: "9", slot: 0 }));
        assert!(matches!(decode.input("tiled"), Some(Input::Literal(Value::Array(_)))));
        assert_eq!(decode.input("mask"), None);
        assert_eq!(decode.links().collect::<Vec<_>>(), ["12", "9"]);
        let unnamed = workflow.node("9").expect("node 9");
        assert_eq!((unnamed.class.as_deref(), unnamed.text("name")), (None, Some("x")));
    }

    #[test]
    fn text_that_is_not_a_workflow_is_refused() {
        let errors =
            [("array", "[]"), ("node is a number", r#"{"3": 4}"#), ("inputs are an array", r#"{"3": {"inputs": []}}"#)]
                .map(|(name, json)| format!("{name}: {}", Workflow::parse(json).expect_err(name)));
        let errors = errors.join("\n");
        insta::assert_snapshot!(errors);
    }
}
