//! Everything that can explain a failure of a run: its samples, logs of workers, the configuration.

use crate::configured;
use crate::evidence::{CRASHED, Family, Line, Weight, WorkerLog, families, named};
use crate::management::Management;
use crate::message::{as_seconds, clauses};
use comfycheck_sdk::one_line;
use comfycheck_sdk::samples::{Attempt, Sample};
use comfycheck_sdk::wording::{bytes, seconds};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) struct Evidence<'a> {
    /// Every sample of the run.
    pub(crate) samples: &'a [Sample],
    /// The workers that polls saw each sample on.
    pub(crate) attempts: &'a BTreeMap<u32, Vec<Attempt>>,
    pub(crate) management: &'a Management,
    /// The largest result of a sample in bytes, as RunPod transfers it; none if no sample returned an image.
    pub(crate) largest_result: Option<u64>,
    /// Whether a worker outside RunPod ran the samples.
    pub(crate) local_worker: bool,
}

impl Evidence<'_> {
    /// The line of a worker's logs that best explains why its job failed with an error of this family.
    pub(crate) fn root(&self, sample: &Sample, error: Option<&Family>) -> Option<(&WorkerLog, &Line)> {
        let is_end = error.is_some_and(|error| ["comfyui-down", "unreported-job"].contains(&error.rule));
        let worker = sample.worker.as_deref()?;
        let logs = || self.management.logs.iter().filter(|log| log.worker == worker && log.source == "container");
        let best: fn(&WorkerLog) -> Option<&Line> = if is_end { WorkerLog::root_of_end } else { WorkerLog::root };
        // What other jobs of the worker met explains this one only if nothing of its own time does.
        let of_job = || {
            let job = sample.job.as_deref()?;
            logs().find_map(|log| Some((log, log.root_of_job(job, is_end)?)))
        };
        let of_log = || logs().filter_map(|log| Some((log, best(log)?))).max_by_key(|(_, line)| line.weight);
        let root = of_job().or_else(of_log);
        // RunPod's log shows why a worker died that wrote nothing.
        let died = || {
            let logs = self.management.logs.iter().filter(|log| log.worker == worker && log.source == "system");
            let mut deaths = logs.filter_map(|log| Some((log, log.death()?)));
            // A worker that took a job had a start command, and its code does not say why that ended.
            deaths.rfind(|(_, line)| line.family.is_none_or(|family| family.rule != CRASHED))
        };
        // Without a cause, the log can show at least that ComfyUI was only late, or what the start did instead.
        let is_late = error.is_some_and(|error| error.name == "comfyui-late");
        let work = || logs().filter(|_| is_late).find_map(|log| Some((log, log.work_of_start()?)));
        root.or_else(died).or_else(work).or_else(|| logs().find_map(|log| Some((log, log.line_of("comfyui-late")?))))
    }

    /// The line of a worker's log that shows why a program failed that its job used.
    pub(crate) fn reason(&self, sample: &Sample) -> Option<(&WorkerLog, &Line)> {
        let worker = sample.worker.as_deref()?;
        let mut logs = self.management.logs.iter().filter(|log| log.worker == worker && log.source == "container");
        logs.find_map(|log| Some((log, log.reason()?)))
    }

    /// The line of a worker's log that shows why ComfyUI refused a workflow.
    pub(crate) fn refusal(&self, sample: &Sample) -> Option<(&WorkerLog, &Line)> {
        let worker = sample.worker.as_deref()?;
        let mut logs = self.management.logs.iter().filter(|log| log.worker == worker && log.source == "container");
        logs.find_map(|log| Some((log, log.refusal()?)))
    }

    /// Whether the log of a sample's worker shows that ComfyUI started, and nothing that could have stopped it.
    pub(crate) fn comfyui_started(&self, sample: &Sample, error: &Family) -> bool {
        let Some(worker) = sample.worker.as_deref() else { return false };
        let has = |log: &WorkerLog, family| log.line_of(family).is_some();
        let started =
            |log: &WorkerLog| log.worker == worker && has(log, "comfyui-started") && !has(log, "comfyui-died");
        self.management.logs.iter().any(started) && self.root(sample, Some(error)).is_none()
    }

    /// What explains that a worker never finished a job: a cause in its logs.
    pub(crate) fn end(&self, sample: &Sample) -> Option<(&WorkerLog, &Line)> {
        let is_older = |log: &WorkerLog, line| sample.job.as_deref().is_some_and(|job| log.is_before(line, job));
        let cause = self.root(sample, named("unreported-job")).filter(|(_, line)| line.weight == Weight::Cause);
        cause.filter(|(log, line)| !is_older(log, line))
    }

    /// Whether the log of a job's worker shows that a model did not fit the GPU's memory.
    pub(crate) fn is_partly_loaded(&self, sample: &Sample) -> bool {
        let worker = sample.worker.as_deref();
        worker.is_some_and(|worker| self.management.clue(&[worker], "partly-loaded").is_some())
    }

    /// What supports a finding of this rule about these samples.
    pub(crate) fn of(&self, rule: &str, samples: &[&Sample]) -> Option<String> {
        let workers: Vec<&str> = samples.iter().filter_map(|sample| sample.worker.as_deref()).collect();
        let clue = |family: &str| self.management.clue(&workers, family);
        match rule {
            "lost-result" => clue("unsent-result").or_else(|| {
                let largest = bytes(self.largest_result?);
                Some(format!("largest result of another job: {largest}"))
            }),
            "unreported-job" => clue("incomplete-job")
                .or_else(|| families().filter(|family| family.rule == CRASHED).find_map(|family| clue(family.name))),
            "stuck-in-progress" => clue("waiting"),
            "execution-timeout" => {
                let parts_of_model = || clue("partly-loaded");
                let limit = self.management.configuration.as_ref().ok();
                let limit = limit.and_then(|configuration| configuration.execution_timeout);
                let limit = limit.map(|limit| format!("timeout: {}", seconds(as_seconds(limit))));
                let ran = samples.iter().filter_map(|sample| sample.execution).max();
                let ran = ran.map(|ran| format!("ran {}", seconds(as_seconds(ran))));
                let parts = clauses([ran, limit, clue("waiting").or_else(parts_of_model)]);
                Some(parts).filter(|parts| !parts.is_empty())
            }
            "expired-job" => expired(samples),
            "out-of-memory" => self.by_gpu(samples),
            _ => None,
        }
    }

    /// Whether the endpoint's image is a worker-comfyui that waits while ComfyUI starts.
    pub(crate) fn waits_for_comfyui(&self) -> bool {
        let configuration = self.management.configuration.as_ref().ok();
        configuration.and_then(|known| known.image.as_deref()).is_some_and(configured::waits_for_comfyui)
    }

    /// Whether the endpoint's image itself has CUDA for every GPU.
    pub(crate) fn image_fits_every_gpu(&self) -> bool {
        let configuration = self.management.configuration.as_ref().ok();
        configuration.and_then(|known| known.image.as_deref()).is_some_and(configured::fits_every_gpu)
    }

    /// The GPU type of a sample's worker, from the job or from the list of workers.
    pub(crate) fn gpu<'s>(&'s self, sample: &'s Sample) -> Option<&'s str> {
        let listed = || self.management.worker(sample.worker.as_deref()?)?.gpu.as_deref();
        sample.gpu.as_deref().or_else(|| self.last_attempt(sample)?.gpu.as_deref()).or_else(listed)
    }

    /// The machine of a sample's worker, where RunPod reports it.
    pub(crate) fn machine<'s>(&'s self, sample: &'s Sample) -> Option<&'s str> {
        self.last_attempt(sample)?.machine.as_deref()
    }

    /// The workers that a sample ran on, in order of time, each once.
    pub(crate) fn workers_of(&self, sample: &Sample) -> Vec<&str> {
        let mut workers: Vec<&str> = Vec::new();
        for attempt in self.attempts.get(&sample.index).into_iter().flatten() {
            if !workers.contains(&attempt.worker.as_str()) {
                workers.push(&attempt.worker);
            }
        }
        workers
    }

    fn last_attempt(&self, sample: &Sample) -> Option<&Attempt> {
        self.attempts.get(&sample.index)?.last()
    }

    /// The data center of a sample's worker.
    pub(crate) fn data_center<'s>(&'s self, sample: &'s Sample) -> Option<&'s str> {
        let listed = || self.management.worker(sample.worker.as_deref()?)?.data_center.as_deref();
        self.last_attempt(sample).and_then(|attempt| attempt.data_center.as_deref()).or_else(listed)
    }

    /// Failures by GPU type, where there are several: in mixed pools, a failure comes and goes with the type.
    fn by_gpu(&self, failed: &[&Sample]) -> Option<String> {
        let mut gpus: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for sample in self.samples {
            let Some(gpu) = self.gpu(sample) else { continue };
            let (failures, all) = gpus.entry(gpu).or_default();
            *all += 1;
            *failures += usize::from(failed.iter().any(|failed| failed.index == sample.index));
        }
        let shown = gpus.iter().map(|(gpu, (failures, all))| format!("{failures} of {all} on {}", one_line(gpu, 60)));
        (gpus.len() > 1).then(|| format!("failures by GPU: {}", shown.collect::<Vec<_>>().join(", ")))
    }
}

/// When RunPod no longer had the results of these jobs, and why it had not.
fn expired(samples: &[&Sample]) -> Option<String> {
    let reasons: BTreeSet<&str> = samples.iter().filter_map(|sample| sample.reason.as_deref()).collect();
    let reason = reasons.first().filter(|_| reasons.len() == 1).map(|reason| one_line(reason, 200));
    let age = samples.iter().filter_map(|sample| sample.finished?.checked_sub(sample.submitted?)).max();
    let up_to = if samples.len() > 1 { "up to " } else { "" };
    let age = age.map(|age| format!("gone {up_to}{} after submission", seconds(as_seconds(age))));
    let parts = clauses([reason, age]);
    Some(parts).filter(|parts| !parts.is_empty())
}
