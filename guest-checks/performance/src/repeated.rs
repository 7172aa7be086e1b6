//! Jobs that ComfyUI answered, or may have answered, from its cache.

use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::wording::count;
use comfycheck_statistics::repeats::{self, Evidence, Job};
use std::collections::BTreeSet;

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
        let ran = || samples.iter().filter(|sample| sample.worker.is_some());
        let jobs = repeats::repeated(ran().map(|sample| job(sample, Evidence::Workflow(&sample.workflow))));
        let with_files = ran().filter(|sample| sample.image_count > 0);
        // An output has the name of each file, and its size instead of the data.
        let outputs = with_files.filter_map(|sample| {
            let output = sample.output.as_deref()?;
            Some(job(sample, Evidence::Files(vec![(output, "")])))
        });
        let mut files = repeats::repeated(outputs);
        files.retain(|sample| !jobs.contains(sample));
        Self { jobs, files }
    }
}

fn job<'a>(sample: &'a Sample, evidence: Evidence<'a>) -> Job<'a> {
    Job {
        sample: sample.index,
        worker: sample.worker.as_deref(),
        at: sample.first_running,
        succeeded: sample.ending == Ending::Succeeded,
        evidence,
    }
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
