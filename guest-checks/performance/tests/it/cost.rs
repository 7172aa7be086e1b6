//! Cost.

use crate::{check, priced, warm};
use comfycheck_check_performance::product::{Product, counted};
use comfycheck_check_performance::rules::cost::image_cost;
use comfycheck_sdk::outputs::Kind;
use comfycheck_sdk::samples::{Ending, LostImage, PriceFacts, Sample};
use serde_json::{Value, json};

fn price() -> PriceFacts {
    PriceFacts { per_second: 0.000_31, source: "table".into(), date: Some("2026-08-20".into()) }
}

#[test]
fn the_cost_of_an_image_is_that_of_all_samples() {
    let failed = priced(Sample::new(1, Ending::Failed), 0.001, 0.004);
    let all = [priced(warm(0, 1), 0.002, 0.002), failed, Sample::new(2, Ending::NotSubmitted)];
    let cost = |below| image_cost(&all, Product::Image, Some(&price()), below);
    check(
        "image_cost",
        &[
            ("without a limit", cost(None), &["image-cost: 0.006 [USD]"]),
            ("below the limit", cost(Some(0.007)), &["image-cost: 0.006 [USD], below 0.007"]),
            ("a limit within the range", cost(Some(0.006)), &["image-cost: 0.006 [USD], below 0.006", "costly-image?"]),
            (
                "above the limit",
                cost(Some(0.003)),
                &["image-cost: 0.006 [USD], below 0.003", "costly-image: 0.003 [USD], below 0.003"],
            ),
        ],
    );
}

#[test]
fn an_image_that_was_lost_makes_the_others_more_expensive() {
    let lost = |images: u32| Sample {
        image_count: images,
        lost_images: vec![LostImage { name: "a.png".into(), reason: "gone".into() }],
        ..priced(warm(0, 1), 0.004, 0.004)
    };
    check(
        "lost_image",
        &[
            ("one of two", image_cost(&[lost(1)], Product::Image, Some(&price()), None), &["image-cost: 0.004 [USD]"]),
            ("all", image_cost(&[lost(0)], Product::Image, Some(&price()), Some(1.0)), &["costly-image?"]),
        ],
    );
}

#[test]
fn an_unknown_cost_is_never_a_cheap_one() {
    let known = priced(warm(0, 1), 0.002, 0.002);
    let taken = Sample { first_running: Some(9), ..Sample::new(1, Ending::NotFinished) };
    let never_started = Sample::new(2, Ending::NeverStarted);
    let without_image = [priced(Sample::new(0, Ending::Failed), 0.1, 0.1)];
    let one_unknown: &[&str] = &["image-cost: 0.002 [USD], below 1", "costly-image?"];
    let price = price();
    check(
        "unknown_cost",
        &[
            ("no price", image_cost(&[warm(0, 1)], Product::Image, None, Some(1.0)), &["costly-image?"]),
            ("no time", image_cost(&[warm(0, 1)], Product::Image, Some(&price), Some(1.0)), &["costly-image?"]),
            (
                "one of two has no time",
                image_cost(&[known.clone(), warm(1, 1)], Product::Image, Some(&price), Some(1.0)),
                one_unknown,
            ),
            (
                "one of two has no price",
                image_cost(&[known.clone(), warm(1, 1)], Product::Image, None, Some(1.0)),
                one_unknown,
            ),
            (
                "not finished and never started",
                image_cost(&[known, taken, never_started.clone()], Product::Image, None, Some(1.0)),
                one_unknown,
            ),
            ("nothing ran", image_cost(&[never_started], Product::Image, Some(&price), Some(1.0)), &["costly-image?"]),
            ("no image", image_cost(&without_image, Product::Image, Some(&price), Some(1.0)), &["costly-image?"]),
        ],
    );
}

#[test]
fn each_image_has_an_equal_part_of_its_samples_cost() {
    let two = Sample { image_count: 2, ..priced(warm(0, 1), 0.001, 0.006) };
    let failed = priced(Sample::new(1, Ending::Failed), 0.001, 0.004);
    let answer = image_cost(&[two, failed, priced(warm(2, 1), 0.002, 0.005)], Product::Image, Some(&price()), None);
    let data: Value = serde_json::from_str(answer.findings[0].data.as_deref().expect("data")).expect("JSON");
    assert_eq!(data["distribution"], json!({"p50": 0.003, "max": 0.005, "count": 3, "of": "images"}));
}

#[test]
fn other_files_than_images_are_counted_and_named() {
    let jobs = |kinds: &[&[Kind]]| {
        let of = |index: u32| kinds[index as usize].to_vec();
        let samples = (0..u32::try_from(kinds.len()).expect("few"))
            .map(|index| Sample { image_count: 1, ..priced(warm(index, 1), 0.004, 0.004) });
        let (product, samples) = counted(samples.collect(), of);
        let number: u32 = samples.iter().map(|sample| sample.image_count).sum();
        (number, image_cost(&samples, product, Some(&price()), Some(0.001)))
    };
    let rows: [(&str, &[&[Kind]], u32); 7] = [
        ("images", &[&[Kind::Image], &[Kind::Image, Kind::Text]], 2),
        ("videos", &[&[Kind::Video], &[Kind::Text, Kind::Video]], 2),
        ("two audio files a job", &[&[Kind::Audio, Kind::Audio]], 2),
        ("models", &[&[Kind::Model], &[]], 1),
        ("texts", &[&[Kind::Text, Kind::Text]], 2),
        ("an image and a video", &[&[Kind::Image, Kind::Video]], 2),
        ("files of unknown kinds", &[&[Kind::Other]], 1),
    ];
    let answers: Vec<_> = rows
        .iter()
        .map(|(name, kinds, expected)| {
            let (number, answer) = jobs(kinds);
            assert_eq!(number, *expected, "{name}");
            let rules: Vec<_> = answer.findings.iter().map(|finding| finding.rule.as_str()).collect();
            assert_eq!(rules, ["image-cost", "costly-image"], "{name}");
            format!("{name}: {}\n", answer.findings[1].message)
        })
        .collect();
    insta::assert_snapshot!(answers.concat());
}
