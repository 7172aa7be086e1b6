//! Jobs that a worker took, or that RunPod refused, and that gave no result.

use crate::evidence::Evidence;
use crate::help;
use crate::message::as_seconds;
use crate::sample::{self, never_started};
use crate::signature;
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::wording::{count, seconds};
use comfycheck_sdk::{Finding, Subject, one_line, quote};

/// How much of a worker's error a message quotes, in characters.
const QUOTED: usize = 300;

/// One finding for all samples with the same problem.
pub(crate) fn judge(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut problems: Vec<(Problem, Vec<&Sample>)> = Vec::new();
    for sample in evidence.samples {
        let Some(problem) = Problem::of(sample, evidence.local_worker) else { continue };
        match problems.iter_mut().find(|(known, _)| known.rule == problem.rule && known.key == problem.key) {
            Some((_, samples)) => samples.push(sample),
            None => problems.push((problem, vec![sample])),
        }
    }
    problems.into_iter().map(|(problem, samples)| problem.finding(&samples, evidence)).collect()
}

/// Why a job gave no result.
struct Problem {
    rule: &'static str,
    /// Equal for samples with the same problem.
    key: String,
    /// The message after the number of jobs.
    message: String,
    help: String,
}

impl Problem {
    /// None if the job succeeded, never started, was not submitted by our own decision, or lacks a node or a model: the
    /// checks `nodes` and `models` report those.
    fn of(sample: &Sample, local_worker: bool) -> Option<Self> {
        let new = |rule, message: String, help: &str| {
            Some(Self { rule, key: message.clone(), message, help: help.to_owned() })
        };
        let with_reason = |message: &str| match &sample.reason {
            Some(reason) => format!("{message}: {}", one_line(reason, QUOTED)),
            None => message.to_owned(),
        };
        match sample.ending {
            Ending::Succeeded if sample::is_echo(sample) => new(
                "wrong-handler",
                "returned the input as output: the handler is an echo and runs no ComfyUI".into(),
                help::HANDLER,
            ),
            Ending::Succeeded if sample::lost_result(sample) => {
                new("lost-result", "completed without output".into(), help::lost_result(local_worker))
            }
            Ending::Succeeded if sample::has_old_format(sample) => new(
                "old-worker",
                "returned `output.message`, the format of worker-comfyui before 4.1".into(),
                "update the image to worker-comfyui 5",
            ),
            Ending::Failed if sample::lacks_node_or_model(sample) => None,
            Ending::Failed => Some(Self::failed(sample, local_worker)),
            Ending::NotSubmitted => Self::refused(sample, local_worker),
            Ending::Expired if !never_started(sample) => {
                let status = sample.status.as_deref().map_or("none".to_owned(), quote);
                let message = format!("expired before the result was read (last status: {status})");
                let help = "raise `policy.ttl` in the suite, or find out what kept the worker from reporting in time";
                new("expired-job", message, help)
            }
            // With a reason, this run cancelled it.
            Ending::Cancelled if sample.reason.is_none() => new(
                "cancelled-job",
                "cancelled, but not by this run".into(),
                "find out which client cancels jobs of this endpoint, then run again",
            ),
            Ending::NotFinished => Some(Self::unfinished(sample, with_reason("stayed in progress"))),
            Ending::Unknown if sample.job.is_none() && local_worker => {
                new("lost-submission", with_reason("ended without a known result"), help::LOCAL_WORKER)
            }
            // A job with an id can be found, and its sample's reason says what was lost.
            Ending::Unknown if sample.job.is_none() => new(
                "lost-submission",
                with_reason("may be running and billed"),
                "look in RunPod's console for a job that no client knows, then run again",
            ),
            Ending::Succeeded | Ending::Expired | Ending::Cancelled | Ending::NeverStarted | Ending::Unknown => None,
        }
    }

    fn failed(sample: &Sample, local_worker: bool) -> Self {
        let error = sample::error(sample);
        let quoted = one_line(&error, QUOTED);
        let (rule, key, meaning, help) = match signature::of(&error) {
            Some(known) => (known.rule, known.key().to_owned(), known.meaning, known.help),
            // The SDK's test server answers so where it cannot make a result of what the handler returned.
            None if local_worker && sample.job.is_none() => {
                let meaning = "the handler returned an empty result, such as `{}`, or crashed the server";
                ("failed-job", shape(&quoted), meaning, help::LOCAL_WORKER)
            }
            None => {
                let meaning = if quoted.is_empty() { "no error given" } else { "" };
                let help = if local_worker { help::LOCAL_WORKER } else { help::WORKER_LOG };
                ("failed-job", shape(&quoted), meaning, help)
            }
        };
        let retries = match sample.retries {
            0 => String::new(),
            retries => format!(" (retries by RunPod: {retries})"),
        };
        let quoted = if quoted.is_empty() { String::new() } else { format!("`{quoted}`") };
        let parts: Vec<_> = [meaning, &quoted].into_iter().filter(|part| !part.is_empty()).collect();
        Self { rule, key, message: format!("failed{retries}: {}", parts.join(": ")), help: help.to_owned() }
    }

    /// The error of a job that RunPod refused begins with the HTTP status. Any other error says why the job was too
    /// large to send. A job that was not submitted for another reason has no error.
    fn refused(sample: &Sample, local_worker: bool) -> Option<Self> {
        let error = sample.error.as_deref()?;
        let quoted = one_line(error, QUOTED);
        if !error.starts_with("status ") {
            let message = format!("not sent: {quoted}");
            let help = help::TOO_LARGE.to_owned();
            return Some(Self { rule: "job-too-large", key: String::new(), message, help });
        }
        let (rule, meaning, help) = match signature::of(error) {
            Some(known) => (known.rule, format!("{}: ", known.meaning), known.help),
            None => ("refused-submission", String::new(), help::refusal(error)),
        };
        let (by, help) = if local_worker {
            ("the server at the local worker's address", help::LOCAL_WORKER)
        } else {
            ("RunPod", help)
        };
        let message = format!("refused by {by}: {meaning}`{quoted}`");
        Some(Self { rule, key: shape(&quoted), message, help: help.to_owned() })
    }

    fn unfinished(sample: &Sample, message: String) -> Self {
        // After a progress update, RunPod can keep a finished job in progress. Its execution time is then set.
        let (key, message, help) = match sample.execution {
            Some(execution) => {
                let execution = seconds(as_seconds(execution));
                let message = format!("{message}; RunPod counted {execution} of execution");
                ("counted", message, help::PROGRESS_UPDATE)
            }
            None => ("", message, help::HANGING),
        };
        Self { rule: "stuck-in-progress", key: key.to_owned(), message, help: help.to_owned() }
    }

    fn finding(self, samples: &[&Sample], evidence: &Evidence<'_>) -> Finding {
        let on = shared(samples, |sample| evidence.gpu(sample));
        let on = on.map(|gpu| format!(" on {}", one_line(gpu, 60))).unwrap_or_default();
        let more = evidence.of(self.rule, samples).map(|more| format!("; {more}")).unwrap_or_default();
        let message = format!("{}{on} {}{more}", count(samples.len(), "job"), self.message);
        let worker = shared(samples, |sample| sample.worker.as_deref());
        let worker = worker.map(|worker| Subject::Worker(worker.to_owned()));
        let samples = samples.iter().map(|sample| Subject::Sample(sample.index));
        Finding::new(self.rule, message).about_all(worker.into_iter().chain(samples)).help(self.help)
    }
}

/// The same for errors that differ only in the ids of jobs, prompts and files.
fn shape(error: &str) -> String {
    let is_id = |word: &&str| word.len() >= 8 && word.bytes().any(|byte| byte.is_ascii_digit());
    let words = error.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == '_'));
    words.map(|word| if is_id(&word) { "#" } else { word }).collect::<Vec<_>>().join(" ")
}

/// What all samples have in common, if they do.
fn shared<'a>(samples: &[&'a Sample], of: impl Fn(&'a Sample) -> Option<&'a str>) -> Option<&'a str> {
    let first = of(samples.first()?)?;
    samples.iter().all(|sample| of(sample) == Some(first)).then_some(first)
}
