//! Changes of a workflow's text that touch no other byte: indentation, order and line ends stay.

use super::editor::is_editor_format;
use super::members::{Member, items, members};
use crate::text::{Place, TextEdit, TextFile};
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// A change of one node, as a check states it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "edit", rename_all = "kebab-case", deny_unknown_fields)]
pub enum NodeEdit {
    /// Replaces the `class_type`.
    SetClass {
        node: String,
        class: String,
    },
    /// Replaces the value of an input that the node has.
    SetInput {
        node: String,
        input: String,
        value: Value,
    },
    /// Adds an input that the node does not have.
    AddInput {
        node: String,
        input: String,
        value: Value,
    },
    RenameInput {
        node: String,
        input: String,
        to: String,
    },
    RemoveInput {
        node: String,
        input: String,
    },
    RemoveNode {
        node: String,
    },
}

/// A workflow in API format whose text can be changed.
pub struct EditableWorkflow<'a> {
    text: &'a str,
    nodes: Vec<Member>,
}

/// Bytes of a text, and what to put in their place.
type Replacement = (Range<usize>, String);

/// A change of one member of an object.
enum MemberEdit<'a> {
    Set(&'a str, &'a Value),
    Add(&'a str, &'a Value),
    Rename(&'a str, &'a str),
    Remove(&'a str),
}

impl<'a> EditableWorkflow<'a> {
    /// None for a file in the editor's format.
    pub fn of(file: &'a TextFile) -> Option<Self> {
        (!is_editor_format(file)).then(|| Self { text: &file.text, nodes: members(&file.text, 0) })
    }

    /// The changes of the text for these edits, in the order of the text. None if they do not fit the file: a node or an input is
    /// missing, or there are several of its name.
    pub fn text_edits(&self, edits: &[NodeEdit]) -> Option<Vec<TextEdit>> {
        let mut replacements = self.replacements(edits)?;
        replacements.sort_by_key(|(range, _)| (range.start, range.end));
        let overlap = replacements.windows(2).any(|pair| pair[0].0.end > pair[1].0.start);
        let place = |at| Place::of(self.text, at);
        let edit = |(range, text): Replacement| TextEdit { start: place(range.start), end: place(range.end), text };
        (!overlap).then(|| replacements.into_iter().map(edit).collect())
    }

    fn replacements(&self, edits: &[NodeEdit]) -> Option<Vec<Replacement>> {
        let mut removed = Vec::new();
        let mut classes = Vec::new();
        let mut inputs: BTreeMap<&str, Vec<MemberEdit<'_>>> = BTreeMap::new();
        for edit in edits {
            let (node, edit) = match edit {
                NodeEdit::RemoveNode { node } => {
                    removed.push(MemberEdit::Remove(node));
                    continue;
                }
                NodeEdit::SetClass { node, class } => {
                    classes.push((node.as_str(), Value::from(class.as_str())));
                    continue;
                }
                NodeEdit::SetInput { node, input, value } => (node, MemberEdit::Set(input, value)),
                NodeEdit::AddInput { node, input, value } => (node, MemberEdit::Add(input, value)),
                NodeEdit::RenameInput { node, input, to } => (node, MemberEdit::Rename(input, to)),
                NodeEdit::RemoveInput { node, input } => (node, MemberEdit::Remove(input)),
            };
            inputs.entry(node).or_default().push(edit);
        }
        let mut all = Vec::new();
        if !removed.is_empty() {
            edit_object(self.text, 0, &self.nodes, &removed, &mut all)?;
        }
        for (node, class) in &classes {
            let node = only(&self.nodes, node)?.value.start;
            edit_object(self.text, node, &members(self.text, node), &[MemberEdit::Set("class_type", class)], &mut all)?;
        }
        for (node, edits) in &inputs {
            let node = members(self.text, only(&self.nodes, node)?.value.start);
            let inputs = only(&node, "inputs")?.value.start;
            edit_object(self.text, inputs, &members(self.text, inputs), edits, &mut all)?;
        }
        Some(all)
    }
}

/// The one member of a name. None if there are several: an edit of the last could bring the first back.
fn only<'m>(members: &'m [Member], name: &str) -> Option<&'m Member> {
    let mut named = members.iter().filter(|member| member.name == name);
    named.next().filter(|_| named.next().is_none())
}

/// Adds the replacements for changes of the object that begins at a byte.
fn edit_object(
    text: &str,
    object: usize,
    members: &[Member],
    edits: &[MemberEdit<'_>],
    replacements: &mut Vec<Replacement>,
) -> Option<()> {
    let mut names: Vec<Option<&str>> = members.iter().map(|member| Some(member.name.as_str())).collect();
    let place = |name: &str| {
        only(members, name)?;
        members.iter().position(|member| member.name == name)
    };
    let mut added = Vec::new();
    for edit in edits {
        match *edit {
            MemberEdit::Set(name, value) => set(text, members[place(name)?].value.clone(), value, replacements),
            MemberEdit::Add(name, value) => added.push((name, value)),
            MemberEdit::Rename(name, to) => {
                let at = place(name)?;
                names[at] = Some(to);
                replacements.push((members[at].key.clone(), json(&Value::from(to))));
            }
            MemberEdit::Remove(name) => names[place(name)?] = None,
        }
    }
    let mut after = BTreeSet::new();
    let all = names.iter().flatten().copied().chain(added.iter().map(|(name, _)| *name));
    if !all.into_iter().all(|name| after.insert(name)) {
        return None;
    }
    let kept: Vec<usize> = (0..members.len()).filter(|at| names[*at].is_some()).collect();
    // After the opening brace, as `members` found it.
    let inside = object + text[object..].find('{')? + 1;
    let space = space_before(text, inside, members);
    let entries = entries(text, members, &added);
    let (Some(&first), Some(&last)) = (kept.first(), kept.last()) else {
        let end = members.last().map_or(inside, |member| member.value.end);
        let start = members.first().map_or(inside, |member| member.key.start);
        if start < end || !added.is_empty() {
            replacements.push((start..end, entries.join(&format!(",{space}"))));
        }
        return Some(());
    };
    if first > 0 {
        replacements.push((members[0].key.start..members[first].key.start, String::new()));
    }
    for pair in kept.windows(2).filter(|pair| pair[1] > pair[0] + 1) {
        replacements.push((members[pair[0] + 1].key.start..members[pair[1]].key.start, String::new()));
    }
    let end = members[last].value.end;
    if !added.is_empty() {
        let entries: String = entries.iter().flat_map(|entry| [",", space, entry.as_str()]).collect();
        replacements.push((end..end, entries));
    }
    if last + 1 < members.len() {
        replacements.push((end..members[members.len() - 1].value.end, String::new()));
    }
    Some(())
}

/// New members as text, with the space that the object has around its colons.
fn entries(text: &str, members: &[Member], added: &[(&str, &Value)]) -> Vec<String> {
    let colon = members.first().map_or(": ", |member| &text[member.key.end..member.value.start]);
    added.iter().map(|(name, value)| format!("{}{colon}{}", json(&Value::from(*name)), json(value))).collect()
}

/// The space before the last member.
fn space_before<'t>(text: &'t str, inside: usize, members: &[Member]) -> &'t str {
    match members {
        [.., previous, last] => {
            let between = &text[previous.value.end..last.key.start];
            between.split_once(',').map_or("", |(_, after)| after)
        }
        [only] if text[inside..only.key.start].contains('\n') => &text[inside..only.key.start],
        [only] if text[only.key.end..only.value.start].ends_with(':') => "",
        [_] | [] => " ",
    }
}

/// Replaces a value. Of a link, only the part that differs.
fn set(text: &str, old: Range<usize>, value: &Value, replacements: &mut Vec<Replacement>) {
    let parts = items(text, old.start);
    if let Value::Array(new) = value
        && parts.len() == new.len()
    {
        let differs = |(part, new): &(&Range<usize>, &Value)| {
            serde_json::from_str::<Value>(&text[(*part).clone()]).ok().as_ref() != Some(*new)
        };
        let changed = parts.iter().zip(new).filter(differs);
        replacements.extend(changed.map(|(part, new)| (part.clone(), json(new))));
    } else {
        replacements.push((old, json(value)));
    }
}

/// JSON on one line, with a space after each comma.
fn json(value: &Value) -> String {
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(json).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
