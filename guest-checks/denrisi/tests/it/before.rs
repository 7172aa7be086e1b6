//! Before the samples.

use crate::deployment::{inventory, no_inventory, rules, workflow};
use comfycheck_check_denrisi::before::{Inventory, before};
use comfycheck_sdk::inventory::{Error, Pack};

#[track_caller]
fn check(replace: &[(&str, &str)], inventory: &Inventory, expected: &str) {
    assert_eq!(rules(&before(&workflow(replace), inventory)), expected);
}

const NOTES: &str = "res4lyf-version vae-name";

#[test]
fn a_real_comfyui_with_everything_has_nothing_wrong() {
    check(&[], &inventory(&[], &[]), NOTES);
}

#[test]
fn without_an_inventory_nodes_and_models_are_open() {
    check(&[], &no_inventory(), "vae-name ?missing-node ?missing-model");
}

#[test]
fn each_required_class_is_asked_for_and_no_other() {
    for class in ["ClownsharKSampler_Beta", "Sigmas Rescale", "BetaSamplingScheduler"] {
        check(&[], &inventory(&[], &[class]), &format!("missing-node {NOTES}"));
    }
    check(&[], &inventory(&[], &["SaveImage"]), NOTES);
}

#[test]
fn each_required_model_is_asked_for() {
    for file in ["z_image_turbo_bf16.safetensors", "qwen_3_4b.safetensors", "z-image-turbo-vae.safetensors"] {
        check(&[], &inventory(&[(file, "another.safetensors")], &[]), &format!("missing-model {NOTES}"));
    }
}

#[test]
fn the_vae_may_have_either_name_if_workflow_and_inventory_agree() {
    let template = ("z-image-turbo-vae.safetensors", "ae.safetensors");
    check(&[template], &inventory(&[template], &[]), NOTES);
    check(&[template], &inventory(&[], &[]), &format!("missing-model {NOTES}"));
    let answer = before(&workflow(&[]), &inventory(&[template], &[]));
    assert_eq!(answer.findings[0].help.as_deref(), Some("write `ae.safetensors` in the workflow"));
    let name = |answer: &comfycheck_sdk::Answer| answer.findings.last().map(|finding| finding.message.clone());
    assert_eq!(
        name(&before(&workflow(&[template]), &no_inventory())).as_deref(),
        Some(
            "the workflow loads the VAE as `ae.safetensors`, as ComfyUI's template and RunPod's image for Z-Image-Turbo \
             name it"
        )
    );
}

#[test]
fn a_model_in_a_subfolder_is_the_same_model() {
    let moved = ("qwen_3_4b.safetensors", "z-image/qwen_3_4b.safetensors");
    check(&[moved], &inventory(&[moved], &[]), NOTES);
    check(&[moved], &inventory(&[], &[]), &format!("missing-model {NOTES}"));
}

#[test]
fn a_loader_that_sees_no_files_misses_its_model() {
    let none = ("\"z_image_turbo_bf16.safetensors\"", "");
    let answer = before(&workflow(&[]), &inventory(&[none], &[]));
    assert_eq!(rules(&answer), format!("missing-model {NOTES}"));
    assert!(answer.findings[0].message.contains("sees no files at all"), "{}", answer.findings[0].message);
}

#[test]
fn another_workflow_is_told_so() {
    let expected = |missing: &str| format!("the suite's workflow is not Denrisi's: it does not use {missing}");
    let told = |replace: &[(&str, &str)]| before(&workflow(replace), &inventory(&[], &[])).findings[0].message.clone();
    let sampler = ("ClownsharKSampler_Beta", "KSampler");
    assert_eq!(told(&[sampler]), expected("the node `ClownsharKSampler_Beta`"));
    let models = [("z_image_turbo_bf16", "z_image_turbo_fp8"), ("qwen_3_4b", "t5xxl")];
    assert_eq!(told(&models), expected("the model `z_image_turbo_bf16`, the model `qwen_3_4b`"));
    // A VAE among the text encoders is none.
    assert_eq!(told(&[("\"VAELoader\"", "\"CLIPLoader\"")]), expected("the model `z-image-turbo-vae` or `ae`"));
}

#[test]
fn a_node_that_nothing_takes_from_is_not_used() {
    let unlinked = workflow(&[(
        "\"sigmas\": [\n        \"8\",\n        0\n      ]",
        "\"sigmas\": [\n        \"7\",\n        0\n      ]",
    )]);
    let answer = before(&unlinked, &inventory(&[], &[]));
    assert_eq!(
        answer.findings[0].message,
        "the suite's workflow is not Denrisi's: it does not use the node `Sigmas Rescale`"
    );
}

#[test]
fn what_a_loader_offers_may_not_be_known() {
    let mut unknown = inventory(&[], &[]);
    unknown.loaders = Ok([("UNETLoader".to_owned(), None)].into_iter().collect());
    check(&[], &unknown, &format!("{NOTES} ?missing-model ?missing-model ?missing-model"));
    unknown.loaders = Err(Error::Unavailable("status 502".into()));
    check(&[], &unknown, &format!("{NOTES} ?missing-model"));
}

#[test]
fn the_version_of_the_pack_is_noted_where_it_is_known() {
    let with = |version: Option<&str>, enabled| {
        let pack = Pack {
            folder: "res4lyf".into(),
            version: version.map(str::to_owned),
            registry_id: None,
            repository: None,
            enabled,
        };
        let inventory = Inventory { packs: Some(vec![pack]), ..inventory(&[], &[]) };
        before(&workflow(&[]), &inventory).findings.first().map(|finding| finding.message.clone())
    };
    assert_eq!(with(Some("20e1750\n"), true).as_deref(), Some("RES4LYF is installed in version `20e1750`"));
    assert_eq!(with(None, true).as_deref(), Some("RES4LYF is installed in a version that is not known"));
    assert!(!with(Some("1.1.0"), false).expect("the VAE's name").contains("RES4LYF"));
}
