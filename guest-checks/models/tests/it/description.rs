//! How the descriptions of classes are read.

use crate::classes;
use comfycheck_check_models::rules::description::Description;
use serde_json::json;

#[track_caller]
fn check(class: &str, input: &str, expected: Option<&[&str]>) {
    let classes = classes(&[]);
    let offered = classes[class].choices.get(input).map(|names| names.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(offered.as_deref(), expected);
}

#[test]
fn choices_are_read_in_both_styles() {
    check("VAELoader", "vae_name", Some(&["z-image-turbo-vae.safetensors", "pixel_space"]));
    check("UpscaleModelLoader", "model_name", Some(&["RealESRGAN_x4plus.safetensors"]));
    check("CLIPVisionLoader", "clip_name", Some(&[]));
    check("HypernetworkLoader", "hypernetwork_name", Some(&[]));
    check("KSampler", "seed", None);
    check("KSampler", "model", None);
}

#[test]
fn uploads_are_not_choices() {
    check("LoadImage", "image", None);
}

#[test]
fn outputs_are_known() {
    let outputs: Vec<_> = classes(&[]).into_iter().filter(|(_, class)| class.is_output).map(|(name, _)| name).collect();
    assert_eq!(outputs, ["PreviewImage", "SaveImage"]);
}

#[test]
fn odd_descriptions_are_read_as_far_as_they_go() {
    let read = |value: serde_json::Value| Description::parse(&value.to_string());
    assert_eq!(read(json!({})), None);
    assert_eq!(read(json!([])), None);
    assert_eq!(read(json!({ "input": {} })), Some(Description::default()));
    let odd = json!({ "input": { "required": { "a": [], "b": "X", "c": [[1, "x.pt", null]], "d": ["COMBO"] }, "hidden": { "p": "PROMPT" } } });
    let choices = read(odd).expect("a description").choices;
    assert_eq!(choices.into_iter().collect::<Vec<_>>(), [("c".to_owned(), vec!["x.pt".to_owned()])]);
}
