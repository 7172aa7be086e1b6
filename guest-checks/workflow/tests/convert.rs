//! Conversion from the editor's format, as tables: `convert/*.json` holds workflows with what becomes of them, and
//! `convert/object_info.json` the classes that they use.

use comfycheck_check_workflow::convert::{ConvertError, Converted, convert};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

/// A workflow and what becomes of it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    says: String,
    ui: Value,
    /// `class_type` and `inputs` of each node.
    #[serde(default)]
    api: BTreeMap<String, Value>,
    /// The ids in their order; not looked at where there are none.
    #[serde(default)]
    order: Vec<String>,
    /// Titles of some nodes.
    #[serde(default)]
    titles: BTreeMap<String, String>,
    #[serde(default)]
    notes: Vec<String>,
    /// The message, where the workflow is not converted.
    refused: Option<String>,
}

fn convert_with_own_classes(ui: &Value) -> Result<Converted, ConvertError> {
    let classes: HashMap<String, Box<RawValue>> =
        serde_json::from_str(include_str!("convert/object_info.json")).expect("the classes are JSON");
    convert(&ui.to_string(), &|name| Ok(classes.get(name).map(|entry| entry.get().to_owned())))
}

#[track_caller]
fn check(cases: &str) {
    let cases: Vec<Case> = serde_json::from_str(cases).expect("the cases are JSON");
    assert!(!cases.is_empty());
    for case in cases {
        match (convert_with_own_classes(&case.ui), &case.refused) {
            (Ok(converted), None) => check_converted(&case, &converted),
            (Err(refused), Some(message)) => assert_eq!(&refused.to_string(), message, "{}", case.says),
            (Ok(converted), Some(message)) => panic!("{}: not `{message}`, but {:?}", case.says, converted.api),
            (Err(refused), None) => panic!("{}: {refused}", case.says),
        }
    }
}

#[track_caller]
fn check_converted(case: &Case, converted: &Converted) {
    let without_meta = |node: &Value| json!({ "class_type": node["class_type"], "inputs": node["inputs"] });
    let api: BTreeMap<_, _> = converted.api.iter().map(|(id, node)| (id.clone(), without_meta(node))).collect();
    assert_eq!(api, case.api, "{}", case.says);
    if !case.order.is_empty() {
        assert_eq!(converted.api.keys().cloned().collect::<Vec<_>>(), case.order, "{}", case.says);
    }
    for (id, title) in &case.titles {
        assert_eq!(converted.api[id]["_meta"]["title"], json!(title), "{}", case.says);
    }
    let notes: Vec<_> = converted.notes.iter().map(ToString::to_string).collect();
    assert_eq!(notes, case.notes, "{}", case.says);
}

#[test]
fn values_of_widgets_get_the_names_that_the_class_declares() {
    check(include_str!("convert/widgets.json"));
}

#[test]
fn dynamic_inputs_are_found_by_their_choices() {
    check(include_str!("convert/dynamic.json"));
}

#[test]
fn links_are_followed_to_the_nodes_that_are_submitted() {
    check(include_str!("convert/links.json"));
}

#[test]
fn subgraphs_are_written_out() {
    check(include_str!("convert/subgraphs.json"));
}

#[test]
fn what_cannot_be_converted_surely_is_refused() {
    check(include_str!("convert/refused.json"));
}

#[test]
fn a_text_that_is_no_json_is_refused() {
    let refused = convert("{", &|_| Ok(None)).unwrap_err();
    assert_eq!(refused.to_string(), "the workflow is not valid JSON");
}

#[test]
fn a_class_that_cannot_be_asked_for_is_not_taken_for_missing() {
    let ui = json!({ "nodes": [{ "id": 1, "type": "Int" }] }).to_string();
    let refused = convert(&ui, &|_| Err("the server does not answer".into())).unwrap_err();
    assert_eq!(refused.to_string(), "cannot tell what node class `Int` is: the server does not answer");
}

#[test]
fn a_class_is_asked_for_once_and_only_where_it_is_needed() {
    let nodes: Vec<_> = ["Int", "Int", "Note", "Reroute", "sub", "Muted"]
        .iter()
        .enumerate()
        .map(|(id, class)| json!({ "id": id, "type": class, "mode": if *class == "Muted" { 2 } else { 0 } }))
        .collect();
    let inner = json!({ "id": "sub", "nodes": [{ "id": 20, "type": "Int" }, { "id": 21, "type": "Text" }] });
    let ui = json!({ "nodes": nodes, "definitions": { "subgraphs": [inner] } }).to_string();
    let asked = RefCell::new(Vec::new());
    let _ = convert(&ui, &|name| {
        asked.borrow_mut().push(name.to_owned());
        Ok(None)
    });
    assert_eq!(asked.into_inner(), ["Int", "Text"]);
}

#[test]
fn every_refusal_says_what_to_do() {
    for refused in [ConvertError::NotUiFormat, ConvertError::TooLarge, ConvertError::MissingClasses(Vec::new())] {
        assert!(!refused.help().is_empty() && !refused.help().ends_with('.'), "{refused}");
    }
}

/// Workflows that ask for more than they hold: what matters is that an answer comes, and which.
#[track_caller]
fn check_hostile(ui: &Value, expected: &str) {
    let answer = match convert_with_own_classes(ui) {
        Ok(converted) => format!("{} nodes", converted.api.len()),
        Err(refused) => refused.to_string(),
    };
    assert_eq!(answer, expected);
}

/// A subgraph `0` with `inner`, and further ones that each hold the one before twice.
fn doubling(levels: usize, inner: &Value) -> Value {
    let mut subgraphs = vec![json!({ "id": "0", "name": "0", "nodes": [inner] })];
    for level in 1..=levels {
        let below = (level - 1).to_string();
        let nodes = [1, 2].map(|node| json!({ "id": format!("{level}.{node}"), "type": below }));
        subgraphs.push(json!({ "id": level.to_string(), "name": level.to_string(), "nodes": nodes }));
    }
    json!({ "nodes": [{ "id": 1, "type": levels.to_string() }], "definitions": { "subgraphs": subgraphs } })
}

#[test]
fn subgraphs_that_double_and_double_are_refused() {
    let small = json!({ "id": "x", "type": "Int", "widgets_values": [1] });
    check_hostile(&doubling(10, &small), "1024 nodes");
    check_hostile(&doubling(40, &small), "the workflow has more than 250000 nodes once its subgraphs are written out");
    let large = json!({ "id": "x", "type": "Save", "widgets_values": ["x".repeat(1 << 20)] });
    check_hostile(&doubling(12, &large), "the workflow is too large once its subgraphs are written out");
    let long = json!({ "id": "x".repeat(1 << 16), "type": "1" });
    let mut prefixes = doubling(12, &small);
    prefixes["nodes"] = json!([{ "id": long["id"], "type": "12" }]);
    check_hostile(&prefixes, "the workflow is too large once its subgraphs are written out");
}

#[test]
fn subgraphs_that_are_nested_too_deep_are_refused() {
    let mut subgraphs = Vec::new();
    for level in 0..2_000 {
        // Bypassed ones are not entered, but what they show is read.
        let node = json!({
            "id": format!("n{level}"), "type": format!("s{}", level + 1), "mode": if level > 0 { 4 } else { 0 },
            "inputs": [{ "name": "a", "type": "INT", "link": 1 }]
        });
        subgraphs.push(json!({
            "id": format!("s{level}"), "name": "S", "inputs": [{ "name": "a", "type": "INT", "linkIds": [1] }],
            "nodes": [node], "links": [{ "id": 1, "origin_id": -10, "origin_slot": 0 }]
        }));
    }
    subgraphs.push(json!({
        "id": "s2000", "name": "S", "inputs": [{ "name": "a", "type": "INT", "linkIds": [1] }],
        "nodes": [{ "id": "last", "type": "Int", "inputs": [{ "name": "value", "type": "INT", "link": 1 }] }]
    }));
    let probe = json!({
        "id": "probe", "name": "P", "inputs": [{ "name": "a", "type": "INT", "linkIds": [1, 2] }],
        "nodes": [
            { "id": "in", "type": "s0", "mode": 4, "inputs": [{ "name": "a", "type": "INT", "link": 1 }] },
            { "id": "int", "type": "Int", "inputs": [{ "name": "value", "type": "INT", "link": 2 }] }
        ],
        "links": [{ "id": 1, "origin_id": -10, "origin_slot": 0 }, { "id": 2, "origin_id": -10, "origin_slot": 0 }]
    });
    subgraphs.push(probe);
    let ui = json!({ "nodes": [{ "id": 1, "type": "probe" }], "definitions": { "subgraphs": subgraphs } });
    check_hostile(&ui, "the subgraph `S` is nested more than 64 deep");
}

#[test]
fn a_subgraph_that_holds_itself_switched_off_is_converted() {
    let names: Vec<String> = (0..20).map(|port| format!("p{port}")).collect();
    let slots: Vec<_> = names.iter().map(|name| json!({ "name": name, "type": "INT", "link": name })).collect();
    let ports: Vec<_> = names.iter().map(|name| json!({ "name": name, "type": "INT", "linkIds": [name] })).collect();
    let links: Vec<_> =
        (0..20).map(|port| json!({ "id": format!("p{port}"), "origin_id": -10, "origin_slot": port })).collect();
    let value = json!({ "name": "value", "type": "INT", "link": "p7" });
    let nodes = json!([
        { "id": 3, "type": "Int", "inputs": [value], "widgets_values": [5] },
        { "id": 2, "type": "s", "mode": 4, "inputs": slots },
    ]);
    let subgraph = json!({ "id": "s", "name": "S", "inputs": ports, "nodes": nodes, "links": links });
    let ui = json!({ "nodes": [{ "id": 1, "type": "s" }], "definitions": { "subgraphs": [subgraph] } });
    check_hostile(&ui, "1 nodes");
}

#[test]
fn a_hundred_thousand_nodes_in_a_chain_are_converted() {
    let chain = |class: &str, last: &str| {
        let nodes: Vec<_> = (0..100_000)
            .map(|id| {
                let class = if id == 99_999 { last } else { class };
                json!({ "id": id, "type": class, "inputs": [{ "name": "source", "type": "*", "link": id }] })
            })
            .collect();
        let links: Vec<_> = (1..100_000).map(|id| json!([id, id - 1, 0, id, 0, "*"])).collect();
        json!({ "nodes": nodes, "links": links })
    };
    check_hostile(&chain("Any", "Any"), "100000 nodes");
    check_hostile(&chain("Reroute", "Any"), "1 nodes");
}

#[test]
fn what_is_of_another_kind_than_expected_is_read_as_absent() {
    let odd = [json!(null), json!(true), json!(-1), json!(1.5), json!("x"), json!([]), json!({}), json!([[]])];
    let good = json!({
        "id": 1, "type": "Int", "mode": 0, "inputs": [{ "name": "value", "type": "INT", "link": 1 }], "outputs": [],
        "widgets_values": [1], "properties": {}, "title": "t"
    });
    let keys: Vec<String> = good.as_object().map(Map::keys).unwrap().cloned().collect();
    for odd in &odd {
        for key in &keys {
            let mut node = good.clone();
            node[key] = odd.clone();
            let ui = json!({ "nodes": [node, odd], "links": [odd, [odd, odd, odd]], "definitions": odd, "last_node_id": odd });
            // Any answer will do; a panic will not.
            let _ = convert_with_own_classes(&ui);
            let inner =
                json!({ "id": "s", "name": odd, "inputs": odd, "outputs": [odd], "nodes": [node], "links": odd });
            let ui = json!({ "nodes": [{ "id": 2, "type": "s" }], "definitions": { "subgraphs": [odd, inner] } });
            let _ = convert_with_own_classes(&ui);
        }
    }
}
