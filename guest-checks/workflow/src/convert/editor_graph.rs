//! A workflow in the editor's format: graphs of nodes and links.

mod read;

use comfycheck_packs::EditorRole;
use serde_json::{Map, Value};
use std::collections::HashMap;

/// The main graph and the subgraphs.
#[derive(Debug, Default)]
pub(super) struct EditorWorkflow {
    pub(super) root: EditorGraph,
    /// In the order of the file.
    pub(super) subgraphs: Vec<Subgraph>,
    /// The highest node id so far.
    pub(super) last_node_id: i64,
}

#[derive(Debug, Default)]
pub(super) struct EditorGraph {
    pub(super) nodes: Vec<EditorNode>,
    links: HashMap<String, EditorLink>,
    /// The index of each node, by its id.
    by_id: HashMap<String, usize>,
    /// The node and the input that each link leads to, by the id of the link.
    targets: HashMap<String, (usize, usize)>,
    /// The nodes that set names for others, by pack and name.
    pub(super) setters: HashMap<(String, String), usize>,
}

/// A graph that is used like a node class. The type of its instances is its id.
#[derive(Debug, Default)]
pub(super) struct Subgraph {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) graph: EditorGraph,
    pub(super) inputs: Vec<Port>,
    pub(super) outputs: Vec<Port>,
    inputs_by_name: HashMap<String, usize>,
}

/// An input or an output of a subgraph.
#[derive(Debug, Default)]
pub(super) struct Port {
    pub(super) name: String,
    /// The links inside the subgraph.
    pub(super) links: Vec<String>,
}

#[derive(Debug, Default)]
pub(super) struct EditorNode {
    pub(super) id: String,
    /// A node class, the id of a subgraph, or a class of the editor.
    pub(super) class: String,
    /// What the editor does with it; none if the server executes it.
    pub(super) role: Option<EditorRole>,
    /// The pack that is known to provide its class; empty if it is unknown.
    pub(super) pack: String,
    pub(super) mode: Mode,
    /// None if the user did not rename the node.
    pub(super) title: Option<String>,
    pub(super) inputs: Vec<Slot>,
    /// The type of each output.
    pub(super) outputs: Vec<String>,
    pub(super) values: Values,
    /// The same values by name. Some editors save them but do not read them.
    pub(super) names: Map<String, Value>,
    pub(super) properties: Map<String, Value>,
    inputs_by_name: HashMap<String, usize>,
}

/// Whether a node is submitted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mode {
    #[default]
    Active,
    /// Left out, and so is every link from it.
    Muted,
    /// Left out: its inputs are passed on to its outputs.
    Bypassed,
}

#[derive(Debug, Default)]
pub(super) struct Slot {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) link: Option<String>,
    /// Whether a widget has the same name.
    pub(super) is_widget: bool,
}

/// The widget values of a node.
#[derive(Debug, Default)]
pub(super) enum Values {
    /// Not saved: each widget has its default.
    #[default]
    None,
    /// In the order of the widgets.
    Listed(Vec<Value>),
    /// By the name of the widget, as some packs save them.
    Named(Map<String, Value>),
}

/// The start of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EditorLink {
    pub(super) from: Origin,
    /// The index of the node's output or of the subgraph's input.
    pub(super) slot: usize,
    /// The type that the file states; empty if it states none.
    pub(super) kind: String,
}

/// The node or subgraph that a link starts from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A node of the same graph, by its id.
    Node(String),
    /// An input of the subgraph that contains the link.
    Input,
}

impl EditorWorkflow {
    pub(super) fn graphs_mut(&mut self) -> impl Iterator<Item = &mut EditorGraph> {
        std::iter::once(&mut self.root).chain(self.subgraphs.iter_mut().map(|subgraph| &mut subgraph.graph))
    }
}

impl EditorGraph {
    /// The node that sets a name for the nodes of a pack.
    pub(super) fn setter(&self, pack: &str, name: &str) -> Option<usize> {
        self.setters.get(&(pack.to_owned(), name.to_owned())).copied()
    }

    /// The index of a node in `nodes`.
    pub(super) fn position(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// The node and the input that a link leads to, as indices.
    pub(super) fn target(&self, link: &str) -> Option<(usize, usize)> {
        self.targets.get(link).copied()
    }

    /// An id of two nodes.
    pub(super) fn repeated_id(&self) -> Option<&str> {
        let repeated = self.nodes.iter().enumerate().find(|(at, node)| self.position(&node.id) != Some(*at));
        repeated.map(|(_, node)| node.id.as_str())
    }

    /// The link into `slot`; none if the slot is free or its link does not exist.
    pub(super) fn link_into(&self, slot: &Slot) -> Option<&EditorLink> {
        self.link(slot.link.as_deref()?)
    }

    pub(super) fn link(&self, id: &str) -> Option<&EditorLink> {
        self.links.get(id)
    }

    /// Links an input to an output of another node.
    pub(super) fn add_link(&mut self, node: usize, slot: usize, link: EditorLink) {
        let id = format!("added:{node}:{slot}");
        self.nodes[node].inputs[slot].link = Some(id.clone());
        self.targets.insert(id.clone(), (node, slot));
        self.links.insert(id, link);
    }

    /// Changes the outputs that links from a node start at.
    pub(super) fn move_outputs(&mut self, id: &str, moved: impl Fn(usize) -> usize) {
        let from = Origin::Node(id.to_owned());
        for link in self.links.values_mut().filter(|link| link.from == from) {
            link.slot = moved(link.slot);
        }
    }

    /// Renames nodes, and the links from them.
    pub(super) fn rename_nodes(&mut self, renamed: &HashMap<String, String>) {
        for node in &mut self.nodes {
            if let Some(id) = renamed.get(&node.id) {
                node.id.clone_from(id);
            }
        }
        for link in self.links.values_mut() {
            if let Origin::Node(origin) = &mut link.from
                && let Some(id) = renamed.get(origin)
            {
                origin.clone_from(id);
            }
        }
        self.by_id = first_indices(self.nodes.iter().map(|node| &node.id));
    }
}

impl Subgraph {
    /// The index of an input.
    pub(super) fn input(&self, name: &str) -> Option<usize> {
        self.inputs_by_name.get(name).copied()
    }
}

impl EditorNode {
    pub(super) fn is_submitted(&self) -> bool {
        self.mode == Mode::Active
    }

    /// The name in its first widget, by which editor-only nodes find each other.
    pub(super) fn first_text(&self) -> Option<&str> {
        match &self.values {
            Values::Listed(values) => values.first()?.as_str(),
            Values::Named(values) => values.values().next()?.as_str(),
            Values::None => None,
        }
    }

    /// Gives inputs new names.
    pub(super) fn rename_inputs(&mut self, renamed: impl Fn(&str) -> Option<String>) {
        for slot in &mut self.inputs {
            if let Some(name) = renamed(&slot.name) {
                slot.name = name;
            }
        }
        self.inputs_by_name = first_indices(self.inputs.iter().map(|slot| &slot.name));
    }

    pub(super) fn input(&self, name: &str) -> Option<&Slot> {
        self.inputs_by_name.get(name).and_then(|&at| self.inputs.get(at))
    }
}

/// The first index of each name.
fn first_indices<'a>(names: impl Iterator<Item = &'a String>) -> HashMap<String, usize> {
    let mut places = HashMap::new();
    for (at, name) in names.enumerate() {
        places.entry(name.clone()).or_insert(at);
    }
    places
}
