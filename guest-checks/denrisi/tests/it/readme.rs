//! The README shows what the check answers.

use crate::deployment::{failed, inventory, twelve, workflow};
use comfycheck_check_denrisi::Settings;
use comfycheck_check_denrisi::after::after;
use comfycheck_check_denrisi::before::{Inventory, before};
use comfycheck_check_denrisi::rules::manifest;
use comfycheck_sdk::samples::Sample;
use comfycheck_sdk::{Answer, assert_examples};

/// What the examples of the README are about.
fn answers() -> Vec<Answer> {
    let complete = inventory(&[], &[]);
    let judged = |samples: &[Sample]| {
        let workflow = workflow(&[]);
        after(&workflow, samples, &before(&workflow, &complete)).expect("an answer")
    };
    let mut one_failed = twelve();
    one_failed[7] = failed(7, "boom");
    let mut no_images = twelve();
    no_images[3].image_count = 0;
    no_images[4].image_count = 0;
    let mut slow_start = twelve();
    slow_start[0].delay = Some(62_000);
    let mut slow = twelve();
    for sample in &mut slow {
        sample.execution = Some(31_000);
    }
    let unlinked =
        [("\"sigmas\": [\n        \"8\",", "\"sigmas\": [\n        \"7\","), ("\"VAELoader\"", "\"CLIPLoader\"")];
    vec![
        before(&workflow(&unlinked), &complete),
        before(&workflow(&[]), &Inventory { packs: None, ..inventory(&[], &["Sigmas Rescale"]) }),
        before(&workflow(&[]), &inventory(&[("z-image-turbo-vae.safetensors", "ae.safetensors")], &[])),
        before(&workflow(&[]), &complete),
        judged(&twelve()[..3]),
        judged(&one_failed),
        judged(&no_images),
        judged(&slow_start),
        judged(&slow),
        judged(&twelve()),
    ]
}

#[test]
fn every_rule_has_an_example_that_the_check_gives() {
    assert_examples(&manifest().rules, &answers().into_iter().collect());
}

#[test]
fn there_are_no_settings() {
    let schema: serde_json::Value = serde_json::from_str(&manifest().settings_schema).expect("a schema");
    assert_eq!((schema["additionalProperties"].as_bool(), schema.get("properties")), (Some(false), None));
    serde_json::from_str::<Settings>("{}").expect("no settings");
    serde_json::from_str::<Settings>(r#"{"samples": 3}"#).expect_err("a setting");
}
