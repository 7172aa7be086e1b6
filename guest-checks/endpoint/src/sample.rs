//! What a sample shows of its job: its ending, its error and its output.

use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::worker_error::BrokenModel;
use comfycheck_sdk::{Failure, NodeFailure, WorkerError};
use serde_json::Value;

/// Whether the job waited in the queue until the end. One that RunPod removed from the queue did.
pub(crate) fn never_started(sample: &Sample) -> bool {
    match sample.ending {
        Ending::NeverStarted => true,
        // Without any status, it is unknown whether the job waited.
        Ending::Expired => {
            let untouched = sample.worker.is_none() && sample.first_running.is_none() && sample.execution.is_none();
            untouched && sample.status.is_some()
        }
        _ => false,
    }
}

/// Whether RunPod ended the job while it ran.
pub(crate) fn timed_out(sample: &Sample) -> bool {
    let ran = sample.worker.is_some() || sample.first_running.is_some() || sample.execution.is_some();
    sample.status.as_deref() == Some("TIMED_OUT") && ran
}

/// Whether a worker took the job and gave no result.
pub(crate) fn gave_no_result(sample: &Sample) -> bool {
    match sample.ending {
        Ending::Failed | Ending::NotFinished | Ending::Expired => true,
        Ending::Succeeded => lost_result(sample) || sample.failure().is_some(),
        _ => false,
    }
}

/// Whether a completed job has no output.
pub(crate) fn lost_result(sample: &Sample) -> bool {
    sample.output.is_none() && sample.file_count() == 0 && sample.lost_images.is_empty()
}

/// Whether the output has the format of worker-comfyui before 4.1.
pub(crate) fn has_old_format(sample: &Sample) -> bool {
    output(sample).is_some_and(|output| {
        let text = |name: &str| output.get(name).and_then(Value::as_str);
        matches!(text("status"), Some("success" | "error"))
            && output.get("message").is_some()
            && output.get("images").is_none()
    })
}

/// Whether the output is the input: RunPod's echo template returns it.
pub(crate) fn is_echo(sample: &Sample) -> bool {
    let Some(output) = output(sample) else { return false };
    let echoed = |value: &Value| value.get("workflow").is_some_and(Value::is_object);
    sample.file_count() == 0
        && (echoed(&output) || ["echo", "input"].iter().any(|key| output.get(key).is_some_and(echoed)))
}

/// Whether another check reports why the job failed: `nodes` a missing class, `models` a missing or broken file,
/// `workflow` any other input that ComfyUI refused.
pub(crate) fn is_reported_elsewhere(failure: &Failure) -> bool {
    match WorkerError::parse(&failure.text) {
        WorkerError::MissingNode { .. } | WorkerError::NodeWithoutClass { .. } | WorkerError::InvalidInputs(_) => true,
        _ => NodeFailure::parse(&failure.text).is_some_and(|node| BrokenModel::of(&node).is_some()),
    }
}

fn output(sample: &Sample) -> Option<Value> {
    serde_json::from_str(sample.output.as_deref()?).ok()
}
