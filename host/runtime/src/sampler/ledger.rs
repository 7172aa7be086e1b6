//! What the samples of a run share: counts, spending, and whether to go on.

use super::SamplingRequest;
use super::spending::{Room, Spending};
use comfycheck_core::money::Budget;
use comfycheck_core::partition::Partition;
use comfycheck_core::sample::Sample;
use comfycheck_core::suite::Sampling;
use comfycheck_core::wording;
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[derive(Debug)]
pub(super) struct Ledger {
    most_jobs: Option<u32>,
    /// The budget of the whole run; a shard has a part of it.
    whole: Budget,
    shard: Option<Partition>,
    most_image_bytes: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// How many planned samples were started.
    started: usize,
    /// Jobs that were submitted, or may have been.
    jobs: u32,
    /// The known ids of jobs.
    ids: BTreeSet<String>,
    waiting: u32,
    /// Of the waiting jobs: those that RunPod has not accepted yet.
    held_back: u32,
    running: u32,
    /// When a job last started or ended.
    progress: Duration,
    /// Submissions in a row without a response.
    unanswered: u32,
    image_bytes: u64,
    /// None if the budget has no cost limit.
    spending: Option<Spending>,
    /// Why no further sample is submitted.
    stop: Option<String>,
}

impl State {
    fn room(&self) -> Room {
        self.spending.as_ref().map_or(Room::Now, |spending| spending.room(self.waiting + self.running))
    }
}

/// Each submission without a response may be an unwatched job.
const MOST_UNANSWERED: u32 = 3;

/// Images stay in memory until the checks have read them. A shard of a live run has a part of it:
/// its images come together when shards are merged.
pub(crate) const MOST_IMAGE_BYTES: u64 = 1 << 30;

impl Ledger {
    /// `budget` is what can be spent now: for a shard, its part.
    pub(super) fn new(request: &SamplingRequest<'_>, budget: &Budget) -> Self {
        let SamplingRequest {
            sampling: Sampling { samples, budget: whole, patience, share, .. }, price, before, ..
        } = request;
        let mut state = State {
            jobs: u32::try_from(before.len()).unwrap_or(u32::MAX),
            ids: before.iter().filter_map(|job| job.job.clone()).collect(),
            ..State::default()
        };
        match (budget.max_cost, *price) {
            (Some(most), Some(price)) => {
                let mut spending = Spending::new(price.clone(), most, patience.in_progress);
                if share.is_some_and(|share| !share.owns_sample(0)) {
                    spending = spending.without_first_alone();
                }
                for job in *before {
                    spending.before(job);
                }
                state.spending = Some(spending);
            }
            // The plan refuses this combination.
            (Some(_), None) => {
                state.stop = Some("`max-cost` is set, but the price is unknown".to_owned());
            }
            (None, _) => {}
        }
        Self {
            most_jobs: budget.max_jobs,
            whole: whole.clone(),
            shard: *share,
            most_image_bytes: share.map_or(MOST_IMAGE_BYTES, |share| {
                MOST_IMAGE_BYTES * u64::from(share.samples(*samples)) / u64::from(*samples).max(1)
            }),
            state: Mutex::new(state),
        }
    }

    /// The position of the next planned sample, of `planned`. None if no further one is to be
    /// submitted.
    pub(super) fn begin(&self, planned: usize) -> Option<usize> {
        let mut state = self.state();
        self.check_budget(&mut state);
        let next = state.started;
        (state.stop.is_none() && next < planned).then(|| {
            state.started += 1;
            next
        })
    }

    /// Counts a job as submitted and waiting. False if it must wait until the cost of jobs in
    /// flight is known. The error says why it must not be submitted.
    pub(super) fn submit(&self) -> Result<bool, String> {
        let mut state = self.state();
        let room = self.check_budget(&mut state);
        if let Some(reason) = &state.stop {
            return Err(reason.clone());
        }
        if room == Room::Later {
            return Ok(false);
        }
        state.jobs += 1;
        state.waiting += 1;
        Ok(true)
    }

    /// Whether a job must wait until the cost of jobs in flight is known.
    pub(super) fn is_full(&self) -> bool {
        let state = self.state();
        state.stop.is_none() && state.room() == Room::Later
    }

    /// A submission was rejected, so there is no job.
    pub(super) fn rejected(&self) {
        let mut state = self.state();
        state.jobs -= 1;
        state.waiting -= 1;
    }

    /// A submission was rejected for now and will be repeated.
    pub(super) fn hold_back(&self) {
        self.state().held_back += 1;
    }

    /// A held-back submission is repeated or abandoned.
    pub(super) fn release(&self) {
        self.state().held_back -= 1;
    }

    /// Registers the id of a job. False if another submission got it before.
    pub(super) fn is_new(&self, job: &str) -> bool {
        self.state().ids.insert(job.to_owned())
    }

    /// A submission got a response.
    pub(super) fn answered(&self) {
        self.state().unanswered = 0;
    }

    /// A submission got no response.
    pub(super) fn unanswered(&self) {
        let mut state = self.state();
        state.unanswered += 1;
        if state.unanswered >= MOST_UNANSWERED {
            state.stop.get_or_insert_with(|| format!("{MOST_UNANSWERED} submissions in a row failed"));
        }
    }

    /// A worker has taken a job.
    pub(super) fn started(&self, at: Duration) {
        let mut state = self.state();
        state.waiting -= 1;
        state.running += 1;
        state.progress = state.progress.max(at);
    }

    /// A job ended or is no longer watched. `progress` is when it ended by itself or stopped
    /// running.
    pub(super) fn ended(&self, was_running: bool, progress: Option<Duration>) {
        let mut state = self.state();
        let count = if was_running { &mut state.running } else { &mut state.waiting };
        *count -= 1;
        state.progress = state.progress.max(progress.unwrap_or_default());
    }

    /// Updates how long a job has run so far.
    pub(super) fn runs(&self, sample: impl FnOnce() -> Sample) {
        if let Some(spending) = &mut self.state().spending {
            spending.running(&sample());
        }
    }

    /// Adds the cost of a job that ended or is no longer watched.
    pub(super) fn paid(&self, sample: &Sample) {
        if let Some(spending) = &mut self.state().spending {
            spending.ended(sample);
        }
    }

    /// Adds a job that may exist unwatched.
    pub(super) fn lost(&self) {
        if let Some(spending) = &mut self.state().spending {
            spending.lost();
        }
    }

    /// Why running jobs must be cancelled, if they must.
    pub(super) fn exceeded(&self) -> Option<String> {
        self.state().spending.as_ref().and_then(|spending| spending.exceeded(&self.part()))
    }

    /// Submits no further sample. The first reason counts.
    pub(super) fn stop(&self, reason: String) {
        self.state().stop.get_or_insert(reason);
    }

    pub(super) fn stopped(&self) -> Option<String> {
        self.state().stop.clone()
    }

    /// Jobs that wait, and jobs that run.
    pub(super) fn jobs(&self) -> (u32, u32) {
        let state = self.state();
        (state.waiting - state.held_back, state.running)
    }

    /// When a job last ran or ended: `now` while one runs, zero if none did.
    pub(super) fn progress(&self, now: Duration) -> Duration {
        let state = self.state();
        if state.running > 0 { now } else { state.progress }
    }

    /// Reserves room for the bytes of an image. The error says in one line why there is none.
    pub(super) fn keep(&self, bytes: usize) -> Result<(), String> {
        let mut state = self.state();
        let sum = state.image_bytes.saturating_add(bytes as u64);
        if sum > self.most_image_bytes {
            let whose = self.shard.map_or_else(|| "the run".to_owned(), |shard| format!("shard {shard}"));
            let most = wording::bytes(self.most_image_bytes);
            return Err(format!("the images of {whose} exceed {most}, the most that is kept in memory"));
        }
        state.image_bytes = sum;
        Ok(())
    }

    /// Whether the budget has room for one more job. If it never will, no further one is submitted.
    fn check_budget(&self, state: &mut State) -> Room {
        let room = state.room();
        let reason = match (self.most_jobs, &state.spending) {
            (Some(most), _) if state.jobs >= most => {
                let most = self.whole.max_jobs.unwrap_or(most);
                format!("`max-jobs` allows {}", wording::count(most, "job"))
            }
            (_, Some(spending)) if room == Room::Never => spending.used_up(&self.part()),
            _ => return room,
        };
        state.stop.get_or_insert(reason);
        Room::Never
    }

    /// Which part of the whole budget a shard has, to follow its limit.
    fn part(&self) -> String {
        match (self.shard, self.whole.max_cost) {
            (Some(shard), Some(most)) => {
                format!(", shard {shard}'s part of {}", wording::limit(most, "[USD]"))
            }
            _ => String::new(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
