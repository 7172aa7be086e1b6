//! What a dry run tells of models.

use crate::{told, workflow};
use comfycheck_check_models::Settings;
use comfycheck_check_models::rules::dry_run;
use comfycheck_check_models::rules::volume::Inventory;
use comfycheck_sdk::dry_run::{Asked, Choice, MissingClass, RefusedValue, ToldValues, Verdict};
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
    let refused: Vec<_> = refused.collect();
    // Of every loader of the workflow, ComfyUI looks at what it is given.
    let loaders = [("1", "unet_name"), ("2", "clip_name"), ("3", "vae_name")];
    let is_taken = |(node, input): &(&str, &str)| {
        !refused.iter().any(|refused| refused.node == *node && refused.input.as_deref() == Some(input))
    };
    let asked = |(node, input): (&str, &str)| Asked { node: node.to_owned(), input: input.to_owned() };
    let accepted = loaders.into_iter().filter(is_taken).map(asked).collect();
    let worker = Some("0kokz22uv2vryy".to_owned());
    let values = ToldValues { worker: worker.clone(), refused, accepted, choices: Vec::new() };
    Verdict { jobs: 1, missing: Vec::new(), classes: Ok(worker), values: Ok(values) }
}

/// A dry run that refuses a kind of text encoder.
pub(crate) fn refused_kind() -> Verdict {
    let mut verdict = verdict(&[("2", "type", "lumina3", None)]);
    if let Ok(values) = &mut verdict.values {
        values.refused[0].details = "type: 'lumina3' not in (list of length 28)".into();
    }
    verdict
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
fn what_is_refused_of_a_loader_besides_a_model_is_told() {
    check(
        &refused_kind(),
        &[
            "refused-loader: ComfyUI refuses input `type` of node `2`, as a worker's ComfyUI said of a job that it refused: type: \
             'lumina3' not in (list of length 28) [node 2.type, Subject::Worker(\"0kokz22uv2vryy\")]",
            "dry-run: worker `0kokz22uv2vryy` has 3 of 3 models that the workflow names, as a worker's ComfyUI said of a job \
             that it refused [Subject::Worker(\"0kokz22uv2vryy\")]",
        ],
    );
}

#[test]
fn what_was_not_looked_at_stays_open() {
    let not_known = |file: &str, node: &str, why: &str| {
        format!("open missing-model: whether the worker has `{file}` of node `{node}` is not known: {why}")
    };
    let mut behind = verdict(&[]);
    behind.missing = vec![MissingClass { class: "CLIPLoader".to_owned(), worker: None }];
    behind.values.as_mut().expect("values").accepted.retain(|asked| asked.node == "3");
    let loaders =
        "a dry run asks the loaders of ComfyUI and of ComfyUI-GGUF, as far as they look at what they are given";
    check(
        &behind,
        &[
            "dry-run: worker `0kokz22uv2vryy` has 1 of 3 models that the workflow names, as a worker's ComfyUI said of a \
             job that it refused [Subject::Worker(\"0kokz22uv2vryy\")]",
            &not_known("z_image_turbo_bf16.safetensors", "1", loaders),
            &not_known("qwen_3_4b.safetensors", "2", "class `CLIPLoader` is missing"),
        ],
    );
    let (wanted, open) = dry_run::wanted(&workflow(&[]), &behind);
    let known: Vec<_> = wanted.iter().map(|wanted| wanted.inventory == Inventory::Has).collect();
    assert_eq!((known, open.len()), (vec![false, false, true], 0));
    let unanswered = Verdict { values: Err("no worker came".to_owned()), ..verdict(&[]) };
    check(
        &unanswered,
        &[
            &not_known("z_image_turbo_bf16.safetensors", "1", "no worker came"),
            &not_known("qwen_3_4b.safetensors", "2", "no worker came"),
            &not_known(VAE, "3", "no worker came"),
        ],
    );
}

#[test]
fn a_required_model_is_known_where_the_workflow_names_it_or_comfyui_listed_its_folder() {
    let listed = |folder: &str, name: &str, verdict: &Verdict| -> Option<Vec<String>> {
        let settings: Settings =
            serde_json::from_value(json!({"require": [{"folder": folder, "name": name}]})).expect("settings");
        let files = dry_run::listing(&settings.require[0], &workflow(&[]), verdict)?;
        Some(files.into_iter().map(|file| file.name).collect())
    };
    let choosing = |class: &str, input: &str, names: &[&str]| {
        let mut verdict = verdict(&[]);
        let names = names.iter().map(|&name| name.to_owned()).collect();
        let choice = Choice { class: class.to_owned(), input: input.to_owned(), names };
        verdict.values.as_mut().expect("values").choices.push(choice);
        verdict
    };
    assert_eq!(listed("vae", VAE, &verdict(&[])), Some(vec![VAE.to_owned()]));
    assert_eq!(listed("vae", "other.safetensors", &verdict(&[])), None);
    assert_eq!(listed("loras", "a.safetensors", &verdict(&[])), None);
    let vae = choosing("VAELoader", "vae_name", &["ae.safetensors"]);
    assert_eq!(listed("vae", "other.safetensors", &vae), Some(vec!["ae.safetensors".to_owned()]));
    assert_eq!(listed("vae", "other.safetensors", &choosing("VAELoader", "vae_name", &[])), Some(Vec::new()));
    // What another input takes, and another folder.
    assert_eq!(listed("text_encoders", "other.safetensors", &choosing("CLIPLoader", "type", &["flux"])), None);
    assert_eq!(listed("loras", "other.safetensors", &vae), None);
}
