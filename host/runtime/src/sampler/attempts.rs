//! The workers of a job, as its polls saw them.

use crate::facts::AttemptFacts;
use crate::runpod::Job;
use std::time::Duration;

/// The most workers that are kept of a job. RunPod retries a job less often.
const MOST: usize = 32;

/// The workers of a job, in order of time.
#[derive(Clone, Debug, Default)]
pub(super) struct Attempts(Vec<AttemptFacts>);

impl Attempts {
    /// Adds a poll of the job.
    pub(super) fn see(&mut self, job: &Job, now: Duration) {
        let Some(worker) = &job.worker else { return };
        if let Some(last) = self.0.last_mut().filter(|last| last.worker == *worker) {
            (last.last_seen, last.retries) = (now, job.retries);
        } else if self.0.len() < MOST {
            self.0.push(AttemptFacts {
                worker: worker.clone(),
                retries: job.retries,
                first_seen: now,
                last_seen: now,
                gpu: None,
                data_center: None,
                machine: None,
            });
        }
    }

    /// How often the job went to another worker.
    pub(super) fn moves(&self) -> u32 {
        u32::try_from(self.0.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }

    pub(super) fn list(&self) -> Vec<AttemptFacts> {
        self.0.clone()
    }

    pub(super) fn into_list(self) -> Vec<AttemptFacts> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runpod::JobState;

    #[test]
    fn each_worker_has_its_time_and_its_retries() {
        let mut attempts = Attempts::default();
        let polls =
            [(None, 0, 1), (Some("a"), 0, 2), (Some("a"), 0, 5), (None, 1, 7), (Some("b"), 1, 9), (Some("a"), 2, 20)];
        for (worker, retries, at) in polls {
            let job = Job {
                status: "IN_PROGRESS".to_owned(),
                state: JobState::Running,
                delay: None,
                execution: None,
                worker: worker.map(str::to_owned),
                retries,
                output: None,
                error: None,
            };
            attempts.see(&job, Duration::from_secs(at));
        }
        assert_eq!(attempts.moves(), 2);
        let list = attempts.into_list();
        let seen = list.iter().map(|attempt| {
            (attempt.worker.as_str(), attempt.retries, attempt.first_seen.as_secs(), attempt.last_seen.as_secs())
        });
        assert_eq!(seen.collect::<Vec<_>>(), [("a", 0, 2, 5), ("b", 1, 9, 9), ("a", 2, 20, 20)]);
    }
}
