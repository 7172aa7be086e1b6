//! What is wrong with the output of one job as a whole.

use crate::expected::Expected;
use crate::settings::Settings;
use crate::wording::clause;
use comfycheck_sdk::samples::{Ending, LostImage, Sample};
use comfycheck_sdk::{Answer, Finding, NodeRef, OpenQuestion, Subject, count, quote};
use serde_json::Value;

/// Errors of a worker that are told one by one; the rest is counted.
const TOLD_ERRORS: usize = 10;

/// Everything that is wrong with a job's output: images that are missing or lost, errors that it reports.
///
/// Of a sample that did not succeed, only what its output says for itself is told: that it failed is for other checks.
#[must_use]
pub fn judge(sample: &Sample, expected: &Expected, settings: &Settings) -> Answer {
    let output: Option<Value> = sample.output.as_deref().and_then(|json| serde_json::from_str(json).ok());
    let mut answer = Answer::default();
    answer.findings.extend(sample.lost_images.iter().map(|image| lost(sample, image)));
    answer.findings.extend(errors(sample, output.as_ref()));
    let told = !answer.findings.is_empty();
    if sample.ending == Ending::Succeeded {
        missing(sample, output.as_ref(), told, expected, settings, &mut answer);
    }
    answer
}

/// Fewer images than there should be. `told` if something was found that explains it.
fn missing(
    sample: &Sample,
    output: Option<&Value>,
    told: bool,
    expected: &Expected,
    settings: &Settings,
    answer: &mut Answer,
) {
    let index = sample.index;
    // An image that was lost is not missing, too.
    let given = sample.image_count.saturating_add(u32::try_from(sample.lost_images.len()).unwrap_or(u32::MAX));
    if given == 0 && sample.output.is_none() {
        let help = "look in the worker's log: the handler returned nothing, or an `error` that is not a text; on RunPod, \
                    `Failed to return job results` there says that the result was too large (10 MB)";
        answer
            .findings
            .push(finding(sample, "no-output", format!("sample {index} is completed without any output")).help(help));
        return;
    }
    let least = settings.images_per_sample.unwrap_or(expected.count);
    let status = output.and_then(|output| output.get("status")).and_then(Value::as_str);
    if given == 0 && status == Some("success_no_images") && settings.images_per_sample != Some(0) {
        let help = "save the images with a `SaveImage` node: the worker returns neither previews nor video, audio or \
                    text";
        let message = format!("sample {index} is completed, and the worker found no image to return");
        answer.findings.push(finding(sample, "success-no-images", message).help(help));
        return;
    }
    if given < least && !told {
        answer.findings.push(too_few(sample, given, least, expected, settings));
    } else if given == 0 && least == 0 && settings.images_per_sample.is_none() {
        let reason = format!(
            "the output of sample {index} holds no image, and the workflow has no node that is known to save one"
        );
        let help = "say in the settings of this check how many images a sample has (`images-per-sample`; 0 if none)";
        answer.open.push(OpenQuestion::new("missing-images", reason).help(help));
    }
}

fn too_few(sample: &Sample, given: u32, least: u32, expected: &Expected, settings: &Settings) -> Finding {
    let index = sample.index;
    let found = if given == 0 { "no image".to_owned() } else { count(given, "image") };
    if settings.images_per_sample.is_some() {
        let message = format!("sample {index} gave {found}; the settings ask for {least} or more");
        let help = "correct the workflow, or `images-per-sample` in the settings of this check";
        return finding(sample, "missing-images", message).help(help);
    }
    let message = format!("sample {index} gave {found}; the workflow asks for {least} or more");
    let help = if given == 0 {
        "look at the job's output: a handler that does not know ComfyUI workflows answers with something else"
    } else {
        "ComfyUI drops an output node that it cannot run, and says nothing while another one can: submit the workflow \
         with one output node at a time to see which it is"
    };
    let node = |id: &String| Subject::Node(NodeRef { id: id.clone(), input: None });
    finding(sample, "missing-images", message).help(help).about_all(expected.savers.iter().map(node))
}

/// An image that the output names and nobody could get.
fn lost(sample: &Sample, image: &LostImage) -> Finding {
    let simulated = [Some(&image.name), Some(&image.reason), sample.output.as_ref()]
        .into_iter()
        .flatten()
        .any(|text| text.contains("simulated_uploaded"));
    let called = if image.name.is_empty() { "an image".to_owned() } else { quote(&image.name) };
    let message = format!("{called} of sample {} is lost: {}", sample.index, clause(&image.reason, 300));
    let help = if simulated {
        "set `BUCKET_ACCESS_KEY_ID` and `BUCKET_SECRET_ACCESS_KEY` besides `BUCKET_ENDPOINT_URL` in the endpoint's \
         environment: without them the worker only pretends to upload"
    } else {
        "look whether the URL in the job's output can be opened, and whether it had expired"
    };
    finding(sample, "lost-image", message).help(help)
}

/// What the worker reports as errors in an output that it calls a success.
fn errors(sample: &Sample, output: Option<&Value>) -> Vec<Finding> {
    let Some(output) = output else { return Vec::new() };
    let index = sample.index;
    let text = |value: &Value| clause(value.as_str().map_or_else(|| value.to_string(), str::to_owned).as_str(), 500);
    // worker-comfyui up to 4.0.x: a completed job whose output says that it failed.
    let old = output.get("status").and_then(Value::as_str) == Some("error");
    let mut told: Vec<String> = output.get("message").filter(|_| old).map(text).into_iter().collect();
    let listed = output.get("errors").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    told.extend(listed.iter().take(TOLD_ERRORS).map(text));
    if listed.len() > TOLD_ERRORS {
        told.push(format!("and {} more errors", listed.len() - TOLD_ERRORS));
    }
    let help = "see the worker's log around this job; the error names the node or the file";
    let message = |error: String| format!("the worker reports an error in the output of sample {index}: {error}");
    told.into_iter().map(|error| finding(sample, "worker-error", message(error)).help(help)).collect()
}

fn finding(sample: &Sample, rule: &str, message: String) -> Finding {
    Finding::new(rule, message).about(Subject::Sample(sample.index))
}
