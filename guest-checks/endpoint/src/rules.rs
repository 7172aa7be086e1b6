//! What the check concludes from what it was told. Pure: no import is called here.

use crate::evidence::Context;
use crate::jobs::LOCAL_HELP;
use crate::management::Management;
use crate::reach::Verdict;
use crate::signature::TOO_LARGE_HELP;
use crate::{configured, jobs, not_started, reach, starts, workers};
use comfycheck_sdk::endpoint::{Error as AskError, HealthFacts, Observation, ReachFacts};
use comfycheck_sdk::samples::{Ending, PriceFacts, Sample};
use comfycheck_sdk::{Answer, Error, Finding, Manifest, OpenQuestion, Scope, Severity, readme_rules};
use serde::Deserialize;

/// What a suite may set. All have defaults.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Settings {
    /// How long `/health` may take to answer, in seconds.
    pub max_response_s: f64,
    /// From when on a worker that initializes is stuck. RunPod gives up after seven minutes.
    pub stuck_initializing_s: u64,
    /// How long the workers must be in one state before it is told as a cause.
    pub persist_s: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { max_response_s: 5.0, stuck_initializing_s: 420, persist_s: 60 }
    }
}

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
    ("unhealthy-workers", Severity::Warning),
    ("throttled-workers", Severity::Warning),
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
    ("cuda-mismatch", Severity::Error),
    ("execution-timeout", Severity::Error),
    ("unreported-job", Severity::Error),
    ("failed-job", Severity::Error),
    ("stuck-in-progress", Severity::Error),
    ("expired-job", Severity::Error),
    ("cancelled-job", Severity::Error),
    ("refused-submission", Severity::Error),
    ("job-too-large", Severity::Error),
    ("lost-submission", Severity::Warning),
    ("cold-start-share", Severity::Note),
    ("mixed-versions", Severity::Warning),
    ("old-cuda-image", Severity::Warning),
    ("floating-tag", Severity::Warning),
    ("ineffective-variable", Severity::Warning),
];

/// What the check says of itself.
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

/// What was asked before the samples.
#[derive(Clone, Debug)]
pub struct Before {
    /// One request to `/health`, timed.
    pub reach: Result<ReachFacts, AskError>,
    /// `/health` after retries.
    pub health: Result<HealthFacts, AskError>,
    /// What the management API says.
    pub management: Management,
    /// The size of a job that submits the workflow, in bytes; none without a workflow in API format.
    pub job_bytes: Option<u64>,
}

/// What RunPod's `/run` takes, in bytes: its refusal calls it 10MiB.
pub const LARGEST_JOB: u64 = 10 << 20;

/// Judges the endpoint before the samples.
///
/// Not applicable where the suite names no endpoint.
pub fn before(asked: &Before, settings: &Settings) -> Result<Answer, Error> {
    let verdict = match &asked.reach {
        Err(AskError::NotOffered(reason)) => return Err(Error::NotApplicable(reason.clone())),
        Err(error) => Verdict::Unclear(cannot_ask(error)),
        Ok(facts) => reach::judge(facts),
    };
    let mut answer = Answer::default();
    match verdict {
        Verdict::Wrong(finding) => {
            answer.findings.push(finding);
            return Ok(answer);
        }
        // A later attempt got through, so that only the time of an answer is unknown.
        Verdict::Unclear(question) if asked.health.is_ok() => answer.open.push(untimed(question)),
        Verdict::Unclear(question) => answer.open.push(question),
        Verdict::Reached => answer.findings.extend(timed(asked.reach.as_ref().ok(), settings)),
    }
    answer.findings.extend(configured::judge(&asked.management, asked.health.as_ref().ok()));
    answer.findings.extend(asked.job_bytes.filter(|&bytes| bytes > LARGEST_JOB).map(too_large));
    match &asked.health {
        Ok(health) => {
            answer.findings.extend(workers::judge(health, &asked.management, settings));
        }
        Err(error) => answer.open.push(
            OpenQuestion::new(
                "unhealthy-workers",
                format!("`/health` does not say how the workers are: {}", why(error)),
            )
            .help("look at the workers in RunPod's console, and run again when `/health` answers"),
        ),
    }
    Ok(answer)
}

/// What was asked after the samples.
#[derive(Clone, Debug)]
pub struct After {
    /// One more request to `/health`, timed.
    pub reach: Result<ReachFacts, AskError>,
    /// Every sample of the run.
    pub samples: Vec<Sample>,
    /// Every reading of `/health` while they were taken.
    pub observations: Vec<Observation>,
    /// What the management API says.
    pub management: Management,
    /// The largest result of a sample, in bytes as RunPod hands it over; none if no sample gave an image.
    pub largest_result: Option<u64>,
    /// What a worker costs, where it is known.
    pub price: Option<PriceFacts>,
}

/// Judges what became of the samples.
///
/// Not applicable where none was submitted: then the questions of [`before`] stay open.
pub fn after(asked: &After, settings: &Settings) -> Result<Answer, Error> {
    any_submitted(&asked.samples)?;
    let mut answer = not_started::judge(&asked.samples, &asked.observations, &asked.management, settings);
    let After { samples, observations, management, largest_result, .. } = asked;
    // Samples without an endpoint are those of a worker outside RunPod.
    let local_worker = matches!(asked.reach, Err(AskError::NotOffered(_)));
    let context = Context { samples, management, largest_result: *largest_result, local_worker };
    answer.findings.extend(jobs::judge(&context));
    answer.findings.extend(starts::judge(samples, observations, management, asked.price.as_ref(), settings));
    answer.open.extend(still_open(asked));
    match &asked.reach {
        Ok(facts) => match reach::judge(facts) {
            Verdict::Reached => {
                let slow = reach::response_time(facts, settings.max_response_s);
                answer.findings.extend(slow.into_iter().filter(|finding| finding.rule == "slow-response"));
            }
            Verdict::Unclear(question) => answer.open.push(untimed(question)),
            Verdict::Wrong(finding) => answer.findings.push(finding),
        },
        // A worker outside RunPod has no `/health`.
        Err(AskError::NotOffered(_)) => {}
        Err(error) => answer.open.push(untimed(cannot_ask(error))),
    }
    Ok(answer)
}

/// Not applicable where no sample was submitted, so that nothing need be asked. A refusal by RunPod is an answer, too.
pub fn any_submitted(samples: &[Sample]) -> Result<(), Error> {
    let tried = |sample: &Sample| sample.ending != Ending::NotSubmitted || sample.error.is_some();
    let none = || Error::NotApplicable("no sample was submitted".into());
    samples.iter().any(tried).then_some(()).ok_or_else(none)
}

/// The questions of [`before`] that the samples did not answer. A job's id proves access, as a reading does; a reading,
/// or a success of all samples, tells of the workers.
fn still_open(asked: &After) -> Vec<OpenQuestion> {
    let read = asked.observations.iter().any(|seen| seen.health.is_some());
    let accepted = asked.samples.iter().any(|sample| sample.job.is_some() || sample.ending == Ending::Failed);
    let succeeded = asked.samples.iter().all(|sample| sample.ending == Ending::Succeeded);
    let offered = !matches!(asked.reach, Err(AskError::NotOffered(_)));
    let help = "run again when `/health` answers";
    let mut open = Vec::new();
    if !read && !accepted {
        let (reason, help) = if offered {
            ("no job was seen accepted, and no reading of `/health` succeeded", help)
        } else {
            ("the local worker was not seen to run a job", LOCAL_HELP)
        };
        open.push(OpenQuestion::new("unreachable", reason).help(help));
    }
    if offered && !read && !succeeded {
        let reason = "no reading of `/health` succeeded while the samples were taken";
        open.push(OpenQuestion::new("unhealthy-workers", reason).help(help));
    }
    open
}

fn too_large(bytes: u64) -> Finding {
    let message = format!("a job with this workflow has {bytes} bytes, and RunPod's `/run` takes {LARGEST_JOB}");
    Finding::new("job-too-large", message).help(TOO_LARGE_HELP)
}

fn timed(facts: Option<&ReachFacts>, settings: &Settings) -> Vec<Finding> {
    facts.map(|facts| reach::response_time(facts, settings.max_response_s)).unwrap_or_default()
}

/// That the endpoint did not answer once leaves only its response time open, where it answered otherwise.
fn untimed(question: OpenQuestion) -> OpenQuestion {
    let reason = format!("the response time could not be measured: {}", question.reason);
    OpenQuestion { rule: "slow-response".into(), reason, help: question.help }
}

fn cannot_ask(error: &AskError) -> OpenQuestion {
    OpenQuestion::new("unreachable", format!("`/health` could not be asked: {}", why(error))).help("run again")
}

fn why(error: &AskError) -> &str {
    match error {
        AskError::AccessDenied => "access is denied",
        AskError::Unavailable(why) | AskError::NotOffered(why) | AskError::Other(why) => why,
    }
}
