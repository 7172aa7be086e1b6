//! Why a workflow cannot be converted.

use std::collections::HashMap;

/// A node whose class is not installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingClass {
    pub class: String,
    /// The id of the node in API format.
    pub node: String,
}

/// Why a workflow cannot be converted. Nodes are named by their id in API format.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    #[error("the file is not valid JSON")]
    NotJson(#[source] serde_json::Error),
    #[error("the file is not in the editor's format: it has no list of `nodes`")]
    NotEditorFormat,
    /// Without the class, the names of the inputs are unknown. At least one, in the order of the nodes.
    #[error("{}", missing_classes(.0))]
    MissingClasses(Vec<MissingClass>),
    #[error("node `{node}` is an instance of subgraph `{subgraph}`, and the file has no definition of it")]
    MissingSubgraph { node: String, subgraph: String },
    /// It has no definition, lies in a subgraph, or was changed since it was defined.
    #[error("group node `{node}` (`{class}`) does not fit a definition in the file")]
    GroupNode { node: String, class: String },
    #[error("cannot read the description of node class `{class}`: {why}")]
    ClassUnavailable { class: String, why: String },
    #[error("the description of node class `{class}` is not valid")]
    InvalidDescription { class: String },
    /// Two nodes of one graph.
    #[error("two nodes have the id `{node}`")]
    RepeatedId { node: String },
    #[error("subgraph `{subgraph}` contains itself")]
    Recursion { subgraph: String },
    #[error("subgraph `{subgraph}` is nested more than {limit} levels deep")]
    TooDeep { subgraph: String, limit: usize },
    #[error("the workflow has more than {limit} nodes after its subgraphs are expanded")]
    TooManyNodes { limit: usize },
    #[error("the workflow is too large after its subgraphs are expanded")]
    TooLarge,
    #[error("the links into input `{input}` of node `{node}` form a cycle")]
    LinkCircle { node: String, input: String },
    /// The editor makes the value on submit, so the file does not have it.
    #[error("the editor captures input `{input}` of node `{node}` (`{class}`) when it submits")]
    Captured { node: String, class: String, input: String },
    /// The saved values could belong to any of the widgets.
    #[error("the file does not store how many widgets input `{input}` of node `{node}` (`{class}`) has")]
    UnknownWidgetCount { node: String, class: String, input: String },
    /// It is unknown which of the two values the editor submits.
    #[error("subgraph node `{node}` and the node inside it have different values for input `{input}`")]
    Conflicting { node: String, input: String },
}

impl ConvertError {
    /// What to do about it.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NotJson(_) | Self::NotEditorFormat | Self::MissingSubgraph { .. } => {
                "save the workflow again in ComfyUI's editor"
            }
            Self::MissingClasses(_) => {
                "install the node packs, or choose Workflow → Export (API) in a ComfyUI that has them"
            }
            Self::GroupNode { .. } => "convert the group node to a subgraph in ComfyUI's editor",
            Self::ClassUnavailable { .. } | Self::InvalidDescription { .. } => {
                "save the inventory again: `comfycheck inventory save FILE --comfyui URL`"
            }
            Self::RepeatedId { .. } | Self::LinkCircle { .. } => {
                "open the workflow in ComfyUI's editor, save it, and try again"
            }
            Self::Recursion { .. } => "remove the subgraph from itself in ComfyUI's editor",
            Self::TooDeep { .. } | Self::TooManyNodes { .. } | Self::TooLarge => {
                "unpack some subgraphs in ComfyUI's editor"
            }
            Self::Captured { .. } | Self::UnknownWidgetCount { .. } | Self::Conflicting { .. } => {
                "in ComfyUI, choose Workflow → Export (API)"
            }
        }
    }
}

/// The most classes in a message.
const NAMED: usize = 10;

/// The classes, each once, with their nodes.
fn missing_classes(missing: &[MissingClass]) -> String {
    let mut order = Vec::new();
    let mut nodes: HashMap<&str, Vec<&str>> = HashMap::new();
    for MissingClass { class, node } in missing {
        let of_class = nodes.entry(class).or_default();
        if of_class.is_empty() {
            order.push(class.as_str());
        }
        of_class.push(node);
    }
    let mut named: Vec<String> = Vec::new();
    for class in order.iter().take(NAMED) {
        named.push(match nodes[class].as_slice() {
            [node] => format!("`{class}` (node `{node}`)"),
            of_class => format!("`{class}` (node `{}` and {} more)", of_class[0], of_class.len() - 1),
        });
    }
    if order.len() > NAMED {
        named.push(format!("and {} more", order.len() - NAMED));
    }
    let what = if order.len() == 1 { "a node class is" } else { "node classes are" };
    format!("{what} not installed: {}", named.join(", "))
}
