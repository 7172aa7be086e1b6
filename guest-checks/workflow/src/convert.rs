//! From the format in which ComfyUI's editor saves a workflow to the format in which ComfyUI takes one.
//!
//! The conversion does what the editor does when it submits or exports: it names the values of widgets,
//! follows links through reroutes, bypassed nodes and subgraphs, and leaves out what is switched off. For the
//! names it needs what `/object_info` says of the classes. What it cannot convert surely, it refuses; what
//! it leaves out or adds, it tells as a [`Note`].

mod class;
mod classes;
mod editor;
mod error;
mod graph;
mod kinds;
mod note;
mod origins;
mod places;
mod renumber;
mod settled;
mod text;
mod widgets;

pub use error::{ConvertError, MissingClass};
pub use note::Note;

use class::Class;
use classes::Classes;
use graph::{Mode, Node, Slot, Workflow};
use origins::{Origins, PRIMITIVE, REROUTE, Source};
use places::Places;
use serde_json::{Map, Value, json};
use settled::Settled;
use std::collections::BTreeSet;
use text::Resolved;
use widgets::Widgets;

/// Tells the entry of a node class in ComfyUI's `/object_info`, as JSON; `Ok(None)` if the class is not
/// installed, and why if that cannot be told.
pub type ClassSource<'a> = dyn Fn(&str) -> Result<Option<String>, String> + 'a;

/// A workflow in API format.
#[derive(Clone, Debug, PartialEq)]
pub struct Converted {
    /// Each node by its id, as `{"inputs": …, "class_type": …, "_meta": {"title": …}}`. Whole numbers come first, in
    /// ascending order, as in what the editor exports.
    pub api: Map<String, Value>,
    /// What was left out, added or decided on the way, in the order of the nodes.
    pub notes: Vec<Note>,
}

/// Converts a workflow that the editor saved.
///
/// Every class is asked for at most once, and only classes that the result depends on.
pub fn convert(source: &str, classes: &ClassSource<'_>) -> Result<Converted, ConvertError> {
    let source: Value = serde_json::from_str(source).map_err(ConvertError::NotJson)?;
    let mut workflow = Workflow::read(&source).ok_or(ConvertError::NotUiFormat)?;
    drop(source);
    let renumbered = renumber::renumber(&mut workflow);
    let places = Places::of(&workflow)?;
    let classes = Classes::new(classes);
    let settled = Settled::new(&places, &classes);
    let origins = Origins::new(&places, &classes, &settled);
    let mut converter =
        Converter { places: &places, classes: &classes, settled: &settled, origins: &origins, out: Output::default() };
    if renumbered > 0 {
        converter.out.notes.push(Note::Renumbered { nodes: renumbered });
    }
    converter.convert_all()?;
    converter.out.finish()
}

struct Converter<'a> {
    places: &'a Places<'a>,
    classes: &'a Classes<'a>,
    settled: &'a Settled<'a>,
    origins: &'a Origins<'a>,
    out: Output,
}

/// What was converted so far.
#[derive(Default)]
struct Output {
    nodes: Vec<(String, Value)>,
    notes: Vec<Note>,
    missing: Vec<MissingClass>,
    /// About how large the nodes are.
    bytes: usize,
}

/// How large a workflow may become. Values of subgraphs are repeated for each instance, so that a small file
/// can ask for more than any machine holds.
const MAX_BYTES: usize = 256 << 20;

impl Converter<'_> {
    /// Converts the nodes of the main graph in their order, those of a subgraph where its instance stands.
    fn convert_all(&mut self) -> Result<(), ConvertError> {
        let mut open = vec![(0, 0)];
        while let Some((place, node)) = open.pop() {
            let Some(saved) = self.places.graph_at(place).nodes.get(node) else { continue };
            open.push((place, node + 1));
            if is_editor_only(&saved.class) {
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

    fn convert_node(&mut self, place: usize, node: usize, saved: &Node) -> Result<(), ConvertError> {
        let id = self.places.id(place, node);
        let Some(class) = self.classes.get(&saved.class)? else {
            if GROUP_NODES.iter().any(|prefix| saved.class.starts_with(prefix)) {
                return Err(ConvertError::GroupNode { node: id, class: saved.class.clone() });
            }
            self.out.missing.push(MissingClass { class: saved.class.clone(), node: id });
            return Ok(());
        };
        let widgets = self.settled.widgets(self.places.at(place).graph, node)?;
        if let Some(input) = &widgets.untold {
            return Err(ConvertError::UntoldInputs { node: id, class: saved.class.clone(), input: input.clone() });
        }
        let mut inputs: Map<_, _> =
            widgets.values.iter().map(|(name, value)| (name.clone(), submitted(value))).collect();
        let mut own: BTreeSet<&str> = widgets.values.keys().map(String::as_str).collect();
        let mut without = BTreeSet::new();
        for slot in &saved.inputs {
            if let Some(given) = self.given(place, node, slot, &class)? {
                own.remove(slot.name.as_str());
                match given {
                    Given::Value(value) => drop(inputs.insert(slot.name.clone(), value)),
                    Given::Nothing => drop(without.insert(slot.name.as_str())),
                }
            }
        }
        inputs.retain(|name, _| !without.contains(name.as_str()));
        self.settle_own(&id, &saved.class, &widgets, &own, &mut inputs)?;
        let title = saved.title.as_ref().unwrap_or(&class.title);
        let api = json!({ "inputs": inputs, "class_type": saved.class, "_meta": { "title": title } });
        self.out.bytes += id.len() + weight(&api);
        if self.out.bytes > MAX_BYTES {
            return Err(ConvertError::TooLarge);
        }
        self.out.nodes.push((id, api));
        Ok(())
    }

    /// What an input gets from elsewhere; none if it is left with what the node itself holds.
    fn given(&mut self, place: usize, node: usize, slot: &Slot, class: &Class) -> Result<Option<Given>, ConvertError> {
        let wanted = class.kind_of(slot).to_owned();
        let source = self.origins.of(place, node, slot, &wanted)?;
        let node_and_input = || (self.places.id(place, node), slot.name.clone());
        Ok(match source {
            Source::Unlinked | Source::Shown(None) | Source::Primitive(None) => None,
            Source::Output(from, output) => Some(Given::Value(json!([from, output]))),
            Source::Shown(Some(value)) => Some(Given::Value(submitted(&value))),
            Source::Primitive(Some(value)) => {
                let widgets = self.settled.widgets(self.places.at(place).graph, node)?;
                if widgets.has(&slot.name) {
                    return Ok(Some(Given::Value(submitted(&value))));
                }
                let (node, input) = node_and_input();
                self.out.notes.push(Note::NoWidget { node, input });
                None
            }
            Source::Unfed(from) => {
                let (node, input) = node_and_input();
                self.out.notes.push(Note::Unfed { node, input, from });
                None
            }
            Source::Muted(from) => {
                let (node, input) = node_and_input();
                self.out.notes.push(Note::Unfed { node, input, from });
                Some(Given::Nothing)
            }
        })
    }

    /// Resolves the texts that the node itself holds, and tells what the file does not say.
    fn settle_own(
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
            notes.push(Note::Defaulted { node: node.clone(), input: input.clone() });
        }
        for input in widgets.misplaced.iter().filter(is_own) {
            notes.push(Note::Misplaced { node: node.clone(), input: input.clone() });
        }
        for input in widgets.resolved.iter().filter(is_own) {
            let Some(Value::String(held)) = inputs.get_mut(input) else { continue };
            match text::resolve(held) {
                Resolved::AsWritten => {}
                Resolved::Drawn => notes.push(Note::Alternatives { node: node.clone(), input: input.clone() }),
                Resolved::To(resolved) => {
                    *held = resolved;
                    notes.push(Note::TextResolved { node: node.clone(), input: input.clone() });
                }
            }
        }
        if let Some(Value::String(prefix)) = inputs.get(FILE_NAME)
            && text::has_placeholders(prefix)
        {
            notes.push(Note::Placeholders { node: node.clone(), input: FILE_NAME.into() });
        }
        if widgets.surplus > 0 {
            notes.push(Note::Surplus { node, values: widgets.surplus });
        }
        Ok(())
    }
}

/// How the types of group nodes begin, the forerunners of subgraphs.
const GROUP_NODES: [&str; 2] = ["workflow>", "workflow/"];

/// The input in whose value the editor fills in placeholders.
const FILE_NAME: &str = "filename_prefix";

/// What an input gets from elsewhere.
enum Given {
    Value(Value),
    /// Nothing, not even what the node itself holds.
    Nothing,
}

impl Output {
    fn finish(mut self) -> Result<Converted, ConvertError> {
        if !self.missing.is_empty() {
            return Err(ConvertError::MissingClasses(self.missing));
        }
        // Whole numbers first, as every JavaScript object has its keys.
        self.nodes.sort_by_key(|(id, _)| whole(id).map_or((1, 0), |id| (0, id)));
        let api = self.nodes.into_iter().collect();
        Ok(Converted { api, notes: self.notes })
    }
}

/// Whether nodes of this class are there for the editor alone.
fn is_editor_only(class: &str) -> bool {
    ["Note", "MarkdownNote", REROUTE, PRIMITIVE].contains(&class)
}

/// A value as an input has it: a list would be read as a link.
fn submitted(value: &Value) -> Value {
    if value.is_array() { json!({ "__value__": value }) } else { value.clone() }
}

/// About how many bytes a value takes. Values are nested no deeper than the JSON reader lets them be.
fn weight(value: &Value) -> usize {
    match value {
        Value::String(text) => 8 + text.len(),
        Value::Array(items) => 8 + items.iter().map(weight).sum::<usize>(),
        Value::Object(entries) => 8 + entries.iter().map(|(name, value)| 8 + name.len() + weight(value)).sum::<usize>(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
    }
}

/// The number that an id is, if JavaScript takes it for one.
fn whole(id: &str) -> Option<u32> {
    id.parse().ok().filter(|number: &u32| *number < u32::MAX && number.to_string() == id)
}
