//! README, schema and settings agree with the check.

use crate::{cold, facts, priced, sample, warm};
use comfycheck_check_performance::limits::Limits;
use comfycheck_check_performance::product::Product;
use comfycheck_check_performance::rules::{self, cost, limits, success, times};
use comfycheck_sdk::assert_examples;
use comfycheck_sdk::samples::{Ending, PriceFacts, Sample, Start};

#[test]
fn every_limit_without_samples_is_open() {
    let limits = r#"{"min-samples": 1, "min-success-rate": 100, "max-queue-s": 5, "max-cold-start-s": 60,
                     "max-generation-s": 30, "max-cost-per-image": 0.01}"#;
    let limits: Limits = serde_json::from_str(limits).expect("settings");
    let open = [
        "limits",
        "low-success-rate?",
        "too-few-samples?",
        "slow-queue?",
        "slow-cold-start?",
        "slow-generation?",
        "costly-image?",
    ];
    assert_eq!(facts(&rules::judge(&[], Product::Image, None, &limits)), open);
}

#[test]
fn the_example_of_every_rule_is_an_answer_of_the_check() {
    let twelve: Vec<Sample> =
        (0..12).map(|index| if index == 4 { Sample::new(4, Ending::Failed) } else { warm(index, 3000) }).collect();
    let three: Vec<Sample> = (0..3).map(|index| warm(index, 3000)).collect();
    let waits = [warm(0, 3000), sample(1, Start::Warm, 1100, 4000)];
    let on_one = |index, delay| Sample { worker: Some("a".into()), ..sample(index, Start::Warm, delay, 3500) };
    let slow = [on_one(0, 200), on_one(1, 5500), on_one(2, 7500)];
    let start = [cold(0, 12_100, 33_100), warm(1, 4000)];
    let slow_start = [cold(0, 42_100, 33_100), warm(1, 4000)];
    let costs: Vec<Sample> = (0..4).map(|index| priced(warm(index, 1), 0.003_25, 0.004)).collect();
    let price = PriceFacts { per_second: 0.000_31, source: "suite".into(), date: None };
    let slow_images: Vec<Sample> = (0..20).map(|index| warm(index, 31_200)).collect();
    let set = Limits { max_queue_s: Some(120.0), max_generation_s: Some(30.0), ..Limits::default() };
    let answers = [
        rules::judge(&waits, Product::Image, None, &set),
        success::success_rate(&twelve, Some(100.0)),
        success::too_few_samples(&three, 10),
        times::queue_time(&waits, None),
        times::queue_time(&slow, Some(5.0)),
        times::cold_start(&start, None),
        times::cold_start(&slow_start, Some(60.0)),
        times::generation_time(&waits, Product::Image, Some(3.0)),
        cost::image_cost(&costs, Product::Image, Some(&price), Some(0.003)),
        limits::limits(&slow_images, &["generation.p95 < 30 s".parse().expect("a limit")]).into_iter().collect(),
    ];
    assert_examples(&rules::manifest().rules, &answers.into_iter().collect());
}

#[test]
fn the_schema_allows_what_the_settings_take() {
    let schema: serde_json::Value = serde_json::from_str(&rules::manifest().settings_schema).expect("JSON");
    let names: Vec<&String> = schema["properties"].as_object().expect("properties").keys().collect();
    for name in &names {
        let value = if *name == "limits" { "[\"queue < 1 s\"]" } else { "10" };
        let settings = format!("{{\"{name}\": {value}}}");
        assert_ne!(serde_json::from_str::<Limits>(&settings).expect(name), Limits::default(), "{name}");
    }
    assert_eq!(names.len(), 7);
    assert!(serde_json::from_str::<Limits>(r#"{"max-cost": 1}"#).is_err());
}
