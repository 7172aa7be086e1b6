//! The life of one sample: submit, watch, collect.

use super::{Sampler, collect, watch};
use crate::backoff::Backoff;
use crate::event::{RunEvent, SampleState};
use crate::facts::{Busy, HealthFacts, JobTrace, Queue};
use crate::runpod::{self, Job, Submission, refusal};
use crate::transport::timeline::Timeline;
use bytes::Bytes;
use comfycheck_core::digest::sha256_hex;
use comfycheck_core::output::{files, strip};
use comfycheck_core::plan::PlannedSample;
use comfycheck_core::request::JobBody;
use comfycheck_core::sample::{Ending, Sample};
use comfycheck_core::secret::Secrets;
use comfycheck_core::wording::bytes_beside;
use std::time::Duration;

#[derive(Clone, Debug)]
pub(super) struct SampleResult {
    pub(super) sample: Sample,
    /// In the order of [`Sample::all_files`].
    pub(super) files: Vec<Bytes>,
    pub(super) trace: JobTrace,
}

impl SampleResult {
    /// Gives back the memory that is not read again. A load has up to a hundred thousand results.
    pub(super) fn compact(&mut self) {
        let Self { sample, files, trace } = self;
        if sample.delivered() {
            sample.output = None;
        }
        sample.images.shrink_to_fit();
        sample.files.shrink_to_fit();
        files.shrink_to_fit();
        trace.attempts.shrink_to_fit();
    }
}

/// The most bytes of a job's error that a report keeps.
const LONGEST_ERROR: usize = 64 << 10;

pub(super) async fn run(sampler: &Sampler<'_>, time: &mut Timeline, planned: &PlannedSample) -> SampleResult {
    let secrets = sampler.request.secrets;
    let not_submitted = |reason| {
        let result = not_submitted(planned, reason, secrets);
        if sampler.request.load.is_none() {
            return result;
        }
        // The texts of a benchmark's workflows would not fit in memory. Equal ones stay equal.
        let workflow = sha256_hex(result.sample.workflow.to_string().as_bytes()).into();
        SampleResult { sample: Sample { workflow, ..result.sample }, ..result }
    };
    // There can be thousands of lanes, and most of them wait: for their turn, then for their job. What they send is on the heap.
    let mut queue = match turn(sampler, time).await {
        Ok(queue) => queue,
        Err(TurnError::Halted(reason)) => return not_submitted(reason),
        Err(TurnError::NotRecorded(miss)) => {
            sampler.ledger.stop(miss.clone());
            return not_submitted(miss);
        }
    };
    let ttl = sampler.ttl();
    let (submitted, submission) = submit(sampler, time, (planned, ttl), &mut queue).await;
    let (job, state) = match accepted(sampler, planned.index, submission) {
        Ok(accepted) => accepted,
        Err(SubmissionFailure { ending, reason, refusal }) => {
            sampler.report_end(planned.index, time.now(), ending, None);
            let submitted = (ending != Ending::NotSubmitted).then_some(submitted);
            let mut result = not_submitted(reason);
            result.trace.left = submitted.map(|_| time.now());
            result.sample = Sample { ending, error: refusal, submitted, ..result.sample };
            return result;
        }
    };
    let watched = watch::watch(sampler, time, planned.index, (submitted, queue, ttl), (&job, state)).await;
    let mut result = not_submitted(String::new());
    // RunPod's own count can be missing.
    let retries_seen = watched.attempts.moves();
    result.trace =
        JobTrace { queue, cut_off: watched.cut_off, left: Some(watched.left), attempts: watched.attempts.into_list() };
    result.sample = Sample {
        job: Some(job),
        submitted: Some(submitted),
        ending: watched.ending,
        reason: watched.reason,
        first_running: watched.first_running,
        finished: watched.finished,
        ..result.sample
    };
    let mut listed = None;
    if let Some(job) = watched.last {
        let path = sampler.request.output_path;
        let of_success = job.output.as_ref().filter(|_| watched.ending == Ending::Succeeded);
        listed = of_success.map(|output| files(output, path));
        result.sample.status = Some(job.status);
        result.sample.worker = job.worker;
        result.sample.retries = job.retries.max(retries_seen);
        result.sample.delay = job.delay;
        result.sample.execution = job.execution;
        result.sample.output = job.output.and_then(|output| strip(output, secrets));
        result.sample.error = job.error.map(|error| {
            let mut error = secrets.redact(&error);
            error.truncate(error.floor_char_boundary(LONGEST_ERROR));
            error
        });
    }
    sampler.ledger.paid(&result.sample);
    Box::pin(collect::collect(sampler, time, listed.unwrap_or_default(), &mut result)).await;
    sampler.report_end(planned.index, time.now(), result.sample.ending, result.sample.status.clone());
    result
}

/// Checks see the workflow and quote it.
pub(super) fn not_submitted(planned: &PlannedSample, reason: String, secrets: &Secrets) -> SampleResult {
    let workflow = secrets.redact_json_text(&planned.workflow);
    let sample = Sample::not_submitted(planned.index, planned.seed, workflow, reason);
    SampleResult { sample, files: Vec::new(), trace: JobTrace::default() }
}

/// Why a sample's turn did not come.
enum TurnError {
    Halted(String),
    NotRecorded(String),
}

/// Waits until the budget has room for a job, and counts it as submitted. Returns the queue at that
/// time; none if unknown.
async fn turn(sampler: &Sampler<'_>, time: &mut Timeline) -> Result<Option<Queue>, TurnError> {
    const PAUSE: Duration = Duration::from_millis(500);
    loop {
        while sampler.ledger.is_full() {
            sampler.wait(time, PAUSE).await.map_err(TurnError::Halted)?;
        }
        let queue = queue(sampler, time).await?;
        if sampler.may_go_on().and_then(|()| sampler.ledger.submit()).map_err(TurnError::Halted)? {
            return Ok(queue);
        }
    }
}

/// The queue for a job that is submitted now; none if unknown.
async fn queue(sampler: &Sampler<'_>, time: &mut Timeline) -> Result<Option<Queue>, TurnError> {
    if sampler.local_worker {
        // It has no `/health`.
        return Ok(None);
    }
    let read = async |time: &mut Timeline| sampler.health.fresh(sampler, time).await;
    let health = sampler.unless_interrupted(time, read).await.map_err(TurnError::Halted)?;
    let health = match health {
        Ok(health) => health,
        Err(miss) if miss.after_the_end => return Err(TurnError::NotRecorded(miss.why)),
        // The recorded run did not ask. It submitted its jobs.
        Err(_) => None,
    };
    Ok(health.map(|health| queue_of(&health, sampler.ledger.jobs())))
}

/// `waiting` and `running` are the jobs of this run.
fn queue_of(health: &HealthFacts, (waiting, running): (u32, u32)) -> Queue {
    let HealthFacts { workers, jobs } = health;
    let all = u32::try_from(jobs.in_queue.saturating_add(jobs.in_progress)).unwrap_or(u32::MAX);
    let busy = Busy {
        running: workers.running,
        initializing: workers.initializing,
        other_jobs: all.saturating_sub(waiting.saturating_add(running)),
    };
    Queue { workers: workers.ready.max(workers.idle), waiting, busy: Some(busy) }
}

/// Submits, and returns when. `queue_state` is updated if the submission is repeated.
async fn submit(
    sampler: &Sampler<'_>,
    time: &mut Timeline,
    (planned, ttl): (&PlannedSample, Option<Duration>),
    queue_state: &mut Option<Queue>,
) -> (Duration, Submission) {
    const BACKOFF: Backoff = Backoff { attempts: 5, pause: Duration::from_secs(2), longest: Duration::from_mins(1) };
    let mut attempt = 1;
    loop {
        let _turn = sampler.submit_pace.turn(time).await;
        let submitted = time.now();
        let (by, secrets) = (sampler.submit, sampler.request.secrets);
        let send = async |time: &mut Timeline| runpod::submit(time, by, body(sampler, planned, ttl), secrets).await;
        let submission = if sampler.local_worker {
            // No job is left that would be billed.
            let lost = |interrupted| Submission::Unknown(format!("{interrupted} before the response"));
            Box::pin(sampler.unless_interrupted(time, send)).await.unwrap_or_else(lost)
        } else {
            Box::pin(send(time)).await
        };
        // Only this response invites the same submission again. It was not accepted, so it cannot
        // become two jobs.
        let Submission::Refused { status: 429, retry_after, .. } = &submission else {
            return (submitted, submission);
        };
        // Samples that were rejected together must not come back together.
        let apart = Duration::from_millis(u64::from(planned.index % 16) * 50);
        let Some(pause) = BACKOFF.after(attempt, *retry_after, |pause| pause + apart) else {
            return (submitted, submission);
        };
        sampler.ledger.hold_back();
        let reading = match sampler.wait(time, pause).await {
            Ok(()) => Box::pin(queue(sampler, time)).await,
            Err(halt) => Err(TurnError::Halted(halt)),
        };
        sampler.ledger.release();
        match reading {
            Ok(reading) => *queue_state = reading,
            Err(TurnError::Halted(_)) => return (submitted, submission),
            Err(TurnError::NotRecorded(miss)) => return (submitted, Submission::NotRecorded(miss)),
        }
        attempt += 1;
    }
}

/// The request of a sample.
fn body(sampler: &Sampler<'_>, planned: &PlannedSample, ttl: Option<Duration>) -> JobBody {
    // The plan serialized it from a value.
    let workflow = serde_json::from_str(&planned.workflow.to_string()).unwrap_or_default();
    sampler.request.job.body(&workflow, ttl)
}

/// A submission that led to no known job.
struct SubmissionFailure {
    ending: Ending,
    reason: String,
    /// RunPod's rejection, if it would reject the same submission again; or a local worker's
    /// response in place of a result.
    refusal: Option<String>,
}

impl SubmissionFailure {
    fn new(ending: Ending, reason: String) -> Self {
        Self { ending, reason, refusal: None }
    }
}

/// The job's id and first state, or the result of a sample without a job.
fn accepted(
    sampler: &Sampler<'_>,
    index: u32,
    submission: Submission,
) -> Result<(String, Option<Box<Job>>), SubmissionFailure> {
    let server = &sampler.server;
    match submission {
        Submission::Accepted { job, .. } if !sampler.ledger.is_new(&job) => {
            sampler.ledger.ended(false, None);
            sampler.ledger.lost();
            let reason = format!(
                "{server} answered with job `{job}`, which belongs to another sample: a proxy may have served a cached \
                 response"
            );
            sampler.ledger.stop(format!("the result of sample {index} is unknown: {reason}"));
            Err(SubmissionFailure::new(Ending::Unknown, reason))
        }
        Submission::Accepted { job, seen } => {
            sampler.ledger.answered();
            Ok((job, seen))
        }
        Submission::Refused { status, message, .. } => {
            sampler.ledger.rejected();
            let refusal = refusal(status, &message);
            let reason = format!("{server} rejected the submission with {refusal}");
            // The next submission may be valid. A problem of the key, the balance, the endpoint or their
            // limits stays.
            if matches!(status, 401..=405 | 429) {
                sampler.ledger.stop(format!("{server} rejected sample {index} with {refusal}"));
            }
            let is_temporary = matches!(status, 408 | 425 | 429);
            Err(SubmissionFailure { ending: Ending::NotSubmitted, reason, refusal: (!is_temporary).then_some(refusal) })
        }
        Submission::TooLarge(size) => {
            sampler.ledger.rejected();
            let (size, limit) = bytes_beside(size as u64, sampler.submit.largest_request() as u64);
            let refusal = format!("the request has {size}; RunPod's limit is {limit}");
            Err(SubmissionFailure { ending: Ending::NotSubmitted, reason: refusal.clone(), refusal: Some(refusal) })
        }
        Submission::NotSent(failure) => {
            sampler.ledger.rejected();
            sampler.ledger.unanswered();
            Err(SubmissionFailure::new(Ending::NotSubmitted, format!("could not reach {server}: {failure}")))
        }
        Submission::HandlerFailed(answer) => {
            sampler.ledger.ended(false, None);
            sampler.ledger.answered();
            let reason = format!("{server} answered with {answer}");
            Err(SubmissionFailure { ending: Ending::Failed, reason, refusal: Some(answer) })
        }
        Submission::Unknown(reason) => {
            sampler.ledger.ended(false, None);
            sampler.ledger.lost();
            sampler.ledger.unanswered();
            Err(SubmissionFailure::new(Ending::Unknown, reason))
        }
        Submission::NotRecorded(miss) => {
            sampler.ledger.rejected();
            sampler.ledger.stop(miss.clone());
            Err(SubmissionFailure::new(Ending::NotSubmitted, miss))
        }
    }
}

impl Sampler<'_> {
    fn report_end(&self, index: u32, at: Duration, ending: Ending, status: Option<String>) {
        self.report(RunEvent::SampleSeen { index, at, state: SampleState::Ended(ending), status });
    }
}
