//! The README shows what the check answers.

use crate::{classes, pack, res4lyf, workflow};
use comfycheck_check_nodes::Nodes;
use comfycheck_check_nodes::requirements::Requirements;
use comfycheck_check_nodes::rules::packs::{KnownPacks, check_packs};
use comfycheck_check_nodes::rules::{self, InstalledClasses, installed};
use comfycheck_sdk::{Answer, Check, assert_examples};
use serde_json::json;
use std::collections::BTreeSet;

/// One finding of every rule.
fn findings() -> Answer {
    let workflow =
        workflow(&[("ClownsharKSampler_Beta", "ClownsharKSampler_Alpha"), ("\"class_type\": \"VAEDecode\",", "")]);
    let installed_classes = InstalledClasses { classes: &classes(), replacements: None, packs: None };
    let required: Requirements =
        serde_json::from_value(json!({ "packs": { "RES4LYF": "20e1750", "ComfyUI-KJNodes": "*" } })).expect("settings");
    let disabled = comfycheck_sdk::inventory::Pack { enabled: false, ..res4lyf() };
    let folders = BTreeSet::new();
    let known = KnownPacks { listed: Ok(&[disabled, pack("other", "")]), folders: Some(&folders) };
    let enabled = [res4lyf()];
    let complete = InstalledClasses { packs: Some(&enabled), ..installed_classes };
    let headline = installed::by_inventory(&crate::workflow(&[]), &complete, &required.packs);
    [
        headline.into_iter().collect(),
        rules::missing_nodes(&workflow, &installed_classes),
        rules::nodes_without_class(&workflow).into_iter().collect(),
        check_packs(&required.packs, &known),
        rules::comfyui_version(&">=0.33".parse().expect("a requirement"), Ok(Some("0.18.1"))),
        rules::dry_run::answer(&crate::workflow(&[]), &crate::verdict()),
    ]
    .into_iter()
    .collect()
}

#[test]
fn every_rule_has_an_example_that_the_check_gives() {
    assert_examples(&Nodes::manifest().rules, &findings());
}

#[test]
fn the_schema_is_json_that_allows_no_other_keys() {
    let schema: serde_json::Value = serde_json::from_str(&Nodes::manifest().settings_schema).expect("JSON");
    assert_eq!(schema["additionalProperties"], false);
    let keys: Vec<_> = schema["properties"].as_object().expect("properties").keys().cloned().collect();
    assert_eq!(keys, ["packs", "snapshot", "comfyui"]);
}
