//! The value of every widget in every graph, before links: the values of nodes, and those that an instance of a
//! subgraph sets for its promoted widgets.

use super::ConvertError;
use super::editor_classes::EditorClasses;
use super::editor_graph::{EditorNode, Origin, Subgraph, Values};
use super::places::{MAX_DEPTH, Places};
use super::widgets::{Widgets, as_double};
use serde_json::Value;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

/// The value of a promoted widget of an instance.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum PromotedValue {
    /// None if the inner widget has no value.
    Value(Option<Value>),
    /// The instance and the inner widget have different values, and it is unknown which one the editor submits.
    Conflicting,
}

impl PromotedValue {
    /// Compares with the instance's value. Equal numbers agree, whatever their notation.
    fn compare(&mut self, value: &Value) {
        let agrees = match self {
            Self::Value(Some(Value::Number(promoted))) => value.as_f64() == promoted.as_f64(),
            Self::Value(Some(promoted)) => promoted == value,
            Self::Value(None) | Self::Conflicting => false,
        };
        if !agrees {
            *self = Self::Conflicting;
        }
    }
}

/// The promoted value for each input of a subgraph; none if the input is not a widget.
type PromotedValues = Rc<Vec<Option<PromotedValue>>>;

/// Widget values, read on demand.
pub(super) struct WidgetValues<'a> {
    places: &'a Places<'a>,
    classes: &'a EditorClasses<'a>,
    widgets: RefCell<HashMap<(usize, usize), Rc<Widgets>>>,
    promoted: RefCell<HashMap<(usize, usize), PromotedValues>>,
    /// The current depth of nested instances.
    depth: Cell<usize>,
}

impl<'a> WidgetValues<'a> {
    pub(super) fn new(places: &'a Places<'a>, classes: &'a EditorClasses<'a>) -> Self {
        Self { places, classes, widgets: RefCell::default(), promoted: RefCell::default(), depth: Cell::new(0) }
    }

    /// The widgets of a node; empty if its class is not installed.
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

    /// The promoted values of an instance.
    pub(super) fn promoted(&self, graph: usize, node: usize) -> Result<PromotedValues, ConvertError> {
        if let Some(promoted) = self.promoted.borrow().get(&(graph, node)) {
            return Ok(promoted.clone());
        }
        let saved = &self.places.graph(graph).nodes[node];
        let Some((inner, subgraph)) = self.places.subgraph(&saved.class) else { return Ok(Rc::default()) };
        // Muted instances are read too, and can contain themselves.
        if self.depth.get() == MAX_DEPTH {
            return Err(ConvertError::TooDeep { subgraph: subgraph.name.clone(), limit: MAX_DEPTH });
        }
        self.depth.set(self.depth.get() + 1);
        // An instance that contains itself promotes nothing of itself.
        self.promoted.borrow_mut().insert((graph, node), Rc::default());
        let ports = subgraph.inputs.iter().map(|port| self.inner_value(inner, &port.links));
        let promoted: Result<Vec<_>, _> = ports.collect();
        self.depth.set(self.depth.get() - 1);
        let mut promoted = promoted?;
        apply_saved_values(saved, subgraph, &mut promoted);
        let promoted = Rc::new(promoted);
        self.promoted.borrow_mut().insert((graph, node), promoted.clone());
        Ok(promoted)
    }

    /// The value of the first widget that one of the links enters.
    fn inner_value(&self, graph: usize, links: &[String]) -> Result<Option<PromotedValue>, ConvertError> {
        for link in links {
            let Some((node, at)) = self.places.graph(graph).target(link) else { continue };
            let saved = &self.places.graph(graph).nodes[node];
            let name = &saved.inputs[at].name;
            if let Some((_, subgraph)) = self.places.subgraph(&saved.class) {
                let promoted = self.promoted(graph, node)?;
                if let Some(Some(promoted)) = subgraph.input(name).and_then(|port| promoted.get(port)) {
                    return Ok(Some(promoted.clone()));
                }
            } else {
                let widgets = self.widgets(graph, node)?;
                if widgets.has(name) {
                    return Ok(Some(PromotedValue::Value(widgets.values.get(name).cloned())));
                }
            }
        }
        Ok(None)
    }
}

/// Replaces inner values by those that the instance saved.
///
/// Editors since 2026 save one value for each promoted widget, in order. Older ones listed the promoted widgets in
/// `proxyWidgets`. The widgets named by the node `-1` have values of their own, which the editor submits. The others keep
/// their values inside. If such a file has values for these too, or a newer one has another number of values, they count
/// only if they equal the inner ones.
fn apply_saved_values(instance: &EditorNode, subgraph: &Subgraph, promoted: &mut [Option<PromotedValue>]) {
    let Values::Listed(values) = &instance.values else { return };
    let listed = proxy_widgets(instance);
    if !listed.is_empty() {
        // An older instance saves null for widgets that it only mirrors.
        for (widget, value) in listed.iter().zip(values).filter(|(_, value)| !value.is_null()) {
            let port = promoted_input(subgraph, widget).and_then(|port| promoted.get_mut(port));
            match port {
                Some(Some(promoted)) if is_own(widget) => *promoted = PromotedValue::Value(Some(as_double(value))),
                Some(Some(promoted)) => promoted.compare(value),
                _ => {}
            }
        }
        return;
    }
    let is_complete = promoted.iter().flatten().count() == values.len();
    for (promoted, value) in promoted.iter_mut().flatten().zip(values) {
        if is_complete {
            *promoted = PromotedValue::Value(Some(as_double(value)));
        } else {
            promoted.compare(value);
        }
    }
}

/// The promoted widgets of an older instance. The oldest save the list as a text.
fn proxy_widgets(instance: &EditorNode) -> Vec<Value> {
    match instance.properties.get("proxyWidgets") {
        Some(Value::Array(listed)) => listed.clone(),
        Some(Value::String(listed)) => serde_json::from_str(listed).unwrap_or_default(),
        _ => Vec::new(),
    }
}

/// The input that an entry of `proxyWidgets` names: an inner node and its widget, or `-1` and the input.
fn promoted_input(subgraph: &Subgraph, widget: &Value) -> Option<usize> {
    let (node, name) = (widget.get(0)?.as_str()?, widget.get(1)?.as_str()?);
    if is_own(widget) {
        return subgraph.input(name);
    }
    let link = subgraph.graph.link_into(subgraph.graph.nodes.get(subgraph.graph.position(node)?)?.input(name)?)?;
    (link.from == Origin::Input).then_some(link.slot)
}

/// Whether an entry of `proxyWidgets` names a widget of the instance itself.
fn is_own(widget: &Value) -> bool {
    widget.get(0).and_then(Value::as_str) == Some("-1")
}
