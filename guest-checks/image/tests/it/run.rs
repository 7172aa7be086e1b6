//! What is said over all samples.

use comfycheck_check_image::expected::{Expected, Size, Sizes};
use comfycheck_check_image::rules::run::{Outcome, expectation, identical, repeats};
use comfycheck_check_image::settings::Settings;
use comfycheck_sdk::Subject;

/// Samples as `workflow: image image …`.
#[track_caller]
fn check_repeats(samples: &[&'static str], expected: &[&[u32]]) {
    let outcome = |(index, sample): (u32, &&'static str)| {
        let (workflow, images) = sample.split_once(':').expect("a workflow");
        Outcome { sample: index, workflow, images: images.split_whitespace().map(str::to_owned).collect() }
    };
    let outcomes: Vec<Outcome<'_>> = (0..).zip(samples).map(outcome).collect();
    assert_eq!(repeats(&outcomes), expected);
}

#[test]
fn the_same_images_for_different_workflows_are_a_repetition() {
    check_repeats(&["seed 1: a", "seed 2: b", "seed 3: a", "seed 4: b", "seed 5: c"], &[&[0, 2], &[1, 3]]);
    check_repeats(&["seed 1: a b", "seed 2: b a"], &[&[0, 1]]);
}

#[test]
fn the_same_images_for_the_same_workflow_are_not() {
    check_repeats(&["seed 1: a", "seed 1: a"], &[]);
    check_repeats(&["seed 1: a", "seed 1: a", "seed 2: a"], &[&[0, 1, 2]]);
}

#[test]
fn a_branch_that_does_not_depend_on_the_seed_is_no_repetition() {
    check_repeats(&["seed 1: a edges", "seed 2: b edges"], &[]);
}

#[test]
fn samples_without_images_repeat_nothing() {
    check_repeats(&["seed 1:", "seed 2:"], &[]);
}

#[test]
fn a_repetition_names_its_samples() {
    let finding = identical(&[0, 2]);
    assert_eq!(
        (finding.message.as_str(), &finding.subjects[..]),
        (
            "samples 0, 2 gave identical images, though they were asked for different ones",
            &[Subject::Sample(0), Subject::Sample(2)][..]
        )
    );
}

fn asking(count: u32, sizes: &[(u32, u32)]) -> Expected {
    let size = |&(width, height): &(u32, u32)| Size { width, height, latent: true, node: "6".into() };
    Expected { count, savers: vec!["9".into()], sizes: Sizes::Known(sizes.iter().map(size).collect()) }
}

#[track_caller]
fn check_expectation(workflows: &[Expected], settings: &str, expected: &str) {
    let settings: Settings = serde_json::from_str(settings).expect("settings");
    assert_eq!(expectation(workflows, &settings).message, expected);
}

#[test]
fn the_expectation_is_told() {
    check_expectation(
        &[asking(1, &[(1024, 1024)]), asking(1, &[(1024, 1024)])],
        "{}",
        "at least 1 image of 1024 × 1024 pixels is expected of each sample",
    );
    check_expectation(
        &[asking(1, &[(64, 64)]), asking(2, &[(64, 64), (128, 64)])],
        "{}",
        "at least 1 to 2 images of 64 × 64 or 128 × 64 pixels are expected of each sample",
    );
    check_expectation(
        &[asking(1, &[(64, 64)])],
        r#"{"width": 512, "images-per-sample": 4}"#,
        "at least 4 images of 512 × any pixels are expected of each sample",
    );
    check_expectation(
        &[
            asking(1, &[(64, 64)]),
            Expected { count: 1, savers: Vec::new(), sizes: Sizes::Unknown("it depends on node `7`".into()) },
        ],
        "{}",
        "at least 1 image of any size, since it depends on node `7`, is expected of each sample",
    );
}

#[test]
fn a_workflow_that_saves_no_image_is_told() {
    check_expectation(
        &[Expected::default()],
        "{}",
        "no image is expected: no node of the workflow is known to save one",
    );
}

#[test]
fn many_sizes_are_counted() {
    let workflows: Vec<Expected> = (1..=7).map(|side| asking(1, &[(side * 64, 64)])).collect();
    check_expectation(
        &workflows,
        "{}",
        "at least 1 image of 64 × 64, 128 × 64, 192 × 64, 256 × 64, 320 × 64 or 2 more sizes is expected of each sample",
    );
}
