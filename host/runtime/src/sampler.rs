//! Takes samples: submits jobs, watches them and collects what they made, within the budget, our patience and RunPod's
//! limits.

mod collect;
mod health;
mod job;
mod ledger;
mod output;
mod pace;
mod settle;
mod spending;
mod start;
mod watch;

use crate::capabilities::Observation;
use crate::event::{Listener, RunEvent};
use crate::interruption::Interruption;
use crate::transport::Transport;
use crate::transport::exchange::Phase;
use crate::transport::timeline::{SharedClock, Timeline};
use bytes::Bytes;
use comfycheck_core::cost::Price;
use comfycheck_core::plan::PlannedSample;
use comfycheck_core::sample::Sample;
use comfycheck_core::secret::Secret;
use comfycheck_core::suite::{Sampling, Submit};
use futures_util::FutureExt;
use futures_util::future::{Either, select};
use health::Health;
use job::{Taken, not_submitted};
use ledger::Ledger;
use pace::Pace;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) use ledger::MOST_IMAGE_BYTES;
pub use settle::{CutOff, Queue, Seen, settle};

/// The samples that are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// In order of their index.
    pub samples: &'a [PlannedSample],
    /// How they are taken.
    pub sampling: &'a Sampling,
    /// What one second of a worker costs; none if it is not known.
    pub price: Option<&'a Price>,
    /// Hosts from which images are fetched, besides the usual object storages.
    pub image_hosts: &'a [String],
    /// What must not get into a report.
    pub secrets: &'a [Secret],
    /// Jobs that were made before, as dry runs: they count against the budget, and have warmed their workers.
    pub before: &'a [Sample],
}

/// What came of a sampling.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    /// Every planned sample, in order of its index, submitted or not.
    pub samples: Vec<Sample>,
    /// The bytes of the images of each sample, in the order of [`Sample::images`].
    pub images: Vec<Vec<Bytes>>,
    /// Every reading of `/health`, in order of time.
    pub observations: Vec<Observation>,
    /// What else was seen of each sample, in their order.
    pub seen: Vec<Seen>,
    /// When the sampling began, since 1970 by this machine's clock (UTC); none unless the network was asked.
    pub began: Option<Duration>,
}

/// Takes the samples that are wanted. Interrupted, it cancels what it has submitted, and keeps what it has.
pub async fn take(
    wanted: Wanted<'_>,
    transport: &Arc<Transport>,
    interruption: &Interruption,
    listener: Listener<'_>,
) -> Samples {
    take_on(&SharedClock::start(transport, Phase::Sampling), wanted, interruption, listener).await
}

/// The same on a clock that may have been used before.
pub(crate) async fn take_on(
    clock: &SharedClock,
    wanted: Wanted<'_>,
    interruption: &Interruption,
    listener: Listener<'_>,
) -> Samples {
    let local_worker = clock.transport().is_local_worker();
    // Its jobs are not run before somebody asks for them, and once only.
    let submit = if local_worker { Submit::Runsync } else { wanted.sampling.submit };
    let sampling = wanted.sampling;
    let mut budget = sampling.part_of_budget();
    if local_worker {
        // Nobody bills it.
        budget.max_cost = None;
    }
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let began = clock.transport().live().map(|_| now());
    let desk = Desk {
        wanted,
        listener,
        interruption: interruption.clone(),
        ledger: Ledger::new(&wanted, &budget),
        health: Health::default(),
        status_pace: Pace::of_status(sampling),
        submit_pace: Pace::of_submission(submit, sampling),
        submit,
        local_worker,
        who: clock.transport().who(),
        cancel_pace: Pace::of_cancel(sampling),
    };
    let lanes = u32::try_from(wanted.samples.len()).unwrap_or(u32::MAX).min(wanted.sampling.concurrency.get());
    let tasks = (0..lanes).map(|lane| run_lane(&desk, clock.timeline(lane)).boxed()).collect();
    let observing = if local_worker {
        std::future::pending().boxed()
    } else {
        desk.health.observe(&desk, clock.timeline(u32::MAX)).boxed()
    };
    let taken = clock.join(tasks, observing).await.into_iter().flatten().collect();
    Samples { began, ..in_order(desk, taken) }
}

/// Not submitted for the same reason, as where a gate keeps samples from being bought.
pub fn take_none(wanted: Wanted<'_>, reason: &str) -> Samples {
    let samples: Vec<_> =
        wanted.samples.iter().map(|planned| not_submitted(planned, reason.to_owned(), wanted.secrets).sample).collect();
    let (images, seen) = (vec![Vec::new(); samples.len()], vec![Seen::default(); samples.len()]);
    Samples { samples, images, seen, ..Samples::default() }
}

/// Takes one sample after the other, as long as there are any.
async fn run_lane(desk: &Desk<'_>, mut time: Timeline) -> Vec<Taken> {
    let mut taken = Vec::new();
    while desk.may_go_on().is_ok()
        && let Some(next) = desk.ledger.begin(desk.wanted.samples.len())
    {
        let planned = &desk.wanted.samples[next];
        time.set_order(planned.index);
        taken.push(job::take(desk, &mut time, planned).await);
    }
    taken
}

/// Every planned sample in order, with those that nobody began with.
fn in_order(desk: Desk<'_>, mut taken: Vec<Taken>) -> Samples {
    let why = desk.may_go_on().err().or_else(|| desk.ledger.stopped());
    let why = why.unwrap_or_else(|| "the sampling ended before its turn".to_owned());
    let begun: std::collections::BTreeSet<u32> = taken.iter().map(|taken| taken.sample.index).collect();
    let left = desk.wanted.samples.iter().filter(|planned| !begun.contains(&planned.index));
    taken.extend(left.map(|planned| not_submitted(planned, why.clone(), desk.wanted.secrets)));
    taken.sort_by_key(|taken| taken.sample.index);
    let seen: Vec<_> = taken.iter().map(|taken| taken.seen).collect();
    let (mut samples, images): (Vec<_>, Vec<_>) = taken.into_iter().map(|taken| (taken.sample, taken.images)).unzip();
    settle(&mut samples, &seen, desk.wanted.price, desk.wanted.before);
    Samples { samples, images, observations: desk.health.into_readings(), seen, began: None }
}

/// What the samples of a sampling share.
struct Desk<'a> {
    wanted: Wanted<'a>,
    listener: Listener<'a>,
    interruption: Interruption,
    ledger: Ledger,
    health: Health,
    status_pace: Pace,
    submit_pace: Pace,
    submit: Submit,
    /// Whether a worker outside RunPod is under test.
    local_worker: bool,
    /// Who runs the jobs.
    who: String,
    cancel_pace: Pace,
}

impl Desk<'_> {
    fn tell(&self, event: RunEvent) {
        (self.listener)(event);
    }

    /// An error says in one line why the sampling ends, and what was submitted is cancelled.
    fn may_go_on(&self) -> Result<(), String> {
        self.not_interrupted()?;
        self.ledger.exceeded().map_or(Ok(()), Err)
    }

    fn not_interrupted(&self) -> Result<(), String> {
        match self.interruption.signal() {
            Some(_) => Err(self.interrupted()),
            None => Ok(()),
        }
    }

    /// Why a sampling ends that was interrupted: of a share, the others go on.
    fn interrupted(&self) -> String {
        match self.wanted.sampling.share {
            Some(share) => format!("share {share} was interrupted"),
            None => "the run was interrupted".to_owned(),
        }
    }

    /// Waits, unless the sampling ends before or meanwhile.
    async fn wait(&self, time: &mut Timeline, duration: Duration) -> Result<(), String> {
        self.may_go_on()?;
        self.unless_interrupted(time, async |time| time.pause(duration).await).await?;
        self.may_go_on()
    }

    /// Waits or asks, unless the run is interrupted meanwhile. For what may be left undone: not for a submission, which
    /// may become a job all the same.
    async fn unless_interrupted<T>(
        &self,
        time: &mut Timeline,
        act: impl AsyncFnOnce(&mut Timeline) -> T,
    ) -> Result<T, String> {
        let mut interruption = self.interruption.clone();
        let answer = match select(pin!(act(time)), pin!(interruption.came())).await {
            Either::Left((answer, _)) => Some(answer),
            Either::Right(_) => None,
        };
        answer.ok_or_else(|| {
            time.catch_up_with_clock();
            self.interrupted()
        })
    }
}

#[cfg(test)]
mod tests;
