//! Cold starts.

use comfycheck_core::sample::{Sample, Start};
use std::collections::BTreeSet;
use std::time::Duration;

/// Sets the start of each sample. `free[i]` is whether a worker was free when sample `i` was
/// submitted; none if unknown.
///
/// On a worker that a dry run has started, the first sample is unclear: ComfyUI runs there, but has
/// loaded no model. A dry run without a known worker may have started any of them.
pub(super) fn classify(samples: &mut [Sample], free: &[Option<bool>], dry_runs: &[Sample]) {
    let is_started = |worker: &Option<String>| dry_runs.iter().any(|job| job.worker.is_none() || job.worker == *worker);
    let mut order: Vec<usize> = (0..samples.len()).filter(|&at| samples[at].worker.is_some()).collect();
    order.sort_by_key(|&at| (taken(&samples[at]), samples[at].index));
    let mut workers = BTreeSet::new();
    for at in order {
        let first = workers.insert(samples[at].worker.clone());
        samples[at].start = match (first, free.get(at).copied().flatten()) {
            (false, _) => Start::Warm,
            (true, Some(false)) if !is_started(&samples[at].worker) => Start::Cold,
            (true, _) => Start::Unclear,
        };
    }
}

/// When a worker took it. RunPod's delay is exact unless the job was dispatched again; then as
/// observed.
fn taken(sample: &Sample) -> Option<Duration> {
    match (sample.submitted, sample.delay) {
        (Some(submitted), Some(delay)) if sample.retries == 0 => Some(submitted + delay),
        _ => sample.first_running,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Samples as `worker, submitted, delay, whether a worker was free`, in seconds.
    #[track_caller]
    fn check(samples: &[(&str, u64, u64, Option<bool>)], expected: &[Start]) {
        check_after(&[], samples, expected);
    }

    /// `before` are the workers of dry runs, empty if unknown.
    #[track_caller]
    fn check_after(before: &[&str], samples: &[(&str, u64, u64, Option<bool>)], expected: &[Start]) {
        let known = |worker: &&str| Some((*worker).to_owned()).filter(|worker| !worker.is_empty());
        let job = |worker| Sample { worker: known(worker), ..Sample::not_submitted(0, None, String::new(), "") };
        let before: Vec<_> = before.iter().map(job).collect();
        let free: Vec<_> = samples.iter().map(|(.., free)| *free).collect();
        let mut samples: Vec<_> = (0..)
            .zip(samples)
            .map(|(index, (worker, submitted, delay, _))| Sample {
                worker: known(worker),
                submitted: Some(Duration::from_secs(*submitted)),
                delay: Some(Duration::from_secs(*delay)),
                ..Sample::not_submitted(index, None, String::new(), "")
            })
            .collect();
        classify(&mut samples, &free, &before);
        assert_eq!(samples.iter().map(|sample| sample.start).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn the_first_of_a_worker_is_cold_where_none_was_free_and_the_others_are_warm() {
        check(
            &[("a", 0, 60, Some(false)), ("a", 70, 0, Some(true)), ("b", 75, 1, Some(true)), ("c", 76, 40, None)],
            &[Start::Cold, Start::Warm, Start::Unclear, Start::Unclear],
        );
    }

    #[test]
    fn the_first_sample_of_a_worker_is_the_one_that_it_took_first() {
        check(&[("a", 0, 9, Some(false)), ("a", 0, 5, Some(false))], &[Start::Warm, Start::Cold]);
    }

    #[test]
    fn a_worker_that_a_dry_run_has_started_is_not_cold() {
        let samples = [("a", 0, 9, Some(false)), ("b", 0, 60, Some(false)), ("a", 20, 0, Some(true))];
        check_after(&["a"], &samples, &[Start::Unclear, Start::Cold, Start::Warm]);
        check_after(&["c", ""], &samples, &[Start::Unclear, Start::Unclear, Start::Warm]);
    }

    #[test]
    fn a_sample_without_a_worker_is_neither() {
        check(&[("", 0, 9, Some(false)), ("a", 0, 5, Some(false))], &[Start::Unclear, Start::Cold]);
    }
}
