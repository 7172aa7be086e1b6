//! Where the data of an input comes from, once everything between is gone that only the editor knows:
//! reroutes, bypassed nodes, and the borders of subgraphs.

use super::ConvertError;
use super::class::Class;
use super::classes::Classes;
use super::graph::{Link, Mode, Node, Origin, Slot, Values};
use super::kinds;
use super::places::Places;
use super::settled::{Settled, Shown};
use super::widgets::as_the_editor_holds;
use serde_json::Value;
use std::cell::Cell;

/// A node that only passes on what enters it.
pub(super) const REROUTE: &str = "Reroute";
/// A node that holds the value of other nodes' widgets.
pub(super) const PRIMITIVE: &str = "PrimitiveNode";

/// What an input gets.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Source {
    /// An output of a node, by its id in API format.
    Output(String, usize),
    /// What an instance of the subgraph holds; none if that has no value.
    Shown(Option<Value>),
    /// What a primitive node holds; none if that has no value.
    Primitive(Option<Value>),
    /// Nothing, since it is not linked.
    Unlinked,
    /// Nothing, since this node, by its id in API format, gives nothing: it is bypassed and nothing of that
    /// kind enters it, or it does not exist.
    Unfed(String),
    /// Nothing, since this node is muted.
    Muted(String),
}

/// Follows links.
pub(super) struct Origins<'a> {
    places: &'a Places<'a>,
    classes: &'a Classes<'a>,
    settled: &'a Settled<'a>,
    /// How many links may still be followed; an honest workflow needs a few for each of its inputs.
    steps_left: Cell<usize>,
}

impl<'a> Origins<'a> {
    pub(super) fn new(places: &'a Places<'a>, classes: &'a Classes<'a>, settled: &'a Settled<'a>) -> Self {
        let steps_left = Cell::new(places.nodes().saturating_mul(64).saturating_add(1_000_000));
        Self { places, classes, settled, steps_left }
    }

    /// What input `slot` of a node in `place` gets, which wants data of type `wanted`.
    pub(super) fn of(&self, place: usize, node: usize, slot: &Slot, wanted: &str) -> Result<Source, ConvertError> {
        let Some(link) = self.places.graph_at(place).link_into(slot) else { return Ok(Source::Unlinked) };
        let mut at = (place, link);
        while let Some(left) = self.steps_left.get().checked_sub(1) {
            self.steps_left.set(left);
            match self.follow(at.0, at.1, wanted)? {
                Step::Goes(place, link) => at = (place, link),
                Step::Ends(source) => return Ok(source),
            }
        }
        Err(ConvertError::EndlessLinks { node: self.places.id(place, node), input: slot.name.clone() })
    }

    fn follow(&self, place: usize, link: &Link, wanted: &str) -> Result<Step<'a>, ConvertError> {
        let Origin::Node(id) = &link.from else { return self.leave(place, link.slot) };
        let graph = self.places.graph_at(place);
        let Some(node) = graph.position(id) else { return Ok(self.unfed(place, id)) };
        let saved = &graph.nodes[node];
        let into = match saved.mode {
            Mode::Muted => return Ok(Step::Ends(Source::Muted(self.places.id(place, node)))),
            Mode::Bypassed => self.bypass(saved, link.slot, wanted)?,
            Mode::Active => {
                if let Some(&child) = self.places.at(place).children.get(&node) {
                    return Ok(self.enter(child, &saved.class, link.slot));
                }
                match saved.class.as_str() {
                    REROUTE => saved.inputs.first(),
                    PRIMITIVE => return Ok(Step::Ends(Source::Primitive(primitive_value(saved)))),
                    _ => return Ok(Step::Ends(Source::Output(self.places.id(place, node), link.slot))),
                }
            }
        };
        let onward = into.and_then(|slot| graph.link_into(slot));
        Ok(onward.map_or_else(|| self.unfed(place, id), |link| Step::Goes(place, link)))
    }

    fn unfed(&self, place: usize, id: &str) -> Step<'a> {
        Step::Ends(Source::Unfed(format!("{}{id}", self.places.at(place).prefix)))
    }

    /// Goes from an input of a subgraph to what its instance gets there.
    fn leave(&self, place: usize, port: usize) -> Result<Step<'a>, ConvertError> {
        let Some((place, node)) = self.places.at(place).host else { return Ok(Step::Ends(Source::Unlinked)) };
        let host = self.places.node(place, node);
        let named = self.places.subgraph(&host.class).and_then(|(_, subgraph)| subgraph.inputs.get(port));
        let slot = named.and_then(|port| host.input(&port.name));
        if let Some(link) = slot.and_then(|slot| self.places.graph_at(place).link_into(slot)) {
            return Ok(Step::Goes(place, link));
        }
        let shown = self.settled.shown(self.places.at(place).graph, node)?;
        Ok(Step::Ends(match shown.get(port) {
            Some(Some(Shown::Value(value))) => Source::Shown(value.clone()),
            Some(Some(Shown::Disputed)) => {
                let input = named.map(|port| port.name.clone()).unwrap_or_default();
                return Err(ConvertError::Disputed { node: self.places.id(place, node), input });
            }
            Some(None) | None => Source::Unlinked,
        }))
    }

    /// Goes from an output of an instance to what gives it within.
    fn enter(&self, child: usize, class: &str, port: usize) -> Step<'a> {
        let graph = self.places.graph_at(child);
        let port = self.places.subgraph(class).and_then(|(_, subgraph)| subgraph.outputs.get(port));
        match port.and_then(|port| port.links.iter().find_map(|link| graph.link(link))) {
            Some(link) => Step::Goes(child, link),
            None => Step::Ends(Source::Unfed(self.places.at(child).prefix.trim_end_matches(':').into())),
        }
    }

    /// The input of a bypassed node whose data goes out of output `output` to where `wanted` is wanted.
    fn bypass(&self, node: &'a Node, output: usize, wanted: &str) -> Result<Option<&'a Slot>, ConvertError> {
        let class = match self.places.subgraph(&node.class) {
            Some(_) => None,
            None => self.classes.get(&node.class)?,
        };
        let class = class.as_deref();
        let inputs = in_editor_order(node, class);
        self.steps_left.set(self.steps_left.get().saturating_sub(inputs.len()));
        let kinds: Vec<&str> = inputs.iter().map(|(kind, _)| *kind).collect();
        let at = if kinds::is_any(wanted) {
            Some(if output < inputs.len() { output } else { 0 })
        } else {
            let given = class.and_then(|class| class.outputs.get(output)).or_else(|| node.outputs.get(output));
            let given = given.map_or("*", String::as_str);
            let opposite = kinds.get(output).filter(|kind| !kinds::is_any(kind) && kinds::join(kind, given));
            let exact = || kinds.iter().position(|kind| *kind == wanted);
            let joined = || kinds.iter().position(|kind| kinds::join(kind, wanted));
            opposite.map(|_| output).or_else(exact).or_else(joined)
        };
        Ok(at.and_then(|at| inputs.get(at)).and_then(|(_, slot)| *slot))
    }
}

enum Step<'a> {
    /// On along this link, in this place.
    Goes(usize, &'a Link),
    Ends(Source),
}

/// The value of a primitive node; none if the file has none, so that the widget keeps its own.
fn primitive_value(node: &Node) -> Option<Value> {
    match &node.values {
        Values::Listed(values) => values.first().map(as_the_editor_holds),
        Values::Named(_) | Values::None => None,
    }
}

/// The inputs of a node as the editor orders them, with their types: sockets, then widgets, each as the class
/// declares them, then what the class does not declare. Inputs that the file leaves out have no slot.
fn in_editor_order<'k, 'a: 'k>(node: &'a Node, class: Option<&'k Class>) -> Vec<(&'k str, Option<&'a Slot>)> {
    let Some(class) = class else {
        return node.inputs.iter().map(|slot| (slot.kind.as_str(), Some(slot))).collect();
    };
    let saved = node.inputs.iter().map(|slot| (class.place_of(&slot.name), class.kind_of(slot), Some(slot)));
    let left_out = class.inputs.iter().filter(|input| !input.is_row() && node.input(&input.name).is_none());
    let left_out = left_out.map(|input| (class.place_of(&input.name), input.kind.as_str(), None));
    let mut inputs: Vec<_> = saved.chain(left_out).collect();
    inputs.sort_by_key(|(place, ..)| *place);
    inputs.into_iter().map(|(_, kind, slot)| (kind, slot)).collect()
}
