//! Runs samples: submits jobs, watches them and collects their files, within the budget, the
//! suite's patience and RunPod's limits.

mod attempts;
mod collect;
mod health;
mod job;
mod ledger;
mod load;
mod pace;
mod settle;
mod spending;
mod start;
mod ttl;
mod watch;
mod watcher;

use crate::event::{Listener, RunEvent};
use crate::facts::{JobTrace, Samples};
use crate::interruption::Interruption;
use crate::transport::Transport;
use crate::transport::exchange::Phase;
use crate::transport::timeline::{SharedClock, Timeline};
use comfycheck_core::cost::Price;
use comfycheck_core::plan::PlannedSample;
use comfycheck_core::request::JobRequest;
use comfycheck_core::sample::Sample;
use comfycheck_core::secret::Secrets;
use comfycheck_core::suite::{OutputPath, Sampling, Submit};
use futures_util::FutureExt;
use futures_util::future::{Either, join, select};
use health::Health;
use job::not_submitted;
use ledger::Ledger;
use pace::Pace;
use std::borrow::Cow;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use watcher::{Progress, ask_watchers};

pub(crate) use ledger::MOST_IMAGE_BYTES;
pub use load::{Load, SampleSource};
pub use settle::settle;
pub use watcher::{WatchAnswer, WatchTurn, Watcher};

/// The samples to run.
#[derive(Clone, Copy, Debug)]
pub struct SamplingRequest<'a> {
    /// In order of their index.
    pub samples: &'a [PlannedSample],
    /// What each job is sent with.
    pub job: &'a JobRequest,
    pub sampling: &'a Sampling,
    pub price: Option<&'a Price>,
    /// Allowed for downloads, beside the usual object stores.
    pub image_hosts: &'a [String],
    /// The part of an output that holds the files; none for all of it.
    pub output_path: Option<&'a OutputPath>,
    /// Redacted from reports.
    pub secrets: &'a Secrets,
    /// Earlier jobs, such as dry runs: they count against the budget, and their workers are warm.
    pub before: &'a [Sample],
    /// Ends the samples if waiting cannot help.
    pub watcher: Option<&'a dyn Watcher>,
    /// Of a benchmark: replaces `samples` and the suite's concurrency. No file is kept.
    pub load: Option<&'a Load<'a>>,
}

impl SamplingRequest<'_> {
    /// How many samples there are.
    fn len(&self) -> usize {
        self.load.map_or(self.samples.len(), |load| load.samples as usize)
    }

    /// The sample at a position.
    fn sample(&self, position: usize) -> Cow<'_, PlannedSample> {
        match self.load {
            Some(load) => Cow::Owned(load.sample(position)),
            None => Cow::Borrowed(&self.samples[position]),
        }
    }

    /// Samples in flight at once.
    fn concurrency(&self) -> usize {
        let most = self.load.map_or(self.sampling.concurrency, |load| load.concurrency);
        self.len().min(usize::try_from(most.get()).unwrap_or(usize::MAX))
    }
}

/// Runs samples. After an interruption it cancels submitted jobs and returns the results so far.
pub async fn run_samples(
    request: SamplingRequest<'_>,
    transport: &Arc<Transport>,
    interruption: &Interruption,
    listener: Listener<'_>,
) -> Samples {
    run_samples_on(&SharedClock::start(transport, Phase::Sampling), request, interruption, listener).await
}

/// The same on a clock that may have been used before.
pub(crate) async fn run_samples_on(
    clock: &SharedClock,
    request: SamplingRequest<'_>,
    interruption: &Interruption,
    listener: Listener<'_>,
) -> Samples {
    let local_worker = clock.transport().is_local_worker();
    // It runs a job only when requested, and only once.
    let submit = if local_worker { Submit::Runsync } else { request.sampling.submit };
    let sampling = request.sampling;
    let mut budget = sampling.part_of_budget();
    if local_worker {
        // Local workers are not billed.
        budget.max_cost = None;
    }
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let began = clock.transport().live().map(|_| now());
    let sampler = Sampler {
        request,
        listener,
        interruption: interruption.clone(),
        ledger: Ledger::new(&request, &budget),
        health: Health::default(),
        progress: Progress::new(request.watcher.is_some()),
        status_pace: Pace::of_status(sampling),
        submit_pace: Pace::of_submission(submit, sampling),
        submit,
        local_worker,
        server: clock.transport().server_name(),
        cancel_pace: Pace::of_cancel(sampling),
    };
    let lanes = u32::try_from(request.concurrency()).unwrap_or(u32::MAX);
    let tasks = (0..lanes).map(|lane| run_lane(&sampler, clock.timeline(lane)).boxed()).collect();
    let observing = if local_worker {
        std::future::pending().boxed()
    } else {
        let observing = sampler.health.observe(&sampler, clock.timeline(u32::MAX));
        let watching = ask_watchers(&sampler, clock.timeline(u32::MAX));
        join(observing, watching).map(drop).boxed()
    };
    clock.join(tasks, observing).await;
    Samples { began, ..in_order(sampler) }
}

/// No sample is submitted, such as after a closed gate.
pub fn skip_samples(request: SamplingRequest<'_>, reason: &str) -> Samples {
    let samples: Vec<_> = request
        .samples
        .iter()
        .map(|planned| not_submitted(planned, reason.to_owned(), request.secrets).sample)
        .collect();
    let (files, traces) = (vec![Vec::new(); samples.len()], vec![JobTrace::default(); samples.len()]);
    Samples { samples, files, traces, ..Samples::default() }
}

/// Runs one sample after the other, as long as there are any.
async fn run_lane(sampler: &Sampler<'_>, mut time: Timeline) {
    let start = time.now();
    while sampler.may_go_on().is_ok()
        && !sampler.request.load.is_some_and(|load| load.is_over(time.now().saturating_sub(start)))
    {
        let Some(next) = sampler.ledger.begin(sampler.request.len()) else { break };
        if let Some(due) = sampler.request.load.and_then(|load| load.due(next)) {
            let left = (start + due).saturating_sub(time.now());
            if sampler.wait(&mut time, left).await.is_err() {
                break;
            }
        }
        let planned = sampler.request.sample(next);
        time.set_order(planned.index);
        let mut result = job::run(sampler, &mut time, &planned).await;
        if let Some(load) = sampler.request.load {
            result.compact();
            if let Some(reason) = load.count(&result.sample) {
                sampler.ledger.stop(reason);
            }
        }
        sampler.progress.end(result);
    }
}

/// Every planned sample in order, including those that were not started.
fn in_order(run: Sampler<'_>) -> Samples {
    let stopped = run.may_go_on().err().or_else(|| run.ledger.stopped());
    let why = stopped.clone().unwrap_or_else(|| "the run ended before its turn".to_owned());
    let mut results = run.progress.into_results();
    let started: std::collections::BTreeSet<u32> = results.iter().map(|result| result.sample.index).collect();
    // A benchmark does not say which of its samples it did not need.
    let planned = if run.request.load.is_some() { &[] } else { run.request.samples };
    let left = planned.iter().filter(|planned| !started.contains(&planned.index));
    results.extend(left.map(|planned| not_submitted(planned, why.clone(), run.request.secrets)));
    // By index, which no two share.
    results.sort_unstable_by_key(|result| result.sample.index);
    let parts = results.into_iter().map(|result| (result.sample, result.files, result.trace));
    let (mut samples, files, traces): (Vec<_>, Vec<_>, Vec<_>) = parts.collect();
    settle(&mut samples, &traces, run.request.price, run.request.before);
    Samples { samples, files, observations: run.health.into_readings(), traces, began: None, stopped }
}

/// What the samples of a run share.
struct Sampler<'a> {
    request: SamplingRequest<'a>,
    listener: Listener<'a>,
    interruption: Interruption,
    ledger: Ledger,
    health: Health,
    progress: Progress,
    status_pace: Pace,
    submit_pace: Pace,
    submit: Submit,
    /// Whether the worker runs outside RunPod.
    local_worker: bool,
    /// The name of the job API in messages.
    server: String,
    cancel_pace: Pace,
}

impl Sampler<'_> {
    fn report(&self, event: RunEvent) {
        (self.listener)(event);
    }

    /// The error says in one line why the samples end. Submitted jobs are then cancelled.
    fn may_go_on(&self) -> Result<(), String> {
        self.not_interrupted()?;
        let end = self.ledger.exceeded().or_else(|| self.progress.hopeless());
        end.map_or(Ok(()), Err)
    }

    fn not_interrupted(&self) -> Result<(), String> {
        match self.interruption.signal() {
            Some(_) => Err(self.interrupted()),
            None => Ok(()),
        }
    }

    /// If a shard was interrupted, the others go on.
    fn interrupted(&self) -> String {
        match self.request.sampling.share {
            Some(shard) => format!("shard {shard} was interrupted"),
            None => "the run was interrupted".to_owned(),
        }
    }

    /// Waits, unless the samples end before or meanwhile.
    async fn wait(&self, time: &mut Timeline, duration: Duration) -> Result<(), String> {
        self.may_go_on()?;
        self.unless_interrupted(time, async |time| time.pause(duration).await).await?;
        self.may_go_on()
    }

    /// Waits or sends, unless the run is interrupted meanwhile. Not for submissions: one that is
    /// dropped may still become a job.
    async fn unless_interrupted<T>(
        &self,
        time: &mut Timeline,
        act: impl AsyncFnOnce(&mut Timeline) -> T,
    ) -> Result<T, String> {
        let mut interruption = self.interruption.clone();
        let answer = match select(pin!(act(time)), pin!(interruption.received())).await {
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
