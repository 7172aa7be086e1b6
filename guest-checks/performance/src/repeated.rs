//! Jobs that ComfyUI may have answered from its cache.

use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::wording::count;
use comfycheck_statistics::repeats::{self, Evidence, Job};
use std::collections::BTreeSet;

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

/// The samples whose worker had already run the same job.
#[must_use]
pub(crate) fn repeated(samples: &[Sample]) -> BTreeSet<u32> {
    let ran = samples.iter().filter(|sample| sample.worker.is_some());
    repeats::repeated(ran.map(|sample| Job {
        sample: sample.index,
        worker: sample.worker.as_deref(),
        at: sample.first_running,
        succeeded: sample.ending == Ending::Succeeded,
        evidence: Evidence::Workflow(&sample.workflow),
    }))
}
