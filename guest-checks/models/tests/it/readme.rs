//! The README shows what the check answers.

use crate::{classes, workflow};
use comfycheck_check_models::rules::required::required_models;
use comfycheck_check_models::{Models, Settings, rules};
use comfycheck_sdk::inventory::ModelFile;
use comfycheck_sdk::{Answer, Check, Workflow, assert_examples};
use serde_json::json;
use std::collections::BTreeMap;

/// One finding of every rule.
fn findings() -> Answer {
    let workflow = workflow(&[
        ("z_image_turbo_bf16.safetensors", "z_image_turbo_fp8.safetensors"),
        ("z-image-turbo-vae.safetensors", "ae.safetensors"),
    ]);
    let classes = classes(&[("\"z-image-turbo-vae.safetensors\",", "")]);
    let settings = json!({ "require": [{ "folder": "vae", "any-of": ["ae.safetensors", "flux-vae.safetensors"] }] });
    let settings: Settings = serde_json::from_value(settings).expect("settings");
    let file = |name: &str, size| ModelFile { name: name.into(), size };
    let listings = BTreeMap::from([("vae".to_owned(), Ok(Some(vec![file("flux_vae.sft", None)])))]);
    let Answer { findings, .. } = required_models(&settings.require, &listings);
    let volumes = crate::volume::examples();
    let small = rules::size::suspicious_size("vae", &file("ae.safetensors", Some(133)), []);
    let missing = rules::missing::missing_models(&rules::inputs::model_inputs(&workflow, &classes), &[]);
    let dry_run = rules::dry_run::findings(&crate::workflow(&[]), &crate::dry_run::verdict(&[])).findings;
    let volumes = volumes.into_iter().chain(crate::attached::example());
    let refused =
        rules::dry_run::findings(&crate::workflow(&[]), &crate::dry_run::refused_kind()).findings.into_iter().take(1);
    let found =
        rules::found::FileCount::of_inputs(&rules::inputs::model_inputs(&crate::workflow(&[]), &crate::classes(&[])));
    let prompt = Workflow::parse(
        r#"{"6": {"class_type": "CLIPTextEncode", "inputs": {"text": "bad, embedding:EasyNegative"}}}"#,
    )
    .expect("a workflow");
    let embeddings = |listing| rules::embeddings::missing(rules::embeddings::named(&prompt), &listing, &[]);
    let unlisted = Err(comfycheck_sdk::inventory::Error::NotOffered("no source lists model files".into()));
    let missing = missing.into_iter().chain(found.note()).chain(embeddings(Ok(None))).chain(embeddings(unlisted));
    missing.chain(findings).chain(small).chain(volumes).chain(dry_run).chain(refused).collect()
}

#[test]
fn every_rule_has_an_example_that_the_check_gives() {
    assert_examples(&Models::manifest().rules, &findings());
}

#[test]
fn the_schema_is_json_that_allows_no_other_keys() {
    let schema: serde_json::Value = serde_json::from_str(&Models::manifest().settings_schema).expect("JSON");
    assert_eq!(schema["additionalProperties"], false);
    assert_eq!(schema["properties"]["require"]["items"]["additionalProperties"], false);
}
