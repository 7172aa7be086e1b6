//! A workflow in API format, as ComfyUI takes it apart.

use crate::json::{Object, Value};
use std::rc::Rc;

/// A workflow's nodes, in its order.
#[derive(Clone, Debug)]
pub struct Graph {
    nodes: Vec<Node>,
    /// The workflow as it was written, to find nodes by id.
    prompt: Rc<Object>,
}

/// A node.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its key in the workflow.
    pub id: Rc<str>,
    /// Its `class_type`; none if it has none. Any value but a list or an object.
    pub class_type: Option<Value>,
    /// Its `inputs`; none if it has none.
    pub inputs: Option<Rc<Object>>,
    /// Its `_meta`, whatever that is; none if it has none.
    pub meta: Option<Value>,
}

impl Node {
    /// What its author called it.
    #[must_use]
    pub fn title(&self) -> Option<&str> {
        self.meta.as_ref()?.get("title")?.text()
    }

    /// Its class; none if it has none that could be one.
    #[must_use]
    pub fn class_name(&self) -> Option<&str> {
        self.class_type.as_ref()?.text()
    }

    /// The value of one of its inputs.
    #[must_use]
    pub fn input(&self, name: &str) -> Option<&Value> {
        self.inputs.as_ref()?.get(name)
    }
}

/// Why ComfyUI breaks on a workflow instead of answering (HTTP 500).
#[derive(Clone, Debug, PartialEq)]
pub struct Breakage {
    /// The node that it breaks on; none if it is the workflow as a whole.
    pub node: Option<Rc<str>>,
    /// What is wrong, as a fragment of a sentence.
    pub why: String,
}

impl Breakage {
    /// A breakage on a node.
    pub fn on(node: &Rc<str>, why: impl Into<String>) -> Self {
        Self { node: Some(Rc::clone(node)), why: why.into() }
    }
}

impl Graph {
    /// Takes a workflow apart.
    pub fn read(prompt: &Value) -> Result<Self, Breakage> {
        let Value::Object(prompt) = prompt else {
            return Err(Breakage { node: None, why: "the workflow is not an object".into() });
        };
        let nodes = prompt.entries().iter().map(|(id, node)| {
            let Some(node) = node.object() else { return Err(Breakage::on(id, "the node is not an object")) };
            let inputs = match node.get("inputs") {
                None => None,
                Some(Value::Object(inputs)) => Some(Rc::clone(inputs)),
                Some(_) => return Err(Breakage::on(id, "the node's `inputs` are not an object")),
            };
            let class_type = node.get("class_type").cloned();
            if matches!(class_type, Some(Value::List(_) | Value::Object(_))) {
                return Err(Breakage::on(id, "the node's `class_type` is not a text"));
            }
            Ok(Node { id: Rc::clone(id), class_type, inputs, meta: node.get("_meta").cloned() })
        });
        Ok(Self { nodes: nodes.collect::<Result<_, _>>()?, prompt: Rc::clone(prompt) })
    }

    /// All nodes, in order.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// All nodes, to be changed.
    pub(crate) fn nodes_mut(&mut self) -> &mut [Node] {
        &mut self.nodes
    }

    /// At which place a node stands, from 0.
    #[must_use]
    pub fn position(&self, id: &str) -> Option<usize> {
        self.prompt.position(id)
    }
}
