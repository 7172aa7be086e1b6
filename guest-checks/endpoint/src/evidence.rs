//! What speaks for the cause of a sample's fate besides the sample itself: the endpoint's configuration, the log of its
//! worker, the other samples.

use crate::management::Management;
use crate::wording::seconds;
use comfycheck_sdk::one_line;
use comfycheck_sdk::samples::Sample;
use std::collections::BTreeMap;

/// What is known of the samples besides themselves.
pub(crate) struct Context<'a> {
    /// Every sample of the run.
    pub(crate) samples: &'a [Sample],
    /// What the management API says.
    pub(crate) management: &'a Management,
    /// The largest result of a sample, in bytes as RunPod hands it over; none if no sample gave an image.
    pub(crate) largest_result: Option<u64>,
    /// Whether a worker outside RunPod ran them.
    pub(crate) local_worker: bool,
}

/// What besides the samples themselves tells of their fate: the endpoint's configuration, the log of their worker, the
/// other samples.
pub(crate) fn more(rule: &str, samples: &[&Sample], context: &Context<'_>) -> Option<String> {
    let workers: Vec<&str> = samples.iter().filter_map(|sample| sample.worker.as_deref()).collect();
    let clue = |texts: &[&str]| context.management.clue(&workers, texts);
    match rule {
        "lost-result" => clue(&["Failed to return job results"]).or_else(|| {
            let largest = context.largest_result?;
            Some(format!("the largest result of another sample has {} MB", in_megabytes(largest)))
        }),
        "unreported-job" => {
            clue(&["Job has missing field(s)", "Out of memory", "Killed", "ComfyUI process has exited"])
        }
        "stuck-in-progress" => clue(&["Websocket receive timed out", "Still waiting"]),
        "execution-timeout" => {
            let clue = clue(&["Websocket receive timed out", "Still waiting"]);
            let limit = context.management.configuration.as_ref().ok().and_then(|told| told.execution_timeout);
            let ran = samples.iter().filter_map(|sample| sample.execution).max();
            let ran = ran.map(|ran| format!("ran for {}", seconds(ran)));
            let limit = limit.map(|limit| format!("the endpoint allows {}", seconds(limit)));
            join([ran, limit, clue])
        }
        "failed-job" => clue(&["ComfyUI process has exited", "ModuleNotFoundError", "IMPORT FAILED"]),
        "out-of-memory" => by_gpu(samples, context),
        _ => None,
    }
}

fn join(parts: [Option<String>; 3]) -> Option<String> {
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// How many samples failed so on each type of GPU, where there were several: mixed pools make a failure come and go.
fn by_gpu(failed: &[&Sample], context: &Context<'_>) -> Option<String> {
    let mut gpus: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for sample in context.samples {
        let Some(gpu) = gpu_of(sample, context.management) else { continue };
        let (of_these, all) = gpus.entry(gpu).or_default();
        *all += 1;
        *of_these += usize::from(failed.iter().any(|failed| failed.index == sample.index));
    }
    let told = gpus.iter().map(|(gpu, (failed, all))| format!("{failed} of {all} on {}", one_line(gpu, 60)));
    (gpus.len() > 1).then(|| format!("so failed {}", told.collect::<Vec<_>>().join(", ")))
}

/// The GPU type of a sample's worker, where it or the list of workers names it.
pub(crate) fn gpu_of<'a>(sample: &'a Sample, management: &'a Management) -> Option<&'a str> {
    let listed = || management.worker(sample.worker.as_deref()?)?.gpu.as_deref();
    sample.gpu.as_deref().or_else(listed)
}

fn in_megabytes(bytes: u64) -> String {
    format!("{}.{}", bytes / 1_000_000, bytes % 1_000_000 / 100_000)
}
