//! Cost.

use crate::{check, ended, priced, warm};
use comfycheck_check_performance::rules::cost;
use comfycheck_sdk::samples::{Ending, PriceFacts};

#[test]
fn the_cost_of_an_image_is_that_of_all_samples() {
    let failed = priced(ended(1, Ending::Failed), 0.001, 0.004);
    let all = [priced(warm(0, 1), 0.002, 0.002), failed, ended(2, Ending::NotSubmitted)];
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
    check(
        &cost::image_cost(&[priced(ended(0, Ending::Failed), 0.1, 0.1)], None, Some(1.0)),
        &["costly-image? the cost of an image was not measured: the samples that were billed made no image"],
    );
}
