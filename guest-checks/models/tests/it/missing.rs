//! Models that the workflow names and no loader offers.

use crate::{classes, told, workflow};
use comfycheck_check_models::rules::near_miss::Place;
use comfycheck_check_models::rules::{self, Named};
use comfycheck_sdk::inventory::ModelFile;
use comfycheck_sdk::{Answer, Finding, Workflow};
use std::collections::BTreeMap;

type Replaced<'a> = &'a [(&'a str, &'a str)];

#[track_caller]
fn check(in_workflow: Replaced<'_>, in_classes: Replaced<'_>, elsewhere: &[Place], expected: &str) {
    let workflow = workflow(in_workflow);
    let classes = classes(in_classes);
    let answer: Answer =
        rules::missing_models(&rules::named_models(&workflow, &classes), elsewhere).into_iter().collect();
    assert_eq!(told(&answer), expected);
}

const UNET: &str = "z_image_turbo_bf16.safetensors";
const IN_UNET: &str = "put the file into `models/diffusion_models` of the worker's image, or into `models/unet` (not `models/diffusion_models`) \
     of the network volume";

#[test]
fn a_workflow_whose_models_are_all_offered_is_fine() {
    check(&[], &[], &[], "");
}

#[test]
fn the_models_of_a_workflow_are_told_in_its_order() {
    let workflow = workflow(&[]);
    let classes = classes(&[]);
    let named = rules::named_models(&workflow, &classes);
    let named: Vec<_> =
        named.iter().map(|Named { node, input, file, .. }| format!("{}.{input} {file}", node.id)).collect();
    assert_eq!(
        named,
        [
            "1.unet_name z_image_turbo_bf16.safetensors",
            "2.clip_name qwen_3_4b.safetensors",
            "3.vae_name z-image-turbo-vae.safetensors"
        ]
    );
}

#[test]
fn a_model_that_is_not_offered_is_named_with_its_node_and_the_nearest_name() {
    check(
        &[(UNET, "z_image_turbo_fp8.safetensors")],
        &[],
        &[],
        &format!(
            "missing-model: `UNETLoader` of node `1` does not offer `z_image_turbo_fp8.safetensors`; the nearest that it \
             offers: `z_image_turbo_bf16.safetensors` [node 1.unet_name, model diffusion_models/z_image_turbo_fp8.safetensors]\n\
             help: {IN_UNET}; or correct the name\n"
        ),
    );
}

#[test]
fn a_small_difference_is_named() {
    let told = |offered: &str, differs: &str, wanted: &str| {
        format!(
            "missing-model: `UNETLoader` of node `1` does not offer `{wanted}`; it offers `{offered}`, {differs} \
             [node 1.unet_name, model diffusion_models/{wanted}]\n\
             help: write `{offered}`: names are compared exactly\n"
        )
    };
    let offered = "z/Image.safetensors";
    let in_classes = &[(UNET, offered)];
    let other = told(offered, "with another path separator", "z\\Image.safetensors");
    check(&[(UNET, "z\\\\Image.safetensors")], in_classes, &[], &other);
    let case = told(offered, "which differs in case", "z/image.safetensors");
    check(&[(UNET, "z/image.safetensors")], in_classes, &[], &case);
    let subfolder = told(offered, "in another subfolder", "Image.safetensors");
    check(&[(UNET, "Image.safetensors")], in_classes, &[], &subfolder);
    let extension = told(offered, "with another extension", "z/Image.gguf");
    check(&[(UNET, "z/Image.gguf")], in_classes, &[], &extension);
}

#[test]
fn a_file_of_that_name_in_another_folder_is_named() {
    let elsewhere = [
        Place { name: "the folder `loras`".into(), files: vec!["other.safetensors".into()] },
        Place { name: "the folder `checkpoints`".into(), files: vec!["sub/wan.safetensors".into()] },
    ];
    check(
        &[(UNET, "wan.safetensors")],
        &[],
        &elsewhere,
        &format!(
            "missing-model: `UNETLoader` of node `1` does not offer `wan.safetensors`; the folder `checkpoints` has \
             `sub/wan.safetensors` [node 1.unet_name, model diffusion_models/wan.safetensors]\nhelp: {IN_UNET}\n"
        ),
    );
}

#[test]
fn a_loader_without_any_file_is_told_as_such() {
    let empty = |clause: &str| {
        format!(
            "empty-loader: `VAELoader` of node `3` names `z-image-turbo-vae.safetensors`, but this loader sees no files at \
             all{clause} [node 3.vae_name, model vae/z-image-turbo-vae.safetensors]\n\
             help: put the file into `models/vae` of the worker's image, or of the network volume; if the files are on a \
             network volume, attach it to the endpoint\n"
        )
    };
    // `pixel_space` is the loader's own word, not a file.
    let in_classes = &[("\"z-image-turbo-vae.safetensors\",", "")];
    check(&[], in_classes, &[], &empty(""));
    let elsewhere = [Place { name: "the folder `unet`".into(), files: vec!["z-image-turbo-vae.safetensors".into()] }];
    check(&[], in_classes, &elsewhere, &empty("; the folder `unet` has `z-image-turbo-vae.safetensors`"));
}

#[test]
fn a_loaders_own_words_are_offered_like_files() {
    check(&[("z-image-turbo-vae.safetensors", "pixel_space")], &[], &[], "");
    check(
        &[("z-image-turbo-vae.safetensors", "taesd")],
        &[],
        &[],
        "missing-model: `VAELoader` of node `3` does not offer `taesd` [node 3.vae_name, model vae/taesd]\n\
         help: put the file into `models/vae` of the worker's image, or of the network volume; or correct the name\n",
    );
}

/// Checks a workflow of its own.
#[track_caller]
fn check_workflow(workflow: &str, expected: &str) {
    let workflow = Workflow::parse(workflow).expect("a workflow");
    let classes = classes(&[]);
    let named = rules::named_models(&workflow, &classes);
    let answer: Answer = rules::missing_models(&named, &[]).into_iter().collect();
    let messages: Vec<_> = answer.findings.iter().map(|finding| finding.message.as_str()).collect();
    assert_eq!(messages.join("\n"), expected);
}

#[test]
fn nodes_that_name_the_same_missing_model_share_a_finding() {
    check_workflow(
        r#"{"1": {"class_type": "LoraLoaderModelOnly", "inputs": {"lora_name": "x.safetensors"}},
            "2": {"class_type": "LoraLoaderModelOnly", "inputs": {"lora_name": "x.safetensors", "model": ["1", 0]}},
            "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0]}}}"#,
        "`LoraLoaderModelOnly` of nodes `1` and `2` does not offer `x.safetensors`",
    );
}

#[test]
fn nodes_that_no_output_depends_on_are_left_out() {
    check_workflow(
        r#"{"1": {"class_type": "VAELoader", "inputs": {"vae_name": "x.safetensors"}},
            "3": {"class_type": "SaveImage", "inputs": {"images": ["3", 0]}}}"#,
        "",
    );
    // A class that is not known may be an output.
    check_workflow(
        r#"{"1": {"class_type": "VAELoader", "inputs": {"vae_name": "x.safetensors"}},
            "3": {"class_type": "SaveElsewhere", "inputs": {"vae": ["1", 0]}}}"#,
        "`VAELoader` of node `1` does not offer `x.safetensors`",
    );
}

#[test]
fn links_uploads_free_choices_and_other_types_are_not_looked_at() {
    check_workflow(
        r#"{"1": {"class_type": "VAELoader", "inputs": {"vae_name": ["2", 0]}},
            "2": {"class_type": "CustomCombo", "inputs": {"choice": "x.safetensors"}},
            "4": {"class_type": "LoadImage", "inputs": {"image": "cat.pt"}},
            "5": {"class_type": "CLIPTextEncode", "inputs": {"text": "a.safetensors", "extra": "b.safetensors"}},
            "6": {"class_type": "VAELoader", "inputs": {"vae_name": 0}},
            "3": {"class_type": "SaveImage", "inputs": {"a": ["1", 0], "b": ["4", 0], "c": ["5", 0], "d": ["6", 0]}}}"#,
        "",
    );
}

#[test]
fn wrapped_values_are_looked_at() {
    check_workflow(
        r#"{"1": {"class_type": "UpscaleModelLoader",
                  "inputs": {"model_name": {"__value__": ["RealESRGAN_x4plus.safetensors", "x.pth"]}}},
            "3": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}}}"#,
        "`UpscaleModelLoader` of node `1` does not offer `x.pth`",
    );
}

#[test]
fn the_models_of_an_unknown_class_are_an_open_question() {
    let workflow = workflow(&[("\"UNETLoader\"", "\"MyLoader\"")]);
    let unknown =
        BTreeMap::from([("MyLoader".to_owned(), "is not installed"), ("SaveImage".to_owned(), "is not installed")]);
    let answer = Answer { findings: Vec::new(), open: rules::unknown_loaders(&workflow, &unknown) };
    assert_eq!(
        told(&answer),
        "open missing-model: class `MyLoader` of node `1` is not installed, so that it is not known whether it offers \
         `z_image_turbo_bf16.safetensors`\nhelp: see what the `nodes` check says of the class\n"
    );
}

#[test]
fn a_workflow_without_models_asks_nothing() {
    assert!(rules::names_models(&workflow(&[])));
    let without =
        Workflow::parse(r#"{"1": {"class_type": "KSampler", "inputs": {"sampler_name": "euler", "seed": 3}}}"#);
    assert!(!rules::names_models(&without.expect("a workflow")));
}

#[test]
fn a_file_that_is_too_small_is_suspicious() {
    let size = |size: Option<u64>| {
        let file = ModelFile { name: "ae.safetensors".into(), size };
        rules::suspicious_size("vae", &file, []).map(|Finding { message, measurement, .. }| (message, measurement))
    };
    assert_eq!(size(None), None);
    assert_eq!(size(Some(1024)), None);
    let (message, measurement) = size(Some(133)).expect("a finding");
    assert_eq!(message, "`ae.safetensors` in the folder `vae` is only 133 bytes long");
    let measurement = measurement.expect("a measurement");
    assert_eq!((measurement.value, measurement.unit.as_str()), (133.0, "By"));
}
