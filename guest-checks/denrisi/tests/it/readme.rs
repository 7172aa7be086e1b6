//! The README shows what the check says.

use crate::deployment::{failed, inventory, no_inventory, twelve, workflow};
use comfycheck_check_denrisi::after::after;
use comfycheck_check_denrisi::before::{Inventory, before};
use comfycheck_check_denrisi::rules::manifest;
use comfycheck_check_denrisi::{Denrisi, Settings};
use comfycheck_sdk::samples::Sample;
use comfycheck_sdk::{Answer, Check};

/// What the examples of the README are about.
fn answers() -> Vec<Answer> {
    let complete = inventory(&[], &[]);
    let told = |samples: &[Sample]| {
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
        before(&workflow(&[]), &Inventory { packs: no_inventory().packs, ..inventory(&[], &["Sigmas Rescale"]) }),
        before(&workflow(&[]), &inventory(&[("z-image-turbo-vae.safetensors", "ae.safetensors")], &[])),
        before(&workflow(&[]), &complete),
        told(&twelve()[..3]),
        told(&one_failed),
        told(&no_images),
        told(&slow_start),
        told(&slow),
        told(&twelve()),
    ]
}

/// A finding, or an open question, as the README shows it.
fn shown(rule: &str, message: &str, help: Option<&String>) -> String {
    let help = help.map(|help| format!("\nhelp: {help}")).unwrap_or_default();
    format!("{rule}: {message}{help}")
}

#[test]
fn every_example_is_really_said() {
    let mut said = Vec::new();
    for Answer { findings, open } in answers() {
        said.extend(findings.iter().map(|told| shown(&told.rule, &told.message, told.help.as_ref())));
        said.extend(open.iter().map(|asked| shown(&asked.rule, &asked.reason, asked.help.as_ref())));
    }
    for rule in Denrisi::manifest().rules {
        let example = rule.explanation.split("### Example\n\n```text\n").nth(1);
        let example = example.and_then(|example| example.strip_suffix("\n```")).expect("an example at the end");
        let alike: Vec<_> = said.iter().filter(|said| said.starts_with(&format!("{}: ", rule.id))).collect();
        assert!(said.iter().any(|said| said == example), "no such thing is said:\n{example}\nbut: {alike:#?}");
    }
}

#[test]
fn every_section_has_the_same_headings() {
    for rule in manifest().rules {
        let headings: Vec<_> = rule.explanation.lines().filter(|line| line.starts_with("###")).collect();
        let expected = ["### What it finds", "### Why it matters", "### What to do", "### Example"];
        assert_eq!(headings, expected, "{}", rule.id);
    }
}

#[test]
fn there_are_no_settings() {
    let schema: serde_json::Value = serde_json::from_str(&manifest().settings_schema).expect("a schema");
    assert_eq!((schema["additionalProperties"].as_bool(), schema.get("properties")), (Some(false), None));
    serde_json::from_str::<Settings>("{}").expect("no settings");
    serde_json::from_str::<Settings>(r#"{"samples": 3}"#).expect_err("a setting");
}
