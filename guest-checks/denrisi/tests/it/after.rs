//! After the samples.

use crate::deployment::{failed, inventory, no_inventory, sample, source, twelve, workflow};
use comfycheck_check_denrisi::after::after;
use comfycheck_check_denrisi::before::{Inventory, before};
use comfycheck_check_models::rules::samples::after_samples as models_after;
use comfycheck_check_nodes::rules::samples::after_samples as nodes_after;
use comfycheck_sdk::samples::{Ending, Sample, Start};
use comfycheck_sdk::testing::facts;
use comfycheck_sdk::{Answer, Error};

fn judge(samples: &[Sample], inventory: &Inventory) -> Answer {
    let workflow = workflow(&[]);
    after(&workflow, samples, &before(&workflow, inventory)).expect("an answer")
}

/// Without an inventory.
fn answer(samples: &[Sample]) -> Answer {
    judge(samples, &no_inventory())
}

/// Twelve good samples, some of them changed.
fn with(changed: &[u32], change: impl Fn(&mut Sample)) -> Vec<Sample> {
    let mut samples = twelve();
    samples.iter_mut().filter(|sample| changed.contains(&sample.index)).for_each(change);
    samples
}

fn all(error: &str) -> Vec<Sample> {
    (0..12).map(|index| failed(index, error)).collect()
}

const VERIFIED: &str = "denrisi-verified";
const TWELVE: &str = "sample 0, sample 1, sample 2, sample 3, sample 4, sample 5, sample 6, sample 7, sample 8, sample 9, \
                      sample 10, sample 11";

#[test]
fn twelve_good_samples_meet_every_requirement() {
    assert_answers!([
        ("without an inventory", answer(&twelve()), &[VERIFIED]),
        ("with an inventory", judge(&twelve(), &inventory(&[], &[])), &[VERIFIED]),
        ("the inventory lacks a class", judge(&twelve(), &inventory(&[], &["Sigmas Rescale"])), &[]),
        ("ten samples", answer(&twelve()[..10]), &[VERIFIED]),
        ("nine samples", answer(&twelve()[..9]), &["too-few-samples?"]),
    ]);
}

#[test]
fn every_sample_must_succeed_with_an_image() {
    let ending = |ending| answer(&with(&[11], |sample| sample.ending = ending));
    let other = source(&[("ClownsharKSampler_Beta", "KSampler")]);
    assert_answers!([
        (
            "two failed",
            answer(&with(&[3, 7], |sample| *sample = failed(sample.index, "boom"))),
            &["low-success-rate: sample 3, sample 7 = 83.33333333333333 % (at least 100)"],
        ),
        ("one not submitted", ending(Ending::NotSubmitted), &[]),
        ("one unknown", ending(Ending::Unknown), &["low-success-rate?"]),
        ("one without an image", answer(&with(&[4], |sample| sample.image_count = 0)), &["no-image: sample 4"]),
        (
            "another workflow",
            answer(&with(&[5, 6], |sample| sample.workflow.clone_from(&other))),
            &["other-workflow: sample 5, sample 6"],
        ),
    ]);
}

#[test]
fn times_must_stay_below_their_limits() {
    // A warm execution takes 6 s, the cold one 14 s.
    let cold = |delay| answer(&with(&[0], |sample| sample.delay = Some(delay)));
    let warm: Vec<u32> = (1..12).collect();
    let slow = |execution| answer(&with(&warm, |sample| sample.execution = Some(execution)));
    let start = |start| answer(&with(&(0..12).collect::<Vec<_>>(), |sample| sample.start = start));
    let slow_samples = TWELVE.replace("sample 0, ", "");
    assert_answers!([
        ("cold start of 59.999 s", cold(51_999), &[VERIFIED]),
        ("cold start of 60 s", cold(52_000), &["slow-cold-start: sample 0 = 60 s (below 60)"]),
        ("generation of 29.999 s", slow(29_999), &[VERIFIED]),
        ("generation of 30 s", slow(30_000), &[&format!("slow-generation: {slow_samples} = 30 s (below 30)")]),
        ("no cold start", start(Start::Warm), &["slow-cold-start?"]),
        ("starts unclear", start(Start::Unclear), &["slow-cold-start?", "slow-generation?"]),
    ]);
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
fn failed_jobs_show_what_is_missing() {
    let rate = format!("low-success-rate: {TWELVE} = 0 % (at least 100)");
    let rate = rate.as_str();
    let node = format!("missing-node: node 8, {TWELVE}");
    let model = format!("missing-model: node 3.vae_name, model vae/z-image-turbo-vae.safetensors, {TWELVE}");
    let (start, generation) = ("slow-cold-start?", "slow-generation?");
    assert_answers!([
        ("a class", answer(&all(MISSING_NODE)), &[&node, rate, "missing-model?", start, generation]),
        (
            "a model",
            answer(&all(&missing_file("3", "VAELoader", "vae_name", "z-image-turbo-vae.safetensors"))),
            &[&model, rate, start, generation],
        ),
        (
            "a model that Denrisi does not require",
            answer(&all(&missing_file("20", "LoraLoader", "lora_name", "style.safetensors"))),
            &[rate, start, generation],
        ),
        (
            "nothing, without an inventory",
            answer(&all("CUDA out of memory")),
            &[rate, "missing-node?", "missing-model?", start, generation],
        ),
        (
            "nothing, with an inventory",
            judge(&all("CUDA out of memory"), &inventory(&[], &[])),
            &[rate, start, generation],
        ),
    ]);
}

/// Where both find a defect, its findings have the same subjects, so that a report can show it once.
#[test]
fn findings_have_the_subjects_of_the_checks_nodes_and_models() {
    let vae = all(&missing_file("3", "VAELoader", "vae_name", "z-image-turbo-vae.safetensors"));
    for (samples, twin) in [(all(MISSING_NODE), nodes_after as fn(&[Sample]) -> _), (vae, models_after)] {
        let twin = twin(&samples).expect("an answer");
        let own = answer(&samples);
        assert_eq!(facts(&own)[0], facts(&twin)[0]);
        assert_eq!(own.findings[0].subjects, twin.findings[0].subjects);
    }
}

#[test]
fn a_run_without_submitted_samples_is_not_judged() {
    let gated = Sample { ending: Ending::NotSubmitted, ..sample(0) };
    let before = before(&workflow(&[]), &no_inventory());
    let error = after(&workflow(&[]), &[gated], &before).expect_err("no answer");
    assert!(matches!(error, Error::NotApplicable(_)), "{error:?}");
    // Without any sample the questions stay open.
    let none = after(&workflow(&[]), &[], &before).expect("an answer");
    assert_eq!(facts(&none), ["missing-node?", "missing-model?", "too-few-samples?"]);
}
