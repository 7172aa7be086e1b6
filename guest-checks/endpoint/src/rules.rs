//! The rules, and the findings of both scopes. Pure: no import is called here.

use crate::management::Management;
use crate::reach::Reachability;
use crate::run_evidence::Evidence;
use crate::settings::Settings;
use crate::{configured, downloads, help, imports, jobs, not_started, reach, retries, spending, starts, workers};
use comfycheck_sdk::endpoint::{Error as RequestError, HealthFacts, Observation, ReachFacts};
use comfycheck_sdk::samples::{Attempt, Ending, PriceFacts, Sample};
use comfycheck_sdk::wording::bytes_beside;
use comfycheck_sdk::{Answer, Error, Finding, Manifest, OpenQuestion, Scope, Severity, readme_rules};
use std::collections::BTreeMap;

/// Every rule with its severity, in the order of the README.
const RULES: &[(&str, Severity)] = &[
    ("unauthorized", Severity::Error),
    ("forbidden", Severity::Error),
    ("unknown-endpoint", Severity::Error),
    ("not-runpod", Severity::Error),
    ("wrong-endpoint-type", Severity::Error),
    ("unreachable", Severity::Error),
    ("slow-response", Severity::Error),
    ("response-time", Severity::Note),
    ("workers", Severity::Note),
    ("running-without-jobs", Severity::Warning),
    ("unhealthy-workers", Severity::Warning),
    ("throttled-workers", Severity::Warning),
    ("unpullable-image", Severity::Error),
    ("container-not-started", Severity::Error),
    ("crash-loop", Severity::Error),
    ("workers-disabled", Severity::Error),
    ("no-worker", Severity::Error),
    ("no-matching-gpu", Severity::Error),
    ("volume-pins-workers", Severity::Error),
    ("vanished-workers", Severity::Error),
    ("no-capacity", Severity::Error),
    ("stuck-initializing", Severity::Error),
    ("slow-cold-start", Severity::Error),
    ("stuck-queue", Severity::Error),
    ("busy-workers", Severity::Error),
    ("not-started", Severity::Error),
    ("funneled-jobs", Severity::Warning),
    ("wrong-handler", Severity::Error),
    ("old-worker", Severity::Warning),
    ("lost-result", Severity::Error),
    ("out-of-memory", Severity::Error),
    ("out-of-system-memory", Severity::Error),
    ("cuda-mismatch", Severity::Error),
    ("bad-host", Severity::Error),
    ("unfit-worker", Severity::Error),
    ("prestart-failed", Severity::Error),
    ("disk-full", Severity::Error),
    ("comfyui-down", Severity::Error),
    ("failed-import", Severity::Error),
    ("rejected-workflow", Severity::Error),
    ("missing-package", Severity::Error),
    ("broken-file", Severity::Error),
    ("missing-file", Severity::Error),
    ("missing-input", Severity::Error),
    ("mismatched-models", Severity::Error),
    ("hub-access", Severity::Error),
    ("missing-api-key", Severity::Error),
    ("failed-upload", Severity::Error),
    ("execution-timeout", Severity::Error),
    ("unreported-job", Severity::Error),
    ("failed-job", Severity::Error),
    ("reported-error", Severity::Error),
    ("retried-job", Severity::Warning),
    ("stuck-in-progress", Severity::Error),
    ("expired-job", Severity::Error),
    ("cancelled-job", Severity::Error),
    ("refused-submission", Severity::Error),
    ("job-too-large", Severity::Error),
    ("lost-submission", Severity::Warning),
    ("cold-start-share", Severity::Note),
    ("active-workers", Severity::Warning),
    ("long-idle-timeout", Severity::Warning),
    ("no-execution-timeout", Severity::Warning),
    ("mixed-versions", Severity::Warning),
    ("old-cuda-image", Severity::Warning),
    ("floating-tag", Severity::Warning),
    ("failed-build", Severity::Warning),
    ("ineffective-variable", Severity::Warning),
];

#[must_use]
pub fn manifest() -> Manifest {
    Manifest {
        name: "endpoint".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        summary: "the endpoint can be reached, and its workers take jobs and finish them".into(),
        scopes: vec![Scope::Deployment, Scope::Run],
        gates: true,
        rules: readme_rules(include_str!("../README.md"), RULES),
        settings_schema: include_str!("../schema.json").into(),
    }
}

/// The facts before the samples.
#[derive(Clone, Debug)]
pub struct DeploymentFacts {
    /// One request to `/health`, timed.
    pub reach: Result<ReachFacts, RequestError>,
    /// `/health` after retries.
    pub health: Result<HealthFacts, RequestError>,
    pub management: Management,
    /// The size of a job with the workflow in bytes; none without a workflow in API format.
    pub job_bytes: Option<u64>,
    /// The price of a worker, where it is known.
    pub price: Option<PriceFacts>,
}

/// The limit of RunPod's `/run` in bytes. Its refusal calls it 10MiB.
pub const LARGEST_JOB: u64 = 10 << 20;

/// Whether findings would be about costs, and only RunPod's catalog can have the price.
#[must_use]
pub fn needs_catalog(DeploymentFacts { health, management, price, .. }: &DeploymentFacts) -> bool {
    price.is_none() && !spending::judge(management, health.as_ref().ok(), None).is_empty()
}

/// Judges the endpoint before the samples. Not applicable where the suite names no endpoint.
pub fn judge_deployment(facts: &DeploymentFacts, settings: &Settings) -> Result<Answer, Error> {
    let reachability = match &facts.reach {
        Err(RequestError::NotOffered(reason)) => return Err(Error::NotApplicable(reason.clone())),
        Err(error) => Reachability::Unknown(not_requested(error)),
        Ok(facts) => reach::judge(facts),
    };
    let mut answer = Answer::default();
    let mut unreachable = None;
    match reachability {
        Reachability::Wrong(finding) => {
            answer.findings.push(finding);
            return Ok(answer);
        }
        // A retry succeeded, so only the response time is unknown.
        Reachability::Unknown(question) if facts.health.is_ok() => answer.open.push(not_timed(question)),
        Reachability::Unknown(question) => {
            unreachable = Some(question.clone());
            answer.open.push(question);
        }
        Reachability::Reachable => {
            let times = facts.reach.iter().flat_map(|reach| reach::response_time(reach, settings.max_response_s, None));
            answer.findings.extend(times);
        }
    }
    let health = facts.health.as_ref().ok();
    answer.findings.extend(configured::judge(&facts.management, health));
    answer.findings.extend(spending::judge(&facts.management, health, facts.price.as_ref()));
    answer.findings.extend(facts.job_bytes.filter(|&bytes| bytes > LARGEST_JOB).map(too_large));
    match &facts.health {
        Ok(health) => answer.findings.extend(workers::judge(health, &facts.management, settings)),
        Err(error) => answer.open.push(unreachable.map_or_else(
            || {
                let reason = format!("could not read the state of the workers: {}", why(error));
                OpenQuestion::new("unhealthy-workers", reason).help(help::READ_HEALTH)
            },
            |question| for_the_same_reason("unhealthy-workers", question),
        )),
    }
    Ok(answer)
}

/// The facts after the samples.
#[derive(Clone, Debug)]
pub struct RunFacts {
    /// One more request to `/health`, timed.
    pub reach: Result<ReachFacts, RequestError>,
    /// Every sample of the run.
    pub samples: Vec<Sample>,
    /// The workers that polls saw each sample on, by the sample's index.
    pub attempts: BTreeMap<u32, Vec<Attempt>>,
    /// Every reading of `/health` while they ran.
    pub observations: Vec<Observation>,
    pub management: Management,
    /// The largest result of a sample in bytes, as RunPod transfers it; none if no sample returned an image.
    pub largest_result: Option<u64>,
    /// The price of a worker, where it is known.
    pub price: Option<PriceFacts>,
}

/// Judges the jobs. Not applicable where none was submitted: then the questions of [`judge_deployment`] stay open.
pub fn judge_run(facts: &RunFacts, settings: &Settings) -> Result<Answer, Error> {
    require_submission(&facts.samples)?;
    let RunFacts { samples, observations, management, .. } = facts;
    let mut answer = Answer::default();
    match &facts.reach {
        Ok(reach) => match reach::judge(reach) {
            Reachability::Reachable => {
                let cold_starts = starts::cold_starts(samples);
                answer.findings.extend(reach::response_time(reach, settings.max_response_s, cold_starts));
            }
            Reachability::Unknown(question) if !was_reached(facts) => {
                answer.open.push(for_the_same_reason("slow-response", question));
            }
            Reachability::Unknown(question) => answer.open.push(not_timed(question)),
            Reachability::Wrong(finding) => answer.findings.push(finding),
        },
        // A worker outside RunPod has no `/health`.
        Err(RequestError::NotOffered(_)) => {}
        Err(error) => answer.open.push(not_timed(not_requested(error))),
    }
    let waits = not_started::judge(samples, observations, management, settings);
    answer.findings.extend(waits.findings);
    answer.open.extend(waits.open);
    let attempts = &facts.attempts;
    let evidence =
        Evidence { samples, attempts, management, largest_result: facts.largest_result, local_worker: is_local(facts) };
    answer.findings.extend(jobs::judge(&evidence));
    answer.findings.extend(imports::judge(&evidence));
    answer.findings.extend(downloads::judge(&evidence));
    answer.findings.extend(retries::judge(&evidence, facts.price.as_ref()));
    answer.findings.extend(starts::judge(samples, observations, management, facts.price.as_ref(), settings));
    answer.open.extend(still_open(facts));
    Ok(answer)
}

/// Not applicable where no sample was submitted. A refusal by RunPod is an answer, too.
pub fn require_submission(samples: &[Sample]) -> Result<(), Error> {
    let submitted = |sample: &Sample| sample.ending != Ending::NotSubmitted || sample.error.is_some();
    let none = || Error::NotApplicable("no sample was submitted".into());
    samples.iter().any(submitted).then_some(()).ok_or_else(none)
}

/// Samples without an endpoint are those of a worker outside RunPod.
fn is_local(facts: &RunFacts) -> bool {
    matches!(facts.reach, Err(RequestError::NotOffered(_)))
}

/// The questions of [`judge_deployment`] that the samples did not answer. A job's id or a reading proves access; a
/// reading, or the success of all samples, shows the workers.
fn still_open(facts: &RunFacts) -> Vec<OpenQuestion> {
    let read = facts.observations.iter().any(|seen| seen.health.is_some());
    let succeeded = facts.samples.iter().all(|sample| sample.ending == Ending::Succeeded);
    let local = is_local(facts);
    let mut open = Vec::new();
    if !was_reached(facts) {
        let (reason, help) = if local {
            ("no job is known to have run on the local worker", help::LOCAL_WORKER)
        } else {
            ("no submission returned a job id, and no reading of `/health` succeeded", help::READ_HEALTH)
        };
        open.push(OpenQuestion::new("unreachable", reason).help(help));
    }
    if !local && !read && !succeeded {
        let reason = "could not read the state of the workers: no reading of `/health` succeeded";
        open.push(OpenQuestion::new("unhealthy-workers", reason).help(help::READ_HEALTH));
    }
    open
}

/// Whether a job or a reading of `/health` shows that the endpoint answers.
fn was_reached(facts: &RunFacts) -> bool {
    facts.observations.iter().any(|seen| seen.health.is_some())
        || facts.samples.iter().any(|sample| sample.job.is_some() || sample.ending == Ending::Failed)
}

fn too_large(bytes: u64) -> Finding {
    let (bytes, limit) = bytes_beside(bytes, LARGEST_JOB);
    let message = format!("a job with this workflow is too large for `/run`: {bytes} (limit: {limit})");
    Finding::new("job-too-large", message).help(help::TOO_LARGE)
}

/// Reports show questions with one reason once.
fn for_the_same_reason(rule: &str, question: OpenQuestion) -> OpenQuestion {
    OpenQuestion { rule: rule.into(), ..question }
}

fn not_timed(question: OpenQuestion) -> OpenQuestion {
    let reason = format!("could not measure the response time: {}", question.reason);
    OpenQuestion { rule: "slow-response".into(), reason, help: question.help }
}

fn not_requested(error: &RequestError) -> OpenQuestion {
    let help = if matches!(error, RequestError::AccessDenied) { help::KEY } else { "run again" };
    OpenQuestion::new("unreachable", format!("could not request `/health`: {}", why(error))).help(help)
}

fn why(error: &RequestError) -> &str {
    match error {
        RequestError::AccessDenied => "access denied",
        RequestError::Unavailable(why) | RequestError::NotOffered(why) | RequestError::Other(why) => why,
    }
}
