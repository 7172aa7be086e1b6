//! What the logs of workers tell of a cause, and which logs are worth a request.

use crate::management::{Management, WorkerLog};
use crate::not_started::is_stuck;
use comfycheck_sdk::endpoint::Worker;
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::{one_line, quote};

/// The most workers whose logs are read: the management API allows few requests.
const WORKERS: usize = 3;
/// How much of a line is quoted, in characters.
const QUOTED: usize = 160;
/// How often a container must have been started, without a word of its own, to be a crash loop.
const STARTS: usize = 3;

/// Lines that name a cause, the telling ones first. Those of the start are worker-comfyui's, RunPod's SDK's, and the
/// container runtime's.
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

/// The workers whose logs are worth reading: those that crash or start where jobs wait, and those on which jobs came to
/// nothing.
pub(crate) fn wanted(samples: &[Sample], workers: &[Worker]) -> Vec<String> {
    let mut wanted: Vec<&str> = Vec::new();
    let waits = samples.iter().any(is_stuck);
    let with = |status: &'static str| workers.iter().filter(move |worker| worker.status == status);
    if waits || samples.is_empty() {
        wanted.extend(with("UNHEALTHY").map(|worker| worker.id.as_str()));
    }
    if waits {
        wanted.extend(with("INITIALIZING").map(|worker| worker.id.as_str()));
    }
    wanted
        .extend(samples.iter().filter(|sample| came_to_nothing(sample)).filter_map(|sample| sample.worker.as_deref()));
    let mut ids: Vec<String> = Vec::new();
    for id in wanted {
        if ids.len() < WORKERS && !ids.iter().any(|known| known == id) {
            ids.push(id.to_owned());
        }
    }
    ids
}

fn came_to_nothing(sample: &Sample) -> bool {
    match sample.ending {
        Ending::Failed | Ending::NotFinished | Ending::Expired => true,
        Ending::Succeeded => sample.output.is_none() && sample.image_count == 0,
        _ => false,
    }
}

impl Management {
    /// The line that tells most of why workers do not come up: a known one, else the last that a container wrote.
    pub(crate) fn clue_of_start(&self) -> Option<String> {
        let known = CLUES.iter().find_map(|clue| self.logs.iter().find_map(|log| find(log, clue)));
        let last = || {
            let mut containers = self.logs.iter().filter(|log| log.source == "container");
            containers.find_map(|log| Some(said(log, &log.lines.last()?.text)))
        };
        known.or_else(last)
    }

    /// A line of the log of one of these workers that holds one of these texts.
    pub(crate) fn clue(&self, workers: &[&str], texts: &[&str]) -> Option<String> {
        let mut logs = self.logs.iter().filter(|log| workers.contains(&log.worker.as_str()));
        logs.find_map(|log| texts.iter().find_map(|text| find(log, text)))
    }

    /// The last line that RunPod wrote of the pull of an image.
    pub(crate) fn pulling(&self) -> Option<String> {
        self.logs.iter().filter(|log| log.source == "system").find_map(|log| {
            let line = log.lines.iter().rev().find(|line| line.text.to_ascii_lowercase().contains("pull"))?;
            Some(said(log, &line.text))
        })
    }

    /// How often the container of a worker was started, if it never wrote a word: it crashes at once.
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
    log.lines.iter().rev().find(|line| line.text.contains(text)).map(|line| said(log, &line.text))
}

fn said(log: &WorkerLog, line: &str) -> String {
    format!("the log of worker {} says `{}`", quote(&log.worker), one_line(line, QUOTED))
}
