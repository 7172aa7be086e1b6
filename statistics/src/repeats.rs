//! Jobs that `ComfyUI` answered from its cache, or may have: they measure nothing.

use serde_json::Value;
use std::collections::BTreeSet;

/// A job that a worker ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job<'a> {
    /// The index of its sample.
    pub sample: u32,
    pub worker: Option<&'a str>,
    /// When the worker had it, in milliseconds: its order among the jobs.
    pub at: Option<u64>,
    pub succeeded: bool,
    pub evidence: Evidence<'a>,
}

/// By what a job is recognized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evidence<'a> {
    /// The names and digests of the files that it returned. `ComfyUI` gives each file that it makes a new name, so equal
    /// files were not made again.
    Files(Vec<(&'a str, &'a str)>),
    /// The output, without the data of its files.
    Output(&'a str),
    /// The workflow that was sent, as JSON. `ComfyUI` keeps the results of nodes, and can answer an equal job from them.
    Workflow(&'a str),
}

/// The inputs that only name files. Nothing is generated again when one of them changes.
const NAMES: [&str; 1] = ["filename_prefix"];

/// The jobs that repeat an earlier one of the same worker, and succeeded.
pub fn repeated<'a>(jobs: impl IntoIterator<Item = Job<'a>>) -> BTreeSet<u32> {
    let mut jobs: Vec<Job<'a>> = jobs.into_iter().collect();
    jobs.sort_by_key(|job| (job.at, job.sample));
    let mut known: BTreeSet<(Option<&'a str>, String)> = BTreeSet::new();
    let mut repeats = BTreeSet::new();
    for Job { sample, worker, succeeded, evidence, .. } in jobs {
        let key = match evidence {
            Evidence::Files(mut files) => {
                files.sort_unstable();
                format!("{files:?}")
            }
            Evidence::Output(output) => output.to_owned(),
            Evidence::Workflow(workflow) => generation(workflow),
        };
        if !known.insert((worker, key)) && succeeded {
            repeats.insert(sample);
        }
    }
    repeats
}

/// A workflow without what changes no image.
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

    fn job<'a>(sample: u32, worker: &'a str, evidence: Evidence<'a>) -> Job<'a> {
        Job { sample, worker: Some(worker), at: Some(sample.into()), succeeded: true, evidence }
    }

    #[test]
    fn a_job_is_repeated_on_the_worker_that_ran_it() {
        let workflow = |seed: u32, prefix: &str| {
            serde_json::json!({
                "1": {"class_type": "KSampler", "inputs": {"seed": seed}, "_meta": {"title": prefix}},
                "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": prefix}},
            })
            .to_string()
        };
        let texts = [workflow(1, "x"), workflow(1, "y"), workflow(2, "x")];
        let sent = |at: usize| Evidence::Workflow(&texts[at]);
        let all = [
            job(0, "a", sent(0)),
            job(1, "a", sent(0)),
            job(2, "a", sent(1)),
            job(3, "a", sent(2)),
            job(4, "b", sent(0)),
            Job { succeeded: false, ..job(5, "b", sent(0)) },
        ];
        assert_eq!(repeated(all).into_iter().collect::<Vec<_>>(), [1, 2]);
    }

    #[test]
    fn a_job_is_from_the_cache_if_the_worker_returned_the_same_files_before() {
        let returned = |files: &[(&'static str, &'static str)]| Evidence::Files(files.to_vec());
        let one = [("out_1.png", "aa")];
        let jobs = [
            job(0, "a", returned(&one)),
            job(1, "a", returned(&one)),
            // Another worker numbers its files itself.
            job(2, "b", returned(&one)),
            // The same picture under a new name was generated again.
            job(3, "a", returned(&[("out_2.png", "aa")])),
            // A new picture under an old name: the worker was restarted.
            job(4, "a", returned(&[("out_1.png", "bb")])),
            job(5, "b", returned(&[("out_1.png", "aa"), ("out_2.png", "cc")])),
            job(6, "b", returned(&[("out_2.png", "cc"), ("out_1.png", "aa")])),
        ];
        assert_eq!(repeated(jobs).into_iter().collect::<Vec<_>>(), [1, 6]);
    }
}
