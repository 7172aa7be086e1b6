//! What a sample shows of its job: its ending, its error and its output.

use comfycheck_sdk::WorkerError;
use comfycheck_sdk::samples::{Ending, Sample};
use serde_json::Value;

/// Whether the job waited in the queue until the end. One that RunPod removed from the queue did.
pub(crate) fn never_started(sample: &Sample) -> bool {
    match sample.ending {
        Ending::NeverStarted => true,
        // Without any status, it is unknown whether the job waited.
        Ending::Expired => sample.worker.is_none() && sample.first_running.is_none() && sample.status.is_some(),
        _ => false,
    }
}

/// Whether a worker took the job and gave no result.
pub(crate) fn gave_no_result(sample: &Sample) -> bool {
    match sample.ending {
        Ending::Failed | Ending::NotFinished | Ending::Expired => true,
        Ending::Succeeded => sample.output.is_none() && sample.image_count == 0,
        _ => false,
    }
}

/// Whether a completed job has no output.
pub(crate) fn lost_result(sample: &Sample) -> bool {
    sample.output.is_none() && sample.image_count == 0 && sample.lost_images.is_empty()
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
    sample.image_count == 0
        && (echoed(&output) || ["echo", "input"].iter().any(|key| output.get(key).is_some_and(echoed)))
}

/// Whether the job failed for a missing node or model file, which the checks `nodes` and `models` report.
pub(crate) fn lacks_node_or_model(sample: &Sample) -> bool {
    match WorkerError::parse(sample.error.as_deref().unwrap_or_default()) {
        WorkerError::MissingNode { .. } | WorkerError::NodeWithoutClass { .. } => true,
        WorkerError::InvalidInputs(nodes) => {
            nodes.iter().flat_map(|node| &node.errors).any(|error| error.missing_model().is_some())
        }
        _ => false,
    }
}

/// The error of a failed job as one text: what its handler raised, or the true cause from the details.
pub(crate) fn error(sample: &Sample) -> String {
    let error = sample.error.as_deref().unwrap_or_default();
    if let Ok(raised) = serde_json::from_str::<Value>(error)
        && let Some(message) = raised.get("error_message").and_then(Value::as_str)
    {
        let kind = raised.get("error_type").and_then(Value::as_str).unwrap_or_default();
        let kind = kind.trim_start_matches("<class '").trim_end_matches("'>");
        return if kind.is_empty() { message.to_owned() } else { format!("{kind}: {message}") };
    }
    let output = output(sample);
    let details = output.as_ref().and_then(|output| output.get("details")).and_then(Value::as_array);
    match details.and_then(|details| details.iter().find_map(Value::as_str)) {
        Some(detail) => format!("{error}: {detail}"),
        None => error.to_owned(),
    }
}

fn output(sample: &Sample) -> Option<Value> {
    serde_json::from_str(sample.output.as_deref()?).ok()
}
