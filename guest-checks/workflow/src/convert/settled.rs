//! What every widget of a workflow holds, in every graph, before anything is linked to it: the values of
//! nodes, and those that an instance of a subgraph gives to the widgets it shows from within.

use super::ConvertError;
use super::classes::Classes;
use super::graph::{Node, Origin, Subgraph, Values};
use super::places::{MAX_DEPTH, Places};
use super::widgets::{Widgets, as_the_editor_holds};
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

/// What the widget of an instance holds.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shown {
    /// This value; none if the widget within has none.
    Value(Option<Value>),
    /// The file and the widget within say different things, and the file is of a kind for which it is not
    /// known which of the two counts.
    Disputed,
}

impl Shown {
    /// Takes note of a value that the file gives; numbers are one if they are equal.
    fn dispute(&mut self, value: &Value) {
        let agrees = match self {
            Self::Value(Some(Value::Number(shown))) => value.as_f64() == shown.as_f64(),
            Self::Value(Some(shown)) => shown == value,
            Self::Value(None) | Self::Disputed => false,
        };
        if !agrees {
            *self = Self::Disputed;
        }
    }
}

/// What an instance holds for each input of its subgraph; none where the input is no widget.
type ShownByInput = Rc<Vec<Option<Shown>>>;

/// Values of widgets, read when they are asked for.
pub(super) struct Settled<'a> {
    places: &'a Places<'a>,
    classes: &'a Classes<'a>,
    widgets: RefCell<HashMap<(usize, usize), Rc<Widgets>>>,
    shown: RefCell<HashMap<(usize, usize), ShownByInput>>,
    /// How deep instances are being read within instances.
    depth: Cell<usize>,
}

impl<'a> Settled<'a> {
    pub(super) fn new(places: &'a Places<'a>, classes: &'a Classes<'a>) -> Self {
        Self { places, classes, widgets: RefCell::default(), shown: RefCell::default(), depth: Cell::new(0) }
    }

    /// The widgets of a node; none at all if its class is not installed.
    pub(super) fn widgets(&self, graph: usize, node: usize) -> Result<Rc<Widgets>, ConvertError> {
        if let Some(widgets) = self.widgets.borrow().get(&(graph, node)) {
            return Ok(widgets.clone());
        }
        let saved = &self.places.graph(graph).nodes[node];
        let class = self.classes.get(&saved.class)?;
        let widgets = Rc::new(class.map(|class| Widgets::of(saved, &class)).unwrap_or_default());
        self.widgets.borrow_mut().insert((graph, node), widgets.clone());
        Ok(widgets)
    }

    /// What an instance of a subgraph holds for each input of the subgraph; none where the input is no widget.
    pub(super) fn shown(&self, graph: usize, node: usize) -> Result<ShownByInput, ConvertError> {
        if let Some(shown) = self.shown.borrow().get(&(graph, node)) {
            return Ok(shown.clone());
        }
        let saved = &self.places.graph(graph).nodes[node];
        let Some((within, subgraph)) = self.places.subgraph(&saved.class) else { return Ok(Rc::default()) };
        // Instances that are switched off are read too, and may hold themselves.
        if self.depth.get() == MAX_DEPTH {
            return Err(ConvertError::TooDeep { subgraph: subgraph.name.clone(), limit: MAX_DEPTH });
        }
        self.depth.set(self.depth.get() + 1);
        // One that holds itself shows nothing of itself.
        self.shown.borrow_mut().insert((graph, node), Rc::default());
        let ports = subgraph.inputs.iter().map(|port| self.within(within, &port.links));
        let shown: Result<Vec<_>, _> = ports.collect();
        self.depth.set(self.depth.get() - 1);
        let mut shown = shown?;
        give_saved_values(saved, subgraph, &mut shown);
        let shown = Rc::new(shown);
        self.shown.borrow_mut().insert((graph, node), shown.clone());
        Ok(shown)
    }

    /// What the first widget holds that one of the links enters.
    fn within(&self, graph: usize, links: &[String]) -> Result<Option<Shown>, ConvertError> {
        for link in links {
            let Some((node, at)) = self.places.graph(graph).target(link) else { continue };
            let saved = &self.places.graph(graph).nodes[node];
            let name = &saved.inputs[at].name;
            if let Some((_, subgraph)) = self.places.subgraph(&saved.class) {
                let shown = self.shown(graph, node)?;
                if let Some(Some(shown)) = subgraph.input(name).and_then(|port| shown.get(port)) {
                    return Ok(Some(shown.clone()));
                }
            } else {
                let widgets = self.widgets(graph, node)?;
                if widgets.has(name) {
                    return Ok(Some(Shown::Value(widgets.values.get(name).cloned())));
                }
            }
        }
        Ok(None)
    }
}

/// Puts the values that an instance saved in the place of those within.
///
/// An editor of 2026 saves one for each input that is a widget, in their order. An older one left the values
/// within, and listed in `proxyWidgets` what the instance shows; where such a file has values all the same, or
/// a newer one not as many as there are widgets, they are only believed if they say what is within.
fn give_saved_values(instance: &Node, subgraph: &Subgraph, shown: &mut [Option<Shown>]) {
    let Values::Listed(values) = &instance.values else { return };
    let listed = proxy_widgets(instance);
    if !listed.is_empty() {
        // Widgets that an older instance only mirrors have no value of its own.
        for (widget, value) in listed.iter().zip(values).filter(|(_, value)| !value.is_null()) {
            if let Some(Some(shown)) = shown_by(subgraph, widget).and_then(|port| shown.get_mut(port)) {
                shown.dispute(value);
            }
        }
        return;
    }
    let is_complete = shown.iter().flatten().count() == values.len();
    for (shown, value) in shown.iter_mut().flatten().zip(values) {
        if is_complete {
            *shown = Shown::Value(Some(as_the_editor_holds(value)));
        } else {
            shown.dispute(value);
        }
    }
}

/// What an older instance shows. The oldest hold the list as a text.
fn proxy_widgets(instance: &Node) -> Vec<Value> {
    match instance.properties.get("proxyWidgets") {
        Some(Value::Array(listed)) => listed.clone(),
        Some(Value::String(listed)) => serde_json::from_str(listed).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// The input of a subgraph whose widget an entry of `proxyWidgets` names: a node within and its widget, or `-1` and
/// the input.
fn shown_by(subgraph: &Subgraph, widget: &Value) -> Option<usize> {
    let (node, name) = (widget.get(0)?.as_str()?, widget.get(1)?.as_str()?);
    if node == "-1" {
        return subgraph.input(name);
    }
    let link = subgraph.graph.link_into(subgraph.graph.nodes.get(subgraph.graph.position(node)?)?.input(name)?)?;
    (link.from == Origin::Input).then_some(link.slot)
}
