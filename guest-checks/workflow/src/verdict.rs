//! What ComfyUI answers to a workflow: its algorithm, from descriptions of its classes alone.

mod error;
mod link;
mod literal;
mod walk;

pub use error::{Cause, Exception, NodeError, Problem};
pub(crate) use link::output_place;
pub(crate) use literal::unwrapped;

use crate::class::{Class, Classes};
use crate::graph::{Breakage, Graph, Node};
use crate::json::Value;
use crate::python::to_str;
use crate::replacement::Replacements;
use std::rc::Rc;
use walk::Checked;

/// What ComfyUI answers to a workflow.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Why it refuses the workflow; none if it accepts it.
    pub refusal: Option<Refusal>,
    /// The ids of the output nodes that it would carry out, in the order of the workflow.
    pub good_outputs: Vec<Rc<str>>,
    /// Its errors by node, also where it accepts the workflow and leaves out some outputs. Nodes in the order of the
    /// workflow; the errors of a node in the declared order of its inputs.
    pub node_errors: Vec<(Rc<str>, Vec<NodeError>)>,
    /// How many nodes the longest chain of links has that was followed. From about a thousand on, Python's recursion
    /// limit may make ComfyUI refuse a workflow; the exact number depends on its version, and is not modelled.
    pub deepest: usize,
}

/// Why ComfyUI refuses a workflow.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// It breaks: HTTP 500, without a word.
    Breaks(Breakage),
    /// A node has no class, or one that is not installed. ComfyUI names the first one only.
    MissingNodeType {
        /// The node's id.
        node: Rc<str>,
        /// Its class, as Python prints it; none if it has none.
        class: Option<Rc<str>>,
        /// Its title; none if it has none.
        title: Option<Rc<str>>,
    },
    /// There is no output node, or none that was asked for.
    NoOutputs,
    /// Every output node has an error, or depends on one.
    OutputsFailed,
}

impl Refusal {
    /// ComfyUI's word for it; `http_500`, where it breaks, is ours.
    #[must_use]
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::Breaks(_) => "http_500",
            Self::MissingNodeType { .. } => "missing_node_type",
            Self::NoOutputs => "prompt_no_outputs",
            Self::OutputsFailed => "prompt_outputs_failed_validation",
        }
    }
}

impl Verdict {
    /// Whether ComfyUI accepts the workflow: at least one output would be carried out.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.refusal.is_none()
    }

    fn refused(refusal: Refusal) -> Self {
        Self { refusal: Some(refusal), ..Self::default() }
    }
}

/// A workflow whose classes are all installed, after replacements.
#[derive(Debug)]
pub struct Resolved {
    /// Its nodes.
    pub graph: Graph,
    /// The class of each node, at the node's place.
    pub classes: Vec<Rc<Class>>,
    /// The places of the output nodes that are asked for, in order.
    pub outputs: Vec<usize>,
}

/// What ComfyUI answers to a workflow, and the workflow as it then stands; that is none if ComfyUI did not come so far
/// as to look at its nodes' inputs.
///
/// `targets` are the ids of the output nodes that are asked for (`partial_execution_targets`); all, if none are given.
/// The time is linear in the workflow's size, and no native recursion follows its links.
pub fn judge(
    prompt: &Value,
    classes: &Classes<'_>,
    replacements: &Replacements,
    targets: Option<&[String]>,
) -> (Verdict, Option<Resolved>) {
    match resolve(prompt, classes, replacements, targets) {
        Ok(resolved) => {
            let Checked { good_outputs, node_errors, deepest } = walk::check(&resolved);
            let refusal = good_outputs.is_empty().then_some(Refusal::OutputsFailed);
            (Verdict { refusal, good_outputs, node_errors, deepest }, Some(resolved))
        }
        Err(refusal) => (Verdict::refused(refusal), None),
    }
}

/// Everything that ComfyUI looks at before the nodes' inputs.
fn resolve(
    prompt: &Value,
    classes: &Classes<'_>,
    replacements: &Replacements,
    targets: Option<&[String]>,
) -> Result<Resolved, Refusal> {
    let mut graph = Graph::read(prompt).map_err(Refusal::Breaks)?;
    replacements.apply(&mut graph, classes).map_err(Refusal::Breaks)?;
    let mut resolved = Vec::with_capacity(graph.nodes().len());
    let mut outputs = Vec::new();
    for (place, node) in graph.nodes().iter().enumerate() {
        let class = node.class_name().and_then(|name| classes.class(name)).ok_or_else(|| missing(node))?;
        let is_asked_for = targets.is_none_or(|targets| targets.iter().any(|target| **target == *node.id));
        if class.is_output && is_asked_for {
            outputs.push(place);
        }
        resolved.push(class);
    }
    if outputs.is_empty() {
        return Err(Refusal::NoOutputs);
    }
    Ok(Resolved { graph, classes: resolved, outputs })
}

/// Why a node has no class. To say so, ComfyUI reads its title, and breaks if `_meta` is no object.
fn missing(node: &Node) -> Refusal {
    if node.meta.as_ref().is_some_and(|meta| meta.object().is_none()) {
        return Refusal::Breaks(Breakage::on(
            &node.id,
            "the class is missing, and the node's `_meta` is not an object",
        ));
    }
    Refusal::MissingNodeType {
        node: Rc::clone(&node.id),
        class: node.class_type.as_ref().filter(|class| !matches!(class, Value::Null)).map(|class| to_str(class).into()),
        title: node.title().map(Rc::from),
    }
}
