//! A workflow in API format.

use crate::json::{Object, Value};
use comfycheck_packs::Version;
use std::rc::Rc;

/// The nodes of a workflow, in its order.
#[derive(Clone, Debug)]
pub struct ApiGraph {
    nodes: Vec<ApiNode>,
    /// The workflow, to find nodes by id.
    prompt: Rc<Object>,
    nothing: Object,
}

#[derive(Clone, Debug)]
pub struct ApiNode {
    /// Its key in the workflow.
    pub id: Rc<str>,
    /// Any value but a list or an object.
    pub class_type: Option<Value>,
    pub inputs: Option<Rc<Object>>,
    /// Its `inputs` if they are not an object, which versions without node replacements read anyway.
    pub odd_inputs: Option<Value>,
    /// Its `_meta`, of any type.
    pub meta: Option<Value>,
}

impl ApiNode {
    #[must_use]
    pub fn title(&self) -> Option<&str> {
        self.meta.as_ref()?.get("title")?.text()
    }

    /// Its `class_type`, if that is a text.
    #[must_use]
    pub fn class_name(&self) -> Option<&str> {
        self.class_type.as_ref()?.text()
    }

    #[must_use]
    pub fn input(&self, name: &str) -> Option<&Value> {
        self.inputs.as_ref()?.get(name)
    }
}

/// Why ComfyUI answers a workflow with HTTP 500.
#[derive(Clone, Debug, PartialEq)]
pub struct InternalError {
    /// None if the cause is the workflow as a whole.
    pub node: Option<Rc<str>>,
    pub why: String,
}

impl InternalError {
    pub fn on(node: &Rc<str>, why: impl Into<String>) -> Self {
        Self { node: Some(Rc::clone(node)), why: why.into() }
    }
}

/// The first version that replaces nodes. It reads the inputs of every node and fails if they are not an object.
pub const REPLACES_NODES: Version = Version(0, 14, 0);

impl ApiGraph {
    /// Reads a workflow as a version of ComfyUI does.
    pub fn read(prompt: &Value, version: Version) -> Result<Self, InternalError> {
        let Value::Object(prompt) = prompt else {
            let kind = match prompt {
                Value::Null => "null",
                Value::Bool(_) => "a boolean",
                Value::Int(_) | Value::Float(_) => "a number",
                Value::Text(_) => "a string",
                Value::List(_) | Value::Object(_) => "a list",
            };
            return Err(InternalError { node: None, why: format!("the workflow is {kind}, not an object of nodes") });
        };
        let nodes = prompt.entries().iter().map(|(id, node)| {
            let Some(node) = node.object() else { return Err(InternalError::on(id, "the node is not an object")) };
            let (inputs, odd_inputs) = match node.get("inputs") {
                None => (None, None),
                Some(Value::Object(inputs)) => (Some(Rc::clone(inputs)), None),
                Some(odd) if version < REPLACES_NODES => (None, Some(odd.clone())),
                Some(_) => return Err(InternalError::on(id, "its `inputs` are not an object")),
            };
            let class_type = node.get("class_type").cloned();
            if matches!(class_type, Some(Value::List(_) | Value::Object(_))) {
                return Err(InternalError::on(id, "its `class_type` is not a string"));
            }
            Ok(ApiNode { id: Rc::clone(id), class_type, inputs, odd_inputs, meta: node.get("_meta").cloned() })
        });
        Ok(Self { nodes: nodes.collect::<Result<_, _>>()?, prompt: Rc::clone(prompt), nothing: Object::default() })
    }

    #[must_use]
    pub fn nodes(&self) -> &[ApiNode] {
        &self.nodes
    }

    /// An object without members.
    pub(crate) fn nothing(&self) -> &Object {
        &self.nothing
    }

    pub(crate) fn nodes_mut(&mut self) -> &mut [ApiNode] {
        &mut self.nodes
    }

    /// The index of a node in [`Self::nodes`].
    #[must_use]
    pub fn position(&self, id: &str) -> Option<usize> {
        self.prompt.position(id)
    }
}
