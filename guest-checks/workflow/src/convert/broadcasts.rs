//! Links that nodes such as `Anything Everywhere` add on submit: to every free input of their type in the same graph.

use super::Note;
use super::editor_graph::{EditorGraph, EditorLink, EditorNode, EditorWorkflow, Mode, Origin, Values};
use super::kinds;
use crate::class::Classes;
use comfycheck_packs::Broadcast;
use serde_json::{Map, Value};

/// One type that one node sends.
struct Sender {
    node: String,
    link: EditorLink,
    /// The start of a receiving input's name, in lower case, or a part of it.
    to: Vec<NamePart>,
    title: Option<Vec<NamePart>>,
    priority: u32,
}

/// A part of a name: the simple patterns `text`, `^text`, `text$` and `^text$`.
struct NamePart {
    text: String,
    at_start: bool,
    at_end: bool,
}

/// Adds the links of all broadcasting nodes.
pub(super) fn link(workflow: &mut EditorWorkflow, classes: &Classes<'_>, notes: &mut Vec<Note>) {
    for graph in workflow.graphs_mut() {
        let senders = senders(graph, classes, notes);
        if senders.is_empty() {
            continue;
        }
        for at in 0..graph.nodes.len() {
            for slot in 0..graph.nodes[at].inputs.len() {
                if let Some(link) = best(graph, at, slot, &senders, notes) {
                    graph.add_link(at, slot, link);
                }
            }
        }
    }
}

fn senders(graph: &EditorGraph, classes: &Classes<'_>, notes: &mut Vec<Note>) -> Vec<Sender> {
    let mut senders = Vec::new();
    for node in graph.nodes.iter().filter(|node| node.mode == Mode::Active) {
        let facts = classes.packs().class(&node.class, "");
        for broadcast in facts.broadcasts() {
            let Some(restrictions) = Restrictions::of(node) else {
                notes.push(Note::Broadcast { node: node.id.clone() });
                break;
            };
            let to = match (&restrictions.input, &broadcast.to) {
                (Some(own), _) => own.clone(),
                (None, Some(to)) => to.join("|"),
                (None, None) => String::new(),
            };
            let title = restrictions.title.as_deref().map_or(Some(None), |title| name_parts(title).map(Some));
            let (Some(to), Some(title)) = (name_parts(&to), title) else {
                notes.push(Note::Broadcast { node: node.id.clone() });
                break;
            };
            let is_restricted = restrictions.input.is_some() || title.is_some();
            for link in sent_links(graph, node, broadcast) {
                let priority = restrictions.priority.unwrap_or(broadcast.priority + 20 * u32::from(is_restricted));
                if !kinds::is_any(&link.kind) && is_live(graph, &link) {
                    let title = title.as_ref().map(|parts| parts.iter().map(NamePart::copy).collect());
                    let to = to.iter().map(NamePart::copy).collect();
                    senders.push(Sender { node: node.id.clone(), link, to, title, priority });
                }
            }
        }
    }
    senders
}

/// The links that a node sends, with the type that each carries.
fn sent_links(graph: &EditorGraph, node: &EditorNode, broadcast: &Broadcast) -> Vec<EditorLink> {
    if let Some(slot) = broadcast.output {
        let kind = node.outputs.get(slot).cloned().unwrap_or_default();
        return vec![EditorLink { from: Origin::Node(node.id.clone()), slot, kind }];
    }
    let sent = node.inputs.iter().enumerate().filter(|(at, slot)| broadcast.sends(*at, &slot.name));
    let links = sent.filter_map(|(_, slot)| Some((slot, graph.link_into(slot)?)));
    links.map(|(slot, link)| EditorLink { kind: sent_kind(graph, link, &slot.kind), ..link.clone() }).collect()
}

/// What limits the receivers of a node. None if it cannot be evaluated: groups, colors, or patterns that are not simple.
struct Restrictions {
    title: Option<String>,
    input: Option<String>,
    priority: Option<u32>,
}

impl Restrictions {
    fn of(node: &EditorNode) -> Option<Self> {
        let own = node.properties.get("ue_properties").and_then(Value::as_object);
        let properties = own.unwrap_or(&node.properties);
        let is_set = |key: &str| properties.get(key).is_some_and(|value| value.as_u64().is_some_and(|value| value > 0));
        if is_set("group_restricted") || is_set("color_restricted") {
            return None;
        }
        let saved = match (&node.values, own) {
            (Values::Listed(values), None) if node.class.ends_with('?') => values.as_slice(),
            _ => &[],
        };
        let pattern = |key: &str, at: usize| {
            let text = properties.get(key).or_else(|| saved.get(at)).and_then(Value::as_str)?;
            (!text.is_empty() && text != ".*").then(|| text.to_owned())
        };
        if pattern("group_regex", 2).is_some() {
            return None;
        }
        let priority = properties.get("priority").and_then(Value::as_u64).and_then(|value| u32::try_from(value).ok());
        Some(Self { title: pattern("title_regex", 0), input: pattern("input_regex", 1), priority })
    }
}

/// Reads alternatives of plain texts, each with an optional `^` and `$`. None if the pattern has other special characters.
fn name_parts(pattern: &str) -> Option<Vec<NamePart>> {
    let pattern = pattern.trim_start_matches('(').trim_end_matches(')');
    let parts = pattern.split('|').filter(|part| !part.is_empty()).map(|part| {
        let text = part.trim_start_matches('^').trim_end_matches('$').trim_matches(['.', '*']);
        let is_plain = text.chars().all(|char| char.is_alphanumeric() || "_- :,".contains(char));
        is_plain.then(|| NamePart {
            text: text.to_owned(),
            at_start: part.starts_with('^'),
            at_end: part.ends_with('$'),
        })
    });
    parts.collect()
}

impl NamePart {
    fn copy(&self) -> Self {
        Self { text: self.text.clone(), ..*self }
    }

    fn is_in(&self, name: &str) -> bool {
        match (self.at_start, self.at_end) {
            (true, true) => name == self.text,
            (true, false) => name.starts_with(&self.text),
            (false, true) => name.ends_with(&self.text),
            (false, false) => name.contains(&self.text),
        }
    }
}

/// The type that a link carries: as the file states it, else that of the output.
fn sent_kind(graph: &EditorGraph, link: &EditorLink, slot: &str) -> String {
    let output = || match &link.from {
        Origin::Node(id) => graph.position(id).and_then(|at| graph.nodes[at].outputs.get(link.slot)).cloned(),
        Origin::Input => None,
    };
    let stated = [link.kind.clone(), output().unwrap_or_default(), slot.to_owned()];
    stated.into_iter().find(|kind| !kinds::is_any(kind)).unwrap_or_default()
}

fn is_live(graph: &EditorGraph, link: &EditorLink) -> bool {
    match &link.from {
        Origin::Node(id) => graph.position(id).is_some_and(|at| graph.nodes[at].mode != Mode::Muted),
        Origin::Input => true,
    }
}

/// The link that an input receives; none if it is not free, or if no sender or several fit.
fn best(graph: &EditorGraph, at: usize, slot: usize, senders: &[Sender], notes: &mut Vec<Note>) -> Option<EditorLink> {
    let (node, input) = (&graph.nodes[at], &graph.nodes[at].inputs[slot]);
    let is_free = graph.link_into(input).is_none() && takes_broadcasts(node, &input.name, input.is_widget);
    if !is_free || node.mode == Mode::Muted || node.role.is_some() || senders.iter().any(|from| from.node == node.id) {
        return None;
    }
    let title = node.title.as_deref().unwrap_or(&node.class);
    let fits = |from: &&Sender| {
        from.link.kind == input.kind
            && from.link.from != Origin::Node(node.id.clone())
            && (from.to.is_empty() || from.to.iter().any(|part| part.is_in(&input.name)))
            && from.title.as_ref().is_none_or(|parts| parts.iter().any(|part| part.is_in(title)))
    };
    let highest = senders.iter().filter(fits).map(|from| from.priority).max()?;
    let mut fitting = senders.iter().filter(fits).filter(|from| from.priority == highest);
    let first = fitting.next()?;
    if fitting.any(|other| (&other.link.from, other.link.slot) != (&first.link.from, first.link.slot)) {
        notes.push(Note::AmbiguousBroadcast { node: node.id.clone(), input: input.name.clone() });
        return None;
    }
    notes.push(Note::BroadcastLink { node: node.id.clone(), input: input.name.clone(), from: first.node.clone() });
    Some(first.link.clone())
}

/// Whether the properties of a node let an input receive: inputs with a widget only if they say so.
fn takes_broadcasts(node: &EditorNode, input: &str, is_widget: bool) -> bool {
    let of = |properties: &Map<String, Value>, key: &str| {
        properties.get(key).and_then(|inputs| inputs.get(input)).and_then(Value::as_bool).unwrap_or(false)
    };
    let own = node.properties.get("ue_properties").and_then(Value::as_object).unwrap_or(&node.properties);
    let rejects = node.properties.get("rejects_ue_links").and_then(Value::as_bool).unwrap_or(false);
    !rejects && !of(own, "input_ue_unconnectable") && (!is_widget || of(own, "widget_ue_connectable"))
}
