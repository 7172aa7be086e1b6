//! What an image costs.

use super::Rules;
use crate::metrics::{Bill, bill};
use crate::wording::{clauses, usd};
use comfycheck_sdk::samples::{PriceFacts, Sample};
use comfycheck_sdk::{Answer, Bound, Finding, OpenQuestion, count};
use serde_json::json;

/// What an image cost, as `image-cost`; it stays below `below` USD, else `costly-image`.
///
/// Where billing is ambiguous the cost is a range, and a limit within it is an open question.
#[must_use]
pub fn image_cost(samples: &[Sample], price: Option<&PriceFacts>, below: Option<f64>) -> Answer {
    const RULES: Rules = Rules { value: "image-cost", limit: "costly-image" };
    let unmeasured =
        |why: &str, help| RULES.unmeasured(below, format!("the cost of an image was not measured: {why}"), help);
    let bill = bill(samples);
    let (unknown, how_to_price) = match price {
        None => ("the price is not known", "set `price-per-second` or `gpu` of the deployment in the suite"),
        Some(_) => (
            "how long the samples ran is not known",
            "compare with RunPod's billing: RunPod does not say how long they ran",
        ),
    };
    if bill.samples == 0 {
        return if price.is_none() || bill.unpriced > 0 {
            unmeasured(unknown, how_to_price)
        } else {
            unmeasured("nothing is known to have been billed", "see in this report what became of the samples")
        };
    }
    if bill.images == 0 {
        let help = "see in this report why the samples made no image";
        return unmeasured("the samples that were billed made no image", help);
    }
    let Bill { images, samples: billed, unpriced, .. } = bill;
    let (low, high) = (bill.low / f64::from(images), bill.high / f64::from(images));
    let range = if usd(low) == usd(high) { usd(high) } else { format!("{} to {}", usd(low), usd(high)) };
    let at = price.map(|price| {
        let dated = price.date.as_deref().map(|date| format!(", {date}")).unwrap_or_default();
        format!(", at {} a second ({}{dated})", usd(price.per_second), price.source)
    });
    let made = format!("{} of {}", count(images, "image"), count(billed, "billed sample"));
    let message = clauses([
        Some(format!("an image cost {range}")),
        Some(made + &at.unwrap_or_default()),
        (unpriced > 0).then(|| format!("left out: {} of unknown cost", count(unpriced, "sample"))),
    ]);
    let mut answer = Answer::default();
    let note = Finding::new(RULES.value, message)
        .measured(high, "[USD]", below.map(Bound::Below))
        .data(&json!({"low": low, "high": high, "images": images, "samples": billed}));
    answer.findings.push(note);

    let Some(below) = below else { return answer };
    if low >= below {
        let message = format!("an image cost {range}; below {} is asked for", usd(below));
        let help = "use a cheaper GPU, fewer steps or a smaller size, shorten the idle timeout, or send jobs closer \
                    together so that fewer of them pay for a cold start";
        let broken = Finding::new(RULES.limit, message).measured(low, "[USD]", Some(Bound::Below(below)));
        answer.findings.push(broken.help(help));
    } else if high >= below {
        let reason = format!("an image cost {range}, and the limit of {} lies between", usd(below));
        let help = "compare with RunPod's billing, or take more samples: the share of the cold starts becomes smaller";
        answer.open.push(OpenQuestion::new(RULES.limit, reason).help(help));
    } else if unpriced > 0 {
        let reason = format!("the cost of {} is not known", count(unpriced, "sample"));
        answer.open.push(OpenQuestion::new(RULES.limit, reason).help(how_to_price));
    }
    answer
}
