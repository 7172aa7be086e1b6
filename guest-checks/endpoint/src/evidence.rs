//! Evidence beside the sample itself: the endpoint's configuration, the log of its worker, the other samples.

use crate::management::Management;
use crate::message::{as_seconds, clauses};
use comfycheck_sdk::one_line;
use comfycheck_sdk::samples::Sample;
use comfycheck_sdk::wording::{bytes, seconds};
use std::collections::BTreeMap;

pub(crate) struct Evidence<'a> {
    /// Every sample of the run.
    pub(crate) samples: &'a [Sample],
    pub(crate) management: &'a Management,
    /// The largest result of a sample in bytes, as RunPod transfers it; none if no sample returned an image.
    pub(crate) largest_result: Option<u64>,
    /// Whether a worker outside RunPod ran the samples.
    pub(crate) local_worker: bool,
}

impl Evidence<'_> {
    /// What supports a finding of this rule about these samples.
    pub(crate) fn of(&self, rule: &str, samples: &[&Sample]) -> Option<String> {
        let workers: Vec<&str> = samples.iter().filter_map(|sample| sample.worker.as_deref()).collect();
        let clue = |texts: &[&str]| self.management.clue(&workers, texts);
        match rule {
            "lost-result" => clue(&["Failed to return job results"]).or_else(|| {
                let largest = bytes(self.largest_result?);
                Some(format!("largest result of another job: {largest}"))
            }),
            "unreported-job" => {
                clue(&["Job has missing field(s)", "Out of memory", "Killed", "ComfyUI process has exited"])
            }
            "stuck-in-progress" => clue(&["Websocket receive timed out", "Still waiting"]),
            "execution-timeout" => {
                let limit = self.management.configuration.as_ref().ok();
                let limit = limit.and_then(|configuration| configuration.execution_timeout);
                let limit = limit.map(|limit| format!("timeout: {}", seconds(as_seconds(limit))));
                let ran = samples.iter().filter_map(|sample| sample.execution).max();
                let ran = ran.map(|ran| format!("ran {}", seconds(as_seconds(ran))));
                let parts = clauses([ran, limit, clue(&["Websocket receive timed out", "Still waiting"])]);
                Some(parts).filter(|parts| !parts.is_empty())
            }
            "failed-job" => clue(&["ComfyUI process has exited", "ModuleNotFoundError", "IMPORT FAILED"]),
            "out-of-memory" => self.by_gpu(samples),
            _ => None,
        }
    }

    /// The GPU type of a sample's worker, from the job or from the list of workers.
    pub(crate) fn gpu<'s>(&'s self, sample: &'s Sample) -> Option<&'s str> {
        let listed = || self.management.worker(sample.worker.as_deref()?)?.gpu.as_deref();
        sample.gpu.as_deref().or_else(listed)
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
