//! What samples waited for in the queue, and what the reader can do about it.

use crate::metrics::Time;
use comfycheck_sdk::samples::Sample;
use comfycheck_sdk::wording::count;

const OWN_JOBS: &str =
    "lower `concurrency` in the suite if your clients send fewer jobs at once; otherwise raise max workers";
const OTHERS: &str = "run again when no other client uses the endpoint; if the wait stays, read in the worker's log what it \
                      did while the job waited";

/// How many of these waits were behind earlier jobs of this run on the same worker, in words, and the help that fits.
pub(super) fn behind(waits: &[Time], samples: &[Sample]) -> (String, &'static str) {
    let behind = waits.iter().filter(|wait| waited_for_own_job(wait.sample, samples)).count();
    let help = if behind * 2 > waits.len() { OWN_JOBS } else { OTHERS };
    let clause = match behind {
        0 if waits.len() == 1 => "not behind a job of this run".to_owned(),
        0 => "none of them behind a job of this run".to_owned(),
        some if some == waits.len() => "behind earlier jobs of this run".to_owned(),
        some => format!("{} behind earlier jobs of this run", count(some, "sample")),
    };
    (clause, help)
}

/// Whether the worker of a sample ran another job of this run after the sample was submitted and before it took it.
fn waited_for_own_job(index: u32, samples: &[Sample]) -> bool {
    let Some(own) = samples.iter().find(|sample| sample.index == index) else { return false };
    let (Some(worker), Some(submitted), Some(delay)) = (own.worker.as_deref(), own.submitted, own.delay) else {
        return false;
    };
    let taken = submitted.saturating_add(delay);
    samples.iter().any(|other| {
        let ran = other.first_running.zip(other.finished);
        other.index != index
            && other.worker.as_deref() == Some(worker)
            && ran.is_some_and(|(began, ended)| began < taken && ended > submitted)
    })
}
