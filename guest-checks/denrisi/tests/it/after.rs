//! After the samples.

use crate::deployment::{failed, inventory, no_inventory, rules, sample, source, twelve, workflow};
use comfycheck_check_denrisi::after::after;
use comfycheck_check_denrisi::before::{Inventory, before};
use comfycheck_sdk::samples::{Ending, Sample, Start};
use comfycheck_sdk::{Answer, Error, Subject};

fn judge(samples: &[Sample], inventory: &Inventory) -> Answer {
    let workflow = workflow(&[]);
    after(&workflow, samples, &before(&workflow, inventory)).expect("an answer")
}

#[track_caller]
fn check(samples: &[Sample], expected: &str) {
    assert_eq!(rules(&judge(samples, &no_inventory())), expected);
}

/// Twelve samples, with something done to each.
fn each(change: impl Fn(u32, &mut Sample)) -> Vec<Sample> {
    let mut samples = twelve();
    for (sample, index) in samples.iter_mut().zip(0..) {
        change(index, sample);
    }
    samples
}

#[test]
fn twelve_good_samples_confirm_everything_with_and_without_an_inventory() {
    check(&twelve(), "denrisi-verified");
    let answer = judge(&twelve(), &inventory(&[], &[]));
    assert_eq!(rules(&answer), "denrisi-verified");
    assert_eq!(
        answer.findings[0].message,
        "confirmed: nodes `ClownsharKSampler_Beta`, `Sigmas Rescale` and `BetaSamplingScheduler`; models \
         `z_image_turbo_bf16.safetensors`, `qwen_3_4b.safetensors` and `z-image-turbo-vae.safetensors`; 12 of 12 samples \
         succeeded; longest cold start 40 s (below 60 s); mean generation 6 s (below 30 s)"
    );
}

#[test]
fn what_the_inventory_contradicts_is_not_confirmed() {
    assert_eq!(rules(&judge(&twelve(), &inventory(&[], &["Sigmas Rescale"]))), "");
}

#[test]
fn few_samples_confirm_nothing() {
    check(&twelve()[..9], "?too-few-samples");
    check(&twelve()[..10], "denrisi-verified");
}

#[test]
fn every_sample_must_succeed() {
    check(
        &each(|index, sample| {
            if index == 3 {
                *sample = failed(3, "boom");
            }
        }),
        "low-success-rate",
    );
    let not_submitted = each(|index, sample| {
        if index == 11 {
            sample.ending = Ending::NotSubmitted;
        }
    });
    check(&not_submitted, "");
    let unknown = each(|index, sample| {
        if index == 11 {
            sample.ending = Ending::Unknown;
        }
    });
    check(&unknown, "?low-success-rate");
}

#[test]
fn every_sample_must_return_an_image() {
    let samples = each(|index, sample| sample.image_count = u32::from(index != 4));
    check(&samples, "no-image");
    assert_eq!(judge(&samples, &no_inventory()).findings[0].subjects, [Subject::Sample(4)]);
}

#[test]
fn the_limits_are_held() {
    let cold = |delay| {
        each(move |index, sample| {
            if index == 0 {
                sample.delay = Some(delay);
            }
        })
    };
    // A warm execution takes 6 s, the cold one 14 s.
    check(&cold(51_999), "denrisi-verified");
    check(&cold(52_000), "slow-cold-start");
    let slow = |execution| {
        each(move |index, sample| {
            if index > 0 {
                sample.execution = Some(execution);
            }
        })
    };
    check(&slow(29_999), "denrisi-verified");
    check(&slow(30_000), "slow-generation");
}

#[test]
fn a_limit_that_could_not_be_measured_is_open() {
    check(&each(|_, sample| sample.start = Start::Warm), "?slow-cold-start");
    check(&each(|_, sample| sample.start = Start::Unclear), "?slow-cold-start ?slow-generation");
}

#[test]
fn a_variation_that_changes_the_workflow_is_told() {
    let other = source(&[("ClownsharKSampler_Beta", "KSampler")]);
    check(
        &each(|index, sample| {
            if index == 5 {
                sample.workflow.clone_from(&other);
            }
        }),
        "other-workflow",
    );
}

const MISSING_NODE: &str = r#"Node 'Sigmas Rescale' not found. The custom node may not be installed.. Raw response: {"error": {"type": "missing_node_type", "message": "Node 'Sigmas Rescale' not found. The custom node may not be installed.", "details": "Node ID '#8'", "extra_info": {"node_id": "8", "class_type": "Sigmas Rescale", "node_title": "Sigmas Rescale"}}, "node_errors": {}}"#;

fn missing_file(node: &str, class: &str, input: &str, file: &str) -> String {
    format!(
        "Workflow validation failed:\n• Node {node} (errors): [{{'type': 'value_not_in_list', 'message': 'Value not in list', \
         'details': \"{input}: '{file}' not in ['a.safetensors']\", 'extra_info': {{'input_name': '{input}', 'input_config': \
         [['a.safetensors'], {{}}], 'received_value': '{file}'}}}}]\n• Node {node} (class_type): {class}"
    )
}

#[test]
fn failed_jobs_tell_what_is_missing() {
    let all = |error: &str| (0..12).map(|index| failed(index, error)).collect::<Vec<_>>();
    let unmeasured = "low-success-rate";
    let open = "?slow-cold-start ?slow-generation";
    check(&all(MISSING_NODE), &format!("missing-node {unmeasured} ?missing-model {open}"));
    let vae = missing_file("3", "VAELoader", "vae_name", "z-image-turbo-vae.safetensors");
    check(&all(&vae), &format!("missing-model {unmeasured} {open}"));
    let help = judge(&all(&vae), &no_inventory()).findings[0].help.clone().expect("a help");
    assert!(
        help.ends_with(
            "or, where it has the model under another of its names (`z-image-turbo-vae` and `ae`), write that"
        ),
        "{help}"
    );
    // What Denrisi does not require is for the check `models` to tell.
    let lora = missing_file("20", "LoraLoader", "lora_name", "style.safetensors");
    check(&all(&lora), &format!("{unmeasured} {open}"));
}

#[test]
fn what_no_sample_tells_stays_open_unless_the_inventory_told_it() {
    let samples: Vec<_> = (0..12).map(|index| failed(index, "CUDA out of memory")).collect();
    let open = "?slow-cold-start ?slow-generation";
    check(&samples, &format!("low-success-rate ?missing-node ?missing-model {open}"));
    assert_eq!(rules(&judge(&samples, &inventory(&[], &[]))), format!("low-success-rate {open}"));
}

#[test]
fn where_samples_were_not_submitted_there_is_nothing_to_say() {
    let gated = Sample { ending: Ending::NotSubmitted, ..sample(0) };
    let before = before(&workflow(&[]), &no_inventory());
    let error = after(&workflow(&[]), &[gated], &before).expect_err("nothing to say");
    assert_eq!(error, Error::NotApplicable("no sample was submitted".into()));
}

#[test]
fn a_run_without_samples_proves_nothing_and_closes_nothing() {
    let before = before(&workflow(&[]), &no_inventory());
    assert_eq!(
        rules(&after(&workflow(&[]), &[], &before).expect("an answer")),
        "?missing-node ?missing-model ?too-few-samples"
    );
}
