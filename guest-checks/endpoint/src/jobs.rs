//! Samples that a worker took, or that RunPod refused, and that came to nothing.

use crate::evidence::{Context, gpu_of, more};
use crate::not_started::is_stuck;
use crate::signature::{self, HANDLER_HELP};
use crate::wording::seconds;
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::{Finding, Subject, WorkerError, count, one_line};
use serde_json::Value;

/// What to do about a failure that no signature explains.
const LOG_HELP: &str = "look at the worker's log in RunPod's console at the time of the job";

/// The same where no RunPod is.
pub(crate) const LOCAL_HELP: &str =
    "see that `python handler.py --rp_serve_api` runs at the address, and look at what it printed";

/// How much of a worker's error a message quotes, in characters.
const QUOTED: usize = 300;

/// Says what became of the samples, with those that met the same fate in one finding.
pub(crate) fn judge(context: &Context<'_>) -> Vec<Finding> {
    let samples = context.samples;
    let mut fates: Vec<(Fate, Vec<&Sample>)> = Vec::new();
    for sample in samples {
        let Some(fate) = Fate::of(sample, context.local_worker) else { continue };
        match fates.iter_mut().find(|(known, _)| known.rule == fate.rule && known.key == fate.key) {
            Some((_, shared)) => shared.push(sample),
            None => fates.push((fate, vec![sample])),
        }
    }
    fates.into_iter().map(|(fate, samples)| fate.finding(&samples, context)).collect()
}

/// What became of a sample.
struct Fate {
    rule: &'static str,
    /// What samples of the same fate share.
    key: String,
    /// The message after the number of samples.
    says: String,
    help: String,
}

impl Fate {
    /// None if it succeeded, never started, was not submitted for a reason of ours, or lacks a node or a model: the
    /// latter are for the checks `nodes` and `models` to name.
    fn of(sample: &Sample, local_worker: bool) -> Option<Self> {
        let reason = sample.reason.as_deref().map(|reason| one_line(reason, QUOTED));
        let because =
            |says: &str| reason.as_ref().map_or_else(|| says.to_owned(), |reason| format!("{says}: {reason}"));
        let fate = |rule, says: String, help: &str| Some(Self { rule, key: says.clone(), says, help: help.to_owned() });
        match sample.ending {
            Ending::Succeeded if echoes(sample) => fate(
                "wrong-handler",
                "came back with the input as output: the worker's handler echoes, and runs no ComfyUI".into(),
                HANDLER_HELP,
            ),
            Ending::Succeeded if is_lost(sample) && local_worker => fate(
                "lost-result",
                "completed, and came back without any output".into(),
                "let the handler return the images: it returned nothing, or an `error` that is not a text",
            ),
            Ending::Succeeded if is_lost(sample) => fate(
                "lost-result",
                "completed, and came back without any output".into(),
                "if the result was too large (RunPod takes 10 MB of `/run`), let the worker upload the images (`BUCKET_ENDPOINT_URL` and its \
                 keys) or make fewer of them in one job; else the handler returned nothing, or an `error` that is not a text",
            ),
            Ending::Succeeded if answers_as_old(sample) => fate(
                "old-worker",
                "answered in `output.message`, as worker-comfyui did before 4.1".into(),
                "update the image to worker-comfyui 5: older ones return one image, and hide what is wrong with a workflow",
            ),
            Ending::Failed => Self::failed(sample, local_worker),
            Ending::NotSubmitted => Self::refused(sample, local_worker),
            Ending::Expired if !is_stuck(sample) => fate(
                "expired-job",
                format!(
                    "removed by RunPod before a result was seen (last status `{}`)",
                    one_line(sample.status.as_deref().unwrap_or("none"), 60)
                ),
                "raise `policy.ttl`, or look for what kept the worker from reporting back in time",
            ),
            // With a reason, the cancelling was ours.
            Ending::Cancelled if sample.reason.is_none() => fate(
                "cancelled-job",
                "cancelled by somebody else".into(),
                "find out who or what cancels jobs of this endpoint, and run again",
            ),
            Ending::NotFinished => Some(Self::unfinished(sample, &because("taken by a worker and not finished"))),
            Ending::Unknown if sample.job.is_none() && local_worker => {
                fate("lost-submission", because("came to no end that is known"), LOCAL_HELP)
            }
            // With a job's id it is known where to look, and the sample's reason says what was lost.
            Ending::Unknown if sample.job.is_none() => fate(
                "lost-submission",
                because("may run unseen, and be billed"),
                "look for jobs without an owner in RunPod's console, and run again",
            ),
            Ending::Succeeded | Ending::Expired | Ending::Cancelled | Ending::NeverStarted | Ending::Unknown => None,
        }
    }

    fn failed(sample: &Sample, local_worker: bool) -> Option<Self> {
        if lacks_node_or_model(sample.error.as_deref().unwrap_or_default()) {
            return None;
        }
        let error = error_of(sample);
        let quoted = one_line(&error, QUOTED);
        let retried =
            if sample.retries > 0 { format!(" (retried by RunPod: {})", sample.retries) } else { String::new() };
        let (rule, key, meaning, help) = match signature::of(&error) {
            Some(known) => (known.rule, known.key().to_owned(), known.meaning, known.help),
            // What the SDK's test server answers where it cannot make a result of what the handler gave.
            None if local_worker && sample.job.is_none() => {
                let meaning = "the handler returned an empty result, such as `{}`, or broke the server";
                ("failed-job", shape(&quoted), meaning, LOCAL_HELP)
            }
            None if local_worker => ("failed-job", shape(&quoted), "", LOCAL_HELP),
            None if quoted.is_empty() => ("failed-job", String::new(), "RunPod gives no error", LOG_HELP),
            None => ("failed-job", shape(&quoted), "", LOG_HELP),
        };
        let says = match (quoted.as_str(), meaning) {
            ("", "") => "no error is given".to_owned(),
            ("", meaning) => meaning.to_owned(),
            (quoted, "") => format!("`{quoted}`"),
            (quoted, meaning) => format!("`{quoted}`: {meaning}"),
        };
        Some(Self { rule, key, says: format!("failed{retried}: {says}"), help: help.to_owned() })
    }

    /// A submission that RunPod refused carries the refusal as its error, which begins with the HTTP status; one that it
    /// surely would refuse carries why. All others that were not submitted carry none.
    fn refused(sample: &Sample, local_worker: bool) -> Option<Self> {
        let error = sample.error.as_deref()?;
        let quoted = one_line(error, QUOTED);
        let known = signature::of(error);
        let meaning = known.map(|known| known.meaning).filter(|meaning| !meaning.is_empty());
        let meaning = meaning.map(|meaning| format!(": {meaning}")).unwrap_or_default();
        let what = match (error.starts_with("status "), local_worker) {
            (true, true) => "refused by what answers at the local worker's address",
            (true, false) => "refused by RunPod at submission",
            (false, _) => "not sent",
        };
        let help = match known {
            _ if local_worker => LOCAL_HELP,
            Some(known) => known.help,
            None => help_for(error),
        };
        let rule = known.map_or("refused-submission", |known| known.rule);
        Some(Self { rule, key: shape(&quoted), says: format!("{what}: `{quoted}`{meaning}"), help: help.to_owned() })
    }

    fn unfinished(sample: &Sample, says: &str) -> Self {
        // After a progress update RunPod may keep a finished job in progress; its execution time then stands already.
        let (says, help) = match sample.execution {
            Some(execution) => (
                format!("{says}, although RunPod counted {} of execution", seconds(execution)),
                "cancel the job; if the handler calls `progress_update`, remove the call: RunPod may keep such a job in progress \
                 for ever",
            ),
            None => (
                says.to_owned(),
                "give the samples more patience if the workflow takes so long; if the worker's log repeats `Still waiting...`, its \
                 WebSocket to ComfyUI broke and the job hangs until the execution timeout",
            ),
        };
        let key = sample.execution.map(|_| "counted").unwrap_or_default().to_owned();
        Self { rule: "stuck-in-progress", key, says, help: help.to_owned() }
    }

    fn finding(self, samples: &[&Sample], context: &Context<'_>) -> Finding {
        let gpus = shared(samples, |sample| gpu_of(sample, context.management));
        let worker = shared(samples, |sample| sample.worker.as_deref());
        let on = gpus.map(|gpu| format!(" on {}", one_line(gpu, 60))).unwrap_or_default();
        let more = more(self.rule, samples, context).map(|more| format!("; {more}")).unwrap_or_default();
        let message = format!("{}{on} {}{more}", count(samples.len(), "sample"), self.says);
        let samples = samples.iter().map(|sample| Subject::Sample(sample.index));
        let worker = worker.map(|worker| Subject::Worker(worker.to_owned()));
        Finding::new(self.rule, message).help(self.help).about_all(samples.chain(worker))
    }
}

/// What the worker gave back; none if nothing.
fn output_of(sample: &Sample) -> Option<Value> {
    serde_json::from_str(sample.output.as_deref()?).ok()
}

/// Whether a completed job came back with nothing.
fn is_lost(sample: &Sample) -> bool {
    sample.output.is_none() && sample.image_count == 0 && sample.lost_images.is_empty()
}

/// Whether an output has the shape of worker-comfyui before 4.1.
fn answers_as_old(sample: &Sample) -> bool {
    output_of(sample).is_some_and(|output| {
        let text = |name: &str| output.get(name).and_then(Value::as_str);
        matches!(text("status"), Some("success" | "error"))
            && output.get("message").is_some()
            && output.get("images").is_none()
    })
}

/// Whether a node or a model file is missing, which the checks `nodes` and `models` name.
fn lacks_node_or_model(error: &str) -> bool {
    match WorkerError::parse(error) {
        WorkerError::MissingNode { .. } | WorkerError::NodeWithoutClass { .. } => true,
        WorkerError::InvalidInputs(nodes) => {
            nodes.iter().flat_map(|node| &node.errors).any(|error| error.missing_model().is_some())
        }
        _ => false,
    }
}

/// What to do about a refusal, which begins with its HTTP status.
fn help_for(refusal: &str) -> &'static str {
    match refusal.strip_prefix("status ").and_then(|rest| rest.get(..3)) {
        Some("401" | "403") => {
            "give the key the right to submit jobs to this endpoint: a read-only or restricted key can read `/health` and is \
             refused when it submits"
        }
        Some("404") => "compare the endpoint's id and the base URL with RunPod's console",
        _ => "correct what RunPod says, and run again",
    }
}

/// The error of a failed sample as one text: what its handler raised, or the true cause among the details.
fn error_of(sample: &Sample) -> String {
    let error = sample.error.as_deref().unwrap_or_default();
    if let Ok(raised) = serde_json::from_str::<Value>(error)
        && let Some(message) = raised.get("error_message").and_then(Value::as_str)
    {
        let kind = raised.get("error_type").and_then(Value::as_str).unwrap_or_default();
        let kind = kind.trim_start_matches("<class '").trim_end_matches("'>");
        return if kind.is_empty() { message.to_owned() } else { format!("{kind}: {message}") };
    }
    let output = output_of(sample);
    let details = output.as_ref().and_then(|output| output.get("details")).and_then(Value::as_array);
    match details.and_then(|details| details.iter().find_map(Value::as_str)) {
        Some(detail) => format!("{error}: {detail}"),
        None => error.to_owned(),
    }
}

/// Whether a successful job's output is its input: RunPod's echo template answers so.
fn echoes(sample: &Sample) -> bool {
    let Some(output) = output_of(sample) else { return false };
    let echoed = |value: &Value| value.get("workflow").is_some_and(Value::is_object);
    sample.image_count == 0
        && (echoed(&output) || ["echo", "input"].iter().any(|key| output.get(key).is_some_and(echoed)))
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
