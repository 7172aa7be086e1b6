//! Jobs that ComfyUI may have answered from its cache.

use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::wording::count;
use serde_json::Value;
use std::collections::BTreeSet;

/// The inputs that only name files. ComfyUI generates nothing again when one of them changes.
const NAMES: [&str; 1] = ["filename_prefix"];

/// What to do about repeated jobs.
pub(crate) const VARY: &str = "vary a seed or a prompt of the workflow, so that no two jobs are the same";

/// Why repeated jobs measure nothing.
#[must_use]
pub(crate) fn repeated_jobs(jobs: usize) -> String {
    let (were, them) = if jobs == 1 { ("was", "it") } else { ("were", "them") };
    format!(
        "{} {were} the same job again on one worker, and ComfyUI can answer {them} from its cache",
        count(jobs, "sample")
    )
}

/// The samples whose worker had already run the same job. ComfyUI keeps the results of nodes and
/// answers an equal job without generating.
#[must_use]
pub(crate) fn repeated(samples: &[Sample]) -> BTreeSet<u32> {
    let mut ran: Vec<&Sample> = samples.iter().filter(|sample| sample.worker.is_some()).collect();
    ran.sort_by_key(|sample| (sample.first_running, sample.index));
    let mut known = BTreeSet::new();
    let is_repeated = |sample: &&Sample| {
        let is_new = known.insert((sample.worker.clone(), generation(&sample.workflow)));
        !is_new && sample.ending == Ending::Succeeded
    };
    ran.into_iter().filter(is_repeated).map(|sample| sample.index).collect()
}

/// A workflow without what does not change the images.
fn generation(workflow: &str) -> String {
    let Ok(mut json) = serde_json::from_str::<Value>(workflow) else { return workflow.to_owned() };
    for node in json.as_object_mut().into_iter().flat_map(|nodes| nodes.values_mut()) {
        let Some(node) = node.as_object_mut() else { continue };
        node.remove("_meta");
        if let Some(inputs) = node.get_mut("inputs").and_then(Value::as_object_mut) {
            inputs.retain(|name, _| !NAMES.contains(&name.as_str()));
        }
    }
    json.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A worker, the seed, and the prefix of the file names.
    fn sample(index: u32, worker: &str, seed: u32, prefix: &str) -> Sample {
        let nodes = serde_json::json!({
            "1": {"class_type": "KSampler", "inputs": {"seed": seed}, "_meta": {"title": prefix}},
            "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": prefix}},
        });
        Sample {
            worker: Some(worker.to_owned()),
            workflow: nodes.to_string(),
            first_running: Some(u64::from(index)),
            ..Sample::new(index, Ending::Succeeded)
        }
    }

    #[test]
    fn a_job_is_repeated_on_the_worker_that_ran_it() {
        let all = [
            sample(0, "a", 1, "x"),
            sample(1, "a", 1, "x"),
            sample(2, "a", 1, "y"),
            sample(3, "a", 2, "x"),
            sample(4, "b", 1, "x"),
            Sample { ending: Ending::Failed, ..sample(5, "b", 1, "x") },
        ];
        assert_eq!(repeated(&all).into_iter().collect::<Vec<_>>(), [1, 2]);
    }
}
