//! A workflow in API format.

use crate::json::{Object, Value};
use std::rc::Rc;

/// The nodes of a workflow, in its order.
#[derive(Clone, Debug)]
pub struct ApiGraph {
    nodes: Vec<ApiNode>,
    /// The workflow, to find nodes by id.
    prompt: Rc<Object>,
}

#[derive(Clone, Debug)]
pub struct ApiNode {
    /// Its key in the workflow.
    pub id: Rc<str>,
    /// Any value but a list or an object.
    pub class_type: Option<Value>,
    pub inputs: Option<Rc<Object>>,
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

impl ApiGraph {
    pub fn read(prompt: &Value) -> Result<Self, InternalError> {
        let Value::Object(prompt) = prompt else {
            return Err(InternalError { node: None, why: "the workflow is not an object".into() });
        };
        let nodes = prompt.entries().iter().map(|(id, node)| {
            let Some(node) = node.object() else { return Err(InternalError::on(id, "the node is not an object")) };
            let inputs = match node.get("inputs") {
                None => None,
                Some(Value::Object(inputs)) => Some(Rc::clone(inputs)),
                Some(_) => return Err(InternalError::on(id, "its `inputs` are not an object")),
            };
            let class_type = node.get("class_type").cloned();
            if matches!(class_type, Some(Value::List(_) | Value::Object(_))) {
                return Err(InternalError::on(id, "its `class_type` is not a string"));
            }
            Ok(ApiNode { id: Rc::clone(id), class_type, inputs, meta: node.get("_meta").cloned() })
        });
        Ok(Self { nodes: nodes.collect::<Result<_, _>>()?, prompt: Rc::clone(prompt) })
    }

    #[must_use]
    pub fn nodes(&self) -> &[ApiNode] {
        &self.nodes
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
