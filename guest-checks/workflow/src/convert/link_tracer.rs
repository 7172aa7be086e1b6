//! Finds the source of an input behind reroutes, bypassed nodes and the borders of subgraphs.

use super::ConvertError;
use super::editor_class::EditorClass;
use super::editor_classes::EditorClasses;
use super::editor_graph::{EditorLink, EditorNode, Mode, Origin, Slot, Values};
use super::kinds;
use super::places::Places;
use super::widget_values::{PromotedValue, WidgetValues};
use super::widgets::as_double;
use comfycheck_packs::EditorRole;
use serde_json::Value;
use std::cell::Cell;

/// What an input gets.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Source {
    /// An output of a node, by its id in API format.
    Output(String, usize),
    /// The promoted value of an instance; none if it has no value.
    Promoted(Option<Value>),
    /// The value of a primitive node; none if it has no value.
    Primitive(Option<Value>),
    /// Nothing: it is not linked.
    Unlinked,
    /// Nothing: this node, by its id in API format, does not exist, or is bypassed without a matching input.
    DroppedLink(String),
    /// Nothing: this node is muted.
    Muted(String),
}

pub(super) struct LinkTracer<'a> {
    places: &'a Places<'a>,
    classes: &'a EditorClasses<'a>,
    widget_values: &'a WidgetValues<'a>,
    /// The remaining number of links to follow. A normal workflow needs a few for each input.
    steps_left: Cell<usize>,
}

impl<'a> LinkTracer<'a> {
    pub(super) fn new(
        places: &'a Places<'a>,
        classes: &'a EditorClasses<'a>,
        widget_values: &'a WidgetValues<'a>,
    ) -> Self {
        let steps_left = Cell::new(places.nodes().saturating_mul(64).saturating_add(1_000_000));
        Self { places, classes, widget_values, steps_left }
    }

    /// The source of input `slot` of a node, which takes the type `expected`.
    pub(super) fn of(&self, place: usize, node: usize, slot: &Slot, expected: &str) -> Result<Source, ConvertError> {
        let Some(link) = self.places.graph_at(place).link_into(slot) else { return Ok(Source::Unlinked) };
        let mut at = (place, link);
        while let Some(left) = self.steps_left.get().checked_sub(1) {
            self.steps_left.set(left);
            match self.follow(at.0, at.1, expected)? {
                Step::Next(place, link) => at = (place, link),
                Step::End(source) => return Ok(source),
            }
        }
        Err(ConvertError::LinkCircle { node: self.places.id(place, node), input: slot.name.clone() })
    }

    fn follow(&self, place: usize, link: &EditorLink, expected: &str) -> Result<Step<'a>, ConvertError> {
        let Origin::Node(id) = &link.from else { return self.leave(place, link.slot) };
        let graph = self.places.graph_at(place);
        let Some(node) = graph.position(id) else { return Ok(self.dropped(place, id)) };
        let saved = &graph.nodes[node];
        // The editor copies its value into the widgets before it looks at modes.
        if saved.role == Some(EditorRole::Primitive) {
            return Ok(Step::End(Source::Primitive(primitive_value(saved))));
        }
        let into = match saved.mode {
            Mode::Muted => return Ok(Step::End(Source::Muted(self.places.id(place, node)))),
            Mode::Bypassed => self.bypass(saved, link.slot, expected)?,
            Mode::Active => {
                if let Some(&child) = self.places.at(place).children.get(&node) {
                    return Ok(self.enter(child, &saved.class, link.slot));
                }
                match saved.role {
                    None => return Ok(Step::End(Source::Output(self.places.id(place, node), link.slot))),
                    Some(EditorRole::Gets) => return Ok(self.fetch(place, node)),
                    Some(EditorRole::Passes | EditorRole::Sets) => saved.inputs.first(),
                    Some(EditorRole::Vanishes | EditorRole::Primitive) => None,
                }
            }
        };
        let onward = into.and_then(|slot| graph.link_into(slot));
        Ok(onward.map_or_else(|| self.dropped(place, id), |link| Step::Next(place, link)))
    }

    /// Goes from a node that gets a name to the input of the node that sets it: in the same graph, else in the graphs
    /// around it.
    fn fetch(&self, place: usize, getter: usize) -> Step<'a> {
        let saved = self.places.node(place, getter);
        let mut around = Some(place);
        while let Some(at) = around {
            let graph = self.places.graph_at(at);
            if let Some(setter) = saved.first_text().and_then(|name| graph.setter(&saved.pack, name)) {
                let link = graph.nodes[setter].inputs.first().and_then(|slot| graph.link_into(slot));
                return link.map_or_else(|| self.dropped(at, &graph.nodes[setter].id), |link| Step::Next(at, link));
            }
            around = self.places.at(at).host.map(|(host, _)| host);
        }
        self.dropped(place, &saved.id)
    }

    fn dropped(&self, place: usize, id: &str) -> Step<'a> {
        Step::End(Source::DroppedLink(format!("{}{id}", self.places.at(place).prefix)))
    }

    /// Goes from an input of a subgraph to the input of its instance.
    fn leave(&self, place: usize, port: usize) -> Result<Step<'a>, ConvertError> {
        let Some((place, node)) = self.places.at(place).host else { return Ok(Step::End(Source::Unlinked)) };
        let host = self.places.node(place, node);
        let named = self.places.subgraph(&host.class).and_then(|(_, subgraph)| subgraph.inputs.get(port));
        let slot = named.and_then(|port| host.input(&port.name));
        if let Some(link) = slot.and_then(|slot| self.places.graph_at(place).link_into(slot)) {
            return Ok(Step::Next(place, link));
        }
        let promoted = self.widget_values.promoted(self.places.at(place).graph, node)?;
        Ok(Step::End(match promoted.get(port) {
            Some(Some(PromotedValue::Value(value))) => Source::Promoted(value.clone()),
            Some(Some(PromotedValue::Conflicting)) => {
                let input = named.map(|port| port.name.clone()).unwrap_or_default();
                return Err(ConvertError::Conflicting { node: self.places.id(place, node), input });
            }
            Some(None) | None => Source::Unlinked,
        }))
    }

    /// Goes from an output of an instance to its source inside.
    fn enter(&self, child: usize, class: &str, port: usize) -> Step<'a> {
        let graph = self.places.graph_at(child);
        let port = self.places.subgraph(class).and_then(|(_, subgraph)| subgraph.outputs.get(port));
        match port.and_then(|port| port.links.iter().find_map(|link| graph.link(link))) {
            Some(link) => Step::Next(child, link),
            None => Step::End(Source::DroppedLink(self.places.at(child).prefix.trim_end_matches(':').into())),
        }
    }

    /// The input that a bypassed node passes on to its output `output`, which is linked to an input of type `expected`.
    fn bypass(&self, node: &'a EditorNode, output: usize, expected: &str) -> Result<Option<&'a Slot>, ConvertError> {
        let class = match self.places.subgraph(&node.class) {
            Some(_) => None,
            None => self.classes.get(&node.class)?,
        };
        let class = class.as_deref();
        let inputs = in_editor_order(node, class);
        self.steps_left.set(self.steps_left.get().saturating_sub(inputs.len()));
        let kinds: Vec<&str> = inputs.iter().map(|(kind, _)| *kind).collect();
        let at = if kinds::is_any(expected) {
            Some(if output < inputs.len() { output } else { 0 })
        } else {
            let given = class.and_then(|class| class.outputs.get(output)).or_else(|| node.outputs.get(output));
            let given = given.map_or("*", String::as_str);
            let opposite = kinds.get(output).filter(|kind| !kinds::is_any(kind) && kinds::connect(kind, given));
            let exact = || kinds.iter().position(|kind| *kind == expected);
            let connected = || kinds.iter().position(|kind| kinds::connect(kind, expected));
            opposite.map(|_| output).or_else(exact).or_else(connected)
        };
        Ok(at.and_then(|at| inputs.get(at)).and_then(|(_, slot)| *slot))
    }
}

enum Step<'a> {
    /// Continue with this link, in this place.
    Next(usize, &'a EditorLink),
    End(Source),
}

/// The value of a primitive node; none if the file has none. The linked widget then keeps its own.
fn primitive_value(node: &EditorNode) -> Option<Value> {
    match &node.values {
        Values::Listed(values) => values.first().map(as_double),
        Values::Named(_) | Values::None => None,
    }
}

/// The inputs of a node in the editor's order, with their types: sockets and widgets in the declared order, then
/// undeclared inputs. Inputs that are not in the file have no slot.
fn in_editor_order<'k, 'a: 'k>(
    node: &'a EditorNode,
    class: Option<&'k EditorClass>,
) -> Vec<(&'k str, Option<&'a Slot>)> {
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
