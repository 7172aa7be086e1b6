//! The headline, and invalid settings.

use crate::{classes, failed, sample, workflow};
use comfycheck_check_models::rules::found::FileCount;
use comfycheck_check_models::rules::inputs::model_inputs;
use comfycheck_check_models::{Models, Settings};
use comfycheck_sdk::inventory::{Error, ModelFile};
use comfycheck_sdk::samples::Sample;
use comfycheck_sdk::{Answer, Scope};
use serde_json::json;
use std::collections::BTreeMap;

const VAE: &str = "z-image-turbo-vae.safetensors";

/// The workflow, where the VAE has this name.
fn of_inputs(vae: &str) -> FileCount {
    let (workflow, classes) = (workflow(&[(VAE, vae)]), classes(&[]));
    FileCount::of_inputs(&model_inputs(&workflow, &classes))
}

/// One required file of the folder `vae`.
fn of_required(name: &str, listing: Result<&[&str], Error>) -> FileCount {
    let settings: Settings =
        serde_json::from_value(json!({ "require": [{ "folder": "vae", "name": name }] })).expect("settings");
    let files = |names: &[&str]| {
        Some(names.iter().map(|&name| ModelFile { name: name.to_owned(), size: None }).collect::<Vec<_>>())
    };
    FileCount::of_required(&settings.require, &BTreeMap::from([("vae".to_owned(), listing.map(files))]))
}

fn together(mut count: FileCount, other: FileCount) -> FileCount {
    count.extend(other);
    count
}

#[test]
fn the_headline_counts_each_file_once() {
    let no_inventory = || Err(Error::NotOffered("no ComfyUI is configured".into()));
    let note = |count: FileCount| -> Answer { count.note().into_iter().collect() };
    assert_answers!([
        ("all listed", note(of_inputs(VAE)), &["found"]),
        ("one not listed", note(of_inputs("ae.safetensors")), &["found"]),
        ("a word of the loader is not a file", note(of_inputs("pixel_space")), &["found"]),
        ("the same file required", note(together(of_inputs(VAE), of_required(VAE, Ok(&[VAE])))), &["found"]),
        ("another file required", note(together(of_inputs(VAE), of_required("a.pt", Ok(&["a.pt"])))), &["found"]),
        ("only one, required", note(of_required("a.pt", Ok(&["a.pt"]))), &["found"]),
        ("required and not there", note(of_required("a.pt", Ok(&[]))), &[]),
        ("required and unknown", note(of_required("a.pt", no_inventory())), &[]),
    ]);
}

#[test]
fn a_complete_sample_counts_the_files_of_its_workflow() {
    let note = |samples: &[Sample]| -> Answer { FileCount::of_samples(samples).note().into_iter().collect() };
    assert_answers!([
        ("a complete sample", note(&[failed(0, "CUDA out of memory"), sample(1)]), &["found"]),
        ("none", note(&[failed(0, "CUDA out of memory")]), &[]),
    ]);
}

#[test]
fn invalid_settings_are_an_error_in_every_scope() {
    for scope in [Scope::Deployment, Scope::Sample, Scope::Run] {
        for settings in [r#"{"require": [{"folder": "vae"}]}"#, r#"{"required": []}"#] {
            let error = comfycheck_sdk::run::<Models>(scope, settings).expect_err("an error");
            assert!(matches!(error, comfycheck_sdk::Error::InvalidSettings(_)), "{scope:?} {settings}: {error:?}");
        }
    }
}
