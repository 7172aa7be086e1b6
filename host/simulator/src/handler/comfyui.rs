//! worker-comfyui: how it runs a workflow, and every way in which it fails.

use super::batch;
use super::graph::Graph;
use super::images::{Dimensions, Images, Picture, PictureKind, Shape, dimensions};
use super::refusal::{AcceptedWorkflow, refuse};
use super::{Memory, Output, Place, Work, execution};
use crate::chance::{digest, nth};
use crate::scenario::{JobBehavior, Upload};
use serde_json::{Value, json};
use std::time::Duration;

/// How long the handler takes to read an input, and ComfyUI to refuse a workflow or to answer from its cache.
const AT_ONCE: Duration = Duration::from_millis(60);

/// How long the handler tries to reach a missing ComfyUI.
const UNREACHABLE: Duration = Duration::from_secs(28);

/// The most output nodes of a job that make images.
const MOST_OUTPUTS: usize = 64;

/// Runs a job.
pub(super) fn work(
    place: &Place<'_>,
    key: u64,
    input: &Value,
    memory: &mut Memory,
    behavior: Option<JobBehavior>,
) -> Work {
    let parsed;
    let input = match input {
        Value::Null => return Work::error(AT_ONCE, "Please provide input"),
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(value) => {
                parsed = value;
                &parsed
            }
            Err(_) => return Work::error(AT_ONCE, "Invalid JSON format in input"),
        },
        other => other,
    };
    let Some(workflow) = input.get("workflow").filter(|workflow| !workflow.is_null()) else {
        return Work::error(AT_ONCE, "Missing 'workflow' parameter");
    };
    if let Some(images) = input.get("images").filter(|images| !images.is_null()) {
        let fits = |image: &Value| image.get("name").is_some() && image.get("image").is_some();
        if !images.as_array().is_some_and(|images| images.iter().all(fits)) {
            return Work::error(AT_ONCE, "'images' must be a list of objects with 'name' and 'image' keys");
        }
    }
    if behavior == Some(JobBehavior::FindsNoComfyui) {
        // It may boot meanwhile.
        memory.warm = true;
        let error = "ComfyUI server (127.0.0.1:8188) not reachable after multiple retries.";
        return Work::error(UNREACHABLE, error);
    }
    // The handler waits for ComfyUI to boot, even if it then refuses the workflow.
    let boot = if std::mem::replace(&mut memory.warm, true) {
        Duration::ZERO
    } else {
        place.scenario.handler.cold_execution_s.at(place.chance.unit("cold execution", key))
    };
    if let Some(work) = upload(input, boot) {
        return work;
    }
    store(input, memory);
    match refuse(place, workflow, &memory.inputs) {
        Err(refused) => Work::error(boot + AT_ONCE, refused),
        Ok(accepted) => run(place, key, &accepted, workflow, memory, behavior, boot),
    }
}

/// The failed upload of an input's images; none if it succeeds.
fn upload(input: &Value, boot: Duration) -> Option<Work> {
    let broken = |image: &Value| {
        let data = image.get("image")?.as_str()?;
        let data = data.split_once(',').map_or(data, |(_, data)| data);
        // As Python's decoder: other characters than base64 are dropped, and only the padding is checked.
        let kept = data.bytes().filter(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte)).count();
        let name = image.get("name").and_then(Value::as_str).unwrap_or_default();
        (kept % 4 != 0).then(|| format!("Error decoding base64 for {name}: Incorrect padding"))
    };
    let images = input.get("images").and_then(Value::as_array)?;
    let details: Vec<String> = images.iter().filter_map(broken).collect();
    (!details.is_empty()).then(|| {
        let output = Output::Json(json!({"details": details}));
        Work::error_with(boot + AT_ONCE, "Failed to upload one or more input images", output)
    })
}

/// Keeps the names of an input's files: they stay in ComfyUI's folder `input` for later jobs.
fn store(input: &Value, memory: &mut Memory) {
    /// So that no endless run takes all memory.
    const MOST: usize = 10_000;
    let images = input.get("images").and_then(Value::as_array).into_iter().flatten();
    let names = images.filter_map(|image| Some(image.get("name")?.as_str()?.to_owned()));
    let free = MOST.saturating_sub(memory.inputs.len());
    memory.inputs.extend(names.take(free));
}

fn run(
    place: &Place<'_>,
    key: u64,
    accepted: &AcceptedWorkflow<'_>,
    workflow: &Value,
    memory: &mut Memory,
    behavior: Option<JobBehavior>,
    boot: Duration,
) -> Work {
    let took = boot + execution(place, key);
    match behavior {
        Some(JobBehavior::RunsOutOfMemory) => {
            let gpus = &place.scenario.gpus;
            // Of a 24 GB card, the driver leaves 23.52 GiB.
            let memory = gpus.iter().find(|gpu| gpu.gpu == place.kind.gpu).map_or(24, |gpu| gpu.memory);
            let capacity = f64::from(memory) * 0.98;
            let error = format!(
                "CUDA out of memory. Tried to allocate 4.50 GiB. GPU 0 has a total capacity of {capacity:.2} GiB of which \
                 1.21 GiB is free."
            );
            return execution_error(accepted.graph, took / 2, &error);
        }
        Some(JobBehavior::FindsGpuBusy) => {
            let error = "CUDA error: CUDA-capable device(s) is/are busy or unavailable";
            return execution_error(accepted.graph, boot + AT_ONCE, error);
        }
        Some(JobBehavior::KillsComfyui) => {
            let error = "WebSocket communication error: ComfyUI HTTP unreachable during websocket reconnect";
            return Work::error(took, error);
        }
        _ => {}
    }
    let seed = digest(&[workflow.to_string().as_bytes()]);
    let cached = memory.latest.clone().filter(|(latest, _)| *latest == seed || behavior == Some(JobBehavior::IsCached));
    let took = if cached.is_some() { boot + AT_ONCE } else { took };
    let (seed, names) = cached.unwrap_or_else(|| (seed, Vec::new()));
    let mut pictures = pictures(place, key, accepted, seed, behavior, &names, memory);
    memory.latest = Some((seed, pictures.iter().map(|picture| picture.filename.clone()).collect()));
    if behavior == Some(JobBehavior::MakesNoImages) {
        pictures.clear();
    }
    let mut errors = Vec::new();
    if behavior == Some(JobBehavior::LosesAnImage)
        && let Some(lost) = pictures.pop()
    {
        errors.push(format!("Failed to fetch image data for {} from /view endpoint.", lost.filename));
    }
    if place.version() < [4, 1, 0] {
        if !pictures.is_empty() {
            return Work::output(took, Output::Images(Images { shape: Shape::Message, pictures, errors }));
        }
        let message = "the image does not exist in the specified output folder: /comfyui/output";
        return Work::output(took, Output::Json(json!({"status": "error", "message": message})));
    }
    match (pictures.is_empty(), errors.is_empty()) {
        (true, true) => Work::output(took, Output::Json(json!({"status": "success_no_images", "images": []}))),
        (true, false) => Work::error_with(took, "Job processing failed", Output::Json(json!({"details": errors}))),
        (false, _) => Work::output(took, Output::Images(Images { shape: Shape::List, pictures, errors })),
    }
}

/// The workflow fails in its sampler.
fn execution_error(graph: Graph<'_>, took: Duration, message: &str) -> Work {
    let sampler = graph.nodes().find(|node| node.class().is_some_and(|class| class.contains("Sampler")));
    let node = sampler.or_else(|| graph.nodes().next());
    let (class, id) = node.map_or(("KSampler", "3"), |node| (node.class().unwrap_or("KSampler"), node.id));
    let detail = format!("Workflow execution error: Node Type: {class}, Node ID: {id}, Message: {message}");
    Work::error_with(took, "Job processing failed", Output::Json(json!({"details": [detail]})))
}

/// The images and videos that the valid outputs save. `names` are those of cached images.
fn pictures(
    place: &Place<'_>,
    key: u64,
    accepted: &AcceptedWorkflow<'_>,
    seed: u64,
    behavior: Option<JobBehavior>,
    names: &[String],
    memory: &mut Memory,
) -> Vec<Picture> {
    let kind = match behavior {
        Some(JobBehavior::MakesBlackImages) => PictureKind::Black,
        Some(JobBehavior::MakesImagesInAnotherStyle) => PictureKind::AnotherStyle,
        Some(JobBehavior::MakesCorruptImages) => PictureKind::Corrupt,
        Some(JobBehavior::MakesTruncatedImages) => PictureKind::Truncated,
        _ => PictureKind::Good,
    };
    let handler = &place.scenario.handler;
    let mut pictures = Vec::new();
    // No more than would ever be returned, so that no job takes all memory or time.
    let outputs = accepted.outputs.iter().filter_map(|output| Some((output, output.returned()?)));
    for (output, format) in outputs.take(MOST_OUTPUTS) {
        let images = batch::size(accepted.graph, *output);
        let Dimensions { width, height, files, frames, frames_in_1000_s } =
            dimensions(accepted.graph, *output, format, images);
        let prefix = output.input("filename_prefix").and_then(Value::as_str).unwrap_or("ComfyUI");
        let ending = format.ending();
        for _ in 0..files {
            let number = pictures.len();
            let filename = names.get(number).cloned().unwrap_or_else(|| next_file(memory, prefix, ending));
            let lost = (handler.upload == Upload::Simulated).then(|| {
                let bits = place.chance.bits("upload", nth(key, number as u64)) >> 32;
                format!("simulated_uploaded/{bits:08x}.{ending}")
            });
            pictures.push(Picture {
                filename,
                format,
                width,
                height,
                frames,
                frames_in_1000_s,
                seed: nth(seed, number as u64),
                kind,
                at_least: handler.image_bytes,
                lost_as: lost,
            });
        }
    }
    pictures
}

/// The next free file of a prefix, as ComfyUI counts them.
fn next_file(memory: &mut Memory, prefix: &str, ending: &str) -> String {
    let number = memory.files.entry(prefix.to_owned()).or_default();
    *number += 1;
    let name = prefix.rsplit('/').next().unwrap_or(prefix);
    format!("{name}_{number:05}_.{ending}")
}
