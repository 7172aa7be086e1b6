//! Conversion from the editor's format: `convert/*.json` holds workflows with their conversions, and
//! `convert/object_info.json` the classes that they use.

mod hostile;

use crate::wording::table;
use comfycheck_check_workflow::class::Classes;
use comfycheck_check_workflow::convert::{Conversion, ConvertError, Note, convert};
use comfycheck_check_workflow::replacement::Replacements;
use insta::assert_snapshot;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

/// A workflow and its conversion.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    #[serde(rename = "case")]
    name: String,
    ui: Value,
    /// `class_type` and `inputs` of each node.
    #[serde(default)]
    api: BTreeMap<String, Value>,
    /// The ids in their order; not checked if empty.
    #[serde(default)]
    order: Vec<String>,
    /// Titles of some nodes.
    #[serde(default)]
    titles: BTreeMap<String, String>,
    /// As [`note_kind`] writes them.
    #[serde(default)]
    notes: Vec<String>,
    /// As [`error_kind`] writes it, if the workflow cannot be converted.
    error: Option<String>,
    /// The body of `/node_replacements`.
    #[serde(default)]
    replacements: Value,
}

fn convert_with_own_classes(ui: &Value, replacements: &Value) -> Result<Conversion, ConvertError> {
    let classes: HashMap<String, Box<RawValue>> =
        serde_json::from_str(include_str!("convert/object_info.json")).expect("the classes are JSON");
    let classes = Classes::new(move |name| Ok(classes.get(name).map(|entry| entry.get().to_owned())));
    let replacements = Replacements::parse(&replacements.to_string()).expect("JSON");
    convert(&ui.to_string(), &classes, Some(&replacements))
}

/// Checks the conversion of every case. Returns the wording of notes and errors.
#[track_caller]
fn check(cases: &str) -> String {
    let cases: Vec<Case> = serde_json::from_str(cases).expect("the cases are JSON");
    assert!(!cases.is_empty());
    table(cases.iter().filter_map(|case| {
        let text = match convert_with_own_classes(&case.ui, &case.replacements) {
            Ok(conversion) => {
                check_conversion(case, &conversion);
                conversion.notes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
            }
            Err(error) => {
                assert_eq!(Some(error_kind(&error)), case.error, "{}", case.name);
                format!("{error}\n  help: {}", error.help())
            }
        };
        (!text.is_empty()).then_some((case.name.as_str(), text))
    }))
}

#[track_caller]
fn check_conversion(case: &Case, conversion: &Conversion) {
    let name = &case.name;
    assert_eq!(case.error, None, "{name}: {:?}", conversion.api);
    let without_meta = |node: &Value| json!({ "class_type": node["class_type"], "inputs": node["inputs"] });
    let api: BTreeMap<_, _> = conversion.api.iter().map(|(id, node)| (id.clone(), without_meta(node))).collect();
    assert_eq!(api, case.api, "{name}");
    if !case.order.is_empty() {
        assert_eq!(conversion.api.keys().cloned().collect::<Vec<_>>(), case.order, "{name}");
    }
    for (id, title) in &case.titles {
        assert_eq!(conversion.api[id]["_meta"]["title"], json!(title), "{name}");
    }
    assert_eq!(conversion.notes.iter().map(note_kind).collect::<Vec<_>>(), case.notes, "{name}");
}

/// A note without its wording: its kind, and the node and input.
fn note_kind(note: &Note) -> String {
    match note {
        Note::Muted { node } => format!("muted {node}"),
        Note::Bypassed { node } => format!("bypassed {node}"),
        Note::DroppedLink { node, input, from } => format!("dropped-link {node}.{input} from {from}"),
        Note::DroppedValue { node, input } => format!("dropped-value {node}.{input}"),
        Note::DefaultValue { node, input } => format!("default {node}.{input}"),
        Note::SurplusValues { node, values } => format!("surplus {node}: {values}"),
        Note::LostValues { node, values } => format!("lost {node}: {values}"),
        Note::MisplacedValue { node, input } => format!("misplaced {node}.{input}"),
        Note::ResolvedPrompt { node, input } => format!("resolved-text {node}.{input}"),
        Note::Placeholders { node, input } => format!("placeholders {node}.{input}"),
        Note::Alternatives { node, input } => format!("alternatives {node}.{input}"),
        Note::Replaced { node, from, to } => format!("replaced {node}: {from} by {to}"),
        Note::BroadcastLink { node, input, from } => format!("broadcast-link {node}.{input} from {from}"),
        Note::AmbiguousBroadcast { node, input } => format!("ambiguous-broadcast {node}.{input}"),
        Note::Broadcast { node } => format!("broadcast {node}"),
        Note::Renumbered { nodes } => format!("renumbered {nodes}"),
    }
}

/// An error without its wording.
fn error_kind(error: &ConvertError) -> String {
    match error {
        ConvertError::NotJson(_) => "not-json".to_owned(),
        ConvertError::NotEditorFormat => "not-editor-format".to_owned(),
        ConvertError::MissingClasses(missing) => {
            let missing: Vec<_> = missing.iter().map(|missing| format!("{} {}", missing.class, missing.node)).collect();
            format!("missing-classes {}", missing.join(", "))
        }
        ConvertError::MissingSubgraph { node, .. } => format!("missing-subgraph {node}"),
        ConvertError::GroupNode { node, .. } => format!("group-node {node}"),
        ConvertError::ClassUnavailable { class, .. } => format!("unknown-class {class}"),
        ConvertError::InvalidDescription { class } => format!("invalid-description {class}"),
        ConvertError::RepeatedId { node } => format!("repeated-id {node}"),
        ConvertError::Recursion { subgraph } => format!("recursive-subgraph {subgraph}"),
        ConvertError::TooDeep { subgraph, limit } => format!("too-deep {subgraph}: {limit}"),
        ConvertError::TooManyNodes { limit } => format!("too-many-nodes: {limit}"),
        ConvertError::TooLarge => "too-large".to_owned(),
        ConvertError::LinkCircle { node, input } => format!("link-circle {node}.{input}"),
        ConvertError::Captured { node, input, .. } => format!("captured {node}.{input}"),
        ConvertError::UnknownWidgetCount { node, input, .. } => format!("unknown-widget-count {node}.{input}"),
        ConvertError::Conflicting { node, input } => format!("conflicting-values {node}.{input}"),
    }
}

#[test]
fn widget_values_get_the_names_that_the_class_declares() {
    assert_snapshot!(check(include_str!("convert/widgets.json")));
}

#[test]
fn dynamic_inputs_follow_their_options() {
    assert_snapshot!(check(include_str!("convert/dynamic.json")));
}

#[test]
fn links_lead_to_submitted_nodes() {
    assert_snapshot!(check(include_str!("convert/links.json")));
}

#[test]
fn what_packs_add_to_the_editor_is_converted() {
    assert_snapshot!(check(include_str!("convert/packs.json")));
}

#[test]
fn subgraphs_are_expanded() {
    assert_snapshot!(check(include_str!("convert/subgraphs.json")));
}

#[test]
fn group_nodes_are_expanded() {
    assert_snapshot!(check(include_str!("convert/group_nodes.json")));
}

#[test]
fn what_cannot_be_converted_reliably_is_refused() {
    assert_snapshot!(check(include_str!("convert/refused.json")));
}

/// The errors that no file of the tables leads to.
#[test]
fn every_error_says_what_to_do() {
    let not_json = convert("{", &Classes::new(|_| Ok(None)), None).unwrap_err();
    let silent = Classes::new(|_| Err("the server does not answer".into()));
    let unavailable =
        convert(&json!({ "nodes": [{ "id": 1, "type": "Int" }] }).to_string(), &silent, None).unwrap_err();
    assert_eq!([&not_json, &unavailable].map(error_kind), ["not-json", "unknown-class Int"]);
    let errors = [
        not_json,
        unavailable,
        ConvertError::TooDeep { subgraph: "S".into(), limit: 64 },
        ConvertError::TooManyNodes { limit: 250_000 },
        ConvertError::TooLarge,
    ];
    let kinds: Vec<_> = errors.iter().map(error_kind).collect();
    let texts = errors.iter().map(|error| format!("{error}\n  help: {}", error.help()));
    assert_snapshot!(table(kinds.iter().map(String::as_str).zip(texts)));
}

#[test]
fn a_class_is_requested_once_and_only_if_it_is_needed() {
    let nodes: Vec<_> = ["Int", "Int", "Note", "Reroute", "sub", "Muted"]
        .iter()
        .enumerate()
        .map(|(id, class)| json!({ "id": id, "type": class, "mode": if *class == "Muted" { 2 } else { 0 } }))
        .collect();
    let inner = json!({ "id": "sub", "nodes": [{ "id": 20, "type": "Int" }, { "id": 21, "type": "Text" }] });
    let ui = json!({ "nodes": nodes, "definitions": { "subgraphs": [inner] } }).to_string();
    let requested = RefCell::new(Vec::new());
    let classes = Classes::new(|name| {
        requested.borrow_mut().push(name.to_owned());
        Ok(None)
    });
    let _ = convert(&ui, &classes, None);
    drop(classes);
    assert_eq!(requested.into_inner(), ["Int", "Text"]);
}
