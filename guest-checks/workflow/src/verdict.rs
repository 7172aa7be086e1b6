//! ComfyUI's verdict on a workflow, computed from the descriptions of its classes.

mod error;
mod link;
mod literal;
mod walk;

pub use error::{Cause, Cycle, Exception, NodeError, Problem};
pub(crate) use link::{output_place, takes as takes_link};
pub(crate) use literal::{accepts_unlisted, check as check_literal, unwrapped};

use crate::api_graph::{ApiGraph, ApiNode, InternalError};
use crate::class::{Class, Classes};
use crate::json::Value;
use crate::python::to_str;
use crate::replacement::Replacements;
use comfycheck_packs::Version;
use std::collections::BTreeSet;
use std::rc::Rc;
use walk::WalkResult;

/// ComfyUI's answer to a workflow.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// None if ComfyUI accepts the workflow.
    pub refusal: Option<Refusal>,
    /// The ids of the output nodes that it runs, in the order of the workflow.
    pub good_outputs: Vec<Rc<str>>,
    /// The ids of the others.
    pub skipped_outputs: Vec<Rc<str>>,
    /// The errors of each node, in the order of the workflow and of the declared inputs. There can be some even if
    /// ComfyUI accepts the workflow: it skips the outputs that depend on these nodes.
    pub node_errors: Vec<(Rc<str>, Vec<NodeError>)>,
    /// The length of the longest chain of links in nodes. ComfyUI may refuse a chain of about a thousand nodes:
    /// Python's recursion limit, which differs between versions, is not modelled.
    pub deepest: usize,
    /// Cycles that ComfyUI refuses without an error about their nodes, as versions before 0.20 do.
    pub unnamed_cycles: Vec<Cycle>,
}

/// Why ComfyUI refuses a workflow.
#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    /// HTTP 500 without an explanation.
    InternalError(InternalError),
    /// A node has no class, or one that is not installed. ComfyUI names only the first.
    MissingNodeType {
        node: Rc<str>,
        /// As Python prints it.
        class: Option<Rc<str>>,
        title: Option<Rc<str>>,
        /// The version of ComfyUI, which decides the error type.
        version: Version,
    },
    /// No node, or no target, is an output.
    NoOutputs,
    /// Every output has an error or depends on a node with one.
    OutputsFailed,
}

impl Refusal {
    /// ComfyUI's `type` of the error; `http_500`, for an internal error, is our word.
    #[must_use]
    pub fn error_type(&self) -> &'static str {
        match self {
            Self::InternalError(_) => "http_500",
            Self::MissingNodeType { version, .. } if *version < Version(0, 12, 0) => "invalid_prompt",
            Self::MissingNodeType { .. } => "missing_node_type",
            Self::NoOutputs => "prompt_no_outputs",
            Self::OutputsFailed => "prompt_outputs_failed_validation",
        }
    }
}

impl Verdict {
    /// Whether ComfyUI accepts the workflow: it runs at least one output.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.refusal.is_none()
    }

    fn refused(refusal: Refusal) -> Self {
        Self { refusal: Some(refusal), ..Self::default() }
    }
}

/// A workflow after node replacements whose classes are all installed.
#[derive(Debug)]
pub struct ResolvedWorkflow {
    pub graph: ApiGraph,
    /// The class of each node, in the order of the nodes.
    pub classes: Vec<Rc<Class>>,
    /// The indices of the output nodes to run.
    pub outputs: Vec<usize>,
    /// The version of ComfyUI whose rules apply.
    pub version: Version,
    /// The ids of the nodes whose class ComfyUI replaced.
    pub replaced: BTreeSet<Rc<str>>,
}

/// Computes the verdict on a workflow. Also returns the resolved workflow, unless ComfyUI refuses it before it checks
/// inputs.
///
/// `targets` are the ids of the output nodes to run (`partial_execution_targets`); all if none are given. The time is
/// linear in the size of the workflow, and no native recursion follows its links.
pub fn judge(
    prompt: &Value,
    classes: &Classes<'_>,
    replacements: &Replacements,
    targets: Option<&[String]>,
) -> (Verdict, Option<ResolvedWorkflow>) {
    match resolve(prompt, classes, replacements, targets) {
        Ok(resolved) => {
            let WalkResult { good_outputs, node_errors, deepest, unnamed_cycles } = walk::check(&resolved);
            let refusal = good_outputs.is_empty().then_some(Refusal::OutputsFailed);
            let good: BTreeSet<&Rc<str>> = good_outputs.iter().collect();
            let outputs = resolved.outputs.iter().map(|place| &resolved.graph.nodes()[*place].id);
            let skipped_outputs = outputs.filter(|id| !good.contains(id)).cloned().collect();
            let verdict = Verdict { refusal, good_outputs, skipped_outputs, node_errors, deepest, unnamed_cycles };
            (verdict, Some(resolved))
        }
        Err(refusal) => (Verdict::refused(refusal), None),
    }
}

/// Everything that ComfyUI checks before the inputs of nodes.
fn resolve(
    prompt: &Value,
    classes: &Classes<'_>,
    replacements: &Replacements,
    targets: Option<&[String]>,
) -> Result<ResolvedWorkflow, Refusal> {
    let mut graph = ApiGraph::read(prompt, classes.version()).map_err(Refusal::InternalError)?;
    let replaced = replacements.apply(&mut graph, classes).map_err(Refusal::InternalError)?;
    let mut resolved = Vec::with_capacity(graph.nodes().len());
    let mut outputs = Vec::new();
    for (place, node) in graph.nodes().iter().enumerate() {
        let class = node.class_name().and_then(|name| classes.class(name)).ok_or_else(|| missing(node, classes))?;
        let is_target = targets.is_none_or(|targets| targets.iter().any(|target| **target == *node.id));
        if class.is_output && is_target {
            outputs.push(place);
        }
        resolved.push(class);
    }
    if outputs.is_empty() {
        return Err(Refusal::NoOutputs);
    }
    Ok(ResolvedWorkflow { graph, classes: resolved, outputs, version: classes.version(), replaced })
}

/// Why ComfyUI refuses a node without an installed class. For the message it reads the title, and fails if `_meta` is
/// not an object.
fn missing(node: &ApiNode, classes: &Classes<'_>) -> Refusal {
    if node.meta.as_ref().is_some_and(|meta| meta.object().is_none()) {
        return Refusal::InternalError(InternalError::on(
            &node.id,
            "its class is not installed, and its `_meta` is not an object",
        ));
    }
    Refusal::MissingNodeType {
        node: Rc::clone(&node.id),
        class: node.class_type.as_ref().filter(|class| !matches!(class, Value::Null)).map(|class| to_str(class).into()),
        title: node.title().map(Rc::from),
        version: classes.version(),
    }
}
