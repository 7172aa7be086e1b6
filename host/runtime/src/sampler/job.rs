//! The life of one sample: submitted, watched, collected.

use super::output::{images, strip};
use super::{Desk, Queue, Seen, collect, watch};
use crate::capabilities::HealthFacts;
use crate::event::{RunEvent, SampleState};
use crate::runpod::{self, Job, Submission, largest_request, refusal};
use crate::transport::timeline::Timeline;
use bytes::Bytes;
use comfycheck_core::plan::PlannedSample;
use comfycheck_core::sample::{Ending, Sample};
use comfycheck_core::secret::{Secret, redact};
use std::time::Duration;

/// A sample with the bytes of its images.
pub(super) struct Taken {
    pub(super) sample: Sample,
    /// In the order of [`Sample::images`].
    pub(super) images: Vec<Bytes>,
    pub(super) seen: Seen,
}

/// As much of a job's error as a report holds, in bytes.
const LONGEST_ERROR: usize = 64 << 10;

/// Takes a sample.
pub(super) async fn take(desk: &Desk<'_>, time: &mut Timeline, planned: &PlannedSample) -> Taken {
    let secrets = desk.wanted.secrets;
    let mut queue = match turn(desk, time).await {
        Ok(queue) => queue,
        Err(NotLooked::Halted(reason)) => return not_submitted(planned, reason, secrets),
        Err(NotLooked::NotRecorded(miss)) => {
            desk.ledger.stop(miss.clone());
            return not_submitted(planned, miss, secrets);
        }
    };
    let mut taken = not_submitted(planned, String::new(), secrets);
    let (submitted, submission) = submit(desk, time, planned, &mut queue).await;
    let (job, seen) = match accepted(desk, planned.index, submission) {
        Ok(accepted) => accepted,
        Err(NoJob { ending, reason, refusal }) => {
            desk.tell_end(planned.index, time.now(), ending, None);
            let submitted = (ending != Ending::NotSubmitted).then_some(submitted);
            taken.seen.left = submitted.map(|_| time.now());
            taken.sample = Sample { ending, reason: Some(reason), error: refusal, submitted, ..taken.sample };
            return taken;
        }
    };
    let watched = watch::watch(desk, time, planned.index, submitted, (&job, seen)).await;
    taken.seen = Seen { queue, cut_off: watched.cut_off, left: Some(watched.left) };
    taken.sample = Sample {
        job: Some(job),
        submitted: Some(submitted),
        ending: watched.ending,
        reason: watched.reason,
        first_running: watched.first_running,
        finished: watched.finished,
        ..taken.sample
    };
    let mut found = None;
    if let Some(seen) = watched.last {
        found = seen.output.as_ref().filter(|_| watched.ending == Ending::Succeeded).map(images);
        taken.sample.status = Some(seen.status);
        taken.sample.worker = seen.worker;
        taken.sample.retries = seen.retries;
        taken.sample.delay = seen.delay;
        taken.sample.execution = seen.execution;
        taken.sample.output = seen.output.and_then(|output| strip(output, secrets));
        taken.sample.error = seen.error.map(|error| {
            let mut error = redact(&error, secrets);
            error.truncate(error.floor_char_boundary(LONGEST_ERROR));
            error
        });
    }
    desk.ledger.paid(&taken.sample);
    collect::collect(desk, time, found.unwrap_or_default(), &mut taken).await;
    desk.tell_end(planned.index, time.now(), taken.sample.ending, taken.sample.status.clone());
    taken
}

/// A planned sample that was not submitted.
///
/// Checks see its workflow, and quote it.
pub(super) fn not_submitted(planned: &PlannedSample, reason: String, secrets: &[Secret]) -> Taken {
    let workflow = redact(&planned.workflow, secrets);
    let sample = Sample::not_submitted(planned.index, planned.seed, workflow, reason);
    Taken { sample, images: Vec::new(), seen: Seen::default() }
}

/// Why it was not looked how long the queue is.
enum NotLooked {
    Halted(String),
    NotRecorded(String),
}

/// Waits until the budget has room for a job, and counts it as submitted. Returns the queue as it meets it; none if RunPod
/// does not say.
async fn turn(desk: &Desk<'_>, time: &mut Timeline) -> Result<Option<Queue>, NotLooked> {
    const PAUSE: Duration = Duration::from_millis(500);
    loop {
        while desk.ledger.is_full() {
            desk.wait(time, PAUSE).await.map_err(NotLooked::Halted)?;
        }
        let queue = queue(desk, time).await?;
        if desk.may_go_on().and_then(|()| desk.ledger.submit()).map_err(NotLooked::Halted)? {
            return Ok(queue);
        }
    }
}

/// The queue as a job meets it that is submitted now; none if RunPod does not say.
async fn queue(desk: &Desk<'_>, time: &mut Timeline) -> Result<Option<Queue>, NotLooked> {
    if desk.local_worker {
        // It has no `/health`.
        return Ok(None);
    }
    let look = async |time: &mut Timeline| desk.health.fresh(desk, time).await;
    let health = desk.unless_interrupted(time, look).await.map_err(NotLooked::Halted)?;
    let health = health.map_err(NotLooked::NotRecorded)?;
    let workers = |health: HealthFacts| health.workers.ready.max(health.workers.idle);
    Ok(health.map(|health| Queue { workers: workers(health), waiting: desk.ledger.jobs().0 }))
}

/// Submits, and says when. `there` is made new where the submission is made again.
async fn submit(
    desk: &Desk<'_>,
    time: &mut Timeline,
    planned: &PlannedSample,
    there: &mut Option<Queue>,
) -> (Duration, Submission) {
    const ATTEMPTS: u32 = 5;
    const PAUSE: Duration = Duration::from_secs(2);
    const LONGEST_PAUSE: Duration = Duration::from_mins(1);
    let mut attempt = 1;
    loop {
        let _turn = desk.submit_pace.turn(time).await;
        let submitted = time.now();
        let (by, secrets) = (desk.submit, desk.wanted.secrets);
        let send = async |time: &mut Timeline| runpod::submit(time, by, &planned.workflow, secrets).await;
        let submission = if desk.local_worker {
            // Nobody bills a job that is left to it.
            let lost = |interrupted| Submission::Unknown(format!("{interrupted} before its answer came"));
            desk.unless_interrupted(time, send).await.unwrap_or_else(lost)
        } else {
            send(time).await
        };
        // Of all answers only this one says that the same submission will do later. It was not taken, so that it cannot
        // become two jobs.
        let Submission::Refused { status: 429, retry_after, .. } = &submission else {
            return (submitted, submission);
        };
        // Samples that were turned away together do not come back together.
        let apart = Duration::from_millis(u64::from(planned.index % 16) * 50);
        let pause = retry_after.unwrap_or(PAUSE * attempt + apart).min(LONGEST_PAUSE);
        if attempt == ATTEMPTS {
            return (submitted, submission);
        }
        desk.ledger.hold_back();
        let looked = match desk.wait(time, pause).await {
            Ok(()) => queue(desk, time).await,
            Err(halt) => Err(NotLooked::Halted(halt)),
        };
        desk.ledger.release();
        match looked {
            Ok(looked) => *there = looked,
            Err(NotLooked::Halted(_)) => return (submitted, submission),
            Err(NotLooked::NotRecorded(miss)) => return (submitted, Submission::NotRecorded(miss)),
        }
        attempt += 1;
    }
}

/// A submission that made no job that is known of.
struct NoJob {
    ending: Ending,
    reason: String,
    /// RunPod's refusal, where the same submission would be refused again; or what a local worker answered instead of a
    /// result.
    refusal: Option<String>,
}

impl NoJob {
    fn unrefused(ending: Ending, reason: String) -> Self {
        Self { ending, reason, refusal: None }
    }
}

/// The id of the job and what was seen of it, or how a sample without a job ended and why.
fn accepted(desk: &Desk<'_>, index: u32, submission: Submission) -> Result<(String, Option<Job>), NoJob> {
    let who = &desk.who;
    match submission {
        Submission::Accepted { job, .. } if !desk.ledger.is_new(&job) => {
            desk.ledger.ended(false, None);
            desk.ledger.lost();
            let reason = format!(
                "{who} answered the submission with job `{job}`, which is that of another sample: a proxy that answers \
                 from its cache may be in between"
            );
            desk.ledger.stop(format!("it is not known what came of sample {index}: {reason}"));
            Err(NoJob::unrefused(Ending::Unknown, reason))
        }
        Submission::Accepted { job, seen } => {
            desk.ledger.answered();
            Ok((job, seen.map(|job| *job)))
        }
        Submission::Refused { status, message, .. } => {
            desk.ledger.refused();
            let refusal = refusal(status, &message);
            let reason = format!("{who} refused it with {refusal}");
            // What is wrong with this submission may not be wrong with the next one. What is wrong with the key, the
            // endpoint or their limits is.
            if matches!(status, 401 | 403 | 404 | 405 | 429) {
                desk.ledger.stop(format!("sample {index} was not accepted: {reason}"));
            }
            let passes = matches!(status, 408 | 425 | 429);
            Err(NoJob { ending: Ending::NotSubmitted, reason, refusal: (!passes).then_some(refusal) })
        }
        Submission::TooLarge(size) => {
            desk.ledger.refused();
            let refusal =
                format!("its request has {size} bytes, and RunPod takes {} at most", largest_request(desk.submit));
            Err(NoJob { ending: Ending::NotSubmitted, reason: refusal.clone(), refusal: Some(refusal) })
        }
        Submission::NotSent(failure) => {
            desk.ledger.refused();
            desk.ledger.unanswered();
            Err(NoJob::unrefused(Ending::NotSubmitted, format!("{who} cannot be reached: {failure}")))
        }
        Submission::Broke(answer) => {
            desk.ledger.ended(false, None);
            desk.ledger.answered();
            let reason = format!("{who} answered with {answer}");
            Err(NoJob { ending: Ending::Failed, reason, refusal: Some(answer) })
        }
        Submission::Unknown(reason) => {
            desk.ledger.ended(false, None);
            desk.ledger.lost();
            desk.ledger.unanswered();
            Err(NoJob::unrefused(Ending::Unknown, reason))
        }
        Submission::NotRecorded(miss) => {
            desk.ledger.refused();
            desk.ledger.stop(miss.clone());
            Err(NoJob::unrefused(Ending::NotSubmitted, miss))
        }
    }
}

impl Desk<'_> {
    fn tell_end(&self, index: u32, at: Duration, ending: Ending, status: Option<String>) {
        self.tell(RunEvent::SampleSeen { index, at, state: SampleState::Ended(ending), status });
    }
}
