//! What a conversion left out, added or decided.

use std::fmt;

/// Something that a conversion did and that does not stand in the file. Nodes are named by their id in API
/// format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A muted node is left out, with all that it would have given.
    Muted {
        /// The node.
        node: String,
    },
    /// A bypassed node is left out; what entered it goes where its outputs went.
    Bypassed {
        /// The node.
        node: String,
    },
    /// An input is left without a link.
    Unfed {
        /// The node.
        node: String,
        /// Its input.
        input: String,
        /// What is left out, or does not exist.
        from: String,
    },
    /// An input is given a value by its link, and is no widget in the installed class.
    NoWidget {
        /// The node.
        node: String,
        /// Its input.
        input: String,
    },
    /// The file holds no value for a widget, so that it is the default of the installed class.
    Defaulted {
        /// The node.
        node: String,
        /// Its input.
        input: String,
    },
    /// The file holds more values than the installed class has widgets: it may be of another version.
    Surplus {
        /// The node.
        node: String,
        /// How many.
        values: usize,
    },
    /// The value of a widget is of another kind than the widget's, or stands under another name in the file,
    /// as it does where the file was saved with another version of the class.
    Misplaced {
        /// The node.
        node: String,
        /// Its input.
        input: String,
    },
    /// Comments, escapes, or braces around a single alternative are resolved in a text.
    TextResolved {
        /// The node.
        node: String,
        /// Its input.
        input: String,
    },
    /// A name holds what the editor would fill in when it submits, such as `%date:yyyy%` or `%Sampler.seed%`.
    Placeholders {
        /// The node.
        node: String,
        /// Its input.
        input: String,
    },
    /// A text has alternatives such as `{red|green}`, of which the editor draws one; it is left as it stands.
    Alternatives {
        /// The node.
        node: String,
        /// Its input.
        input: String,
    },
    /// Nodes of subgraphs have ids that are not those of the file, where the file uses one twice.
    Renumbered {
        /// How many.
        nodes: usize,
    },
}

impl Note {
    /// Whether the result may differ from what the editor would submit, or the file from what its author saw:
    /// because of chance, of the editor's clock, or of a class of another version than the file's.
    pub fn is_doubt(&self) -> bool {
        match self {
            Self::Muted { .. }
            | Self::Bypassed { .. }
            | Self::Unfed { .. }
            | Self::Renumbered { .. }
            | Self::TextResolved { .. } => false,
            Self::NoWidget { .. }
            | Self::Defaulted { .. }
            | Self::Surplus { .. }
            | Self::Misplaced { .. }
            | Self::Alternatives { .. }
            | Self::Placeholders { .. } => true,
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Muted { node } => write!(f, "node `{node}` is muted and left out"),
            Self::Bypassed { node } => write!(f, "node `{node}` is bypassed and left out"),
            Self::Unfed { node, input, from } => {
                write!(f, "input `{input}` of node `{node}` loses its link, since nothing comes from node `{from}`")
            }
            Self::NoWidget { node, input } => {
                write!(f, "input `{input}` of node `{node}` takes no value in the installed class, and is left out")
            }
            Self::Defaulted { node, input } => {
                write!(f, "the file has no value for input `{input}` of node `{node}`, which is left at its default")
            }
            Self::Surplus { node, values } => {
                write!(f, "{values} of the values of node `{node}` belong to no widget of the installed class")
            }
            Self::Misplaced { node, input } => {
                write!(f, "the value of input `{input}` of node `{node}` may be another input's in the file")
            }
            Self::TextResolved { node, input } => {
                write!(f, "comments or braces in input `{input}` of node `{node}` are resolved")
            }
            Self::Placeholders { node, input } => {
                write!(f, "input `{input}` of node `{node}` has placeholders that the editor would fill in")
            }
            Self::Alternatives { node, input } => {
                write!(f, "input `{input}` of node `{node}` has alternatives among which the editor would draw")
            }
            Self::Renumbered { nodes } => {
                write!(f, "{nodes} nodes in subgraphs have new ids, since the file uses theirs twice")
            }
        }
    }
}
