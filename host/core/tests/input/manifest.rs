//! Manifests: what the host demands of them.

use comfycheck_core::finding::Severity;
use comfycheck_core::manifest::{Manifest, Rule, Scope};
use serde_json::{Value, json};

/// A manifest with which nothing is wrong.
pub(crate) fn manifest() -> Manifest {
    Manifest {
        name: "nodes".into(),
        version: "0.1.0".into(),
        summary: "Every node is installed.".into(),
        scopes: vec![Scope::Run, Scope::Deployment],
        gates: true,
        rules: vec![rule("missing-node"), rule("pack-version")],
        settings_schema: json!({
            "type": "object",
            "properties": { "packs": { "type": "object", "additionalProperties": { "type": "string" } } },
            "additionalProperties": false,
        }),
    }
}

fn rule(id: &str) -> Rule {
    Rule { id: id.into(), default_severity: Severity::Error, summary: "One.".into(), explanation: "Two.".into() }
}

#[track_caller]
fn check(change: impl FnOnce(&mut Manifest), expected: &str) {
    let mut manifest = manifest();
    change(&mut manifest);
    assert_eq!(manifest.verify().expect_err("an error").to_string(), expected);
}

#[test]
fn a_valid_manifest_has_its_scopes_in_order() {
    let verified = manifest().verify().expect("a valid manifest");
    assert_eq!(verified.scopes, [Scope::Deployment, Scope::Run]);
}

#[test]
fn names_and_ids_are_kebab_case() {
    check(|m| m.name = "My check".into(), "the name, `My check`, is not lower-case words with `-` between them");
    check(|m| m.name = String::new(), "the name, ``, is not lower-case words with `-` between them");
    check(|m| m.name = "a--b".into(), "the name, `a--b`, is not lower-case words with `-` between them");
    check(
        |m| m.rules[0].id = "\u{1b}[2J".into(),
        "the id of a rule, `\u{fffd}[2J`, is not lower-case words with `-` between them",
    );
    check(|m| m.rules[1].id = "missing-node".into(), "rule `missing-node` stands twice");
}

#[test]
fn the_version_is_semantic() {
    check(|m| m.version = "1".into(), "the version `1` is not a semantic version such as `0.1.0`");
}

#[test]
fn there_are_scopes_and_rules() {
    check(|m| m.scopes.clear(), "it has no scope");
    check(|m| m.scopes.push(Scope::Run), "it has a scope twice");
    check(|m| m.rules.clear(), "it has no rule");
    check(|m| m.rules = (0..257).map(|n| rule(&format!("r{n}"))).collect(), "it has 257 rules, more than 256");
}

#[test]
fn texts_are_there_and_bounded() {
    check(|m| m.summary = " ".into(), "the summary is empty");
    check(|m| m.summary = "one\ntwo".into(), "the summary is more than one line");
    check(|m| m.summary = "\u{1b}[2J".into(), "the summary has control characters in it");
    check(
        |m| m.rules[0].explanation = "one\n\ttwo \u{202e}three".into(),
        "the explanation of rule `missing-node` has control characters in it",
    );
    check(
        |m| m.settings_schema = json!({"type": "object", "title": "\u{9b}31m"}),
        "the settings schema has control characters in it",
    );
    check(|m| m.rules[0].summary = "x".repeat(513), "the summary of rule `missing-node` has more than 512 bytes");
    check(|m| m.rules[0].explanation = String::new(), "the explanation of rule `missing-node` is empty");
    check(
        |m| m.rules[0].explanation = "x".repeat(65537),
        "the explanation of rule `missing-node` has more than 65536 bytes",
    );
}

#[track_caller]
fn check_schema(schema: Value, expected: &str) {
    check(|m| m.settings_schema = schema, expected);
}

#[test]
fn the_schema_is_a_json_schema_without_outside_references() {
    check_schema(json!(true), "the settings schema is not an object");
    check_schema(
        json!({ "properties": { "a": { "type": "objekt" } } }),
        "the settings schema is not a JSON Schema, as `/properties/a/type` shows",
    );
    check_schema(json!({ "pattern": "(?=a)" }), "the settings schema is not a JSON Schema, as `/pattern` shows");
    check_schema(
        json!({ "$schema": "http://json-schema.org/draft-07/schema#" }),
        "the settings schema is of another draft than 2020-12",
    );
    for outside in ["https://example.org/x.json", "file:///etc/passwd", "other.json", "#name", "#/$defs/gone"] {
        check_schema(
            json!({ "properties": { "a": { "$ref": outside } } }),
            &format!("the settings schema refers to `{outside}`, which is not in it"),
        );
    }
}

#[test]
fn a_schema_cannot_keep_the_host_busy() {
    let mut defs = serde_json::Map::new();
    for n in 0..40 {
        let next = json!({ "$ref": format!("#/$defs/d{}", n + 1) });
        defs.insert(format!("d{n}"), json!({ "allOf": [next, next] }));
    }
    defs.insert("d40".into(), json!({ "type": "object" }));
    let too_large = "the settings schema is too large once its references are followed";
    check_schema(json!({ "$ref": "#/$defs/d0", "$defs": defs }), too_large);
    let mut chain = serde_json::Map::new();
    for n in 0..10_000 {
        chain.insert(format!("d{n}"), json!({ "$ref": format!("#/$defs/d{}", n + 1) }));
    }
    chain.insert("d10000".into(), json!({}));
    check_schema(json!({ "$ref": "#/$defs/d0", "$defs": chain }), too_large);
    check_schema(json!({ "$dynamicAnchor": "x", "$dynamicRef": "#x" }), "the settings schema uses `$dynamicRef`");
    check_schema(json!({ "$defs": { "a": { "$id": "https://x.org/a" } } }), "the settings schema uses `$id`");
}

#[test]
fn a_schema_may_refer_to_itself() {
    for schema in [
        json!({ "$ref": "#" }),
        json!({ "$id": "https://example.org/me", "type": "object", "properties": { "child": { "$ref": "#" } } }),
        json!({ "properties": { "$ref": { "type": "string" } } }),
    ] {
        let manifest = Manifest { settings_schema: schema, ..manifest() };
        assert!(manifest.verify().is_ok());
    }
}
