//! The logs of workers: which are worth a request, and what they show of all workers.

use crate::evidence::{CRASHED, Line, NOT_STARTED, UNPULLABLE, Weight, WorkerLog};
use crate::help;
use crate::management::Management;
use crate::sample::{gave_no_result, never_started};
use comfycheck_sdk::endpoint::Worker;
use comfycheck_sdk::samples::Sample;

/// The most workers whose logs are read: the management API allows few requests.
pub(crate) const WORKERS: usize = 16;
/// So many starts of a container without a log line are a crash loop.
const STARTS: usize = 3;
/// So many starts that failed are one, too.
const FAILED_ENDS: usize = 2;

/// The states of workers whose logs explain why jobs wait, the most telling first. A crash loop can show any of them.
const WAITING: [&str; 5] = ["UNHEALTHY", "INITIALIZING", "RUNNING", "IDLE", "THROTTLED"];

/// The workers that are not up.
pub(crate) fn not_up(workers: &[Worker]) -> impl Iterator<Item = &str> {
    let not_up = workers.iter().filter(|worker| !matches!(worker.status.as_str(), "RUNNING" | "IDLE"));
    not_up.map(|worker| worker.id.as_str())
}

/// The workers whose logs are worth reading: those that do not start, all if jobs wait, and those whose jobs gave no result
/// or were run again. `attempted` are workers of jobs that were run again.
pub(crate) fn relevant_workers(samples: &[Sample], attempted: &[String], workers: &[Worker]) -> Vec<String> {
    let mut relevant: Vec<&str> = attempted.iter().map(String::as_str).collect();
    let with = |status: &'static str| workers.iter().filter(move |worker| worker.status == status);
    let failed = samples.iter().filter(|sample| gave_no_result(sample) || sample.retries > 0);
    relevant.extend(failed.filter_map(|sample| sample.worker.as_deref()));
    let states = match samples.iter().any(never_started) {
        true => &WAITING[..],
        false if samples.is_empty() => &WAITING[..2],
        false => &[],
    };
    relevant.extend(states.iter().flat_map(|status| with(status)).map(|worker| worker.id.as_str()));
    let mut ids: Vec<String> = Vec::new();
    for id in relevant {
        if ids.len() < WORKERS && !ids.iter().any(|known| known == id) {
            ids.push(id.to_owned());
        }
    }
    ids
}

/// A line of a log that explains something.
#[derive(Debug)]
pub(crate) struct Clue {
    /// Where the line is from, and the line.
    pub(crate) quoted: String,
    /// The help of its family.
    pub(crate) help: Option<&'static str>,
    /// The rule of its family.
    pub(crate) rule: Option<&'static str>,
    pub(crate) worker: String,
}

impl Clue {
    fn of(log: &WorkerLog, line: &Line) -> Self {
        let exception = (line.weight == Weight::Exception).then_some(help::EXCEPTION);
        let help = line.family.map(|family| family.help).or(exception);
        let rule = line.family.map(|family| family.rule);
        Self { quoted: log.quote(&line.text), help, rule, worker: log.worker.clone() }
    }
}

/// Why the container of a worker cannot start.
#[derive(Debug)]
pub(crate) struct StartFailure<'a> {
    pub(crate) rule: &'static str,
    pub(crate) worker: &'a str,
    /// What happened, and the line that proves it.
    pub(crate) message: String,
    pub(crate) help: &'static str,
    /// Whether no other host and no later time can help.
    pub(crate) is_final: bool,
}

/// The families of start failures that depend on the image and the endpoint alone.
const FINAL: [&str; 7] = [
    "pull-access",
    "pull-tag",
    "pull-platform",
    "pull-space",
    "start-architecture",
    "start-permission",
    "start-command",
];

impl Management {
    /// The line that best explains why workers do not start or take no job, else the last line of a container.
    pub(crate) fn startup_clue(&self) -> Option<Clue> {
        self.root().or_else(|| self.last_line())
    }

    /// The line that best explains why workers crash while they start. Workers that are not needed end without an error, too.
    pub(crate) fn crash_clue(&self) -> Option<Clue> {
        self.root().or_else(|| self.lines_of("exited-early", "system").next()).or_else(|| self.last_line())
    }

    /// The last words of a container, where a clue is only the code of its end.
    pub(crate) fn last_words(&self, clue: Option<&Clue>) -> Option<String> {
        let is_exit = clue.is_some_and(|clue| clue.rule == Some(CRASHED));
        self.last_line().filter(|_| is_exit).map(|last| last.quoted)
    }

    fn root(&self) -> Option<Clue> {
        let roots = self.logs.iter().filter_map(|log| Some((log, log.root()?)));
        roots.max_by_key(|(_, line)| line.explains()).map(|(log, line)| Clue::of(log, line))
    }

    /// The last line of a container. If it is a known cause, with its help.
    pub(crate) fn last_line(&self) -> Option<Clue> {
        let mut containers = self.logs.iter().filter(|log| log.source == "container");
        containers.find_map(|log| {
            let last = log.last.as_deref()?;
            let cause = |line: &&Line| line.text == last && line.weight > Weight::Consequence;
            let family = log.lines.last().filter(cause).and_then(|line| line.family);
            let (help, rule) = (family.map(|family| family.help), family.map(|family| family.rule));
            Some(Clue { quoted: log.quote(last), help, rule, worker: log.worker.clone() })
        })
    }

    /// A line of a family from the log of one of these workers.
    pub(crate) fn clue(&self, workers: &[&str], family: &str) -> Option<String> {
        let mut logs = self.logs.iter().filter(|log| workers.contains(&log.worker.as_str()));
        logs.find_map(|log| Some(log.quote(&log.line_of(family)?.text)))
    }

    /// What a slow start does: it pulls the image, downloads files, or whatever the container wrote last.
    pub(crate) fn start_in_progress(&self) -> Option<Clue> {
        // How long a pull takes is a matter of the image's size, which the caller's help is about.
        let pulls = || ["pull-progress", "pull-pending"].into_iter().flat_map(|family| self.lines_of(family, "system"));
        let pull = || pulls().next().map(|clue| Clue { help: None, ..clue });
        let mut work = ["installation", "download"].into_iter().flat_map(|family| self.lines_of(family, "container"));
        let download = work.next();
        download.or_else(|| self.last_line()).or_else(pull)
    }

    fn lines_of<'a>(&'a self, family: &'a str, source: &'static str) -> impl Iterator<Item = Clue> + 'a {
        let logs = self.logs.iter().filter(move |log| log.source == source);
        logs.filter_map(move |log| Some(Clue::of(log, log.line_of(family)?)))
    }

    /// Why a container cannot start, by RunPod's log of a worker that is not up.
    pub(crate) fn start_failure(&self) -> Option<StartFailure<'_>> {
        let is_up = |log: &WorkerLog| {
            self.worker(&log.worker).is_some_and(|worker| matches!(worker.status.as_str(), "RUNNING" | "IDLE"))
        };
        let logs = self.logs.iter().filter(|log| log.source == "system" && !is_up(log));
        let is_failure = |line: &&Line| line.weight >= Weight::General && !line.is_end();
        logs.filter_map(|log| Some((log, log.root().filter(is_failure)?))).find_map(|(log, line)| {
            let family = line.family?;
            let (rule, what) = match family.rule {
                UNPULLABLE => (UNPULLABLE, "the image cannot be pulled"),
                _ => (NOT_STARTED, "the container cannot start"),
            };
            let image = self.configuration.as_ref().ok().and_then(|configuration| configuration.image.as_deref());
            let image = image.filter(|_| rule == UNPULLABLE).map(|image| format!(" (`{image}`)"));
            let message = format!("{what}{}: {}; {}", image.unwrap_or_default(), family.meaning, log.quote(&line.text));
            let is_final = FINAL.contains(&family.name);
            Some(StartFailure { rule, worker: &log.worker, message, help: family.help, is_final })
        })
    }

    /// The workers that are known to crash, by their status or by their logs.
    pub(crate) fn crashing_workers(&self) -> Vec<&str> {
        let unhealthy = self.workers().iter().filter(|worker| worker.status == "UNHEALTHY");
        let mut ids: Vec<&str> = unhealthy.clone().map(|worker| worker.id.as_str()).collect();
        let restarting = self.restarts().map(|restarts| restarts.worker);
        ids.extend(restarting.filter(|worker| unhealthy.clone().all(|known| known.id != *worker)));
        ids
    }

    /// The worker whose container started again and again, without a log line or with an error at its end.
    pub(crate) fn restarts(&self) -> Option<Restarts<'_>> {
        let mut logs = self.logs.iter().filter(|log| log.source == "system" && log.starts.count >= STARTS);
        logs.find_map(|log| {
            let of_container = |other: &&WorkerLog| other.source == "container" && other.worker == log.worker;
            let is_silent = self.logs.iter().filter(of_container).any(|other| other.last.is_none());
            let restarts = Restarts { worker: &log.worker, starts: log.starts.count, is_silent };
            (is_silent || log.starts.failed >= FAILED_ENDS).then_some(restarts)
        })
    }
}

/// A container that starts again and again: it crashes.
#[derive(Debug)]
pub(crate) struct Restarts<'a> {
    pub(crate) worker: &'a str,
    pub(crate) starts: usize,
    /// Whether it never wrote a line.
    pub(crate) is_silent: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_final_failure_is_one_of_the_families() {
        for name in FINAL {
            assert!(crate::evidence::families().any(|family| family.name == name), "{name}");
        }
    }
}
