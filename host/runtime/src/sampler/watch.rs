//! Watching a job until it ends, or until our patience does.

use super::pace::poll_interval;
use super::{CutOff, Desk};
use crate::event::{RunEvent, SampleState};
use crate::runpod::{self, Job, Poll, State};
use crate::transport::timeline::Timeline;
use comfycheck_core::sample::{Ending, Sample};
use std::time::Duration;

/// How a job ended, and what was seen of it.
pub(super) struct Watched {
    pub(super) ending: Ending,
    /// Why, where RunPod does not say.
    pub(super) reason: Option<String>,
    /// What was last seen of it.
    pub(super) last: Option<Job>,
    pub(super) first_running: Option<Duration>,
    pub(super) finished: Option<Duration>,
    /// None unless it was seen running and RunPod does not say for how long it ran in the end.
    pub(super) cut_off: Option<CutOff>,
    /// When it was last counted among the jobs of the run.
    pub(super) left: Duration,
}

/// A job that RunPod reports as running and as having run so long, unchanged for that time, is not running: a worker that
/// tells its progress too late leaves it so for ever.
const FROZEN: Duration = Duration::from_secs(30);

/// Watches the job of the sample `index`, of which its submission may have seen something. A job that did not end by
/// itself is cancelled.
pub(super) async fn watch(
    desk: &Desk<'_>,
    time: &mut Timeline,
    index: u32,
    submitted: Duration,
    (job, seen): (&str, Option<Job>),
) -> Watched {
    let mut watch = Watch {
        desk,
        index,
        submitted,
        first_running: None,
        last_running: None,
        last: None,
        unseen: None,
        frozen: None,
    };
    watch.tell(submitted, SampleState::Waiting { since: submitted });
    let ended = seen.and_then(|seen| watch.see(seen, time.now()));
    let end = match ended {
        Some(ending) => End::ByItself(ending, None),
        None => watch.until_end(time, job).await,
    };
    let finished = matches!(end, End::ByItself(..)).then(|| time.now());
    let ran = watch.first_running.is_some();
    let left = time.now();
    desk.ledger.ended(ran, finished.or_else(|| ran.then(|| time.now())));
    let first_running = watch.first_running.or(finished.filter(|_| watch.was_taken()));
    let (ending, reason) = match end {
        End::ByItself(ending, reason) => (ending, reason),
        End::GivenUp(ending, reason) => {
            desk.ledger.stop(format!("sample {index} was given up on: {reason}"));
            (ending, Some(cancel(desk, time, job, reason).await))
        }
        End::Halted(reason) => (Ending::Cancelled, Some(cancel(desk, time, job, reason).await)),
        End::NotRecorded(miss) => {
            desk.ledger.stop(miss.clone());
            (Ending::Unknown, Some(miss))
        }
    };
    let told = finished.is_some() && watch.last.as_ref().is_some_and(|job| job.execution.is_some());
    let cut_off = watch.last_running.filter(|_| !told).map(|seen| CutOff { seen, until: time.now() });
    Watched { ending, reason, last: watch.last, first_running, finished, cut_off, left }
}

/// Cancels a job. Returns why, and why it may run nevertheless.
async fn cancel(desk: &Desk<'_>, time: &mut Timeline, job: &str, reason: String) -> String {
    let _turn = desk.cancel_pace.turn(time).await;
    match runpod::cancel(time, job).await {
        Ok(()) => reason,
        Err(err) => format!("{reason}; it may still run, because it could not be cancelled: {err}"),
    }
}

/// How watching a job ends.
enum End {
    /// RunPod said so.
    ByItself(Ending, Option<String>),
    /// Our patience ended.
    GivenUp(Ending, String),
    /// The sampling ended.
    Halted(String),
    /// The cassette does not hold the job's status.
    NotRecorded(String),
}

struct Watch<'a> {
    desk: &'a Desk<'a>,
    index: u32,
    submitted: Duration,
    first_running: Option<Duration>,
    last_running: Option<Duration>,
    last: Option<Job>,
    /// Why the latest look saw nothing.
    unseen: Option<String>,
    /// The time that a running job is reported to have run, and since when it has been that.
    frozen: Option<(Duration, Duration)>,
}

impl Watch<'_> {
    async fn until_end(&mut self, time: &mut Timeline, job: &str) -> End {
        loop {
            let age = time.now().saturating_sub(self.first_running.unwrap_or(self.submitted));
            let left = self.deadline(time.now()).saturating_sub(time.now());
            if let Err(halt) = self.desk.wait(time, poll_interval(age).min(left)).await {
                return End::Halted(halt);
            }
            let look = async |time: &mut Timeline| {
                let _turn = self.desk.status_pace.turn(time).await;
                runpod::status(time, job).await
            };
            let poll = match self.desk.unless_interrupted(time, look).await {
                Ok(poll) => poll,
                Err(halt) => return End::Halted(halt),
            };
            match poll {
                Poll::Seen(job) => {
                    if let Some(ending) = self.see(*job, time.now()) {
                        return End::ByItself(ending, None);
                    }
                    self.meter(time.now());
                }
                Poll::Gone => {
                    return End::ByItself(Ending::Expired, Some("RunPod no longer knows the job".to_owned()));
                }
                Poll::Unseen(why) => self.unseen = Some(why),
                Poll::NotRecorded(miss) => return End::NotRecorded(miss),
            }
            if let Some((ending, reason)) = self.out_of_patience(time.now()) {
                return End::GivenUp(ending, reason);
            }
        }
    }

    /// Takes in what was seen. Returns how the job ended, if it has.
    fn see(&mut self, job: Job, now: Duration) -> Option<Ending> {
        let ending = match job.state {
            State::Waiting | State::Running => None,
            State::Completed => Some(Ending::Succeeded),
            State::Failed => Some(Ending::Failed),
            State::Cancelled => Some(Ending::Cancelled),
            State::TimedOut => Some(Ending::Expired),
        };
        if job.state == State::Running {
            self.last_running = Some(now);
            if self.first_running.is_none() {
                self.first_running = Some(now);
                self.desk.ledger.taken(now);
            }
        }
        // A job that waits to be dispatched again may be told with the time that it ran before.
        let ran = job.execution.filter(|_| job.state == State::Running);
        self.frozen = match (ran, self.frozen) {
            (Some(ran), Some((before, since))) if ran == before => Some((ran, since)),
            (ran, _) => ran.map(|ran| (ran, now)),
        };
        self.unseen = None;
        self.last = Some(job);
        if ending.is_none() {
            self.tell(
                now,
                match self.first_running {
                    Some(since) => SampleState::Running { since },
                    None => SampleState::Waiting { since: self.submitted },
                },
            );
        }
        ending
    }

    /// Tells what the job costs so far.
    fn meter(&self, now: Duration) {
        let (Some(since), Some(job)) = (self.first_running, &self.last) else { return };
        self.desk.ledger.runs(&Sample {
            worker: job.worker.clone(),
            delay: Some(job.delay.unwrap_or(since.saturating_sub(self.submitted))),
            execution: Some(now.saturating_sub(since)),
            ..Sample::not_submitted(self.index, None, String::new(), "")
        });
    }

    /// Whether a worker ever had it, by what was last seen.
    fn was_taken(&self) -> bool {
        self.last.as_ref().is_some_and(|job| {
            matches!(job.state, State::Running | State::Completed | State::Failed)
                || job.worker.is_some()
                || job.execution.is_some()
        })
    }

    /// When our patience ends, as far as can be told now. A job waits its turn behind ours that run.
    fn deadline(&self, now: Duration) -> Duration {
        let patience = &self.desk.wanted.sampling.patience;
        match self.first_running {
            Some(since) => since + patience.in_progress,
            None => self.submitted.max(self.desk.ledger.progress(now)) + patience.in_queue,
        }
    }

    fn out_of_patience(&self, now: Duration) -> Option<(Ending, String)> {
        if let Some((ran, since)) = self.frozen
            && now.saturating_sub(since) >= FROZEN
        {
            let reason = format!(
                "RunPod reports that it is running and that it ran {} s, unchanged for {} s",
                ran.as_secs_f64(),
                FROZEN.as_secs()
            );
            return Some((Ending::NotFinished, reason));
        }
        if now < self.deadline(now) {
            return None;
        }
        let patience = &self.desk.wanted.sampling.patience;
        Some(match (&self.unseen, self.first_running) {
            (Some(why), _) => (Ending::Unknown, format!("its status could not be learnt: {why}")),
            (None, Some(_)) => {
                let seconds = patience.in_progress.as_secs();
                (Ending::NotFinished, format!("it was not finished {seconds} s after it was first seen running"))
            }
            (None, None) => {
                let seconds = patience.in_queue.as_secs();
                let reason = format!("it waited, and for {seconds} s none of the run's jobs ran or ended");
                (Ending::NeverStarted, reason)
            }
        })
    }

    fn tell(&self, at: Duration, state: SampleState) {
        let status = self.last.as_ref().map(|job| job.status.clone());
        self.desk.tell(RunEvent::SampleSeen { index: self.index, at, state, status });
    }
}
