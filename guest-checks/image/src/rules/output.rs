//! What is wrong with the output of one job as a whole.
//!
//! No message names the sample or an image: they are the finding's subjects and data, so that equal findings group.

use crate::expected::Expected;
use crate::settings::Settings;
use crate::wording::clause;
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::wording::count;
use comfycheck_sdk::{Answer, Finding, NodeRef, OpenQuestion, Subject};
use serde_json::Value;

/// A worker's errors beyond these are counted.
const LISTED_ERRORS: usize = 10;

/// Everything that is wrong with a job's output: missing images, lost images, reported errors.
///
/// `images`: how many images its lists hold.
///
/// Of a sample that did not succeed, only the errors in its output are reported: other checks report the failure.
#[must_use]
pub fn judge(sample: &Sample, images: u32, expected: &Expected, settings: &Settings) -> Answer {
    let output: Option<Value> = sample.output.as_deref().and_then(|json| serde_json::from_str(json).ok());
    let mut answer = Answer::default();
    let lost = sample.lost_images.iter().filter(|lost| !lost.is_media());
    answer.findings.extend(lost.map(|lost| lost.finding("lost-image", sample)));
    answer.findings.extend(errors(sample, output.as_ref()));
    if sample.ending == Ending::Succeeded {
        // The check `endpoint` reports an output that is an error.
        let is_explained = !answer.findings.is_empty() || sample.failure().is_some();
        missing((sample, images), output.as_ref(), is_explained, expected, settings, &mut answer);
    }
    answer
}

/// Fewer images than there should be. `is_explained` if a finding of this check or another explains it.
fn missing(
    (sample, images): (&Sample, u32),
    output: Option<&Value>,
    is_explained: bool,
    expected: &Expected,
    settings: &Settings,
    answer: &mut Answer,
) {
    // A lost image is not missing, too.
    let returned = images.saturating_add(u32::try_from(sample.lost_images.len()).unwrap_or(u32::MAX));
    if returned == 0 && sample.output.is_none() && sample.image_count == 0 {
        let help = "check the worker's log: the handler returned nothing, or an `error` that is not a text; `Failed to \
                    return job results` means that the result was too large (10 MB)";
        answer.findings.push(finding(sample, "no-output", "the job completed without an output").help(help));
        return;
    }
    let least = settings.images_per_sample.unwrap_or(expected.count);
    let status = output.and_then(|output| output.get("status")).and_then(Value::as_str);
    if returned == 0 && status == Some("success_no_images") && settings.images_per_sample != Some(0) {
        let help = if expected.savers.is_empty() {
            "save the images with a `SaveImage` node: the worker returns no previews, video, audio or text"
        } else {
            "check the worker's log: the node that saves the images ran, and the worker found no file"
        };
        let message = "the job completed, and the worker returned no image";
        answer.findings.push(finding(sample, "success-no-images", message).help(help));
        return;
    }
    if returned < least && !is_explained {
        answer.findings.push(too_few(sample, returned, least, expected, settings));
    } else if returned == 0 && least == 0 && settings.images_per_sample.is_none() && sample.file_count() == 0 {
        let reason = "the job returned no image, and no node of the workflow is known to save one";
        let help = "set `images-per-sample` in the settings of this check (0 if a sample has no images)";
        answer.open.push(OpenQuestion::new("missing-images", reason).help(help));
    }
}

fn too_few(sample: &Sample, returned: u32, least: u32, expected: &Expected, settings: &Settings) -> Finding {
    let returned_images = if returned == 0 { "no image".to_owned() } else { count(returned, "image") };
    if settings.images_per_sample.is_some() {
        let message = format!("the job returned {returned_images} (settings: at least {least})");
        let help = "correct the workflow, or `images-per-sample` in the settings of this check";
        return finding(sample, "missing-images", message).help(help);
    }
    let message = format!("the job returned {returned_images} (workflow: at least {least})");
    let help = if returned == 0 {
        "check the job's output: a handler that does not run ComfyUI workflows returns something else"
    } else {
        "submit the workflow with one output node at a time to find the one that fails: ComfyUI silently skips an \
         output node that it cannot run, as long as another one can run"
    };
    let node = |id: &String| Subject::Node(NodeRef { id: id.clone(), input: None });
    finding(sample, "missing-images", message).help(help).about_all(expected.savers.iter().map(node))
}

/// Errors that the worker reports in an output.
fn errors(sample: &Sample, output: Option<&Value>) -> Vec<Finding> {
    let Some(output) = output else { return Vec::new() };
    let text = |value: &Value| clause(value.as_str().map_or_else(|| value.to_string(), str::to_owned).as_str(), 500);
    // worker-comfyui up to 4.0.x: a completed job whose output says that it failed.
    let old = output.get("status").and_then(Value::as_str) == Some("error");
    let listed = output.get("errors").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let errors = output.get("message").filter(|_| old).into_iter().chain(listed.iter().take(LISTED_ERRORS)).map(text);
    let mut messages: Vec<String> = errors.map(|error| format!("the worker reports an error: {error}")).collect();
    if let Some(more) = listed.len().checked_sub(LISTED_ERRORS).filter(|&more| more > 0) {
        messages.push(format!("the worker reports {}", count(more, "more error")));
    }
    let help = "check the worker's log around this job";
    messages.into_iter().map(|message| finding(sample, "worker-error", message).help(help)).collect()
}

fn finding(sample: &Sample, rule: &str, message: impl Into<String>) -> Finding {
    Finding::new(rule, message).about(Subject::Sample(sample.index))
}
