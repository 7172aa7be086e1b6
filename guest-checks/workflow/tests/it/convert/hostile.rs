//! Files of the editor that ask for more than they hold, or hold something else than expected.

use super::{convert_with_own_classes, error_kind};
use serde_json::{Map, Value, json};

/// Checks that a conversion ends, and with what: a number of nodes, or an error.
#[track_caller]
fn check_hostile(ui: &Value, expected: &str) {
    let answer = match convert_with_own_classes(ui, &Value::Null) {
        Ok(converted) => format!("{} nodes", converted.api.len()),
        Err(error) => error_kind(&error),
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
fn subgraphs_that_double_at_each_level_are_refused() {
    let small = json!({ "id": "x", "type": "Int", "widgets_values": [1] });
    check_hostile(&doubling(10, &small), "1024 nodes");
    check_hostile(&doubling(40, &small), "too-many-nodes: 250000");
    let large = json!({ "id": "x", "type": "Save", "widgets_values": ["x".repeat(1 << 20)] });
    check_hostile(&doubling(12, &large), "too-large");
    let long = json!({ "id": "x".repeat(1 << 16), "type": "1" });
    let mut prefixes = doubling(12, &small);
    prefixes["nodes"] = json!([{ "id": long["id"], "type": "12" }]);
    check_hostile(&prefixes, "too-large");
}

#[test]
fn subgraphs_that_are_nested_too_deep_are_refused() {
    let mut subgraphs = Vec::new();
    for level in 0..2_000 {
        // Bypassed ones are not expanded, but their promoted values are read.
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
    check_hostile(&ui, "too-deep S: 64");
}

#[test]
fn a_subgraph_that_contains_itself_bypassed_is_converted() {
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
fn members_of_an_unexpected_type_do_not_panic() {
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
            let _ = convert_with_own_classes(&ui, &Value::Null);
            let inner =
                json!({ "id": "s", "name": odd, "inputs": odd, "outputs": [odd], "nodes": [node], "links": odd });
            let ui = json!({ "nodes": [{ "id": 2, "type": "s" }], "definitions": { "subgraphs": [odd, inner] } });
            let _ = convert_with_own_classes(&ui, &Value::Null);
        }
    }
}
