//! A workflow as ComfyUI's editor saves it: graphs of nodes and links.

mod read;

use serde_json::{Map, Value};
use std::collections::HashMap;

/// The graph that the user sees first, and the subgraphs that it is built of.
#[derive(Debug, Default)]
pub(super) struct Workflow {
    pub(super) root: Graph,
    /// In the order of the file.
    pub(super) subgraphs: Vec<Subgraph>,
    /// The highest id that the editor had given to a node when it saved the file.
    pub(super) last_node_id: i64,
}

/// Nodes and the links between them.
#[derive(Debug, Default)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    links: HashMap<String, Link>,
    /// The place of each node, by its id.
    by_id: HashMap<String, usize>,
    /// The node and the input that each link enters, by the id of the link.
    targets: HashMap<String, (usize, usize)>,
}

/// A graph that is used like a node class: the type of its instances is its id.
#[derive(Debug, Default)]
pub(super) struct Subgraph {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) graph: Graph,
    pub(super) inputs: Vec<Port>,
    pub(super) outputs: Vec<Port>,
    inputs_by_name: HashMap<String, usize>,
}

/// An input or an output of a subgraph, seen from within.
#[derive(Debug, Default)]
pub(super) struct Port {
    pub(super) name: String,
    /// The links inside the subgraph that it is joined to.
    pub(super) links: Vec<String>,
}

/// A node as it is saved.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) id: String,
    /// A node class, the id of a subgraph, or a name that only the editor knows.
    pub(super) class: String,
    pub(super) mode: Mode,
    /// As the user named it; none if he did not.
    pub(super) title: Option<String>,
    pub(super) inputs: Vec<Slot>,
    /// The types of its outputs.
    pub(super) outputs: Vec<String>,
    pub(super) values: Values,
    /// The same values by name, which some editors save beside the list and do not read.
    pub(super) names: Map<String, Value>,
    pub(super) properties: Map<String, Value>,
    inputs_by_name: HashMap<String, usize>,
}

/// Whether a node takes part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Mode {
    #[default]
    Active,
    /// The node and all that it would have given are left out.
    Muted,
    /// The node is left out, and what came in goes out.
    Bypassed,
}

/// An input of a node.
#[derive(Debug, Default)]
pub(super) struct Slot {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) link: Option<String>,
}

/// The values of a node's widgets.
#[derive(Debug, Default)]
pub(super) enum Values {
    /// None are saved: each widget keeps its default.
    #[default]
    None,
    /// In the order of the widgets.
    Listed(Vec<Value>),
    /// By the name of the widget, as some packs save them.
    Named(Map<String, Value>),
}

/// Where a link comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) from: Origin,
    /// The output of the node, or the input of the subgraph; counted from 0.
    pub(super) slot: usize,
}

/// The end of a link where data enters it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A node of the same graph, by its id.
    Node(String),
    /// An input of the subgraph that the link is in.
    Input,
}

impl Graph {
    /// Where the node with this id is in `nodes`.
    pub(super) fn position(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// The node and the input that a link enters.
    pub(super) fn target(&self, link: &str) -> Option<(usize, usize)> {
        self.targets.get(link).copied()
    }

    /// An id that two nodes have.
    pub(super) fn repeated_id(&self) -> Option<&str> {
        let repeated = self.nodes.iter().enumerate().find(|(at, node)| self.position(&node.id) != Some(*at));
        repeated.map(|(_, node)| node.id.as_str())
    }

    /// The link that enters `slot`; none if it is free or names a link that does not exist.
    pub(super) fn link_into(&self, slot: &Slot) -> Option<&Link> {
        self.link(slot.link.as_deref()?)
    }

    /// The link with this id.
    pub(super) fn link(&self, id: &str) -> Option<&Link> {
        self.links.get(id)
    }

    /// Gives nodes other ids, at their own place and in the links.
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
        self.by_id = first_places(self.nodes.iter().map(|node| &node.id));
    }
}

impl Subgraph {
    /// Which input has this name.
    pub(super) fn input(&self, name: &str) -> Option<usize> {
        self.inputs_by_name.get(name).copied()
    }
}

impl Node {
    /// The input with this name.
    pub(super) fn input(&self, name: &str) -> Option<&Slot> {
        self.inputs_by_name.get(name).and_then(|&at| self.inputs.get(at))
    }
}

/// Where each name stands first.
fn first_places<'a>(names: impl Iterator<Item = &'a String>) -> HashMap<String, usize> {
    let mut places = HashMap::new();
    for (at, name) in names.enumerate() {
        places.entry(name.clone()).or_insert(at);
    }
    places
}
