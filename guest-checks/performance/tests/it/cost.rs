//! Cost.

use crate::{check, priced, warm};
use comfycheck_check_performance::rules::cost;
use comfycheck_sdk::samples::{Ending, PriceFacts, Sample};

#[test]
fn the_cost_of_an_image_is_that_of_all_samples() {
    let failed = priced(Sample::new(1, Ending::Failed), 0.001, 0.004);
    let all = [priced(warm(0, 1), 0.002, 0.002), failed, Sample::new(2, Ending::NotSubmitted)];
    let price = PriceFacts { per_second: 0.000_31, source: "table".into(), date: Some("2026-08-20".into()) };
    let note = "image-cost: an image cost 0.003 USD to 0.006 USD; 1 image of 2 billed samples, at 0.00031 USD a second \
                (table, 2026-08-20)";
    check(&cost::image_cost(&all, Some(&price), None), &[note]);
    check(&cost::image_cost(&all, Some(&price), Some(0.007)), &[note]);
    check(
        &cost::image_cost(&all, Some(&price), Some(0.006)),
        &[note, "costly-image? an image cost 0.003 USD to 0.006 USD, and the limit of 0.006 USD lies between"],
    );
    check(
        &cost::image_cost(&all, Some(&price), Some(0.003)),
        &[note, "costly-image: an image cost 0.003 USD to 0.006 USD; below 0.003 USD is asked for"],
    );
}

#[test]
fn an_unknown_cost_is_never_a_cheap_one() {
    check(
        &cost::image_cost(&[warm(0, 1)], None, None),
        &["image-cost: the cost of an image was not measured: the price is not known"],
    );
    check(
        &cost::image_cost(&[warm(0, 1)], None, Some(1.0)),
        &["costly-image? the cost of an image was not measured: the price is not known"],
    );
    let some = [priced(warm(0, 1), 0.002, 0.002), warm(1, 1)];
    check(
        &cost::image_cost(&some, None, Some(1.0)),
        &[
            "image-cost: an image cost 0.002 USD; 1 image of 1 billed sample; left out: 1 sample of unknown cost",
            "costly-image? the cost of 1 sample is not known",
        ],
    );
    let taken = Sample { first_running: Some(9), ..Sample::new(1, Ending::NotFinished) };
    let never = Sample::new(2, Ending::NeverStarted);
    check(
        &cost::image_cost(&[priced(warm(0, 1), 0.002, 0.002), taken, never], None, Some(1.0)),
        &[
            "image-cost: an image cost 0.002 USD; 1 image of 1 billed sample; left out: 1 sample of unknown cost",
            "costly-image? the cost of 1 sample is not known",
        ],
    );
    check(
        &cost::image_cost(&[priced(Sample::new(0, Ending::Failed), 0.1, 0.1)], None, Some(1.0)),
        &["costly-image? the cost of an image was not measured: the samples that were billed made no image"],
    );
}

#[track_caller]
fn check_help(samples: &[Sample], price: Option<&PriceFacts>, expected: &str) {
    let answer = cost::image_cost(samples, price, Some(1.0));
    let help: Vec<_> = answer.open.into_iter().filter_map(|open| open.help).collect();
    assert_eq!(help, [expected]);
}

#[test]
fn the_help_asks_for_a_price_only_where_none_is_known() {
    let price = PriceFacts { per_second: 0.001, source: "suite".into(), date: None };
    let some = [priced(warm(0, 1), 0.002, 0.002), warm(1, 1)];
    let billing = "compare with RunPod's billing: RunPod does not say how long they ran";
    let set = "set `price-per-second` or `gpu` of the deployment in the suite";
    check_help(&some, Some(&price), billing);
    check_help(&some[1..], Some(&price), billing);
    check_help(&some[1..], None, set);
    check_help(&[Sample::new(0, Ending::NeverStarted)], Some(&price), "see in this report what became of the samples");
    check_help(
        &[priced(Sample::new(0, Ending::Failed), 0.1, 0.1)],
        Some(&price),
        "see in this report why the samples made no image",
    );
}
