//! Cold starts.

use crate::facts::Queue;
use comfycheck_core::cost::may_have_run;
use comfycheck_core::sample::{Sample, Start};
use std::collections::BTreeSet;
use std::time::Duration;

/// Sets the start of each sample. `queues[i]` is the queue when sample `i` was submitted; none if
/// unknown.
///
/// The first sample of a worker is cold only if that worker cannot have been up at its submission.
/// Otherwise it is unclear:
///
/// - A worker was idle, whichever sample it took then.
/// - More workers were running than jobs of this run ran on. One of them may have taken it next.
/// - A dry run has started the worker: ComfyUI runs there, but has loaded no model. A dry run without
///   a known worker may have started any of them. So may a sample.
pub(super) fn classify(samples: &mut [Sample], queues: &[Option<Queue>], dry_runs: &[Sample]) {
    let is_started = |worker: &Option<String>| dry_runs.iter().any(|job| job.worker.is_none() || job.worker == *worker);
    let mut order: Vec<usize> = (0..samples.len()).filter(|&at| samples[at].worker.is_some()).collect();
    order.sort_by_key(|&at| (taken(&samples[at]), samples[at].index));
    let mut workers = BTreeSet::new();
    for at in order {
        let sample = &samples[at];
        let start = if !workers.insert(sample.worker.clone()) {
            Start::Warm
        } else if is_started(&sample.worker) {
            Start::Unclear
        } else {
            match queues.get(at).copied().flatten() {
                Some(queue) if !may_have_been_up(sample, queue, samples) => Start::Cold,
                _ => Start::Unclear,
            }
        };
        samples[at].start = start;
    }
}

/// Whether the worker of a sample, which is its first, may have been up when the sample was
/// submitted.
fn may_have_been_up(sample: &Sample, queue: Queue, samples: &[Sample]) -> bool {
    // Results that an earlier version stored do not say how many were running.
    let Some(busy) = queue.busy else { return true };
    let Some(submitted) = sample.submitted else { return true };
    let on_own_jobs: BTreeSet<_> = samples
        .iter()
        .filter(|other| other.index != sample.index)
        .filter(|other| taken(other).is_some_and(|taken| taken <= submitted))
        .filter(|other| other.finished.is_none_or(|finished| finished > submitted))
        .filter_map(|other| other.worker.as_deref())
        .collect();
    let started_unseen = samples.iter().any(|other| {
        may_have_run(other) && other.worker.is_none() && other.submitted.is_some_and(|at| Some(at) <= taken(sample))
    });
    let others_run = usize::try_from(busy.running).unwrap_or(usize::MAX) > on_own_jobs.len();
    queue.workers > 0 || others_run || started_unseen
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
    use crate::facts::Busy;
    use comfycheck_core::sample::Ending;

    const S: fn(u64) -> Duration = Duration::from_secs;

    /// A sample that ran for 10 s: its worker, its submission and its delay in seconds, and the idle
    /// and the running workers at its submission.
    type Row<'a> = (&'a str, u64, u64, Option<(u32, u32)>);

    #[track_caller]
    fn check(rows: &[Row<'_>], expected: &[Start]) {
        check_after(&[], rows, expected);
    }

    /// `before` are the workers of dry runs, empty if unknown.
    #[track_caller]
    fn check_after(before: &[&str], rows: &[Row<'_>], expected: &[Start]) {
        let known = |worker: &&str| Some((*worker).to_owned()).filter(|worker| !worker.is_empty());
        let job = |worker| Sample { worker: known(worker), ..Sample::not_submitted(0, None, String::new(), "") };
        let before: Vec<_> = before.iter().map(job).collect();
        let queues: Vec<_> = rows.iter().map(|(.., workers)| workers.map(queue)).collect();
        let mut samples: Vec<_> = (0..).zip(rows).map(|(index, row)| sample(index, row)).collect();
        classify(&mut samples, &queues, &before);
        assert_eq!(samples.iter().map(|sample| sample.start).collect::<Vec<_>>(), expected);
    }

    fn queue((workers, running): (u32, u32)) -> Queue {
        Queue { workers, waiting: 0, busy: Some(Busy { running, initializing: 0, other_jobs: 0 }) }
    }

    fn sample(index: u32, (worker, submitted, delay, _): &Row<'_>) -> Sample {
        Sample {
            worker: Some((*worker).to_owned()).filter(|worker| !worker.is_empty()),
            ending: if worker.is_empty() { Ending::Expired } else { Ending::Succeeded },
            submitted: Some(S(*submitted)),
            delay: Some(S(*delay)),
            finished: Some(S(submitted + delay + 10)),
            ..Sample::not_submitted(index, None, String::new(), "")
        }
    }

    #[test]
    fn the_first_of_a_worker_is_cold_where_none_was_up_and_the_others_are_warm() {
        check(
            &[("a", 0, 60, Some((0, 0))), ("a", 71, 0, Some((1, 0))), ("b", 75, 1, Some((1, 0))), ("c", 76, 40, None)],
            &[Start::Cold, Start::Warm, Start::Unclear, Start::Unclear],
        );
    }

    #[test]
    fn an_idle_worker_is_not_started_whichever_sample_saw_it() {
        // Both read `/health` before the first of them was taken; the second one was.
        check(&[("a", 0, 5, Some((1, 0))), ("a", 0, 1, Some((1, 0)))], &[Start::Warm, Start::Unclear]);
    }

    #[test]
    fn a_worker_that_runs_jobs_of_others_may_take_the_next_one() {
        check(&[("a", 0, 12, Some((0, 1)))], &[Start::Unclear]);
        // Of two running workers, one runs a job of this run.
        check(&[("a", 0, 2, Some((0, 0))), ("b", 5, 20, Some((0, 2)))], &[Start::Cold, Start::Unclear]);
    }

    #[test]
    fn a_worker_that_starts_beside_our_own_is_cold() {
        for submitted in [2, 5] {
            check(&[("a", 0, 2, Some((0, 0))), ("b", submitted, 20, Some((0, 1)))], &[Start::Cold, Start::Cold]);
        }
    }

    #[test]
    fn a_sample_without_a_known_worker_may_have_started_it() {
        check(&[("", 0, 0, Some((0, 0))), ("a", 2, 5, Some((0, 0)))], &[Start::Unclear, Start::Unclear]);
    }

    #[test]
    fn only_a_sample_that_ran_on_an_unknown_worker_may_have_started_it() {
        for (ending, worker, expected) in [
            (Ending::Succeeded, "", Start::Unclear),
            (Ending::Failed, "", Start::Unclear),
            (Ending::Unknown, "", Start::Unclear),
            (Ending::NotFinished, "", Start::Unclear),
            (Ending::NotFinished, "b", Start::Cold),
            (Ending::Cancelled, "", Start::Cold),
            (Ending::NeverStarted, "", Start::Cold),
        ] {
            let other = Sample { ending, ..sample(0, &(worker, 0, 0, None)) };
            let mut samples = [other, sample(1, &("a", 2, 5, None))];
            let running = u32::from(!worker.is_empty());
            classify(&mut samples, &[None, Some(queue((0, running)))], &[]);
            assert_eq!(samples[1].start, expected, "{ending:?} {worker}");
        }
    }

    #[test]
    fn what_happens_at_the_same_instant_counts_for_the_answer_that_claims_less() {
        // The other one is submitted when this one is taken, and later.
        check(&[("", 7, 0, None), ("a", 2, 5, Some((0, 0)))], &[Start::Unclear; 2]);
        check(&[("", 8, 0, None), ("a", 2, 5, Some((0, 0)))], &[Start::Unclear, Start::Cold]);
        // A job that has just ended does not keep its worker, which may take the next one.
        check(&[("a", 0, 2, Some((0, 0))), ("b", 12, 20, Some((0, 1)))], &[Start::Cold, Start::Unclear]);
        check(&[("a", 0, 2, Some((0, 0))), ("b", 11, 20, Some((0, 1)))], &[Start::Cold, Start::Cold]);
    }

    #[test]
    fn without_the_running_workers_or_the_submission_a_start_is_unclear() {
        let first = sample(0, &("a", 0, 5, None));
        let unknown = Queue { busy: None, ..queue((0, 0)) };
        let not_submitted = Sample { submitted: None, first_running: Some(S(5)), ..first.clone() };
        for (sample, queue, expected) in [
            (&first, queue((0, 0)), Start::Cold),
            (&first, unknown, Start::Unclear),
            (&not_submitted, queue((0, 0)), Start::Unclear),
        ] {
            let mut samples = [sample.clone()];
            classify(&mut samples, &[Some(queue)], &[]);
            assert_eq!(samples[0].start, expected);
        }
    }

    #[test]
    fn the_first_sample_of_a_worker_is_the_one_that_it_took_first() {
        let rows = [("a", 0, 9, Some((0, 0))), ("a", 0, 5, Some((0, 0)))];
        check(&rows, &[Start::Warm, Start::Cold]);
        // RunPod's delay is that of the first dispatch.
        let again = Sample { retries: 1, first_running: Some(S(20)), ..sample(1, &rows[1]) };
        let mut samples = [sample(0, &rows[0]), again];
        classify(&mut samples, &[Some(queue((0, 0))); 2], &[]);
        assert_eq!(samples.map(|sample| sample.start), [Start::Cold, Start::Warm]);
    }

    #[test]
    fn a_worker_that_a_dry_run_has_started_is_not_cold() {
        let rows = [("a", 0, 9, Some((0, 0))), ("b", 0, 60, Some((0, 0))), ("a", 20, 0, Some((1, 0)))];
        check_after(&["a"], &rows, &[Start::Unclear, Start::Cold, Start::Warm]);
        check_after(&["c", ""], &rows, &[Start::Unclear, Start::Unclear, Start::Warm]);
    }
}
