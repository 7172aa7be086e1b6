//! Before the samples.

use crate::deployment::{inventory, no_inventory, workflow};
use comfycheck_check_denrisi::Denrisi;
use comfycheck_check_denrisi::before::{Inventory, before};
use comfycheck_sdk::inventory::{Error, Pack};
use comfycheck_sdk::testing::facts;
use comfycheck_sdk::{Answer, Scope};

type Replaced<'a> = &'a [(&'a str, &'a str)];

/// `installed` replaces names in the loaders' lists.
fn answer(in_workflow: Replaced<'_>, installed: Replaced<'_>) -> Answer {
    before(&workflow(in_workflow), &inventory(installed, &[]))
}

const VERSION: &str = "res4lyf-version: pack RES4LYF";
const VAE_NAME: &str = "vae-name: node 3.vae_name";
const NO_UNET: &str = "missing-model: node 1.unet_name, model diffusion_models/z_image_turbo_bf16.safetensors";
const TEMPLATE: (&str, &str) = ("z-image-turbo-vae.safetensors", "ae.safetensors");

#[test]
fn a_complete_inventory_has_notes_only() {
    assert_answers!([
        ("complete", answer(&[], &[]), &[VERSION, VAE_NAME]),
        ("no inventory", before(&workflow(&[]), &no_inventory()), &[VAE_NAME, "missing-node?", "missing-model?"],),
    ]);
}

#[test]
fn each_required_class_must_be_installed_and_no_other() {
    for (class, node) in [("ClownsharKSampler_Beta", 9), ("Sigmas Rescale", 8), ("BetaSamplingScheduler", 7)] {
        let missing = format!("missing-node: node {node}");
        assert_eq!(facts(&before(&workflow(&[]), &inventory(&[], &[class]))), [&missing, VERSION, VAE_NAME], "{class}");
    }
    assert_eq!(facts(&before(&workflow(&[]), &inventory(&[], &["SaveImage"]))), [VERSION, VAE_NAME]);
}

#[test]
fn each_required_model_must_be_listed_under_the_name_that_the_workflow_writes() {
    let moved = ("qwen_3_4b.safetensors", "z-image/qwen_3_4b.safetensors");
    let gone = |file| answer(&[], &[(file, "another.safetensors")]);
    let vae = |name: &str| format!("missing-model: node 3.vae_name, model vae/{name}");
    let clip = |name: &str| format!("missing-model: node 2.clip_name, model text_encoders/{name}");
    assert_answers!([
        ("no diffusion model", gone("z_image_turbo_bf16.safetensors"), &[NO_UNET, VERSION, VAE_NAME]),
        ("no text encoder", gone("qwen_3_4b.safetensors"), &[&clip("qwen_3_4b.safetensors"), VERSION, VAE_NAME]),
        ("no VAE", gone(TEMPLATE.0), &[&vae(TEMPLATE.0), VERSION, VAE_NAME]),
        ("the VAE's other name in both", answer(&[TEMPLATE], &[TEMPLATE]), &[VERSION, VAE_NAME]),
        ("the VAE's other name in the workflow", answer(&[TEMPLATE], &[]), &[&vae(TEMPLATE.1), VERSION, VAE_NAME]),
        ("the VAE's other name in the inventory", answer(&[], &[TEMPLATE]), &[&vae(TEMPLATE.0), VERSION, VAE_NAME]),
        ("a subfolder in both", answer(&[moved], &[moved]), &[VERSION, VAE_NAME]),
        ("a subfolder in the workflow", answer(&[moved], &[]), &[&clip(moved.1), VERSION, VAE_NAME]),
        ("no files at all", answer(&[], &[("\"z_image_turbo_bf16.safetensors\"", "")]), &[NO_UNET, VERSION, VAE_NAME],),
    ]);
}

#[test]
fn another_workflow_is_an_error() {
    let unlinked =
        ("\"sigmas\": [\n        \"8\",\n        0\n      ]", "\"sigmas\": [\n        \"7\",\n        0\n      ]");
    let models = [("z_image_turbo_bf16", "z_image_turbo_fp8"), ("qwen_3_4b", "t5xxl")];
    assert_answers!([
        (
            "another sampler",
            answer(&[("ClownsharKSampler_Beta", "KSampler")], &[]),
            &["other-workflow", VERSION, VAE_NAME],
        ),
        ("other models", answer(&models, &[]), &["other-workflow", VERSION, VAE_NAME]),
        (
            "a VAE among the text encoders",
            answer(&[("\"VAELoader\"", "\"CLIPLoader\"")], &[]),
            &["other-workflow", VERSION]
        ),
        ("a node without a successor", answer(&[unlinked], &[]), &["other-workflow", VERSION, VAE_NAME]),
    ]);
}

#[test]
fn a_loader_that_cannot_be_read_leaves_its_models_unknown() {
    let unread = Inventory { loaders: Ok([("UNETLoader".to_owned(), None)].into()), ..inventory(&[], &[]) };
    let unavailable = Inventory { loaders: Err(Error::Unavailable("status 502".into())), ..inventory(&[], &[]) };
    let before = |inventory| before(&workflow(&[]), &inventory);
    assert_answers!([
        (
            "descriptions not understood",
            before(unread),
            &[VERSION, VAE_NAME, "missing-model?", "missing-model?", "missing-model?"],
        ),
        ("server down", before(unavailable), &[VERSION, VAE_NAME, "missing-model?"]),
    ]);
}

#[test]
fn the_version_of_the_pack_is_noted_where_the_pack_is_enabled() {
    let with = |version: Option<&str>, enabled| {
        let pack = Pack {
            folder: "res4lyf".into(),
            version: version.map(str::to_owned),
            registry_id: None,
            repository: None,
            enabled,
        };
        before(&workflow(&[]), &Inventory { packs: Some(vec![pack]), ..inventory(&[], &[]) })
    };
    assert_answers!([
        ("a commit", with(Some("20e1750\n"), true), &["res4lyf-version: pack res4lyf", VAE_NAME]),
        ("unknown", with(None, true), &["res4lyf-version: pack res4lyf", VAE_NAME]),
        ("disabled", with(Some("1.1.0"), false), &[VAE_NAME]),
    ]);
}

#[test]
fn settings_are_an_error_in_every_scope() {
    for scope in [Scope::Deployment, Scope::Sample, Scope::Run] {
        let error = comfycheck_sdk::run::<Denrisi>(scope, r#"{"samples": 3}"#).expect_err("an error");
        assert!(matches!(error, comfycheck_sdk::Error::InvalidSettings(_)), "{scope:?}: {error:?}");
    }
}
