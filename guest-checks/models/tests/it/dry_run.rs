//! What a dry run shows of models.

use crate::workflow;
use comfycheck_check_models::Settings;
use comfycheck_check_models::rules::dry_run;
use comfycheck_check_models::rules::search::Inventory;
use comfycheck_sdk::Answer;
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
    // ComfyUI checks the model of every loader of the workflow.
    let loaders = [("1", "unet_name"), ("2", "clip_name"), ("3", "vae_name")];
    let is_accepted = |(node, input): &(&str, &str)| {
        !refused.iter().any(|refused| refused.node == *node && refused.input.as_deref() == Some(input))
    };
    let asked = |(node, input): (&str, &str)| Asked { node: node.to_owned(), input: input.to_owned() };
    let accepted = loaders.into_iter().filter(is_accepted).map(asked).collect();
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

/// A dry run that says nothing of two loaders, one of which has a class that is missing.
fn partial() -> Verdict {
    let mut partial = verdict(&[]);
    partial.missing = vec![MissingClass { class: "CLIPLoader".to_owned(), worker: None }];
    partial.values.as_mut().expect("values").accepted.retain(|asked| asked.node == "3");
    partial
}

const VAE: &str = "z-image-turbo-vae.safetensors";
const NOTE: &str = "dry-run: worker 0kokz22uv2vryy";
const ABOUT_VAE: &str = "node 3.vae_name, model vae/z-image-turbo-vae.safetensors, worker 0kokz22uv2vryy";

fn answer(verdict: &Verdict) -> Answer {
    let mut answer = dry_run::findings(&workflow(&[]), verdict);
    answer.open = dry_run::open(&workflow(&[]), verdict);
    answer
}

#[test]
fn accepted_models_are_a_note_refused_ones_errors_and_others_unknown() {
    let unanswered = Verdict { values: Err("no worker started".to_owned()), ..verdict(&[]) };
    let missing = |accepted: &[&str]| answer(&verdict(&[("3", "vae_name", VAE, Some(accepted))]));
    assert_answers!([
        ("all accepted", answer(&verdict(&[])), &[NOTE]),
        ("one refused", missing(&["ae.safetensors"]), &[&format!("missing-model: {ABOUT_VAE}"), NOTE]),
        ("loader lists no files", missing(&["pixel_space"]), &[&format!("empty-loader: {ABOUT_VAE}"), NOTE]),
        (
            "another value refused",
            answer(&refused_kind()),
            &["refused-loader: node 2.type, worker 0kokz22uv2vryy", NOTE],
        ),
        ("class missing, input not checked", answer(&partial()), &[NOTE, "missing-model?", "missing-model?"]),
        ("no values", answer(&unanswered), &["missing-model?", "missing-model?", "missing-model?"]),
    ]);
}

#[test]
fn volumes_are_searched_for_what_a_dry_run_leaves_open() {
    let (searches, open) = dry_run::searches(&workflow(&[]), &partial());
    let known: Vec<_> = searches.iter().map(|search| search.inventory == Inventory::Has).collect();
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
    // What another input accepts, and another folder.
    assert_eq!(listed("text_encoders", "other.safetensors", &choosing("CLIPLoader", "type", &["flux"])), None);
    assert_eq!(listed("loras", "other.safetensors", &vae), None);
}
