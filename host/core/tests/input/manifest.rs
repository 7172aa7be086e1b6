//! Manifests: what the host requires of them.

use comfycheck_core::finding::Severity;
use comfycheck_core::manifest::{Manifest, ManifestError, Rule, SchemaError, Scope};
use insta::assert_snapshot;
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

/// Changes a valid manifest, and asserts why it is refused. Returns the message with its name.
#[track_caller]
fn refused(name: &str, expected: &ManifestError, change: impl FnOnce(&mut Manifest)) -> String {
    let mut manifest = manifest();
    change(&mut manifest);
    let error = manifest.verify().expect_err(name);
    assert_eq!(error, *expected, "{name}");
    format!("{name}: {error}\n")
}

#[test]
fn a_valid_manifest_has_its_scopes_in_order() {
    let verified = manifest().verify().expect("a valid manifest");
    assert_eq!(verified.scopes, [Scope::Deployment, Scope::Run]);
}

#[test]
fn names_and_ids_are_kebab_case() {
    let name = |part: &str, text: &str| ManifestError::Name { part: part.into(), text: text.into() };
    let long = "a".repeat(65);
    let text = [
        refused("65 letters", &ManifestError::TooLong { part: "the name".into(), most: 64 }, |m| m.name = long),
        refused("words", &name("the name", "My check"), |m| m.name = "My check".into()),
        refused("empty", &name("the name", ""), |m| m.name = String::new()),
        refused("an empty word", &name("the name", "a--b"), |m| m.name = "a--b".into()),
        refused("a control character", &name("the id of a rule", "\u{fffd}[2J"), |m| {
            m.rules[0].id = "\u{1b}[2J".into()
        }),
        refused("an id twice", &ManifestError::DuplicateRule("missing-node".into()), |m| {
            m.rules[1].id = "missing-node".into();
        }),
    ]
    .concat();
    assert_snapshot!(text);
}

#[test]
fn the_version_is_semantic_and_there_are_scopes_and_rules() {
    let text = [
        refused("a version of one number", &ManifestError::Version("1".into()), |m| m.version = "1".into()),
        refused("no scope", &ManifestError::NoScope, |m| m.scopes.clear()),
        refused("a scope twice", &ManifestError::DuplicateScope, |m| m.scopes.push(Scope::Run)),
        refused("no rule", &ManifestError::NoRule, |m| m.rules.clear()),
        refused("too many rules", &ManifestError::TooManyRules(257), |m| {
            m.rules = (0..257).map(|n| rule(&format!("r{n}"))).collect();
        }),
    ]
    .concat();
    assert_snapshot!(text);
}

#[test]
fn texts_are_not_empty_and_bounded() {
    let summary = "the summary of rule `missing-node`".to_owned();
    let explanation = "the explanation of rule `missing-node`".to_owned();
    let control = |part: &str| ManifestError::ControlCharacters(part.into());
    let text = [
        refused("a blank summary", &ManifestError::Empty("the summary".into()), |m| m.summary = " ".into()),
        refused("two lines", &ManifestError::SeveralLines("the summary".into()), |m| m.summary = "one\ntwo".into()),
        refused("an escape", &control("the summary"), |m| m.summary = "\u{1b}[2J".into()),
        refused("an override of direction", &control(&explanation), |m| {
            m.rules[0].explanation = "one\n\ttwo \u{202e}three".into();
        }),
        refused("an escape in the schema", &control("the settings schema"), |m| {
            m.settings_schema = json!({"type": "object", "title": "\u{9b}31m"});
        }),
        refused("a long summary", &ManifestError::TooLong { part: summary, most: 512 }, |m| {
            m.rules[0].summary = "x".repeat(513);
        }),
        refused("no explanation", &ManifestError::Empty(explanation.clone()), |m| {
            m.rules[0].explanation = String::new()
        }),
        refused("a long explanation", &ManifestError::TooLong { part: explanation, most: 65536 }, |m| {
            m.rules[0].explanation = "x".repeat(65537);
        }),
    ]
    .concat();
    assert_snapshot!(text);
    let longest = |m: &mut Manifest| {
        m.rules[0].summary = "x".repeat(512);
        m.rules[0].explanation = "x".repeat(65536);
    };
    let mut manifest = manifest();
    longest(&mut manifest);
    assert!(manifest.verify().is_ok(), "the limits themselves are allowed");
}

#[track_caller]
fn refused_schema(name: &str, expected: SchemaError, schema: Value) -> String {
    refused(name, &expected.into(), |m| m.settings_schema = schema)
}

#[test]
fn the_schema_is_a_json_schema_without_outside_references() {
    let mut text = [
        refused_schema("a boolean", SchemaError::NotAnObject, json!(true)),
        refused_schema(
            "an unknown type",
            SchemaError::NotASchema("`/properties/a/type`".into()),
            json!({ "properties": { "a": { "type": "objekt" } } }),
        ),
        refused_schema(
            "a pattern without end",
            SchemaError::NotASchema("`/pattern`".into()),
            json!({ "pattern": "(?=a)" }),
        ),
        refused_schema("draft 7", SchemaError::Draft, json!({ "$schema": "http://json-schema.org/draft-07/schema#" })),
    ]
    .concat();
    for outside in ["https://example.org/x.json", "file:///etc/passwd", "other.json", "#name", "#/$defs/gone"] {
        let error = SchemaError::OutsideReference(outside.into());
        text += &refused_schema("a reference", error, json!({ "properties": { "a": { "$ref": outside } } }));
    }
    assert_snapshot!(text);
}

#[test]
fn a_schema_cannot_keep_the_host_busy() {
    let mut defs = serde_json::Map::new();
    for n in 0..40 {
        let next = json!({ "$ref": format!("#/$defs/d{}", n + 1) });
        defs.insert(format!("d{n}"), json!({ "allOf": [next, next] }));
    }
    defs.insert("d40".into(), json!({ "type": "object" }));
    let mut chain = serde_json::Map::new();
    for n in 0..10_000 {
        chain.insert(format!("d{n}"), json!({ "$ref": format!("#/$defs/d{}", n + 1) }));
    }
    chain.insert("d10000".into(), json!({}));
    let keyword = |keyword: &str| SchemaError::Keyword(keyword.into());
    let text = [
        refused_schema("doubled 40 times", SchemaError::TooLarge, json!({ "$ref": "#/$defs/d0", "$defs": defs })),
        refused_schema("a long chain", SchemaError::TooLarge, json!({ "$ref": "#/$defs/d0", "$defs": chain })),
        refused_schema(
            "a dynamic reference",
            keyword("$dynamicRef"),
            json!({ "$dynamicAnchor": "x", "$dynamicRef": "#x" }),
        ),
        refused_schema("an id within", keyword("$id"), json!({ "$defs": { "a": { "$id": "https://x.org/a" } } })),
    ]
    .concat();
    assert_snapshot!(text);
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
