//! All samples together.

use crate::check;
use comfycheck_check_image::expected::{Expected, Size, Sizes};
use comfycheck_check_image::rules::run::{SampleImages, expectation, identical, images, repeats};
use comfycheck_check_image::settings::Settings;
use comfycheck_sdk::Answer;

/// Samples as `workflow: hash hash …`, with images of 64 × 64.
fn samples(samples: &[&'static str]) -> Vec<SampleImages<'static>> {
    let sample = |(index, sample): (u32, &&'static str)| {
        let (workflow, hashes) = sample.split_once(':').expect("a workflow");
        let hashes: Vec<String> = hashes.split_whitespace().map(str::to_owned).collect();
        SampleImages { sample: index, workflow, sizes: vec![Some((64, 64)); hashes.len()], hashes }
    };
    (0..).zip(samples).map(sample).collect()
}

#[track_caller]
fn check_repeats(lines: &[&'static str], expected: &[&[u32]]) {
    assert_eq!(repeats(&samples(lines)), expected);
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
fn samples_without_images_are_no_repetition() {
    check_repeats(&["seed 1:", "seed 2:"], &[]);
}

#[test]
fn a_repetition_names_its_samples() {
    let many: Vec<u32> = (0..12).collect();
    let names: Vec<String> = many.iter().map(|index| format!("; sample {index}")).collect();
    let many_facts = format!("identical-images{}", names.concat());
    check(
        "identical",
        &[
            ("two samples", identical(&[0, 2]).into(), &["identical-images; sample 0; sample 2"]),
            ("twelve samples", identical(&many).into(), &[&many_facts]),
        ],
    );
}

fn settings(json: &str) -> Settings {
    serde_json::from_str(json).expect("settings")
}

#[test]
fn the_headline_counts_the_images_and_gives_their_size() {
    let three = samples(&["seed 1: a", "seed 2: b", "seed 3: c"]);
    let resized = |last| {
        let mut three = three.clone();
        three[2].sizes = vec![last];
        three
    };
    let expected = |count| vec![saving(count, &[(64, 64)]); 3];
    let headline = |samples: &[SampleImages<'_>], count| images(samples, &expected(count), &Settings::default()).into();
    let required = images(&three, &expected(1), &settings(r#"{"images-per-sample": 2}"#)).into();
    let note: &[&str] = &["images"];
    check(
        "headline",
        &[
            ("all of them", headline(&three, 1), note),
            ("some of them", headline(&three, 2), note),
            ("fewer than the settings require", required, note),
            ("more than expected", headline(&three, 0), note),
            ("two sizes", headline(&resized(Some((128, 64))), 1), note),
            ("one of unknown size", headline(&resized(None), 1), note),
        ],
    );
}

fn saving(count: u32, sizes: &[(u32, u32)]) -> Expected {
    let size = |&(width, height): &(u32, u32)| Size { width, height, latent: true, node: "6".into() };
    Expected {
        count,
        savers: vec!["9".into()],
        sizes: Sizes::Known(sizes.iter().map(size).collect()),
        ..Expected::default()
    }
}

#[test]
fn the_expectation_of_each_kind_of_workflow_is_a_note() {
    let note =
        |workflows: &[Expected], settings: &str| -> Answer { expectation(workflows, &self::settings(settings)).into() };
    let unknown = Sizes::Unknown("it depends on node `7`".into());
    let unknown = Expected { count: 1, sizes: unknown, ..Expected::default() };
    let many: Vec<Expected> = (1..=7).map(|side| saving(1, &[(side * 64, 64)])).collect();
    let two_sizes = [saving(1, &[(64, 64)]), saving(2, &[(64, 64), (128, 64)])];
    let facts: &[&str] = &["expected-images"];
    check(
        "expectation",
        &[
            ("one size", note(&[saving(1, &[(1024, 1024)]), saving(1, &[(1024, 1024)])], "{}"), facts),
            ("two sizes and numbers", note(&two_sizes, "{}"), facts),
            ("settings", note(&[saving(1, &[(64, 64)])], r#"{"width": 512, "images-per-sample": 4}"#), facts),
            ("one of unknown size", note(&[saving(1, &[(64, 64)]), unknown], "{}"), facts),
            ("no node that saves an image", note(&[Expected::default()], "{}"), facts),
            ("seven sizes", note(&many, "{}"), facts),
        ],
    );
}
