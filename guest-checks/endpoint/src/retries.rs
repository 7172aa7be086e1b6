//! Jobs that succeeded only because RunPod ran them again.

use crate::message::{as_seconds, clauses};
use crate::run_evidence::Evidence;
use comfycheck_sdk::samples::{Ending, PriceFacts, Sample};
use comfycheck_sdk::wording::{count, money_range, seconds};
use comfycheck_sdk::{Finding, Subject, quote};
use std::collections::BTreeSet;

const HELP: &str = "find out why the first worker died: read its log in RunPod's console, and look for a killed process (out of \
                    memory)";

/// One finding for all jobs that RunPod ran again and that succeeded.
pub(crate) fn judge(evidence: &Evidence<'_>, price: Option<&PriceFacts>) -> Option<Finding> {
    let succeeded = |sample: &&Sample| sample.retries > 0 && sample.ending == Ending::Succeeded;
    let samples: Vec<&Sample> = evidence.samples.iter().filter(succeeded).collect();
    let (first, retries) = (samples.first()?, samples.iter().map(|sample| sample.retries).sum::<u32>());
    let what = format!(
        "{} succeeded only after RunPod ran {} again (retries: {retries})",
        count(samples.len(), "job"),
        if samples.len() == 1 { "it" } else { "them" },
    );
    let ran_on = match evidence.workers_of(first).as_slice() {
        _ if samples.len() > 1 => None,
        [before @ .., last] if !before.is_empty() => {
            let before: Vec<_> = before.iter().map(|worker| quote(worker)).collect();
            Some(format!("it started on worker {} and finished on {}", before.join(" and "), quote(last)))
        }
        _ => first.worker.as_deref().map(|worker| format!("it finished on worker {}", quote(worker))),
    };
    let longest = samples.iter().max_by_key(|sample| waited(sample).unwrap_or(0))?;
    let waited = waited(longest).map(|waited| {
        let counted = longest.delay.unwrap_or(0).saturating_add(longest.execution.unwrap_or(0));
        let (waited, counted) = (seconds(as_seconds(waited)), seconds(as_seconds(counted)));
        format!("{waited} from submission to result, of which RunPod counts {counted}")
    });
    let workers: BTreeSet<&str> = samples
        .iter()
        .flat_map(|sample| evidence.workers_of(sample).into_iter().chain(sample.worker.as_deref()))
        .collect();
    let workers = workers.into_iter().map(|id| Subject::Worker(id.to_owned()));
    let message = clauses([Some(what), ran_on, waited, died(&samples, evidence), cost(&samples, price)]);
    let indices = samples.iter().map(|sample| Subject::Sample(sample.index));
    Some(Finding::new("retried-job", message).about_all(workers.chain(indices)).help(HELP))
}

/// The line that explains why the first worker of a job died.
fn died(samples: &[&Sample], evidence: &Evidence<'_>) -> Option<String> {
    let is_first = |worker: &str| {
        samples
            .iter()
            .any(|sample| evidence.workers_of(sample).split_last().is_some_and(|(_, before)| before.contains(&worker)))
    };
    let mut logs = evidence.management.logs.iter().filter(|log| log.source == "container" && is_first(&log.worker));
    logs.find_map(|log| Some(log.quote(&log.root()?.text)))
}

/// From submission to result, by the host's clock, in milliseconds.
fn waited(sample: &Sample) -> Option<u64> {
    sample.finished?.checked_sub(sample.submitted?)
}

/// RunPod counts the last run alone. The lost run cost at most the rest of the time.
fn cost(samples: &[&Sample], price: Option<&PriceFacts>) -> Option<String> {
    let per_second = price?.per_second;
    let of = |milliseconds: u64| per_second * as_seconds(milliseconds).ceil();
    let low: f64 = samples.iter().filter_map(|sample| sample.execution).map(of).sum();
    let high: f64 = samples.iter().filter_map(|sample| waited(sample)).map(of).sum();
    (high > low).then(|| format!("all runs together cost {}", money_range(low, high)))
}
