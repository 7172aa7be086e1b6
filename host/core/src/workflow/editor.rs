//! Workflows in the editor's format that were converted: text in which each node stands on its line of the file.

use super::members::{Member, find, items, members};
use super::places::NodePlace;
use crate::text::{Place, TextFile};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Whether a text is a workflow in the editor's format.
pub fn is_editor_format(file: &TextFile) -> bool {
    find(&members(&file.text, 0), "nodes").is_some_and(|nodes| file.text[nodes.value.clone()].starts_with('['))
}

/// A converted workflow as text, with each node on the line of its node in the editor's file. A node inside a subgraph stands
/// on the line of the subgraph's node. One that the file does not have follows the others.
pub fn at_places_of(file: &TextFile, api: &Map<String, Value>) -> TextFile {
    let lines = lines(&file.text);
    let line = |id: &str| {
        let outer = id.split(':').next().unwrap_or(id);
        lines.get(outer).copied().unwrap_or(u32::MAX)
    };
    let mut nodes: Vec<_> = api.iter().map(|(id, node)| (line(id), id, node)).collect();
    nodes.sort_by_key(|(line, ..)| *line);
    let mut text = "{".to_owned();
    let mut at = 1;
    for (index, (line, id, node)) in nodes.into_iter().enumerate() {
        text += if index == 0 { "" } else { "," };
        if line != u32::MAX {
            text.extend((at..line).map(|_| '\n'));
            at = at.max(line);
        }
        // Writing to a text does not fail.
        let _ = write!(text, "{}: {node}", Value::from(id.as_str()));
    }
    text += "}";
    TextFile { path: file.path.clone(), text }
}

/// The place of each node, by its id.
pub(super) fn nodes(text: &str) -> BTreeMap<String, NodePlace> {
    let place = |(id, member): (String, Member)| {
        (id, NodePlace { key: member.key.start..member.value.end, inputs: BTreeMap::new() })
    };
    ids(text).map(place).collect()
}

/// The id of each node, and the member that has it.
fn ids(text: &str) -> impl Iterator<Item = (String, Member)> {
    let nodes = find(&members(text, 0), "nodes").map(|nodes| items(text, nodes.value.start)).unwrap_or_default();
    nodes.into_iter().filter_map(move |node| {
        let id = find(&members(text, node.start), "id")?.clone();
        Some((text[id.value.clone()].trim_matches('"').to_owned(), id))
    })
}

/// The line of each node's id.
fn lines(text: &str) -> BTreeMap<String, u32> {
    let ids = ids(text).map(|(id, member)| (id, member.key.start));
    // One pass over the text, however many nodes there are.
    let (mut line, mut seen) = (1, 0);
    let place = |(id, at): (String, usize)| {
        line += Place::of(&text[seen..], at - seen).line - 1;
        seen = at;
        (id, line)
    };
    ids.map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workflow::Workflow;
    use serde_json::json;

    #[test]
    fn converted_nodes_stand_on_their_lines() {
        let text = "{\n\"nodes\": [\n{\"id\": 9, \"type\": \"SaveImage\"},\n\n{\"type\": \"é\",\n\"id\": 57}]}";
        let file = TextFile { path: "ui.json".into(), text: text.into() };
        assert!(is_editor_format(&file));
        let api = json!({"57:3": {"class_type": "A"}, "57:4": {"class_type": "B"}, "9": {"class_type": "SaveImage"}, "x": {}});
        let converted = at_places_of(&file, api.as_object().expect("an object"));
        assert!(!is_editor_format(&converted));
        let workflow = Workflow::parse(converted).expect("a workflow");
        let lines = ["9", "57:3", "57:4", "x"].map(|id| workflow.place_of(id, None).map(|place| place.line));
        assert_eq!(lines, [Some(3), Some(6), Some(6), Some(6)]);
        assert_eq!(workflow.nodes().len(), 4);
    }

    #[test]
    fn a_cut_file_is_read_without_a_panic() {
        let text = "{\"nodes\": [{\"id\": 9}, {\"id\": \"ä\"}, 7], \"x\": 1}";
        for (end, _) in text.char_indices() {
            let file = TextFile { path: String::new(), text: text[..end].into() };
            is_editor_format(&file);
            at_places_of(&file, &Map::new());
        }
    }
}
