//! What the samples' own errors tell.

use crate::{told, workflow_text};
use comfycheck_check_models::rules::samples::after_samples;
use comfycheck_sdk::samples::{Ending, LostImage, Sample};

/// A sample that succeeded with one image.
fn sample(index: u32) -> Sample {
    Sample { workflow: workflow_text(&[]), image_count: 1, ..Sample::new(index, Ending::Succeeded) }
}

fn failed(index: u32, error: &str) -> Sample {
    Sample { workflow: workflow_text(&[]), error: Some(error.into()), ..Sample::new(index, Ending::Failed) }
}

/// The error of worker-comfyui about one input of one node.
fn not_in_list(id: &str, class: &str, input: &str, received: &str, config: &str) -> String {
    format!(
        "Workflow validation failed:\n• Node {id} (errors): [{{'type': 'value_not_in_list', 'message': 'Value not in list', \
         'details': '', 'extra_info': {{'input_name': '{input}', 'input_config': {config}, 'received_value': '{received}'}}}}]\n\
         • Node {id} (dependent_outputs): ['11']\n• Node {id} (class_type): {class}"
    )
}

#[track_caller]
fn check(samples: &[Sample], expected: &str) {
    assert_eq!(after_samples(samples).map(|answer| told(&answer)).as_deref(), Ok(expected));
}

#[track_caller]
fn check_nothing(samples: &[Sample]) {
    let nothing = "no sample tells whether every model is there".to_owned();
    assert_eq!(after_samples(samples).map(|answer| told(&answer)), Err(nothing));
}

#[test]
fn one_complete_sample_proves_every_model() {
    check(&[failed(0, "job timed out after 1 retries"), sample(1)], "");
}

#[test]
fn a_sample_that_may_have_skipped_an_output_proves_nothing() {
    check_nothing(&[]);
    check_nothing(&[Sample { image_count: 0, ..sample(0) }]);
    check_nothing(&[Sample {
        lost_images: vec![LostImage { name: String::new(), reason: String::new() }],
        ..sample(0)
    }]);
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
fn every_model_of_a_refusal_is_told() {
    check(
        &[failed(0, include_str!("../recorded/three-models.json"))],
        "missing-model: `VAELoader` of node `3` does not offer `ae.safetensors` where sample 0 ran \
         [node 3.vae_name, model vae/ae.safetensors, sample 0]\n\
         help: put the file into `models/vae` of the worker's image, or of the network volume; or correct the name\n\
         missing-model: `CLIPLoader` of node `2` does not offer `b.safetensors` where sample 0 ran \
         [node 2.clip_name, model text_encoders/b.safetensors, sample 0]\n\
         help: put the file into `models/text_encoders` of the worker's image, or into `models/clip` (not \
         `models/text_encoders`) of the network volume; or correct the name\n\
         missing-model: `UNETLoader` of node `1` does not offer `a.safetensors` where sample 0 ran \
         [node 1.unet_name, model diffusion_models/a.safetensors, sample 0]\n\
         help: put the file into `models/diffusion_models` of the worker's image, or into `models/unet` (not \
         `models/diffusion_models`) of the network volume; or correct the name\n",
    );
}

#[test]
fn a_list_that_is_too_long_to_be_told_is_not_taken_for_an_empty_one() {
    check(
        &[failed(0, include_str!("../recorded/dry-run.txt"))],
        "missing-model: `LoraLoaderModelOnly` of node `2` does not offer `gone-lora.safetensors` where sample 0 ran \
         [node 2.lora_name, model loras/gone-lora.safetensors, sample 0]\n\
         help: put the file into `models/loras` of the worker's image, or of the network volume; or correct the name\n",
    );
}

#[test]
fn one_missing_model_is_one_finding_with_all_its_samples() {
    let error = not_in_list("1", "UNETLoader", "unet_name", "A.pt", "[['a.pt'], {}]");
    check(
        &[failed(0, &error), sample(1), failed(2, &error)],
        "missing-model: `UNETLoader` of node `1` does not offer `A.pt` where samples 0, 2 ran; it offers `a.pt`, which \
         differs in case [node 1.unet_name, model diffusion_models/A.pt, sample 0, sample 2]\n\
         help: write `a.pt`: names are compared exactly\n",
    );
}

#[test]
fn an_empty_loader_is_told_as_such() {
    let empty = "help: put the file into `models/vae` of the worker's image, or of the network volume; if the files are on \
                 a network volume, attach it to the endpoint\n";
    let told = |folder_and_file: &str| {
        format!(
            "empty-loader: `VAELoader` of node `3` names `x.pt`, but this loader sees no files at all where sample 0 ran \
             [node 3.vae_name, model {folder_and_file}, sample 0]\n{empty}"
        )
    };
    for config in ["[['pixel_space'], {}]", "[[], {}]", "['COMBO', {'options': []}]"] {
        check(&[failed(0, &not_in_list("3", "VAELoader", "vae_name", "x.pt", config))], &told("vae/x.pt"));
    }
}

#[test]
fn what_is_refused_for_another_reason_tells_nothing_of_models() {
    check_nothing(&[
        failed(0, &not_in_list("9", "KSampler", "sampler_name", "euler2", "[['euler'], {}]")),
        failed(1, "Node 'x' not found. The custom node may not be installed."),
        failed(2, "Workflow validation failed:\n• Node 3 (errors): [{'type': 'value_not_in_list', 'cut"),
        failed(3, ""),
    ]);
}
