//! Watches a job until it ends or times out.

use super::Sampler;
use super::attempts::Attempts;
use super::pace::poll_interval;
use crate::event::{RunEvent, SampleState};
use crate::facts::{CutOff, JobTrace, Queue, WaitingSample};
use crate::runpod::{self, Job, JobState, Poll};
use crate::transport::timeline::Timeline;
use comfycheck_core::sample::{Ending, Sample};
use comfycheck_core::wording::limit;
use std::time::Duration;

pub(super) struct WatchResult {
    pub(super) ending: Ending,
    /// Why, if RunPod gives no reason.
    pub(super) reason: Option<String>,
    /// The last state.
    pub(super) last: Option<Box<Job>>,
    pub(super) first_running: Option<Duration>,
    pub(super) finished: Option<Duration>,
    /// Only for a job that was seen running and whose execution time RunPod does not report.
    pub(super) cut_off: Option<CutOff>,
    /// When it last counted among the jobs of the run.
    pub(super) left: Duration,
    pub(super) attempts: Attempts,
}

/// A job that RunPod reports as running, with an execution time that does not change for this long,
/// is not running. A worker that reports its progress too late leaves it in this state forever.
const FROZEN: Duration = Duration::from_secs(30);

/// RunPod may not know a job for a while after it accepted it.
const UNKNOWN_AT_FIRST: Duration = Duration::from_secs(30);
/// Later, one 404 between good responses is not the end of a job.
const UNKNOWN: Duration = Duration::from_secs(10);

/// Watches the job of sample `index`, which was submitted then and to this queue; `job` has its id, and its state if the submission returned
/// it. Cancels a job that does not end by itself.
pub(super) async fn watch(
    sampler: &Sampler<'_>,
    time: &mut Timeline,
    index: u32,
    (submitted, queue, ttl): (Duration, Option<Queue>, Option<Duration>),
    (job, state): (&str, Option<Box<Job>>),
) -> WatchResult {
    let mut watch = Watch {
        sampler,
        index,
        submitted,
        queue,
        ttl,
        first_running: None,
        last_running: None,
        last: None,
        unseen: None,
        unknown: None,
        frozen: None,
        attempts: Attempts::default(),
    };
    watch.report(submitted, SampleState::Waiting { since: submitted });
    let ended = state.and_then(|state| watch.update(state, time.now()));
    let end = match ended {
        Some(ending) => WatchEnd::ByItself(ending, watch.removed(ending, time.now())),
        None => watch.until_end(time, job).await,
    };
    let finished = matches!(end, WatchEnd::ByItself(..)).then(|| time.now());
    let ran = watch.first_running.is_some();
    let left = time.now();
    sampler.ledger.ended(ran, finished.or_else(|| ran.then(|| time.now())));
    let first_running = watch.first_running.or(finished.filter(|_| watch.was_taken()));
    let (ending, reason) = match end {
        WatchEnd::ByItself(ending, reason) => (ending, reason),
        WatchEnd::TimedOut(ending, reason) => {
            sampler.ledger.stop(format!("sample {index} timed out: {reason}"));
            (ending, Some(Box::pin(cancel(sampler, time, job, reason)).await))
        }
        WatchEnd::Halted(reason) => (Ending::Cancelled, Some(Box::pin(cancel(sampler, time, job, reason)).await)),
        WatchEnd::NotRecorded(miss) => {
            sampler.ledger.stop(miss.clone());
            (Ending::Unknown, Some(miss))
        }
    };
    let is_measured = finished.is_some() && watch.last.as_ref().is_some_and(|job| job.execution.is_some());
    let cut_off = watch.last_running.filter(|_| !is_measured).map(|seen| CutOff { seen, until: time.now() });
    let (last, attempts) = (watch.last, watch.attempts);
    WatchResult { ending, reason, last, first_running, finished, cut_off, left, attempts }
}

/// Cancels a job. Returns the reason, with a note if the job may still run.
async fn cancel(sampler: &Sampler<'_>, time: &mut Timeline, job: &str, reason: String) -> String {
    let _turn = sampler.cancel_pace.turn(time).await;
    match runpod::cancel(time, job).await {
        Ok(()) => reason,
        Err(err) => format!("{reason}; it may still be running, cancelling failed: {err}"),
    }
}

/// How watching a job ends.
enum WatchEnd {
    /// RunPod reported the end.
    ByItself(Ending, Option<String>),
    /// It timed out.
    TimedOut(Ending, String),
    /// The samples were stopped.
    Halted(String),
    /// The cassette does not have the job's status.
    NotRecorded(String),
}

struct Watch<'a> {
    sampler: &'a Sampler<'a>,
    index: u32,
    submitted: Duration,
    queue: Option<Queue>,
    /// How long RunPod keeps it.
    ttl: Option<Duration>,
    first_running: Option<Duration>,
    last_running: Option<Duration>,
    last: Option<Box<Job>>,
    /// Why the latest poll failed.
    unseen: Option<String>,
    /// Since when RunPod does not know the job.
    unknown: Option<Duration>,
    /// The execution time of a running job, and since when it has been the same.
    frozen: Option<(Duration, Duration)>,
    attempts: Attempts,
}

impl Watch<'_> {
    async fn until_end(&mut self, time: &mut Timeline, job: &str) -> WatchEnd {
        loop {
            let age = time.now().saturating_sub(self.first_running.unwrap_or(self.submitted));
            let left = self.deadline(time.now()).saturating_sub(time.now());
            if let Err(halt) = self.sampler.wait(time, poll_interval(age).min(left)).await {
                return WatchEnd::Halted(halt);
            }
            let read = async |time: &mut Timeline| {
                let _turn = self.sampler.status_pace.turn(time).await;
                Box::pin(runpod::status(time, job)).await
            };
            let poll = match self.sampler.unless_interrupted(time, read).await {
                Ok(poll) => poll,
                Err(halt) => return WatchEnd::Halted(halt),
            };
            match poll {
                Poll::Seen(job) => {
                    if let Some(ending) = self.update(job, time.now()) {
                        return WatchEnd::ByItself(ending, self.removed(ending, time.now()));
                    }
                    self.meter(time.now());
                }
                Poll::Gone => {
                    let since = *self.unknown.get_or_insert(time.now());
                    let until = (self.submitted + UNKNOWN_AT_FIRST).max(since + UNKNOWN);
                    if time.now() >= until {
                        return self.expired();
                    }
                }
                Poll::Unseen(why) => self.unseen = Some(why),
                Poll::NotRecorded(miss) => return WatchEnd::NotRecorded(miss),
            }
            if let Some((ending, reason)) = self.timed_out(time.now()) {
                return if self.unknown.is_some() { self.expired() } else { WatchEnd::TimedOut(ending, reason) };
            }
        }
    }

    fn expired(&self) -> WatchEnd {
        let by_ttl = self.unknown.and_then(|since| self.removed(Ending::Expired, since));
        let unknown = match &self.last {
            Some(_) => "RunPod no longer knows the job",
            None => "RunPod accepted the job, and then did not know it",
        };
        WatchEnd::ByItself(Ending::Expired, Some(by_ttl.unwrap_or_else(|| unknown.to_owned())))
    }

    /// Updates the state. Returns the job's result if it ended.
    fn update(&mut self, job: Box<Job>, now: Duration) -> Option<Ending> {
        let ending = match job.state {
            JobState::Waiting | JobState::Running => None,
            JobState::Completed => Some(Ending::Succeeded),
            JobState::Failed => Some(Ending::Failed),
            JobState::Cancelled => Some(Ending::Cancelled),
            JobState::TimedOut => Some(Ending::Expired),
        };
        if job.state == JobState::Running {
            self.last_running = Some(now);
            if self.first_running.is_none() {
                self.first_running = Some(now);
                self.sampler.ledger.started(now);
            }
        }
        // A job that waits to be dispatched again may have the execution time of its last attempt.
        let ran = job.execution.filter(|_| job.state == JobState::Running);
        self.frozen = match (ran, self.frozen) {
            (Some(ran), Some((before, since))) if ran == before => Some((ran, since)),
            (ran, _) => ran.map(|ran| (ran, now)),
        };
        (self.unseen, self.unknown) = (None, None);
        self.attempts.see(&job, now);
        self.last = Some(job);
        if ending.is_none() {
            self.report(
                now,
                match self.first_running {
                    Some(since) => SampleState::Running { since },
                    None => SampleState::Waiting { since: self.submitted },
                },
            );
        }
        ending
    }

    /// Why RunPod ended the job, if its `ttl` did.
    fn removed(&self, ending: Ending, now: Duration) -> Option<String> {
        let ttl = self.ttl.filter(|ttl| ending == Ending::Expired && now.saturating_sub(self.submitted) >= *ttl)?;
        Some(format!("RunPod removed the job after {}, its `policy.ttl`", limit(ttl.as_secs_f64(), "s")))
    }

    /// Reports the cost so far.
    fn meter(&self, now: Duration) {
        let (Some(since), Some(job)) = (self.first_running, &self.last) else { return };
        self.sampler.ledger.runs(|| Sample {
            worker: job.worker.clone(),
            delay: Some(job.delay.unwrap_or(since.saturating_sub(self.submitted))),
            execution: Some(now.saturating_sub(since)),
            ..Sample::not_submitted(self.index, None, String::new(), "")
        });
    }

    /// Whether a worker ever took it, by its last state.
    fn was_taken(&self) -> bool {
        self.last.as_ref().is_some_and(|job| {
            matches!(job.state, JobState::Running | JobState::Completed | JobState::Failed)
                || job.worker.is_some()
                || job.execution.is_some()
        })
    }

    /// When it times out, as of now. A job waits behind jobs of this run that are running.
    fn deadline(&self, now: Duration) -> Duration {
        let patience = &self.sampler.request.sampling.patience;
        match self.first_running {
            Some(since) => since + patience.in_progress,
            None => self.submitted.max(self.sampler.ledger.progress(now)) + patience.in_queue,
        }
    }

    fn timed_out(&self, now: Duration) -> Option<(Ending, String)> {
        if let Some((_, since)) = self.frozen
            && now.saturating_sub(since) >= FROZEN
        {
            let time = limit(FROZEN.as_secs_f64(), "s");
            let reason = format!("the execution time that RunPod reports did not grow for {time}");
            return Some((Ending::NotFinished, reason));
        }
        if now < self.deadline(now) {
            return None;
        }
        let patience = &self.sampler.request.sampling.patience;
        Some(match (&self.unseen, self.first_running) {
            (Some(why), _) => (Ending::Unknown, format!("could not read its status: {why}")),
            (None, Some(_)) => {
                let limit = limit(patience.in_progress.as_secs_f64(), "s");
                (Ending::NotFinished, format!("still running after {limit} (`in-progress-s`)"))
            }
            (None, None) => {
                let limit = limit(patience.in_queue.as_secs_f64(), "s");
                // What checks measure ends with the last reading, before the limit.
                let reason = format!("no job of this run ran or finished within {limit} (`in-queue-s`)");
                (Ending::NeverStarted, reason)
            }
        })
    }

    fn report(&self, at: Duration, state: SampleState) {
        let status = self.last.as_ref().map(|job| job.status.clone());
        self.sampler.progress.see(|| {
            let (index, submitted, first_running) = (self.index, self.submitted, self.first_running);
            let sample = WaitingSample { index, status: status.clone(), submitted, first_running };
            (sample, JobTrace { queue: self.queue, attempts: self.attempts.list(), ..JobTrace::default() })
        });
        self.sampler.report(RunEvent::SampleSeen { index: self.index, at, state, status });
    }
}
