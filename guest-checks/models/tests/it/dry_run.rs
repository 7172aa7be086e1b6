//! What a dry run tells of models.

use crate::{told, workflow};
use comfycheck_check_models::Settings;
use comfycheck_check_models::rules::dry_run;
use comfycheck_check_models::rules::volume::Inventory;
use comfycheck_sdk::dry_run::{MissingClass, RefusedValue, Verdict};
use serde_json::json;

/// A dry run that refuses these: node, input, value, and what would be accepted.
pub(crate) fn verdict(refused: &[(&str, &str, &str, Option<&[&str]>)]) -> Verdict {
    let refused = refused.iter().map(|(node, input, value, accepted)| RefusedValue {
        node: (*node).to_owned(),
        input: Some((*input).to_owned()),
        kind: "value_not_in_list".to_owned(),
        message: "Value not in list".to_owned(),
        details: String::new(),
        received: Some(json!(value).to_string()),
        accepted: accepted.map(|list| list.iter().map(|&name| name.to_owned()).collect()),
        accepted_count: None,
    });
    let refused = refused.collect();
    let validated = workflow(&[]).nodes().map(|node| node.id.clone()).collect();
    let workers = vec!["0kokz22uv2vryy".to_owned()];
    Verdict { workers, jobs: 1, missing: Vec::new(), refused, validated, incomplete: None }
}

const VAE: &str = "z-image-turbo-vae.safetensors";

#[track_caller]
fn check(verdict: &Verdict, expected: &[&str]) {
    let mut answer = dry_run::told(&workflow(&[]), verdict);
    answer.open = dry_run::open(&workflow(&[]), verdict);
    let told = told(&answer);
    let lines: Vec<_> = told.lines().filter(|line| !line.starts_with("help:")).collect();
    assert_eq!(lines, expected);
}

#[test]
fn what_was_looked_at_and_not_refused_is_there() {
    check(
        &verdict(&[]),
        &[
            "dry-run: worker `0kokz22uv2vryy` has 3 of 3 models that the workflow names, as a worker's ComfyUI said of a job \
           that it refused [Subject::Worker(\"0kokz22uv2vryy\")]",
        ],
    );
}

#[test]
fn what_was_refused_is_missing() {
    let note = "dry-run: worker `0kokz22uv2vryy` has 2 of 3 models that the workflow names, as a worker's ComfyUI said of a \
                job that it refused [Subject::Worker(\"0kokz22uv2vryy\")]";
    check(
        &verdict(&[("3", "vae_name", VAE, Some(&["ae.safetensors"]))]),
        &[
            "missing-model: `VAELoader` of node `3` does not offer `z-image-turbo-vae.safetensors`, as a worker's ComfyUI \
             said of a job that it refused [node 3.vae_name, model vae/z-image-turbo-vae.safetensors, Subject::Worker(\"0kokz22uv2vryy\")]",
            note,
        ],
    );
    check(
        &verdict(&[("3", "vae_name", VAE, Some(&["pixel_space"]))]),
        &[
            "empty-loader: `VAELoader` of node `3` names `z-image-turbo-vae.safetensors`, but this loader sees no files at \
             all, as a worker's ComfyUI said of a job that it refused [node 3.vae_name, model vae/z-image-turbo-vae.safetensors, \
             Subject::Worker(\"0kokz22uv2vryy\")]",
            note,
        ],
    );
}

#[test]
fn what_was_not_looked_at_stays_open() {
    let missing = MissingClass { class: "Sigmas Rescale".to_owned(), node: None, worker: None };
    let behind = Verdict { missing: vec![missing], validated: vec!["3".to_owned()], ..verdict(&[]) };
    let why = "class `Sigmas Rescale` is missing, and ComfyUI did not look at what it needs";
    check(
        &behind,
        &[
            "dry-run: worker `0kokz22uv2vryy` has 1 of 3 models that the workflow names, as a worker's ComfyUI said of a \
             job that it refused [Subject::Worker(\"0kokz22uv2vryy\")]",
            &format!(
                "open missing-model: whether the worker has `z_image_turbo_bf16.safetensors` of node `1` is not known: {why}"
            ),
            &format!(
                "open missing-model: whether the worker has `qwen_3_4b.safetensors` of node `2` is not known: {why}"
            ),
        ],
    );
    let (wanted, open) = dry_run::wanted(&workflow(&[]), &behind);
    let known: Vec<_> = wanted.iter().map(|wanted| wanted.inventory == Inventory::Has).collect();
    assert_eq!((known, open.len()), (vec![false, false, true], 0));
}

#[test]
fn a_required_model_is_known_where_the_workflow_names_it_or_comfyui_listed_its_folder() {
    let listed = |folder: &str, name: &str, verdict: &Verdict| -> Option<Vec<String>> {
        let settings: Settings =
            serde_json::from_value(json!({"require": [{"folder": folder, "name": name}]})).expect("settings");
        let files = dry_run::listing(&settings.require[0], &workflow(&[]), verdict)?;
        Some(files.into_iter().map(|file| file.name).collect())
    };
    assert_eq!(listed("vae", VAE, &verdict(&[])), Some(vec![VAE.to_owned()]));
    assert_eq!(listed("vae", "other.safetensors", &verdict(&[])), None);
    assert_eq!(listed("loras", "a.safetensors", &verdict(&[])), None);
    let refused = verdict(&[("3", "vae_name", VAE, Some(&["ae.safetensors"]))]);
    assert_eq!(listed("vae", "other.safetensors", &refused), Some(vec!["ae.safetensors".to_owned()]));
    // More than ComfyUI lists.
    assert_eq!(listed("vae", "other.safetensors", &verdict(&[("3", "vae_name", VAE, None)])), None);
}
