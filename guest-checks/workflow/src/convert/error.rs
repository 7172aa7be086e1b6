//! Why a workflow is not converted.

use std::collections::HashMap;

/// A node whose class is not installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingClass {
    /// The class.
    pub class: String,
    /// The id of the node in API format.
    pub node: String,
}

/// Why a workflow is not converted. Nodes are named by their id in API format.
#[derive(Debug, thiserror::Error)]
pub enum ConvertError {
    /// The text is no JSON, or nested deeper than any workflow.
    #[error("the workflow is not valid JSON")]
    NotJson(#[source] serde_json::Error),
    /// The JSON is no workflow of the editor's.
    #[error("the workflow is not in the editor's format: it has no list of `nodes`")]
    NotUiFormat,
    /// Nodes are of classes that are not installed, so that nothing tells the names of their inputs. At least
    /// one, in the order of the nodes.
    #[error("{}", missing_classes(.0))]
    MissingClasses(Vec<MissingClass>),
    /// A node is a group of nodes, as editors had before they had subgraphs.
    #[error("node `{node}` (`{class}`) is a group node, which is not converted")]
    GroupNode {
        /// The node.
        node: String,
        /// Its type.
        class: String,
    },
    /// Whether a class is installed cannot be told.
    #[error("cannot tell what node class `{class}` is: {why}")]
    ClassNotTold {
        /// The class.
        class: String,
        /// What its source said.
        why: String,
    },
    /// What is told of a class is no description of one.
    #[error("the description of node class `{class}` is not one of ComfyUI's")]
    ClassNotUnderstood {
        /// The class.
        class: String,
    },
    /// Two nodes of one graph have the same id.
    #[error("two nodes have the id `{node}`")]
    RepeatedId {
        /// The id.
        node: String,
    },
    /// A subgraph contains itself.
    #[error("the subgraph `{subgraph}` contains itself")]
    Recursion {
        /// Its name.
        subgraph: String,
    },
    /// Subgraphs are nested too deeply.
    #[error("the subgraph `{subgraph}` is nested more than {limit} deep")]
    TooDeep {
        /// Its name.
        subgraph: String,
        /// How deep subgraphs may be nested.
        limit: usize,
    },
    /// The workflow is too large once its subgraphs are written out.
    #[error("the workflow has more than {limit} nodes once its subgraphs are written out")]
    TooManyNodes {
        /// How many it may have.
        limit: usize,
    },
    /// The workflow is too large once its subgraphs are written out.
    #[error("the workflow is too large once its subgraphs are written out")]
    TooLarge,
    /// Links run in a circle in which nothing is submitted.
    #[error("the link into input `{input}` of node `{node}` has no end")]
    EndlessLinks {
        /// The node.
        node: String,
        /// Its input.
        input: String,
    },
    /// A value is made by the editor when it submits.
    #[error("input `{input}` of node `{node}` (`{class}`) is captured by the editor when it submits")]
    Captured {
        /// The node.
        node: String,
        /// Its class.
        class: String,
        /// The input.
        input: String,
    },
    /// An input grows into widgets, and the file does not tell which of its values are theirs.
    #[error("input `{input}` of node `{node}` (`{class}`) grows into widgets whose number the file does not tell")]
    UntoldInputs {
        /// The node.
        node: String,
        /// Its class.
        class: String,
        /// The input.
        input: String,
    },
    /// An instance of a subgraph says another value than the node within, in a file of an editor for which it
    /// is not known which of the two counts.
    #[error("input `{input}` of subgraph node `{node}` has another value than the node within")]
    Disputed {
        /// The instance.
        node: String,
        /// The input.
        input: String,
    },
}

impl ConvertError {
    /// What to do about it: a fragment without a period.
    pub fn help(&self) -> &'static str {
        match self {
            Self::NotJson(_) | Self::NotUiFormat => "save the workflow from ComfyUI's editor again",
            Self::MissingClasses(_) => {
                "install the packs that provide them, or export the workflow in API format where they are installed"
            }
            Self::GroupNode { .. } => "convert the group node to a subgraph in ComfyUI's editor",
            Self::ClassNotTold { .. } | Self::ClassNotUnderstood { .. } => {
                "save the server's /object_info anew and give it with --object-info"
            }
            Self::RepeatedId { .. } | Self::EndlessLinks { .. } | Self::Disputed { .. } => {
                "open the workflow in ComfyUI's editor, save it there, and try again"
            }
            Self::Recursion { .. } | Self::TooDeep { .. } | Self::TooManyNodes { .. } | Self::TooLarge => {
                "unpack some of its subgraphs in ComfyUI's editor"
            }
            Self::Captured { .. } | Self::UntoldInputs { .. } => {
                "export the workflow in API format from ComfyUI's editor"
            }
        }
    }
}

/// How many classes a message names.
const NAMED: usize = 10;

/// The classes, each once, with the nodes that need it.
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
    format!("node classes are not installed: {}", named.join(", "))
}
