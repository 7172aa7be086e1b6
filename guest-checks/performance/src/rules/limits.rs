//! Limits as text.

use crate::metrics::timed;
use comfycheck_sdk::samples::Sample;
use comfycheck_sdk::wording::{beside, money, number, percent, seconds};
use comfycheck_sdk::{Answer, Bound, Finding, OpenQuestion};
use comfycheck_statistics::limit::{Comparator, Limit};
use comfycheck_statistics::measures::{Judgment, Measures};

/// The answer to each limit, in their order: nothing if it is kept, else a `broken-limit` or an open question.
#[must_use]
pub fn limits(samples: &[Sample], limits: &[Limit]) -> Vec<Answer> {
    const RULE: &str = "broken-limit";
    if limits.is_empty() {
        return Vec::new();
    }
    let measures = Measures::of(&timed(samples));
    let answer = |limit: &Limit| match measures.judge(limit) {
        Judgment::Kept(_) => Answer::default(),
        Judgment::Broken(value) => {
            let unit = limit.metric.unit();
            let (shown, _) = beside(value, limit.value, unit, writer(unit));
            let shown = if unit == "/h" { format!("{shown}/h") } else { shown };
            let message = format!("{} is {shown} (limit: `{limit}`)", limit.quantity());
            Finding::new(RULE, message).measured(value, unit, Some(bound(limit))).into()
        }
        Judgment::Unknown(reason) => OpenQuestion::new(RULE, format!("`{limit}`: {reason}")).into(),
    };
    limits.iter().map(answer).collect()
}

fn writer(unit: &str) -> fn(f64) -> String {
    match unit {
        "s" => seconds,
        "%" => percent,
        "[USD]" => money,
        _ => number,
    }
}

fn bound(limit: &Limit) -> Bound {
    match limit.comparator {
        Comparator::Below => Bound::Below(limit.value),
        Comparator::AtMost => Bound::AtMost(limit.value),
        Comparator::AtLeast => Bound::AtLeast(limit.value),
        Comparator::Above => Bound::Above(limit.value),
    }
}
