//! Converts a workflow from the format of ComfyUI's editor to API format.
//!
//! The conversion does what the editor does on submit and export. It names the values of widgets, follows links through
//! reroutes, bypassed nodes and subgraphs, and leaves out what is muted. The names come from `/object_info`, and what
//! packs add to the editor from [`comfycheck_packs`]. It refuses what it cannot convert reliably, and reports each change
//! as a [`Note`].

mod broadcasts;
mod editor_class;
mod editor_classes;
mod editor_graph;
mod editor_values;
mod error;
mod group_nodes;
mod kinds;
mod link_tracer;
mod note;
mod places;
mod renumber;
mod replace;
mod roles;
mod text;
mod widget_values;
mod widgets;

pub use error::{ConvertError, MissingClass};
pub(crate) use group_nodes::is_subgraph;
pub use note::Note;

use crate::class::Classes;
use crate::replacement::Replacements;
use editor_class::EditorClass;
use editor_classes::EditorClasses;
use editor_graph::{EditorNode, EditorWorkflow, Mode, Slot};
use link_tracer::{LinkTracer, Source};
use places::Places;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use text::ResolvedText;
use widget_values::WidgetValues;
use widgets::Widgets;

/// A workflow in API format.
#[derive(Clone, Debug, PartialEq)]
pub struct Conversion {
    /// Each node by its id: `{"inputs": …, "class_type": …, "_meta": {"title": …}}`. Integers come first in ascending
    /// order, as in the editor's export.
    pub api: Map<String, Value>,
    /// What the conversion left out, added or decided, in the order of the nodes.
    pub notes: Vec<Note>,
}

/// Converts a workflow that the editor saved.
///
/// Requests only classes that the result depends on. Classes that are not installed are replaced as `replacements` says.
pub fn convert(
    source: &str,
    classes: &Classes<'_>,
    replacements: Option<&Replacements>,
) -> Result<Conversion, ConvertError> {
    let mut source: Value = serde_json::from_str(source).map_err(ConvertError::NotJson)?;
    group_nodes::expand(&mut source)?;
    let mut workflow = EditorWorkflow::read(&source).ok_or(ConvertError::NotEditorFormat)?;
    drop(source);
    let mut notes = Vec::new();
    roles::assign(&mut workflow, classes.packs());
    if let Some(replacements) = replacements {
        replace::apply(&mut workflow, classes, replacements, &mut notes);
    }
    broadcasts::link(&mut workflow, classes, &mut notes);
    let renumbered = renumber::renumber(&mut workflow);
    let places = Places::of(&workflow)?;
    let classes = EditorClasses::new(classes);
    let widget_values = WidgetValues::new(&places, &classes);
    let links = LinkTracer::new(&places, &classes, &widget_values);
    let mut converter = Converter {
        places: &places,
        classes: &classes,
        widget_values: &widget_values,
        links: &links,
        out: Output { notes, ..Output::default() },
    };
    if renumbered > 0 {
        converter.out.notes.push(Note::Renumbered { nodes: renumbered });
    }
    converter.convert_all()?;
    converter.out.finish()
}

struct Converter<'a> {
    places: &'a Places<'a>,
    classes: &'a EditorClasses<'a>,
    widget_values: &'a WidgetValues<'a>,
    links: &'a LinkTracer<'a>,
    out: Output,
}

/// The nodes converted so far.
#[derive(Default)]
struct Output {
    nodes: Vec<(String, Value)>,
    notes: Vec<Note>,
    missing: Vec<MissingClass>,
    /// The approximate size of the nodes.
    bytes: usize,
}

/// The most bytes of a conversion. Each instance of a subgraph repeats its values, so a small file can ask for more
/// memory than any machine has.
const MAX_BYTES: usize = 256 << 20;

impl Converter<'_> {
    /// Converts the nodes of the main graph in order, and those of a subgraph at the place of its instance.
    fn convert_all(&mut self) -> Result<(), ConvertError> {
        let mut open = vec![(0, 0)];
        while let Some((place, node)) = open.pop() {
            let Some(saved) = self.places.graph_at(place).nodes.get(node) else { continue };
            open.push((place, node + 1));
            if saved.role.is_some() {
                continue;
            }
            let id = || self.places.id(place, node);
            match saved.mode {
                Mode::Muted => self.out.notes.push(Note::Muted { node: id() }),
                Mode::Bypassed => self.out.notes.push(Note::Bypassed { node: id() }),
                Mode::Active => {
                    if let Some(&child) = self.places.at(place).children.get(&node) {
                        open.push((child, 0));
                    } else {
                        self.convert_node(place, node, saved)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn convert_node(&mut self, place: usize, node: usize, saved: &EditorNode) -> Result<(), ConvertError> {
        let id = self.places.id(place, node);
        let Some(class) = self.classes.get(&saved.class)? else {
            if group_nodes::PREFIXES.iter().any(|prefix| saved.class.starts_with(prefix)) {
                return Err(ConvertError::GroupNode { node: id, class: saved.class.clone() });
            }
            if is_subgraph(&saved.class) {
                return Err(ConvertError::MissingSubgraph { node: id, subgraph: saved.class.clone() });
            }
            self.out.missing.push(MissingClass { class: saved.class.clone(), node: id });
            return Ok(());
        };
        let widgets = self.widget_values.widgets(self.places.at(place).graph, node)?;
        if let Some(input) = &widgets.unknown_count {
            return Err(ConvertError::UnknownWidgetCount {
                node: id,
                class: saved.class.clone(),
                input: input.clone(),
            });
        }
        let mut inputs: Map<_, _> =
            widgets.values.iter().map(|(name, value)| (name.clone(), submitted(value))).collect();
        let mut own: BTreeSet<&str> = widgets.values.keys().map(String::as_str).collect();
        let mut without = BTreeSet::new();
        for slot in &saved.inputs {
            if let Some(value) = self.linked_value(place, node, slot, &class)? {
                own.remove(slot.name.as_str());
                match value {
                    LinkedValue::Value(value) => drop(inputs.insert(slot.name.clone(), value)),
                    LinkedValue::Nothing => drop(without.insert(slot.name.as_str())),
                }
            }
        }
        inputs.retain(|name, _| !without.contains(name.as_str()));
        self.check_own_values(&id, &saved.class, &widgets, &own, &mut inputs)?;
        let title = saved.title.as_ref().unwrap_or(&class.title);
        let api = json!({ "inputs": inputs, "class_type": saved.class, "_meta": { "title": title } });
        self.out.bytes += id.len() + weight(&api);
        if self.out.bytes > MAX_BYTES {
            return Err(ConvertError::TooLarge);
        }
        self.out.nodes.push((id, api));
        Ok(())
    }

    /// What an input gets from another node; none if it keeps the node's own value.
    fn linked_value(
        &mut self,
        place: usize,
        node: usize,
        slot: &Slot,
        class: &EditorClass,
    ) -> Result<Option<LinkedValue>, ConvertError> {
        let expected = class.kind_of(slot).to_owned();
        let source = self.links.of(place, node, slot, &expected)?;
        let node_and_input = || (self.places.id(place, node), slot.name.clone());
        Ok(match source {
            Source::Unlinked | Source::Promoted(None) | Source::Primitive(None) => None,
            Source::Output(from, output) => Some(LinkedValue::Value(json!([from, output]))),
            Source::Promoted(Some(value)) => Some(LinkedValue::Value(submitted(&value))),
            Source::Primitive(Some(value)) => {
                let widgets = self.widget_values.widgets(self.places.at(place).graph, node)?;
                if widgets.has(&slot.name) {
                    return Ok(Some(LinkedValue::Value(submitted(&value))));
                }
                let (node, input) = node_and_input();
                self.out.notes.push(Note::DroppedValue { node, input });
                None
            }
            Source::DroppedLink(from) => {
                let (node, input) = node_and_input();
                self.out.notes.push(Note::DroppedLink { node, input, from });
                None
            }
            Source::Muted(from) => {
                let (node, input) = node_and_input();
                self.out.notes.push(Note::DroppedLink { node, input, from });
                Some(LinkedValue::Nothing)
            }
        })
    }

    /// Resolves prompts in the node's own values, and adds notes about values that are missing or doubtful.
    fn check_own_values(
        &mut self,
        id: &str,
        class: &str,
        widgets: &Widgets,
        own: &BTreeSet<&str>,
        inputs: &mut Map<String, Value>,
    ) -> Result<(), ConvertError> {
        let is_own = |name: &&String| own.contains(name.as_str());
        let (node, class) = (id.to_owned(), class.to_owned());
        if let Some(input) = widgets.captured.iter().find(is_own) {
            return Err(ConvertError::Captured { node, class, input: input.clone() });
        }
        let notes = &mut self.out.notes;
        for input in widgets.defaulted.iter().filter(is_own) {
            notes.push(Note::DefaultValue { node: node.clone(), input: input.clone() });
        }
        for input in widgets.misplaced.iter().filter(is_own) {
            notes.push(Note::MisplacedValue { node: node.clone(), input: input.clone() });
        }
        for input in widgets.resolved.iter().filter(is_own) {
            let Some(Value::String(held)) = inputs.get_mut(input) else { continue };
            match text::resolve(held) {
                ResolvedText::Unchanged => {}
                ResolvedText::Random => notes.push(Note::Alternatives { node: node.clone(), input: input.clone() }),
                ResolvedText::Changed(resolved) => {
                    *held = resolved;
                    notes.push(Note::ResolvedPrompt { node: node.clone(), input: input.clone() });
                }
            }
        }
        if let Some(Value::String(prefix)) = inputs.get(FILE_NAME)
            && text::has_placeholders(prefix)
        {
            notes.push(Note::Placeholders { node: node.clone(), input: FILE_NAME.into() });
        }
        match widgets.surplus {
            0 => {}
            values if widgets.reads_surplus => notes.push(Note::LostValues { node, values }),
            values => notes.push(Note::SurplusValues { node, values }),
        }
        Ok(())
    }
}

/// The input in which the editor replaces placeholders.
const FILE_NAME: &str = "filename_prefix";

/// What an input gets from another node.
enum LinkedValue {
    Value(Value),
    /// Nothing, not even the node's own value.
    Nothing,
}

impl Output {
    fn finish(mut self) -> Result<Conversion, ConvertError> {
        if !self.missing.is_empty() {
            return Err(ConvertError::MissingClasses(self.missing));
        }
        // JavaScript objects list integer keys first.
        self.nodes.sort_by_key(|(id, _)| whole(id).map_or((1, 0), |id| (0, id)));
        let api = self.nodes.into_iter().collect();
        Ok(Conversion { api, notes: self.notes })
    }
}

/// Wraps a list, which would be read as a link.
fn submitted(value: &Value) -> Value {
    if value.is_array() { json!({ "__value__": value }) } else { value.clone() }
}

/// The approximate size of a value in bytes. Recursive: the JSON reader limits how deep values are nested.
fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => 8 + text.len(),
        Value::Array(items) => 8 + items.iter().map(weight).sum::<usize>(),
        Value::Object(entries) => 8 + entries.iter().map(|(name, value)| 8 + name.len() + weight(value)).sum::<usize>(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
    }
}

/// An id as an integer, if JavaScript treats it as one.
fn whole(id: &str) -> Option<u32> {
    id.parse().ok().filter(|number: &u32| *number < u32::MAX && number.to_string() == id)
}
