//! What the samples of a run share: who waits, who runs, what is spent, and whether to go on.

use super::Wanted;
use super::spending::{Room, Spending};
use comfycheck_core::partition::Partition;
use comfycheck_core::render::count;
use comfycheck_core::sample::Sample;
use comfycheck_core::suite::{Budget, Sampling};
use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// What the samples of a run share.
#[derive(Debug)]
pub(super) struct Ledger {
    most_jobs: Option<u32>,
    /// What the whole run may spend, of which a share has its part.
    whole: Budget,
    share: Option<Partition>,
    most_image_bytes: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// How many of the planned samples somebody has begun with.
    begun: usize,
    /// Jobs that were submitted, or may have been.
    jobs: u32,
    /// Their ids, where they are known.
    ids: BTreeSet<String>,
    waiting: u32,
    /// Of those that wait: they wait with us, because RunPod did not take them yet.
    held_back: u32,
    running: u32,
    /// When a job was last taken, or ended.
    progress: Duration,
    /// Submissions in a row that got no answer.
    unanswered: u32,
    image_bytes: u64,
    /// What is spent; none if the budget does not limit it.
    spending: Option<Spending>,
    /// Why no further sample is submitted.
    stop: Option<String>,
}

impl State {
    fn room(&self) -> Room {
        self.spending.as_ref().map_or(Room::Now, |spending| spending.room(self.waiting + self.running))
    }
}

/// After so many submissions in a row without an answer no further one is made: each may be a job that nobody watches.
const MOST_UNANSWERED: u32 = 3;

/// The images of a run stay in memory until its checks have looked at them. Of a live run, a share has its part: they come
/// together when it is merged.
pub(crate) const MOST_IMAGE_BYTES: u64 = 1 << 30;

impl Ledger {
    /// `budget` is what may be spent now: of a share, its part.
    pub(super) fn new(wanted: &Wanted<'_>, budget: &Budget) -> Self {
        let Wanted { sampling: Sampling { samples, budget: whole, patience, share, .. }, price, before, .. } = wanted;
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
            // The plan refuses it, so that nobody waits for a run that buys nothing.
            (Some(_), None) => {
                state.stop = Some("the budget limits the cost, and the price is not known".to_owned());
            }
            (None, _) => {}
        }
        Self {
            most_jobs: budget.max_jobs,
            whole: whole.clone(),
            share: *share,
            most_image_bytes: share.map_or(MOST_IMAGE_BYTES, |share| {
                MOST_IMAGE_BYTES * u64::from(share.samples(*samples)) / u64::from(*samples).max(1)
            }),
            state: Mutex::new(state),
        }
    }

    /// The position of the next planned sample, of `planned`. None if no further one is to be submitted.
    pub(super) fn begin(&self, planned: usize) -> Option<usize> {
        let mut state = self.state();
        self.check_budget(&mut state);
        let next = state.begun;
        (state.stop.is_none() && next < planned).then(|| {
            state.begun += 1;
            next
        })
    }

    /// Counts a job as submitted and waiting, unless it has to wait until more is known of what those in flight cost: then
    /// false. An error says why it must not be submitted.
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

    /// Whether a job may be submitted only when more is known of what those in flight cost.
    pub(super) fn is_full(&self) -> bool {
        let state = self.state();
        state.stop.is_none() && state.room() == Room::Later
    }

    /// A submission was refused, so that there is no job.
    pub(super) fn refused(&self) {
        let mut state = self.state();
        state.jobs -= 1;
        state.waiting -= 1;
    }

    /// A submission is not taken for now, and will be made again.
    pub(super) fn hold_back(&self) {
        self.state().held_back += 1;
    }

    /// A submission that was held back is made again, or given up.
    pub(super) fn release(&self) {
        self.state().held_back -= 1;
    }

    /// Takes in the id of a job. False if another submission was answered with it.
    pub(super) fn is_new(&self, job: &str) -> bool {
        self.state().ids.insert(job.to_owned())
    }

    /// A submission got an answer.
    pub(super) fn answered(&self) {
        self.state().unanswered = 0;
    }

    /// A submission got no answer.
    pub(super) fn unanswered(&self) {
        let mut state = self.state();
        state.unanswered += 1;
        if state.unanswered >= MOST_UNANSWERED {
            state.stop.get_or_insert_with(|| format!("{MOST_UNANSWERED} submissions in a row got no answer"));
        }
    }

    /// A worker has taken a job.
    pub(super) fn taken(&self, at: Duration) {
        let mut state = self.state();
        state.waiting -= 1;
        state.running += 1;
        state.progress = state.progress.max(at);
    }

    /// A job ended, or is no longer watched. Progress is when it ended without us, or ceased to run.
    pub(super) fn ended(&self, was_running: bool, progress: Option<Duration>) {
        let mut state = self.state();
        let count = if was_running { &mut state.running } else { &mut state.waiting };
        *count -= 1;
        state.progress = state.progress.max(progress.unwrap_or_default());
    }

    /// Takes in how long a job runs so far.
    pub(super) fn runs(&self, sample: &Sample) {
        if let Some(spending) = &mut self.state().spending {
            spending.running(sample);
        }
    }

    /// Takes in what a job cost that ended, or is no longer watched.
    pub(super) fn paid(&self, sample: &Sample) {
        if let Some(spending) = &mut self.state().spending {
            spending.ended(sample);
        }
    }

    /// Takes in that there may be a job that nobody watches.
    pub(super) fn lost(&self) {
        if let Some(spending) = &mut self.state().spending {
            spending.lost();
        }
    }

    /// Why what runs is to be cancelled, if it is.
    pub(super) fn exceeded(&self) -> Option<String> {
        self.state().spending.as_ref().and_then(Spending::exceeded).map(|reason| self.of_whole(reason))
    }

    /// No further sample is submitted. The first reason counts.
    pub(super) fn stop(&self, reason: String) {
        self.state().stop.get_or_insert(reason);
    }

    /// Why no further sample is submitted.
    pub(super) fn stopped(&self) -> Option<String> {
        self.state().stop.clone()
    }

    /// How many jobs are submitted and not yet seen running, and how many are seen running and not yet finished.
    pub(super) fn jobs(&self) -> (u32, u32) {
        let state = self.state();
        (state.waiting - state.held_back, state.running)
    }

    /// When a job last ran or ended, which is `now` where one runs; zero if none did.
    pub(super) fn progress(&self, now: Duration) -> Duration {
        let state = self.state();
        if state.running > 0 { now } else { state.progress }
    }

    /// Makes room for the bytes of an image. An error says in one line why there is none.
    pub(super) fn keep(&self, bytes: usize) -> Result<(), String> {
        let mut state = self.state();
        let sum = state.image_bytes.saturating_add(bytes as u64);
        if sum > self.most_image_bytes {
            let (whose, most) = (self.share.map(|share| format!("share {share}")), self.most_image_bytes >> 20);
            let whose = whose.as_deref().unwrap_or("the run");
            return Err(format!(
                "the images of {whose} are larger together than {most} MiB, which is as much as is kept"
            ));
        }
        state.image_bytes = sum;
        Ok(())
    }

    /// Whether the budget has room for one more job; if it never will, no further one is submitted.
    fn check_budget(&self, state: &mut State) -> Room {
        let room = state.room();
        let reason = match (self.most_jobs, &state.spending) {
            (Some(most), _) if state.jobs >= most => {
                let most = self.whole.max_jobs.unwrap_or(most);
                format!("the budget allows {}", count(most, "job"))
            }
            (_, Some(spending)) if room == Room::Never => self.of_whole(spending.used_up()),
            _ => return room,
        };
        state.stop.get_or_insert(reason);
        Room::Never
    }

    /// A reason that names what a share may spend, with what that is a part of.
    fn of_whole(&self, reason: String) -> String {
        match (self.share, self.whole.max_cost) {
            (Some(share), Some(most)) => format!("{reason}, which is the part of share {share} of {most} USD"),
            _ => reason,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
