//! Jobs that a worker took, or that RunPod refused, and that gave no result.

use crate::comfyui;
use crate::compare::{Axis, Pattern};
use crate::evidence::{JobError, has_reason_above, nodes};
use crate::help;
use crate::message::{as_seconds, clauses};
use crate::run_evidence::Evidence;
use crate::sample::{self, never_started};
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::wording::{count, seconds};
use comfycheck_sdk::{Finding, Subject, one_line, quote};

/// How much of a worker's error a message quotes, in characters.
const QUOTED: usize = 300;
/// No image is made in less time, in milliseconds of execution.
const SHORTEST: u64 = 1000;

/// One finding for all samples with the same problem.
pub(crate) fn judge(evidence: &Evidence<'_>) -> Vec<Finding> {
    let mut problems: Vec<(Problem, Vec<&Sample>)> = Vec::new();
    for sample in evidence.samples {
        let Some(problem) = Problem::of(sample, evidence) else { continue };
        match problems.iter_mut().find(|(known, _)| known.is_same(&problem)) {
            Some((known, samples)) => {
                samples.push(sample);
                if !known.has_line && problem.has_line {
                    *known = problem;
                }
            }
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
    /// The cause in words, where it is known. The message begins with it.
    cause: &'static str,
    /// The message after the number of jobs.
    message: String,
    help: String,
    /// The nodes of the workflow that the evidence names.
    nodes: Vec<Subject>,
    /// The job's error, without ids, and whether a line of a log explains it.
    error: String,
    has_line: bool,
}

impl Problem {
    fn new(rule: &'static str, key: String, message: String, help: &str) -> Self {
        let (help, nodes, error) = (help.to_owned(), Vec::new(), String::new());
        Self { rule, key, cause: "", message, help, nodes, error, has_line: false }
    }

    /// Of jobs with the same error, some have a log that explains it, and the logs of others are gone.
    fn is_same(&self, other: &Self) -> bool {
        let same_error = !self.error.is_empty() && self.error == other.error && self.has_line != other.has_line;
        self.rule == other.rule && (self.key == other.key || same_error)
    }

    /// None if the job succeeded, never started, was not submitted by our own decision, or if another check reports it.
    fn of(sample: &Sample, evidence: &Evidence<'_>) -> Option<Self> {
        let local_worker = evidence.local_worker;
        let new = |rule, message: String, help: &str| Some(Self::new(rule, message.clone(), message, help));
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
            Ending::Succeeded if sample::lost_result(sample) => match sample.execution {
                Some(execution) if execution < SHORTEST => {
                    let took = seconds(as_seconds(execution));
                    new("lost-result", format!("completed without output after {took} of execution"), help::NO_RESULT)
                }
                _ => new("lost-result", "completed without output".into(), help::lost_result(local_worker)),
            },
            Ending::Succeeded if sample.failure().is_some() => Self::failed(sample, evidence),
            Ending::Succeeded if sample::has_old_format(sample) => new(
                "old-worker",
                "returned `output.message`, the format of worker-comfyui before 4.1".into(),
                "update the image to worker-comfyui 5",
            ),
            Ending::Failed => Self::failed(sample, evidence),
            Ending::NotSubmitted => Self::refused(sample, local_worker),
            Ending::Expired if sample::timed_out(sample) => {
                let message = "stopped by RunPod during execution (status `TIMED_OUT`), at the execution timeout";
                let is_slow = evidence.is_partly_loaded(sample);
                new(
                    "execution-timeout",
                    message.into(),
                    if is_slow { help::PARTLY_LOADED } else { help::EXECUTION_TIMEOUT },
                )
            }
            Ending::Expired if !never_started(sample) => {
                let status = sample.status.as_deref().map_or("none".to_owned(), quote);
                let message = format!("expired before the result was read (last status: {status})");
                new("expired-job", message, help::expired(sample.reason.as_deref()))
            }
            // With a reason, this run cancelled it.
            Ending::Cancelled if sample.reason.is_none() => new(
                "cancelled-job",
                "cancelled, but not by this run".into(),
                "find out which client cancels jobs of this endpoint, then run again",
            ),
            Ending::NotFinished => Some(Self::unfinished(sample, with_reason("stayed in progress"), evidence)),
            Ending::Unknown if sample.job.is_none() && local_worker => {
                new("lost-submission", with_reason("ended without a known result"), help::LOCAL_WORKER)
            }
            // A job with an id can be found, and its sample's reason says what was lost.
            Ending::Unknown if sample.job.is_none() => new(
                "lost-submission",
                with_reason("may be running and billed"),
                "in RunPod's console, cancel jobs of this run that are still queued or running, then run again",
            ),
            Ending::Succeeded | Ending::Expired | Ending::Cancelled | Ending::NeverStarted | Ending::Unknown => None,
        }
    }

    /// A job with an error: its own, or that of its output. None if another check reports it.
    fn failed(sample: &Sample, evidence: &Evidence<'_>) -> Option<Self> {
        let failure = sample.failure().unwrap_or_default();
        if sample::is_reported_elsewhere(&failure) {
            return None;
        }
        let error = JobError::of(&failure);
        let is_refusal = error.family.is_some_and(|family| family.rule == "rejected-workflow");
        let refusal = || Some(sample).filter(|_| is_refusal).and_then(|sample| evidence.refusal(sample));
        let reason = || evidence.reason(sample).filter(|_| error.family.is_some_and(has_reason_above));
        let root = if error.explains { reason() } else { refusal().or_else(|| evidence.root(sample, error.family)) };
        let state = error.family.filter(|_| root.is_none()).and_then(|family| comfyui::state(family, sample, evidence));
        let family = match root {
            Some((_, line)) => line.family.or(error.family.filter(|_| line.family.is_some())),
            None => state.or(error.family),
        };
        let unknown = if failure.in_output { "reported-error" } else { "failed-job" };
        // An exception of the log without a family explains why ComfyUI is down.
        let rule = family.or(error.family).map_or(unknown, |family| family.rule);
        let cause = family.or(error.family).map_or("", |family| family.meaning);
        let what = match family.or(error.family) {
            // The SDK's test server answers so where it cannot make a result of what the handler returned.
            None if evidence.local_worker && sample.job.is_none() => {
                "the handler returned an empty result, such as `{}`, or crashed the server"
            }
            None if error.quoted.is_empty() => "no error given",
            _ => "",
        };
        let help = match family {
            Some(family) if family.name == "comfyui-late" && evidence.waits_for_comfyui() => help::LATE_COMFYUI,
            Some(family) if family.name == "gpu-kernels" && evidence.image_fits_every_gpu() => help::PACKAGE_KERNELS,
            Some(family) if family.name == "execution-timeout" && evidence.is_partly_loaded(sample) => {
                help::PARTLY_LOADED
            }
            Some(family) => family.help,
            None if evidence.local_worker => help::LOCAL_WORKER,
            None if root.is_some() => help::EXCEPTION,
            None if failure.in_output => help::REPORTED,
            None => help::WORKER_LOG,
        };
        let quoted = Some(&error.quoted).filter(|quoted| !quoted.is_empty()).map(|quoted| format!("`{quoted}`"));
        let what = Some(what.to_owned()).filter(|what| !what.is_empty());
        let said = [what, quoted].into_iter().flatten().collect::<Vec<_>>().join(": ");
        let line = root.map(|(log, line)| log.quote(&line.text));
        let verb = match (failure.in_output, sample.retries) {
            (true, _) => "completed, and the output is an error".to_owned(),
            (false, 0) => "failed".to_owned(),
            (false, retries) => format!("failed (retries by RunPod: {retries})"),
        };
        let key = family.map_or_else(|| shape(&error.quoted), |family| family.name.to_owned());
        let in_log = root.map(|(_, line)| line.text.as_str()).unwrap_or_default();
        let nodes = nodes::named(&format!("{}\n{in_log}", failure.text), sample);
        let said = clauses([Some(said).filter(|said| !said.is_empty()), line]);
        let message = if said.is_empty() { verb } else { format!("{verb}: {said}") };
        let (error, has_line) = (shape(&error.quoted), root.is_some());
        Some(Self { cause, nodes, error, has_line, ..Self::new(rule, key, message, help) })
    }

    /// The error of a job that RunPod refused begins with the HTTP status. Any other error says why the job was too
    /// large to send. A job that was not submitted for another reason has no error.
    fn refused(sample: &Sample, local_worker: bool) -> Option<Self> {
        let error = sample.error.as_deref()?;
        let quoted = one_line(error, QUOTED);
        if !error.starts_with("status ") {
            let message = format!("not sent: {quoted}");
            return Some(Self::new("job-too-large", String::new(), message, help::TOO_LARGE));
        }
        let known = JobError::of_answer(error);
        // What is not RunPod's own refusal says nothing about the endpoint.
        let (rule, cause, help) = match known.family.filter(|family| help::REFUSALS.contains(&family.rule)) {
            Some(known) => (known.rule, known.meaning, known.help),
            None if is_web_page(error) => ("not-runpod", "the answer is a web page", help::PROXY),
            None => ("refused-submission", "", help::refusal(error)),
        };
        let (by, help) = if local_worker {
            ("the server at the local worker's address", help::LOCAL_WORKER)
        } else {
            ("RunPod", help)
        };
        let message = format!("refused by {by}: `{quoted}`");
        Some(Self { cause, ..Self::new(rule, shape(&quoted), message, help) })
    }

    fn unfinished(sample: &Sample, message: String, evidence: &Evidence<'_>) -> Self {
        if let Some((log, line)) = evidence.end(sample)
            && let Some(family) = line.family
        {
            let message = clauses([Some(message), Some(log.quote(&line.text))]);
            let problem = Self::new(family.rule, family.name.to_owned(), message, family.help);
            return Self { cause: family.meaning, has_line: true, ..problem };
        }
        // After a progress update, RunPod can keep a finished job in progress. Its execution time is then set.
        let (key, message, help) = match sample.execution {
            Some(execution) => {
                let execution = seconds(as_seconds(execution));
                let message = format!("{message}; RunPod counted {execution} of execution");
                ("counted", message, help::PROGRESS_UPDATE)
            }
            None => ("", message, help::HANGING),
        };
        Self::new("stuck-in-progress", key.to_owned(), message, help)
    }

    fn finding(self, samples: &[&Sample], evidence: &Evidence<'_>) -> Finding {
        let on = shared(samples, |sample| evidence.gpu(sample));
        let on = on.map(|gpu| format!(" on {}", one_line(gpu, 60))).unwrap_or_default();
        let more = evidence.of(self.rule, samples).map(|more| format!("; {more}")).unwrap_or_default();
        let pattern = Pattern::of(samples, evidence);
        let follows = pattern
            .as_ref()
            .filter(|_| more.is_empty())
            .map(|pattern| format!("; {}", pattern.message))
            .unwrap_or_default();
        let on_one_host = follows_host(self.rule) && pattern.as_ref().is_some_and(|pattern| pattern.axis.is_one_host());
        let cause = match self.rule {
            // It names the host's fault.
            "bad-host" => self.cause,
            _ if on_one_host => "jobs fail on one host only",
            _ => self.cause,
        };
        let cause = if cause.is_empty() { String::new() } else { format!("{cause}: ") };
        let message = format!("{cause}{}{on} {}{more}{follows}", count(samples.len(), "job"), self.message);
        let (rule, help) = match pattern.map(|pattern| pattern.axis) {
            Some(_) if on_one_host => ("bad-host", help::BAD_HOST.to_owned()),
            Some(Axis::Gpu) if self.rule == "out-of-memory" => (self.rule, help::SMALL_GPU_TYPE.to_owned()),
            Some(Axis::Gpu) if self.rule == "failed-job" => (self.rule, help::BAD_GPU_TYPE.to_owned()),
            Some(Axis::DataCenter) if self.rule == "failed-job" => (self.rule, help::BAD_DATA_CENTER.to_owned()),
            _ => (self.rule, self.help),
        };
        let worker = shared(samples, |sample| sample.worker.as_deref());
        let worker = worker.map(|worker| Subject::Worker(worker.to_owned()));
        let samples = samples.iter().map(|sample| Subject::Sample(sample.index));
        Finding::new(rule, message).about_all(self.nodes.into_iter().chain(worker).chain(samples)).help(help)
    }
}

/// Whether a machine is at fault if such failures stay on one worker: the same image and workflow ran on another.
fn follows_host(rule: &str) -> bool {
    matches!(rule, "bad-host" | "cuda-mismatch" | "failed-job" | "comfyui-down" | "broken-file" | "missing-file")
}

/// RunPod's API answers in JSON or text.
fn is_web_page(error: &str) -> bool {
    let lower = error.to_ascii_lowercase();
    lower.contains("<html") || lower.contains("<!doctype")
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
