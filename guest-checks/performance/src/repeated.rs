//! Jobs that ComfyUI answered, or may have answered, from its cache.

use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::wording::count;
use serde_json::Value;
use std::collections::BTreeSet;

/// The inputs that only name files. ComfyUI generates nothing again when one of them changes.
const NAMES: [&str; 1] = ["filename_prefix"];

/// What to do about repeated jobs.
pub(crate) const VARY: &str = "vary a seed or a prompt that reaches the images, so that ComfyUI generates each of them";

/// Why repeated jobs measure nothing.
#[must_use]
pub(crate) fn repeated_jobs(samples: &[Sample]) -> String {
    let repeats = Repeats::of(samples);
    match repeats.jobs.len() {
        0 => format!(
            "{} returned a file that a job before {} had made: ComfyUI answered from its cache",
            count(repeats.files.len(), "sample"),
            if repeats.files.len() == 1 { "it" } else { "them" }
        ),
        1 => "1 sample was the same job again on one worker, and ComfyUI can answer it from its cache".to_owned(),
        jobs => {
            format!("{jobs} samples were the same job again on one worker, and ComfyUI can answer them from its cache")
        }
    }
}

/// `3 possibly cached results`.
pub(crate) fn counted(repeats: usize) -> String {
    count(repeats, "possibly cached result")
}

/// The samples that generated nothing, or may have generated nothing.
#[must_use]
pub(crate) fn repeated(samples: &[Sample]) -> BTreeSet<u32> {
    let Repeats { jobs, files } = Repeats::of(samples);
    jobs.into_iter().chain(files).collect()
}

struct Repeats {
    /// The worker had already run the same job. ComfyUI keeps the results of nodes and answers an equal job without
    /// generating.
    jobs: BTreeSet<u32>,
    /// The worker had already returned the same file, for another job. ComfyUI counts up the names of the files that it saves.
    files: BTreeSet<u32>,
}

impl Repeats {
    fn of(samples: &[Sample]) -> Self {
        let mut ran: Vec<&Sample> = samples.iter().filter(|sample| sample.worker.is_some()).collect();
        ran.sort_by_key(|sample| (sample.first_running, sample.index));
        let mut repeats = Self { jobs: BTreeSet::new(), files: BTreeSet::new() };
        let (mut jobs, mut outputs) = (BTreeSet::new(), BTreeSet::new());
        for sample in ran {
            let is_new_job = jobs.insert((sample.worker.as_deref(), generation(&sample.workflow)));
            // An output has the name of each file, and its size instead of the data.
            let output = sample.output.as_deref().filter(|_| sample.image_count > 0);
            let is_new_output = output.is_none_or(|output| outputs.insert((sample.worker.as_deref(), output)));
            match (sample.ending, is_new_job, is_new_output) {
                (Ending::Succeeded, false, _) => repeats.jobs.insert(sample.index),
                (Ending::Succeeded, true, false) => repeats.files.insert(sample.index),
                _ => false,
            };
        }
        repeats
    }
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

    #[test]
    fn a_file_is_repeated_on_the_worker_that_made_it() {
        let with = |sample: Sample, file: &str, image_count| Sample {
            output: Some(format!(r#"{{"images": [{{"filename": "{file}"}}]}}"#)),
            image_count,
            ..sample
        };
        let all = [
            with(sample(0, "a", 1, "x"), "one.png", 1),
            with(sample(1, "a", 2, "x"), "one.png", 1),
            with(sample(2, "a", 3, "x"), "two.png", 1),
            with(sample(3, "b", 4, "x"), "one.png", 1),
            with(sample(4, "a", 5, "x"), "", 0),
            with(sample(5, "a", 6, "x"), "", 0),
        ];
        assert_eq!(repeated(&all).into_iter().collect::<Vec<_>>(), [1]);
    }
}
