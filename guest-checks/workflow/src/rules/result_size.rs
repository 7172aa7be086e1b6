//! Results near RunPod's limit: forecast from the workflow, and seen in samples.
//!
//! RunPod takes results of up to 10 MB from a job by `/run` and 20 MB by `/runsync`
//! (<https://docs.runpod.io/serverless/workers/handler-functions>). What is larger is lost, and the job is billed.

use super::{Findings, LARGE_RESULT, Settings, Worker};
use comfycheck_check_image::expected::{Origin, Size, origin};
use comfycheck_check_media::expected::savers;
use comfycheck_sdk::samples::Sample;
use comfycheck_sdk::{Bound, Finding, Node, NodeRef, Saver, Subject, Workflow, wording};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The limit by `/run`, in bytes.
const LIMIT: f64 = 10_000_000.0;

/// The part of the limit from which a result is near it. A forecast can be off by as much.
const NEAR: f64 = 0.7;

/// Bytes for each pixel of a frame. Images of models have about as much detail as photographs.
const FORMATS: [(&str, f64); 6] = [
    ("SaveImage", 1.5),
    ("SaveImageAdvanced", 1.5),
    ("SaveAnimatedPNG", 1.5),
    ("SaveAnimatedWEBP", 0.1),
    ("SaveVideo", 0.02),
    ("SaveWEBM", 0.02),
];

/// The same for an animated WebP without loss.
const LOSSLESS: f64 = 1.0;

/// Adds a finding if the files of one job come near the limit. `source` is in API format.
pub(super) fn forecast(source: &str, settings: &Settings, findings: &mut Findings) {
    if settings.worker != Worker::WorkerComfyui {
        return;
    }
    let workflow = Workflow::parse(source).unwrap_or_default();
    let Some(Forecast { bytes, node, what }) = Forecast::of(&workflow).filter(Forecast::is_near) else { return };
    let (size, limit) = sizes(bytes);
    let message = format!("the result of a job may have about {size} as base64 (limit: {limit} by `/run`): {what}");
    let finding = Finding::new(LARGE_RESULT, message).help(HELP).about(subject(&node));
    findings.add(finding.measured(bytes, "By", Some(Bound::AtMost(LIMIT))));
}

const HELP: &str = "let the workers upload results to a bucket (`BUCKET_ENDPOINT_URL`), save fewer files in a job, or set \
                    `submit = \"runsync\"`: its limit is twice as high";

/// What the results of samples show: a warning about the largest, or that a forecast was too high.
pub(super) fn of_samples(samples: &[Sample]) -> Option<Finding> {
    let sizes_of = samples.iter().filter_map(|sample| Some((sample, result_bytes(sample.output.as_deref()?)?)));
    let (largest, bytes) = sizes_of.max_by(|(_, one), (_, other)| one.total_cmp(other))?;
    if bytes >= LIMIT * NEAR {
        let (size, limit) = sizes(bytes);
        let message = format!("the largest result has {size} (limit: {limit} by `/run`)");
        let finding = Finding::new(LARGE_RESULT, message).help(HELP).about(Subject::Sample(largest.index));
        return Some(finding.measured(bytes, "By", Some(Bound::AtMost(LIMIT))));
    }
    let workflow = Workflow::parse(&largest.workflow).unwrap_or_default();
    let Forecast { node, .. } = Forecast::of(&workflow).filter(Forecast::is_near)?;
    let message = format!("the largest result has {}", wording::bytes(whole(bytes)));
    Some(Finding::new(LARGE_RESULT, message).about(subject(&node)).data(&json!({"withdrawn": true})))
}

/// What the files of one job will have.
struct Forecast {
    /// As base64.
    bytes: f64,
    /// The node with the most bytes.
    node: String,
    /// Its files, such as `8 images of 1024 × 1024`.
    what: String,
}

impl Forecast {
    /// None if no size is known.
    fn of(workflow: &Workflow) -> Option<Self> {
        let savers = savers(workflow);
        let by_node: BTreeMap<&str, _> = savers.iter().map(|saver| (saver.node.as_str(), saver)).collect();
        let mut all = Self { bytes: 0.0, node: String::new(), what: String::new() };
        let mut most = 0.0;
        for node in workflow.nodes() {
            let class = node.class.as_deref().unwrap_or_default();
            let Some((_, per_pixel)) = FORMATS.iter().find(|(known, _)| *known == class) else { continue };
            let is_lossless = node.inputs.get("lossless").and_then(Value::as_bool) == Some(true);
            let per_pixel = if is_lossless { LOSSLESS } else { *per_pixel };
            let found = if node.saver() == Some(Saver::EachImage) {
                let Origin { size, count, .. } = origin(workflow, node, "images");
                size.ok().map(|size| (size, count, "image"))
            } else {
                by_node.get(node.id.as_str()).and_then(|saver| {
                    Some((saver.content.size.clone()?, u32::try_from(saver.content.frames?).ok()?, "frame"))
                })
            };
            let Some((Size { width, height, .. }, frames, unit)) = found else { continue };
            let bytes = f64::from(width) * f64::from(height) * f64::from(frames) * per_pixel * 4.0 / 3.0;
            all.bytes += bytes;
            if bytes > most {
                most = bytes;
                all.node.clone_from(&node.id);
                all.what = format!("{} of {width} × {height} of {}", wording::count(frames, unit), called(node));
            }
        }
        (most > 0.0).then_some(all)
    }

    fn is_near(&self) -> bool {
        self.bytes >= LIMIT * NEAR
    }
}

fn called(node: &Node) -> String {
    format!("node `{}` ({})", node.id, node.class.as_deref().unwrap_or_default())
}

fn subject(node: &str) -> Subject {
    Subject::Node(NodeRef { id: node.to_owned(), input: None })
}

fn sizes(bytes: f64) -> (String, String) {
    wording::bytes_beside(whole(bytes), whole(LIMIT))
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "sizes are not negative and far below 2^63"
)]
fn whole(bytes: f64) -> u64 {
    bytes as u64
}

/// The bytes of a result, whose files reports replace by their sizes. None if it is not JSON.
fn result_bytes(output: &str) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "texts are far below 2^53 bytes")]
    let written = output.len() as f64;
    Some(written + of_files(&serde_json::from_str(output).ok()?))
}

/// The bytes of the files as base64. Bounded: the parser refuses deep nesting.
fn of_files(value: &Value) -> f64 {
    match value {
        Value::String(text) => {
            let data = text.split_once(";base64,").map_or(text.as_str(), |(_, data)| data);
            let bytes = data.strip_prefix("<base64, ").and_then(|rest| rest.strip_suffix(" bytes>"));
            bytes.and_then(|bytes| bytes.parse::<u32>().ok()).map_or(0.0, |bytes| f64::from(bytes) * 4.0 / 3.0)
        }
        Value::Array(items) => items.iter().map(of_files).sum(),
        Value::Object(members) => members.values().map(of_files).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0.0,
    }
}
