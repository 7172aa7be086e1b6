//! Whether waiting for the samples can still help.

use crate::help;
use crate::logs::StartFailure;
use crate::management::Management;
use comfycheck_sdk::wording::count;
use comfycheck_sdk::{Finding, Subject, WaitingSample};

/// A finding if no worker can start, whatever host RunPod chooses: the image or the endpoint is wrong.
pub fn judge(management: &Management, waiting: &[WaitingSample]) -> Option<Finding> {
    let samples = waiting.iter().map(|sample| Subject::Sample(sample.index));
    let jobs = count(waiting.len(), "job");
    if management.paused() {
        let message = format!("max workers is 0, so no job can start: {jobs} in the queue");
        return Some(Finding::new("workers-disabled", message).about_all(samples).help(help::paused(false)));
    }
    // Another worker may have an image that works.
    let is_up = |status: &str| matches!(status, "RUNNING" | "IDLE");
    if management.workers().iter().any(|worker| is_up(&worker.status)) {
        return None;
    }
    let StartFailure { rule, worker, message, help, .. } =
        management.start_failure().filter(|failure| failure.is_final)?;
    let message = format!("{message}; {jobs} in the queue");
    let worker = Subject::Worker(worker.to_owned());
    Some(Finding::new(rule, message).about(worker).about_all(samples).help(help))
}
