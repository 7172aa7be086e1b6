//! The price of the plan: whether it is known, and whether the budget fits it.

use super::{Plan, submits_jobs};
use crate::cost;
use crate::diagnostic::{Diagnostic, Kind, inert};
use crate::suite::Suite;
use crate::suite::problems::Problems;
use crate::wording::{beside, money, names_with};

/// Adds a problem if `max-cost` has no price to compute with, and warnings if a part of the price does not apply.
///
/// `submits`: whether the run can submit a job. `catalog`: whether RunPod's catalog will be available.
pub(super) fn verify(
    suite: &Suite,
    submits: bool,
    catalog: bool,
    problems: &mut Problems<'_>,
    warnings: &mut Problems<'_>,
) {
    const GPU: [&str; 2] = ["deployment", "gpu"];
    const MAX_COST: [&str; 2] = ["budget", "max-cost"];
    let deployment = &suite.deployment;
    let has_max_cost = submits && suite.sampling.budget.max_cost.is_some();
    if deployment.local_worker {
        if has_max_cost {
            let what = "`max-cost` does not apply: a local worker costs nothing";
            warnings.value(&MAX_COST, Diagnostic::of(Kind::Conflict, what));
        }
        return;
    }
    if cost::price(deployment).is_some() {
        return;
    }
    let needs_price = has_max_cost && !catalog;
    match &deployment.gpu {
        Some(gpu) => {
            let what = format!("GPU `{}` is not in the price table", inert(gpu));
            let help = match cost::nearest_gpu(gpu) {
                Some(known) => format!("did you mean `{known}`? Otherwise set `price-per-second`"),
                None => format!("set `price-per-second`, or name one of {}", names_with(cost::pools(), "or")),
            };
            if needs_price {
                let what = format!("`max-cost` needs a price, but {what}");
                problems.value(&GPU, Diagnostic::of(Kind::NoPrice, what).help(help));
            } else {
                warnings.value(&GPU, Diagnostic::of(Kind::NoPrice, what).help(help));
            }
        }
        None if needs_price => {
            let help = "set `gpu` or `price-per-second` in `[deployment]`";
            let diagnostic = Diagnostic::of(Kind::NoPrice, "`max-cost` needs a price, but none is known");
            problems.value(&MAX_COST, diagnostic.help(help));
        }
        None => {}
    }
}

impl Plan {
    /// A warning if the budget is below the cost of one job. A shard that submits its own samples has its part of the budget.
    pub fn small_budget(&self, suite: &Suite) -> Option<String> {
        let Suite { sampling, deployment, .. } = suite;
        let submits = !deployment.local_worker && submits_jobs(&self.samples, suite);
        let most = sampling.part_of_budget().max_cost.filter(|most| submits && *most > 0.0)?;
        let longest = cost::longest(self.price.as_ref()?, sampling.patience.in_progress);
        if longest <= most {
            return None;
        }
        let (longest, most) = beside(longest, most, "[USD]", money);
        let limit = match sampling.share {
            None => format!("`max-cost` ({most})"),
            Some(shard) => format!("`max-cost` of shard {shard} ({most})"),
        };
        let then = if sampling.share.is_none_or(|shard| shard.owns_sample(0)) {
            "the first job runs alone, and is cancelled when it can have cost more"
        } else {
            "it submits no job"
        };
        Some(format!("one job can cost {longest}, more than {limit}: {then}"))
    }
}
