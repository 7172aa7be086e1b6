//! Models that the settings require.

use comfycheck_check_models::Settings;
use comfycheck_check_models::rules::required::{Listing, required_models};
use comfycheck_sdk::Answer;
use comfycheck_sdk::inventory::{Error, ModelFile};
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn files(names: &[&str]) -> Vec<ModelFile> {
    names.iter().map(|&name| ModelFile { name: name.into(), size: None }).collect()
}

/// `listing` is that of the one folder that is required.
fn answer(require: &Value, folder: &str, listing: Listing) -> Answer {
    let settings: Settings = serde_json::from_value(json!({ "require": require })).expect("settings");
    required_models(&settings.require, &BTreeMap::from([(folder.to_owned(), listing)]))
}

#[test]
fn a_required_file_is_found_by_its_folder_and_one_of_its_names() {
    let unet = json!([{ "folder": "unet", "name": "b.pt" }]);
    let clip = json!([{ "folder": "clip", "name": "b.pt" }]);
    assert_answers!([
        (
            "in a subfolder",
            answer(&json!([{ "folder": "vae", "name": "a/b.pt" }]), "vae", Ok(Some(files(&["a/b.pt"])))),
            &[]
        ),
        (
            "one of two",
            answer(
                &json!([{ "folder": "vae", "any-of": ["x.pt", "b.pt"] }]),
                "vae",
                Ok(Some(files(&["b.pt", "c.pt"])))
            ),
            &[],
        ),
        ("older name of diffusion_models", answer(&unet, "diffusion_models", Ok(Some(files(&["b.pt"])))), &[]),
        ("older name of text_encoders", answer(&clip, "text_encoders", Ok(Some(files(&["b.pt"])))), &[]),
        (
            "other names",
            answer(
                &json!([{ "folder": "vae", "name": "ae.pt" }, { "folder": "vae", "any-of": ["x1.pt", "AE.SAFETENSORS"] }]),
                "vae",
                Ok(Some(files(&["ae.safetensors"]))),
            ),
            &["required-model: model vae/ae.pt", "required-model: model vae/x1.pt, model vae/AE.SAFETENSORS"],
        ),
        (
            "no files",
            answer(&json!([{ "folder": "vae", "name": "ae.pt" }]), "vae", Ok(Some(files(&["put_vae_here"])))),
            &["required-model: model vae/ae.pt"],
        ),
        (
            "no folder",
            answer(&json!([{ "folder": "sams", "name": "s.pth" }]), "sams", Ok(None)),
            &["required-model: model sams/s.pth"],
        ),
        (
            "folder not listed",
            answer(&json!([{ "folder": "vae", "name": "ae.pt" }]), "vae", Err(Error::Unavailable("timeout".into()))),
            &["required-model?"],
        ),
    ]);
}

#[test]
fn a_required_file_must_have_the_required_size() {
    let sized = |size| Ok(Some(vec![ModelFile { name: "a.pt".into(), size }]));
    let require = json!([{ "folder": "vae", "name": "a.pt", "size": 10 }]);
    assert_answers!([
        ("as required", answer(&require, "vae", sized(Some(10))), &[]),
        ("unknown", answer(&require, "vae", sized(None)), &[]),
        ("another", answer(&require, "vae", sized(Some(9))), &["broken-file: model vae/a.pt"]),
    ]);
}

#[test]
fn invalid_entries_are_refused() {
    let errors = [
        ("no name", json!([{ "folder": "vae" }])),
        ("name and any-of", json!([{ "folder": "vae", "name": "a", "any-of": ["b"] }])),
        ("empty any-of", json!([{ "folder": "vae", "any-of": [] }])),
        ("size of several", json!([{ "folder": "vae", "any-of": ["a", "b"], "size": 1 }])),
        ("unknown key", json!([{ "folder": "vae", "names": "a" }])),
    ]
    .map(|(name, require)| {
        let settings = serde_json::from_value::<Settings>(json!({ "require": require }));
        format!("{name}: {}", settings.expect_err(name))
    });
    let errors = errors.join("\n");
    insta::assert_snapshot!(errors);
}
