//! What the samples' own errors show of models.

use crate::{failed, sample, workflow_text};
use comfycheck_check_models::rules::samples::after_samples;
use comfycheck_sdk::Answer;
use comfycheck_sdk::samples::{LostImage, Sample};

/// The error of worker-comfyui about one input of one node.
fn not_in_list(id: &str, class: &str, input: &str, received: &str, config: &str) -> String {
    format!(
        "Workflow validation failed:\n• Node {id} (errors): [{{'type': 'value_not_in_list', 'message': 'Value not in list', \
         'details': '', 'extra_info': {{'input_name': '{input}', 'input_config': {config}, 'received_value': '{received}'}}}}]\n\
         • Node {id} (dependent_outputs): ['11']\n• Node {id} (class_type): {class}"
    )
}

fn answer(samples: &[Sample]) -> Answer {
    after_samples(samples).expect("an answer")
}

#[test]
fn one_complete_sample_proves_every_model() {
    assert_answers!([(
        "a timeout and a success",
        answer(&[failed(0, "job timed out after 1 retries"), sample(1)]),
        &[]
    )]);
}

#[test]
fn samples_that_show_nothing_of_models_leave_the_question_open() {
    let lost = vec![LostImage { name: String::new(), reason: String::new() }];
    let reasons = [
        ("no samples", vec![]),
        ("no image", vec![Sample { image_count: 0, ..sample(0) }]),
        ("an image was lost", vec![Sample { lost_images: lost, ..sample(0) }]),
        (
            "refused for other reasons",
            vec![
                failed(0, &not_in_list("9", "KSampler", "sampler_name", "euler2", "[['euler'], {}]")),
                failed(1, "Node 'x' not found. The custom node may not be installed."),
                failed(2, "Workflow validation failed:\n• Node 3 (errors): [{'type': 'value_not_in_list', 'cut"),
                failed(3, ""),
            ],
        ),
    ]
    .map(|(name, samples)| format!("{name}: {}", after_samples(&samples).expect_err(name)));
    let reasons = reasons.join("\n");
    insta::assert_snapshot!(reasons);
}

/// The least number of images that proves that every output ran, of at most nine.
#[track_caller]
fn check_proof(replaced: &[(&str, &str)], expected: Option<u32>) {
    let proves = |image_count: &u32| {
        let sample = Sample { workflow: workflow_text(replaced), image_count: *image_count, ..sample(0) };
        after_samples(&[sample]).is_ok()
    };
    assert_eq!((0..10).find(proves), expected);
}

#[test]
fn as_many_images_prove_every_output_as_the_others_cannot_give() {
    let saver = |class| ("\"VAEDecode\"", class);
    let batch = |size| ("\"batch_size\": 1", size);
    check_proof(&[batch("\"batch_size\": 4")], Some(1));
    for class in ["\"SaveImage\"", "\"SaveImageAdvanced\"", "\"SaveAnimatedWEBP\"", "\"SaveAnimatedPNG\""] {
        check_proof(&[saver(class)], Some(2));
    }
    let two = saver("\"SaveImage\"");
    check_proof(&[two, batch("\"batch_size\": 4")], Some(5));
    check_proof(&[two, batch("\"batch_size\": [\"1\", 0]")], None);
    check_proof(&[two, ("\"BetaSamplingScheduler\"", "\"ImageBatch\"")], None);
}

#[test]
fn each_model_that_comfyui_refused_is_one_finding_with_its_samples() {
    let case = not_in_list("1", "UNETLoader", "unet_name", "A.pt", "[['a.pt'], {}]");
    assert_answers!([
        (
            "three models",
            answer(&[failed(0, include_str!("../recorded/three-models.json"))]),
            &[
                "missing-model: node 3.vae_name, model vae/ae.safetensors, sample 0",
                "missing-model: node 2.clip_name, model text_encoders/b.safetensors, sample 0",
                "missing-model: node 1.unet_name, model diffusion_models/a.safetensors, sample 0",
            ],
        ),
        (
            "a list too long for ComfyUI to print is not an empty one",
            answer(&[failed(0, include_str!("../recorded/dry-run.txt"))]),
            &["missing-model: node 2.lora_name, model loras/gone-lora.safetensors, sample 0"],
        ),
        (
            "two of three samples",
            answer(&[failed(0, &case), sample(1), failed(2, &case)]),
            &["missing-model: node 1.unet_name, model diffusion_models/A.pt, sample 0, sample 2"],
        ),
    ]);
}

#[test]
fn a_loader_that_lists_no_model_file_is_empty() {
    let empty = |config| answer(&[failed(0, &not_in_list("3", "VAELoader", "vae_name", "x.pt", config))]);
    let facts: &[&str] = &["empty-loader: node 3.vae_name, model vae/x.pt, sample 0"];
    assert_answers!([
        ("a word of its own", empty("[['pixel_space'], {}]"), facts),
        ("nothing", empty("[[], {}]"), facts),
        ("nothing, in the newer notation", empty("['COMBO', {'options': []}]"), facts),
    ]);
}

#[test]
fn a_model_that_a_loader_cannot_read_is_a_broken_file() {
    let loader = |message: &str| {
        let workflow =
            r#"{"4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd15.safetensors"}}}"#;
        let error = format!("Node Type: CheckpointLoaderSimple, Node ID: 4, Message: {message}");
        move |index| Sample { workflow: workflow.into(), ..failed(index, &error) }
    };
    let cut =
        loader("Error while deserializing header: MetadataIncompleteBuffer\n\nFile path: /models/sd15.safetensors");
    let elsewhere = Sample {
        workflow: r#"{"4": {"class_type": "Upscale", "inputs": {}}}"#.into(),
        ..failed(1, "Node Type: Upscale, Node ID: 4, Message: PytorchStreamReader failed reading zip archive")
    };
    let refused = loader("Weights only load failed. This file can still be loaded, to do so you have two options");
    let found: &[&str] = &["broken-file: node 4.ckpt_name, model /sd15.safetensors, sample 0, sample 1"];
    assert_answers!([
        ("cut off", answer(&[cut(0), cut(1)]), found),
        (
            "Python objects",
            answer(&[refused(0)]),
            &["broken-file: node 4.ckpt_name, model /sd15.safetensors, sample 0"],
        ),
        ("a file that no input names", answer(&[elsewhere]), &["broken-file: node 4, sample 1"]),
    ]);
}
