//! Models that the settings require.

use crate::told;
use comfycheck_check_models::Settings;
use comfycheck_check_models::rules::required::{Listing, required_models};
use comfycheck_sdk::inventory::{Error, ModelFile};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn files(names: &[&str]) -> Vec<ModelFile> {
    names.iter().map(|&name| ModelFile { name: name.into(), size: None }).collect()
}

#[track_caller]
fn check(require: &Value, listings: Vec<(&str, Listing)>, expected: &str) {
    let settings: Settings = serde_json::from_value(json!({ "require": require })).expect("settings");
    let listings: BTreeMap<_, _> = listings.into_iter().map(|(folder, listing)| (folder.to_owned(), listing)).collect();
    assert_eq!(told(&required_models(&settings.require, &listings)), expected);
}

const IN_VAE: &str = "put the file into `models/vae` of the worker's image, or of the network volume";

#[test]
fn a_file_that_is_there_is_fine() {
    check(&json!([{ "folder": "vae", "name": "a/b.pt" }]), vec![("vae", Ok(Some(files(&["a/b.pt"]))))], "");
    check(
        &json!([{ "folder": "vae", "any-of": ["x.pt", "b.pt"] }]),
        vec![("vae", Ok(Some(files(&["b.pt", "c.pt"]))))],
        "",
    );
}

#[test]
fn a_file_of_another_size_is_another_file() {
    let sized = |size| Ok(Some(vec![ModelFile { name: "a.pt".into(), size }]));
    let require = json!([{ "folder": "vae", "name": "a.pt", "size": 10 }]);
    check(&require, vec![("vae", sized(Some(10)))], "");
    check(&require, vec![("vae", sized(None))], "");
    check(
        &require,
        vec![("vae", sized(Some(9)))],
        "broken-file: `a.pt` in the folder `vae` has 9 bytes, and the settings say 10 [model vae/a.pt]\n\
         help: put the file there that is meant, or correct `size`\n",
    );
}

#[test]
fn a_folder_may_have_its_older_name() {
    check(&json!([{ "folder": "unet", "name": "b.pt" }]), vec![("diffusion_models", Ok(Some(files(&["b.pt"]))))], "");
    check(&json!([{ "folder": "clip", "name": "b.pt" }]), vec![("text_encoders", Ok(Some(files(&["b.pt"]))))], "");
}

#[test]
fn a_file_that_is_not_there_is_told_with_what_may_be_meant() {
    check(
        &json!([{ "folder": "vae", "name": "ae.pt" }, { "folder": "vae", "any-of": ["x1.pt", "AE.SAFETENSORS"] }]),
        vec![("vae", Ok(Some(files(&["ae.safetensors"]))))],
        "required-model: the folder `vae` does not hold `ae.pt`; it offers `ae.safetensors`, with another extension \
         [model vae/ae.pt]\nhelp: write `ae.safetensors`: names are compared exactly\n\
         required-model: the folder `vae` holds none of `x1.pt` and `AE.SAFETENSORS`; it offers `ae.safetensors`, which \
         differs in case [model vae/x1.pt, model vae/AE.SAFETENSORS]\n\
         help: write `ae.safetensors`: names are compared exactly\n",
    );
}

#[test]
fn an_empty_or_absent_folder_is_told_as_such() {
    check(
        &json!([{ "folder": "vae", "name": "ae.pt" }]),
        vec![("vae", Ok(Some(files(&["put_vae_here"]))))],
        &format!(
            "required-model: the folder `vae` holds no files at all, and should hold `ae.pt` [model vae/ae.pt]\n\
             help: {IN_VAE}; or correct the name\n"
        ),
    );
    check(
        &json!([{ "folder": "sams", "name": "s.pth" }]),
        vec![("sams", Ok(None))],
        "required-model: ComfyUI has no folder `sams` [model sams/s.pth]\n\
         help: put the file into `models/sams` of the worker's image: worker-comfyui does not read this folder from a \
         network volume; or correct the name\n",
    );
}

#[test]
fn a_folder_that_cannot_be_listed_is_an_open_question() {
    check(
        &json!([{ "folder": "vae", "name": "ae.pt" }]),
        vec![("vae", Err(Error::Unavailable("timeout".into())))],
        "open required-model: cannot list the folder `vae`, which should hold `ae.pt`: timeout\n\
         help: make sure that the ComfyUI server answers, and run it again\n",
    );
}

#[track_caller]
fn check_error(require: &Value, expected: &str) {
    let settings = serde_json::from_value::<Settings>(json!({ "require": require }));
    assert_eq!(settings.expect_err("an error").to_string(), expected);
}

#[test]
fn an_entry_names_one_file_or_several() {
    let expected = "`require`: name one file of `vae`, or several in `any-of`";
    check_error(&json!([{ "folder": "vae" }]), expected);
    check_error(&json!([{ "folder": "vae", "name": "a", "any-of": ["b"] }]), expected);
    check_error(&json!([{ "folder": "vae", "any-of": [] }]), expected);
    check_error(
        &json!([{ "folder": "vae", "any-of": ["a", "b"], "size": 1 }]),
        "`require`: a `size` is that of one file of `vae`, not of several",
    );
    check_error(
        &json!([{ "folder": "vae", "names": "a" }]),
        "unknown field `names`, expected one of `folder`, `name`, `any-of`, `size`, `on-volume`",
    );
}
