//! What a conversion left out, added or decided.

use comfycheck_sdk::wording;
use std::fmt;

/// A difference between the conversion and the file. Nodes are named by their id in API format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    Muted {
        node: String,
    },
    Bypassed {
        node: String,
    },
    /// The node `from` is left out or does not exist.
    DroppedLink {
        node: String,
        input: String,
        from: String,
    },
    /// The linked primitive has a value, but the input is not a widget in the installed class.
    DroppedValue {
        node: String,
        input: String,
    },
    /// The file has no value for a widget.
    DefaultValue {
        node: String,
        input: String,
    },
    /// The file has more values than the installed class has widgets: it may be from another version.
    SurplusValues {
        node: String,
        values: usize,
    },
    /// Values of widgets that only the pack's code in the editor knows: the class can read what it does not declare.
    LostValues {
        node: String,
        values: usize,
    },
    /// A value has the wrong type or another name in the file, which may be from another version of the class.
    MisplacedValue {
        node: String,
        input: String,
    },
    /// Comments, escapes, or braces around a single alternative are resolved.
    ResolvedPrompt {
        node: String,
        input: String,
    },
    /// A file name contains placeholders such as `%date:yyyy%` or `%Sampler.seed%`.
    Placeholders {
        node: String,
        input: String,
    },
    /// A prompt contains alternatives such as `{red|green}`. The conversion keeps them.
    Alternatives {
        node: String,
        input: String,
    },
    /// The class `from` is not installed, and ComfyUI replaces it by `to`.
    Replaced {
        node: String,
        from: String,
        to: String,
    },
    /// The node `from` broadcasts to this input.
    BroadcastLink {
        node: String,
        input: String,
        from: String,
    },
    /// Several nodes broadcast to this input, and none wins.
    AmbiguousBroadcast {
        node: String,
        input: String,
    },
    /// A node broadcasts to a selection of nodes that cannot be evaluated.
    Broadcast {
        node: String,
    },
    /// Nodes of subgraphs got new ids.
    Renumbered {
        nodes: usize,
    },
}

impl Note {
    /// Whether the editor may submit something else, because of chance, its clock, or another version of a class.
    pub fn is_doubt(&self) -> bool {
        match self {
            Self::Muted { .. }
            | Self::Bypassed { .. }
            | Self::DroppedLink { .. }
            | Self::Renumbered { .. }
            | Self::DefaultValue { .. }
            | Self::Placeholders { .. }
            | Self::Replaced { .. }
            | Self::BroadcastLink { .. }
            // The editor gives values to widgets in order. A value that does not fit there is misplaced.
            | Self::SurplusValues { .. }
            | Self::ResolvedPrompt { .. } => false,
            Self::DroppedValue { .. }
            | Self::AmbiguousBroadcast { .. }
            | Self::Broadcast { .. }
            | Self::LostValues { .. }
            | Self::MisplacedValue { .. }
            | Self::Alternatives { .. } => true,
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Muted { node } => write!(f, "node `{node}` is muted and left out"),
            Self::Bypassed { node } => write!(f, "node `{node}` is bypassed and left out"),
            Self::DroppedLink { node, input, from } => {
                write!(f, "input `{input}` of node `{node}` loses its link: node `{from}` gives nothing")
            }
            Self::DroppedValue { node, input } => {
                write!(
                    f,
                    "the value of input `{input}` of node `{node}` is left out: the installed class takes only a link"
                )
            }
            Self::DefaultValue { node, input } => {
                write!(f, "the file has no value for input `{input}` of node `{node}`: the default is used")
            }
            Self::SurplusValues { node, values } => {
                let values = wording::count(*values, "more value");
                write!(f, "node `{node}` has {values} in the file than the installed class has widgets")
            }
            Self::LostValues { node, values } => {
                let values = wording::count(*values, "value");
                write!(f, "node `{node}` has {values} of widgets that its pack adds in the editor: they are left out")
            }
            Self::MisplacedValue { node, input } => {
                write!(f, "the value of input `{input}` of node `{node}` may belong to another input")
            }
            Self::ResolvedPrompt { node, input } => {
                write!(f, "comments or braces in input `{input}` of node `{node}` are resolved")
            }
            Self::Placeholders { node, input } => {
                write!(f, "input `{input}` of node `{node}` has placeholders that only the editor replaces")
            }
            Self::Alternatives { node, input } => {
                write!(f, "input `{input}` of node `{node}` has alternatives: the editor picks one at random")
            }
            Self::Replaced { node, from, to } => {
                write!(f, "node `{node}` gets class `{to}`: ComfyUI replaces `{from}`")
            }
            Self::BroadcastLink { node, input, from } => {
                write!(f, "node `{from}` broadcasts to input `{input}` of node `{node}`")
            }
            Self::AmbiguousBroadcast { node, input } => {
                write!(f, "several nodes broadcast to input `{input}` of node `{node}`: it stays unlinked")
            }
            Self::Broadcast { node } => {
                write!(f, "node `{node}` broadcasts by group, color or pattern: its links are left out")
            }
            Self::Renumbered { nodes } => {
                let nodes = wording::count(*nodes, "node");
                write!(f, "{nodes} in subgraphs got new ids: other nodes have the same ones")
            }
        }
    }
}
