//! Every use of a graph: the main graph once, and a subgraph once for each of its instances.

use super::ConvertError;
use super::editor_graph::{EditorGraph, EditorNode, EditorWorkflow, Mode, Subgraph};
use std::collections::HashMap;

/// The most nodes of all places together. Large workflows have thousands; a few kilobytes of nested subgraphs can ask
/// for more memory than any machine has.
const MAX_NODES: usize = 250_000;

/// The most bytes of all ids of instances together.
const MAX_ID_BYTES: usize = 64 << 20;

/// The most levels of nested subgraphs.
pub(super) const MAX_DEPTH: usize = 64;

/// A use of a graph.
#[derive(Debug)]
pub(super) struct Place<'a> {
    /// The main graph is 0, and subgraph `n` of the workflow `n + 1`.
    pub(super) graph: usize,
    /// The prefix of the ids of its nodes, such as `10:4:`.
    pub(super) prefix: String,
    /// The instance, as a place and a node there; none for the main graph.
    pub(super) host: Option<(usize, usize)>,
    /// The places of its instances, by node.
    pub(super) children: HashMap<usize, usize>,
    nested: Vec<&'a str>,
}

/// The graphs of a workflow and their places.
#[derive(Debug)]
pub(super) struct Places<'a> {
    workflow: &'a EditorWorkflow,
    by_id: HashMap<&'a str, usize>,
    all: Vec<Place<'a>>,
    id_bytes: usize,
}

impl<'a> Places<'a> {
    pub(super) fn of(workflow: &'a EditorWorkflow) -> Result<Self, ConvertError> {
        let by_id = workflow.subgraphs.iter().enumerate().map(|(at, subgraph)| (subgraph.id.as_str(), at)).collect();
        let main = Place { graph: 0, prefix: String::new(), host: None, children: HashMap::new(), nested: Vec::new() };
        let mut places = Self { workflow, by_id, all: vec![main], id_bytes: 0 };
        let (mut at, mut nodes) = (0, 0);
        while at < places.all.len() {
            let graph = places.graph_at(at);
            if let Some(id) = graph.repeated_id() {
                return Err(ConvertError::RepeatedId { node: format!("{}{id}", places.all[at].prefix) });
            }
            nodes += graph.nodes.len();
            if nodes > MAX_NODES {
                return Err(ConvertError::TooManyNodes { limit: MAX_NODES });
            }
            for (node, saved) in graph.nodes.iter().enumerate() {
                // Muted and bypassed instances are not expanded.
                if saved.mode == Mode::Active
                    && let Some(&subgraph) = places.by_id.get(saved.class.as_str())
                {
                    places.enter(at, node, subgraph)?;
                }
            }
            at += 1;
        }
        Ok(places)
    }

    fn enter(&mut self, host: usize, node: usize, subgraph: usize) -> Result<(), ConvertError> {
        let Subgraph { id, name, .. } = &self.workflow.subgraphs[subgraph];
        let place = &self.all[host];
        if place.nested.contains(&id.as_str()) {
            return Err(ConvertError::Recursion { subgraph: name.clone() });
        }
        if place.nested.len() == MAX_DEPTH {
            return Err(ConvertError::TooDeep { subgraph: name.clone(), limit: MAX_DEPTH });
        }
        let nested = place.nested.iter().copied().chain([id.as_str()]).collect();
        let prefix = format!("{}{}:", place.prefix, self.node(host, node).id);
        self.id_bytes += prefix.len();
        if self.id_bytes > MAX_ID_BYTES {
            return Err(ConvertError::TooLarge);
        }
        let entered = self.all.len();
        let host_place = Some((host, node));
        self.all[host].children.insert(node, entered);
        self.all.push(Place { graph: subgraph + 1, prefix, host: host_place, children: HashMap::new(), nested });
        Ok(())
    }

    pub(super) fn at(&self, place: usize) -> &Place<'a> {
        &self.all[place]
    }

    /// The number of nodes of all places together.
    pub(super) fn nodes(&self) -> usize {
        (0..self.all.len()).map(|place| self.graph_at(place).nodes.len()).sum()
    }

    /// The subgraph with this class, and the number of its graph.
    pub(super) fn subgraph(&self, class: &str) -> Option<(usize, &'a Subgraph)> {
        self.by_id.get(class).map(|&at| (at + 1, &self.workflow.subgraphs[at]))
    }

    /// A graph by its number.
    pub(super) fn graph(&self, graph: usize) -> &'a EditorGraph {
        match graph.checked_sub(1) {
            None => &self.workflow.root,
            Some(subgraph) => &self.workflow.subgraphs[subgraph].graph,
        }
    }

    pub(super) fn graph_at(&self, place: usize) -> &'a EditorGraph {
        self.graph(self.at(place).graph)
    }

    pub(super) fn node(&self, place: usize, node: usize) -> &'a EditorNode {
        &self.graph_at(place).nodes[node]
    }

    /// The id of a node in API format.
    pub(super) fn id(&self, place: usize, node: usize) -> String {
        format!("{}{}", self.at(place).prefix, self.node(place, node).id)
    }
}
