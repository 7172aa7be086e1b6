//! The headline, and invalid settings.

use crate::{classes, failed, pack, res4lyf, sample, workflow};
use comfycheck_check_nodes::Nodes;
use comfycheck_check_nodes::requirements::Requirements;
use comfycheck_check_nodes::rules::InstalledClasses;
use comfycheck_check_nodes::rules::installed::{by_inventory, by_samples};
use comfycheck_sdk::inventory::Pack;
use comfycheck_sdk::samples::Sample;
use comfycheck_sdk::{Answer, Error, Scope};
use serde_json::{Value, json};

fn requirements(packs: &Value) -> Requirements {
    serde_json::from_value(json!({ "packs": packs })).expect("settings")
}

/// The Denrisi workflow without these classes, and the packs that the settings require.
fn note(missing: &[&str], required: &Value, packs: Option<&[Pack]>) -> Answer {
    let classes = classes().into_iter().filter(|class| !missing.contains(&class.as_str())).collect();
    let installed = InstalledClasses { classes: &classes, replacements: None, packs };
    by_inventory(&workflow(&[]), &installed, &requirements(required).packs).into_iter().collect()
}

#[test]
fn the_headline_counts_classes_and_names_required_packs() {
    let packs = [res4lyf(), pack("a", "1.1.0"), pack("b", "")];
    let disabled = [Pack { enabled: false, ..res4lyf() }];
    let three = json!({ "RES4LYF": "*", "a": "*", "b": "*" });
    assert_answers!([
        ("all installed", note(&[], &json!({}), Some(&packs)), &["installed"]),
        ("one missing", note(&["Sigmas Rescale"], &json!({}), None), &["installed"]),
        ("a required pack", note(&[], &json!({ "RES4LYF": "*" }), Some(&packs)), &["installed"]),
        ("two required packs", note(&[], &json!({ "RES4LYF": "*", "a": "*" }), Some(&packs)), &["installed"]),
        ("three required packs", note(&[], &three, Some(&packs)), &["installed"]),
        ("a pack without a version", note(&[], &json!({ "b": "*" }), Some(&packs)), &["installed"]),
        ("a disabled pack", note(&[], &json!({ "RES4LYF": "*" }), Some(&disabled)), &["installed"]),
    ]);
}

#[test]
fn a_sample_that_ran_counts_the_classes_of_its_workflow() {
    let required = requirements(&json!({ "RES4LYF": "*" })).packs;
    let note =
        |samples: &[Sample]| -> Answer { by_samples(samples, &required, Some(&[res4lyf()])).into_iter().collect() };
    assert_answers!([
        ("one of two", note(&[failed(0, "CUDA out of memory"), sample(1)]), &["installed"]),
        ("none", note(&[failed(0, "CUDA out of memory")]), &[]),
    ]);
}

#[test]
fn invalid_settings_are_an_error_in_every_scope() {
    for scope in [Scope::Deployment, Scope::Sample, Scope::Run] {
        for settings in [r#"{"packs": {"RES4LYF": "latest"}}"#, r#"{"comfyui": ">=x"}"#, r#"{"pack": {}}"#] {
            let error = comfycheck_sdk::run::<Nodes>(scope, settings).expect_err("an error");
            assert!(matches!(error, Error::InvalidSettings(_)), "{scope:?} {settings}: {error:?}");
        }
    }
}
