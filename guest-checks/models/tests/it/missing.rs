//! Models that the workflow names and no loader lists.

use crate::{classes, workflow};
use comfycheck_check_models::rules::inputs::{ModelInput, model_inputs, names_models, unknown_loaders};
use comfycheck_check_models::rules::missing::missing_models;
use comfycheck_check_models::rules::near_miss::Place;
use comfycheck_check_models::rules::size::suspicious_size;
use comfycheck_sdk::inventory::ModelFile;
use comfycheck_sdk::testing::facts;
use comfycheck_sdk::{Answer, Workflow};
use std::collections::{BTreeMap, BTreeSet};

type Replaced<'a> = &'a [(&'a str, &'a str)];

fn answer(in_workflow: Replaced<'_>, in_classes: Replaced<'_>, elsewhere: &[Place]) -> Answer {
    let (workflow, classes) = (workflow(in_workflow), classes(in_classes));
    missing_models(&model_inputs(&workflow, &classes), elsewhere).into_iter().collect()
}

const UNET: &str = "z_image_turbo_bf16.safetensors";
const VAE: &str = "z-image-turbo-vae.safetensors";

fn place(name: &str, file: &str) -> Place {
    Place { name: name.into(), files: vec![file.into()] }
}

#[test]
fn the_models_of_a_workflow_are_those_that_its_loaders_choose_from() {
    let (workflow, classes) = (workflow(&[]), classes(&[]));
    let inputs = model_inputs(&workflow, &classes);
    let inputs: Vec<_> =
        inputs.iter().map(|ModelInput { node, input, file, .. }| format!("{}.{input} {file}", node.id)).collect();
    assert_eq!(
        inputs,
        [
            "1.unet_name z_image_turbo_bf16.safetensors",
            "2.clip_name qwen_3_4b.safetensors",
            "3.vae_name z-image-turbo-vae.safetensors"
        ]
    );
}

#[test]
fn a_model_that_its_loader_does_not_list_is_missing() {
    let elsewhere =
        [place("folder `loras`", "other.safetensors"), place("folder `checkpoints`", "sub/wan.safetensors")];
    assert_answers!([
        ("all listed", answer(&[], &[], &[]), &[]),
        (
            "a similar name",
            answer(&[(UNET, "z_image_turbo_fp8.safetensors")], &[], &[]),
            &["missing-model: node 1.unet_name, model diffusion_models/z_image_turbo_fp8.safetensors"],
        ),
        (
            "in another folder",
            answer(&[(UNET, "wan.safetensors")], &[], &elsewhere),
            &["missing-model: node 1.unet_name, model diffusion_models/wan.safetensors"],
        ),
        ("a word of the loader", answer(&[(VAE, "pixel_space")], &[], &[]), &[]),
        (
            "a word that is not the loader's",
            answer(&[(VAE, "taesd")], &[], &[]),
            &["missing-model: node 3.vae_name, model vae/taesd"],
        ),
    ]);
}

#[test]
fn a_small_difference_is_named() {
    let differing = |written: &str| answer(&[(UNET, written)], &[(UNET, "z/Image.safetensors")], &[]);
    let about = |name: &str| format!("missing-model: node 1.unet_name, model diffusion_models/{name}");
    assert_answers!([
        ("path separator", differing("z\\\\Image.safetensors"), &[&about("z\\Image.safetensors")]),
        ("case", differing("z/image.safetensors"), &[&about("z/image.safetensors")]),
        ("subfolder", differing("Image.safetensors"), &[&about("Image.safetensors")]),
        ("extension", differing("z/Image.gguf"), &[&about("z/Image.gguf")]),
    ]);
}

#[test]
fn a_loader_that_lists_no_model_file_is_empty() {
    // `pixel_space` is the loader's own word, not a file.
    let in_classes = &[("\"z-image-turbo-vae.safetensors\",", "")];
    let facts: &[&str] = &["empty-loader: node 3.vae_name, model vae/z-image-turbo-vae.safetensors"];
    assert_answers!([
        ("nowhere else", answer(&[], in_classes, &[]), facts),
        ("in another folder", answer(&[], in_classes, &[place("folder `unet`", VAE)]), facts),
    ]);
}

#[test]
fn loaders_that_all_list_nothing_have_one_cause() {
    let nothing = &[
        ("\"z-image-turbo-vae.safetensors\",", ""),
        ("\"z_image_turbo_bf16.safetensors\"", ""),
        ("\"qwen_3_4b.safetensors\"", ""),
    ];
    let answer = answer(&[], nothing, &[]);
    let messages: BTreeSet<_> = answer.findings.iter().map(|finding| &finding.message).collect();
    assert_eq!(messages.len(), 1, "reports show them as one: {messages:?}");
    assert_answers!([(
        "three loaders",
        answer,
        &[
            "empty-loader: node 1.unet_name, model diffusion_models/z_image_turbo_bf16.safetensors",
            "empty-loader: node 2.clip_name, model text_encoders/qwen_3_4b.safetensors",
            "empty-loader: node 3.vae_name, model vae/z-image-turbo-vae.safetensors",
        ]
    )]);
}

/// The answer to a workflow of its own.
fn of_workflow(workflow: &str) -> Answer {
    let workflow = Workflow::parse(workflow).expect("a workflow");
    missing_models(&model_inputs(&workflow, &classes(&[])), &[]).into_iter().collect()
}

#[test]
fn nodes_that_name_the_same_missing_model_share_a_finding() {
    let answer = of_workflow(
        r#"{"1": {"class_type": "LoraLoaderModelOnly", "inputs": {"lora_name": "x.safetensors"}},
            "2": {"class_type": "LoraLoaderModelOnly", "inputs": {"lora_name": "x.safetensors", "model": ["1", 0]}},
            "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0]}}}"#,
    );
    assert_answers!([(
        "two nodes",
        answer,
        &["missing-model: node 1.lora_name, node 2.lora_name, model loras/x.safetensors"]
    )]);
}

#[test]
fn only_models_that_an_output_needs_are_checked() {
    let missing: &[&str] = &["missing-model: node 1.vae_name, model vae/x.safetensors"];
    let cases = [
        (
            "no output depends on the loader",
            r#"{"1": {"class_type": "VAELoader", "inputs": {"vae_name": "x.safetensors"}},
                "3": {"class_type": "SaveImage", "inputs": {"images": ["3", 0]}}}"#,
            &[][..],
        ),
        (
            "an unknown class may be an output",
            r#"{"1": {"class_type": "VAELoader", "inputs": {"vae_name": "x.safetensors"}},
                "3": {"class_type": "SaveElsewhere", "inputs": {"vae": ["1", 0]}}}"#,
            missing,
        ),
        (
            "links, uploads, free choices and other types",
            r#"{"1": {"class_type": "VAELoader", "inputs": {"vae_name": ["2", 0]}},
                "2": {"class_type": "CustomCombo", "inputs": {"choice": "x.safetensors"}},
                "4": {"class_type": "LoadImage", "inputs": {"image": "cat.pt"}},
                "5": {"class_type": "CLIPTextEncode", "inputs": {"text": "a.safetensors", "extra": "b.safetensors"}},
                "6": {"class_type": "VAELoader", "inputs": {"vae_name": 0}},
                "3": {"class_type": "SaveImage", "inputs": {"a": ["1", 0], "b": ["4", 0], "c": ["5", 0], "d": ["6", 0]}}}"#,
            &[],
        ),
        (
            "wrapped values",
            r#"{"1": {"class_type": "UpscaleModelLoader",
                      "inputs": {"model_name": {"__value__": ["RealESRGAN_x4plus.safetensors", "x.pth"]}}},
                "3": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}}}"#,
            &["missing-model: node 1.model_name, model upscale_models/x.pth"],
        ),
    ];
    for (name, workflow, expected) in cases {
        assert_eq!(facts(&of_workflow(workflow)), expected, "{name}");
    }
}

#[test]
fn the_models_of_an_unknown_class_are_unknown() {
    let workflow = workflow(&[("\"UNETLoader\"", "\"MyLoader\"")]);
    let unknown =
        BTreeMap::from([("MyLoader".to_owned(), "is not installed"), ("SaveImage".to_owned(), "is not installed")]);
    let answer = Answer { findings: Vec::new(), open: unknown_loaders(&workflow, &unknown) };
    assert_answers!([("class not installed", answer, &["missing-model?"])]);
}

#[test]
fn a_workflow_without_models_asks_nothing() {
    assert!(names_models(&workflow(&[])));
    let without =
        Workflow::parse(r#"{"1": {"class_type": "KSampler", "inputs": {"sampler_name": "euler", "seed": 3}}}"#);
    assert!(!names_models(&without.expect("a workflow")));
}

#[test]
fn a_file_that_is_too_small_is_suspicious() {
    let size = |size: Option<u64>| {
        let file = ModelFile { name: "ae.safetensors".into(), size };
        suspicious_size("vae", &file, []).into_iter().collect()
    };
    assert_answers!([
        ("size unknown", size(None), &[]),
        ("large enough", size(Some(1024)), &[]),
        ("too small", size(Some(133)), &["suspicious-size: model vae/ae.safetensors = 133 By (at least 1024)"]),
    ]);
}
