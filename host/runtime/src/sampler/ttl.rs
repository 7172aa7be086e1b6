//! How long RunPod keeps a job.
//!
//! Without a `ttl`, the jobs of a killed run stay in the queue for a day, and a worker that starts later runs them all.

use super::Sampler;
use comfycheck_core::suite::Patience;
use std::time::Duration;

/// What RunPod accepts (<https://docs.runpod.io/serverless/endpoints/send-requests>).
const SHORTEST: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_hours(7 * 24);
/// For the queue's own delays and for clocks that differ.
const SPARE: Duration = Duration::from_mins(10);

impl Sampler<'_> {
    /// The `ttl` of a job that is submitted now: the suite's, else one that never ends a job that is still waited for. None
    /// for a local worker, which keeps no jobs.
    pub(super) fn ttl(&self) -> Option<Duration> {
        let (waiting, running) = self.ledger.jobs();
        // The job itself counts as waiting.
        let before = (waiting + running).saturating_sub(1);
        let ours = || ttl(&self.request.sampling.patience, before);
        (!self.local_worker).then(|| self.request.job.policy.ttl.unwrap_or_else(ours))
    }
}

/// For a job with this many jobs of the run before it.
fn ttl(patience: &Patience, before: u32) -> Duration {
    let running = patience.in_progress.saturating_mul(before.saturating_add(1));
    patience.in_queue.saturating_add(running).saturating_add(SPARE).clamp(SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_kept_for_as_long_as_it_is_waited_for() {
        let patience = |in_queue, in_progress| Patience {
            in_queue: Duration::from_secs(in_queue),
            in_progress: Duration::from_secs(in_progress),
        };
        for (patience, before, expected) in [
            (patience(300, 600), 0, 1_500),
            (patience(300, 600), 4, 3_900),
            (patience(1, 1), 0, 602),
            (patience(300, 86_400), 9, 604_800),
            (patience(300, u64::from(u32::MAX)), u32::MAX, 604_800),
        ] {
            assert_eq!(ttl(&patience, before), Duration::from_secs(expected), "{patience:?} {before}");
        }
    }
}
