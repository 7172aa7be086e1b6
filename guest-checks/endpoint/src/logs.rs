//! The logs of workers: which are worth a request, and the line that names a cause.

use crate::management::{Management, WorkerLog};
use crate::sample::{gave_no_result, never_started};
use comfycheck_sdk::endpoint::Worker;
use comfycheck_sdk::samples::Sample;
use comfycheck_sdk::{one_line, quote};

/// The most workers whose logs are read: the management API allows few requests.
const WORKERS: usize = 3;
/// How much of a line is quoted, in characters.
const QUOTED: usize = 160;
/// So many starts of a container without a log line are a crash loop.
const STARTS: usize = 3;

/// Texts that name a cause, the most specific first: of worker-comfyui, RunPod's SDK and the container runtime.
const CLUES: &[&str] = &[
    "PyTorch CUDA init failed",
    "no kernel image is available",
    "CUDA driver version is insufficient",
    "Fitness check failed",
    "exec format error",
    "pull access denied",
    "manifest unknown",
    "toomanyrequests",
    "No space left on device",
    "Failed to return job results",
    "Job has missing field(s)",
    "ComfyUI process has exited",
    "ModuleNotFoundError",
    "Out of memory",
    "Websocket receive timed out",
    "Still waiting for API server",
];

/// The workers whose logs are worth reading: those that crash or start while jobs wait, and those whose jobs gave no
/// result.
pub(crate) fn relevant_workers(samples: &[Sample], workers: &[Worker]) -> Vec<String> {
    let mut relevant: Vec<&str> = Vec::new();
    let waits = samples.iter().any(never_started);
    let with = |status: &'static str| workers.iter().filter(move |worker| worker.status == status);
    if waits || samples.is_empty() {
        relevant.extend(with("UNHEALTHY").map(|worker| worker.id.as_str()));
    }
    if waits {
        relevant.extend(with("INITIALIZING").map(|worker| worker.id.as_str()));
    }
    let failed = samples.iter().filter(|sample| gave_no_result(sample));
    relevant.extend(failed.filter_map(|sample| sample.worker.as_deref()));
    let mut ids: Vec<String> = Vec::new();
    for id in relevant {
        if ids.len() < WORKERS && !ids.iter().any(|known| known == id) {
            ids.push(id.to_owned());
        }
    }
    ids
}

impl Management {
    /// The line that best explains why workers do not start: a known one, else the last line of a container.
    pub(crate) fn startup_clue(&self) -> Option<String> {
        let known = CLUES.iter().find_map(|clue| self.logs.iter().find_map(|log| find(log, clue)));
        let last = || {
            let mut containers = self.logs.iter().filter(|log| log.source == "container");
            containers.find_map(|log| Some(quoted(log, &log.lines.last()?.text)))
        };
        known.or_else(last)
    }

    /// A line with one of these texts from the log of one of these workers.
    pub(crate) fn clue(&self, workers: &[&str], texts: &[&str]) -> Option<String> {
        let mut logs = self.logs.iter().filter(|log| workers.contains(&log.worker.as_str()));
        logs.find_map(|log| texts.iter().find_map(|text| find(log, text)))
    }

    /// The last line about an image pull in the system logs.
    pub(crate) fn image_pull(&self) -> Option<String> {
        self.logs.iter().filter(|log| log.source == "system").find_map(|log| {
            let line = log.lines.iter().rev().find(|line| line.text.to_ascii_lowercase().contains("pull"))?;
            Some(quoted(log, &line.text))
        })
    }

    /// The workers that are known to crash, by their status or by their logs.
    pub(crate) fn crashing_workers(&self) -> Vec<&str> {
        let unhealthy = self.workers().iter().filter(|worker| worker.status == "UNHEALTHY");
        let mut ids: Vec<&str> = unhealthy.clone().map(|worker| worker.id.as_str()).collect();
        let silent = self.silent_restarts().map(|(worker, _)| worker);
        ids.extend(silent.filter(|worker| unhealthy.clone().all(|known| known.id != *worker)));
        ids
    }

    /// The worker whose container started again and again without a log line, and how often: it crashes at once.
    pub(crate) fn silent_restarts(&self) -> Option<(&str, usize)> {
        self.logs.iter().filter(|log| log.source == "system").find_map(|log| {
            let starts = log.lines.iter().filter(|line| line.text.contains("start container")).count();
            let silent = self
                .logs
                .iter()
                .any(|other| other.source == "container" && other.worker == log.worker && other.lines.is_empty());
            (silent && starts >= STARTS).then_some((log.worker.as_str(), starts))
        })
    }
}

fn find(log: &WorkerLog, text: &str) -> Option<String> {
    log.lines.iter().rev().find(|line| line.text.contains(text)).map(|line| quoted(log, &line.text))
}

fn quoted(log: &WorkerLog, line: &str) -> String {
    format!("log of worker {}: `{}`", quote(&log.worker), one_line(line, QUOTED))
}
