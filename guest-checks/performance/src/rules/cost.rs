//! The cost of an image, or of another output.

use super::Rules;
use crate::distribution::to_json;
use crate::metrics::{Bill, bill, image_costs};
use crate::product::Product;
use crate::repeated::{VARY, counted, repeated, repeated_jobs};
use crate::wording::clauses;
use comfycheck_sdk::samples::{PriceFacts, Sample};
use comfycheck_sdk::wording::{beside, count, money, money_range};
use comfycheck_sdk::{Answer, Bound, Finding, OpenQuestion};
use serde_json::{Value, json};

/// The cost of an image, as `image-cost`. From `below` USD on it is a `costly-image`.
///
/// Where billing is ambiguous the cost is a range, and a limit within it is an open question.
#[must_use]
pub fn image_cost(samples: &[Sample], product: Product, price: Option<&PriceFacts>, below: Option<f64>) -> Answer {
    const RULES: Rules = Rules { value: "image-cost", limit: "costly-image" };
    let bill = bill(samples);
    let (unknown, how_to_know) = match price {
        None => ("the price is unknown", "set `gpu` or `price-per-second` under `[deployment]` in the suite"),
        Some(_) => ("RunPod does not report how long the samples ran", "compare with RunPod's billing"),
    };
    if bill.samples == 0 {
        return if bill.unpriced > 0 {
            RULES.unmeasured(below, unknown, Some(how_to_know))
        } else {
            RULES.unmeasured(below, "no sample is known to be billed", None)
        };
    }
    if bill.images == 0 {
        return RULES.unmeasured(below, format!("the billed samples returned no {}", product.noun()), None);
    }
    let Bill { images, samples: billed, unpriced, .. } = bill;
    let (low, high) = (bill.low / f64::from(images), bill.high / f64::from(images));
    let made = format!("{} of {}", count(images, product.noun()), count(billed, "billed sample"));
    let unpriced_clause = (unpriced > 0).then(|| format!("the cost of {} is unknown", count(unpriced, "sample")));
    let repeats = repeated(samples);
    let repeated_clause = (!repeats.is_empty()).then(|| format!("{} included", counted(repeats.len())));
    let details = clauses([Some(made), price.map(price_clause), unpriced_clause.clone(), repeated_clause]);
    let note = Finding::new(RULES.value, format!("{} cost {} ({details})", product.one(), money_range(low, high)))
        .measured(high, "[USD]", below.map(Bound::Below))
        .data(&json!({
            "low": low, "high": high, "images": images, "samples": billed,
            "distribution": distribution(samples, product),
        }));
    let mut answer = Answer::from(note);

    let Some(below) = below else { return answer };
    let (shown, limit) = beside(low, below, "[USD]", money);
    let range = if money(low) == money(high) { shown } else { money_range(low, high) };
    let message = format!("{} cost {range} (limit: {limit})", product.one());
    if low >= below {
        let broken = Finding::new(RULES.limit, message).measured(low, "[USD]", Some(Bound::Below(below)));
        let help = "use a cheaper GPU, fewer steps or a smaller size; shorten the idle timeout; or send jobs closer \
                    together, so that fewer hit a cold start";
        answer.findings.push(broken.help(help));
    } else if !repeats.is_empty() {
        // An image that came from the cache cost less than it will.
        answer.open.push(OpenQuestion::new(RULES.limit, repeated_jobs(samples)).help(VARY));
    } else if high >= below {
        let help = "compare with RunPod's billing, or run more samples: cold starts then weigh less";
        answer.open.push(OpenQuestion::new(RULES.limit, message).help(help));
    } else if let Some(reason) = unpriced_clause {
        answer.open.push(OpenQuestion::new(RULES.limit, reason).help(how_to_know));
    }
    answer
}

fn distribution(samples: &[Sample], product: Product) -> Value {
    let mut distribution = to_json(&image_costs(samples), &format!("{}s", product.noun()));
    // The rule has the name of images.
    if product != Product::Image {
        distribution["label"] = format!("{} cost", product.noun()).into();
    }
    distribution
}

/// `price: $0.00031/s, table of 2026-08-20`.
fn price_clause(price: &PriceFacts) -> String {
    let date = price.date.as_deref().map(|date| format!(" of {date}")).unwrap_or_default();
    format!("price: {}/s, {}{date}", money(price.per_second), price.source)
}
