//! What samples waited for in the queue, and what the reader can do about it.

use crate::metrics::Time;
use comfycheck_sdk::samples::Sample;
use comfycheck_sdk::wording::count;
use std::collections::BTreeMap;

const OWN_JOBS: &str =
    "lower `concurrency` in the suite if your clients send fewer jobs at once; otherwise raise max workers";
const OTHERS: &str = "run again when no other client uses the endpoint; if the wait stays, read in the worker's log what it \
                      did while the job waited";

/// How many of these waits were behind earlier jobs of this run on the same worker, in words, and the help that fits.
pub(super) fn behind(waits: &[Time], samples: &[Sample]) -> (String, &'static str) {
    let workers = Workers::of(samples);
    let by_index: BTreeMap<u32, &Sample> = samples.iter().map(|sample| (sample.index, sample)).collect();
    let is_behind = |wait: &&Time| by_index.get(&wait.sample).is_some_and(|sample| workers.was_busy(sample));
    let behind = waits.iter().filter(is_behind).count();
    let help = if behind * 2 > waits.len() { OWN_JOBS } else { OTHERS };
    let clause = match behind {
        0 if waits.len() == 1 => "not behind a job of this run".to_owned(),
        0 => "none of them behind a job of this run".to_owned(),
        some if some == waits.len() => "behind earlier jobs of this run".to_owned(),
        some => format!("{} behind earlier jobs of this run", count(some, "sample")),
    };
    (clause, help)
}

/// The jobs of each worker by their beginning, each with the two latest ends of the jobs until it.
struct Workers<'a>(BTreeMap<&'a str, Vec<(u64, [End; 2])>>);

/// When a job ended, in milliseconds, and its sample.
type End = Option<(u64, u32)>;

impl<'a> Workers<'a> {
    fn of(samples: &'a [Sample]) -> Self {
        let mut workers: BTreeMap<&str, Vec<(u64, [End; 2])>> = BTreeMap::new();
        for sample in samples {
            if let (Some(worker), Some(began), Some(ended)) = (&sample.worker, sample.first_running, sample.finished) {
                workers.entry(worker).or_default().push((began, [Some((ended, sample.index)), None]));
            }
        }
        for jobs in workers.values_mut() {
            jobs.sort_unstable_by_key(|(began, ends)| (*began, *ends));
            let mut latest: [End; 2] = [None; 2];
            for (_, ends) in jobs {
                let mut all = [latest[0], latest[1], ends[0]];
                all.sort_unstable();
                latest = [all[2], all[1]];
                *ends = latest;
            }
        }
        Self(workers)
    }

    /// Whether the worker of a sample ran another job after the sample was submitted and before it took it.
    fn was_busy(&self, sample: &Sample) -> bool {
        let (Some(worker), Some(submitted), Some(delay)) = (&sample.worker, sample.submitted, sample.delay) else {
            return false;
        };
        let taken = submitted.saturating_add(delay);
        let Some(jobs) = self.0.get(worker.as_str()) else { return false };
        let before = jobs.partition_point(|(began, _)| *began < taken);
        let ends = before.checked_sub(1).map(|last| jobs[last].1).unwrap_or_default();
        ends.into_iter().flatten().any(|(ended, index)| index != sample.index && ended > submitted)
    }
}
