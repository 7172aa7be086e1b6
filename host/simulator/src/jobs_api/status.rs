//! `/status`: a job, with its output.

use super::no_job;
use crate::exchange::Response;
use crate::handler::{Ending, Images, Output, Picture, Shape};
use crate::media;
use crate::platform::{Job, JobState, Platform, gave_up};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::time::Duration;

/// The body of the response. Its keys are sorted, as RunPod's are.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_time: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    execution_time: Option<u64>,
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retries: Option<u32>,
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    worker_id: Option<&'a str>,
}

pub(crate) fn status(platform: &Platform, id: &str) -> Response {
    let Some(job) = platform.job(id) else { return no_job() };
    let echo = platform.scenario.queue.echo_input && job.state == JobState::InProgress;
    let (output, error) = result(job, platform.scenario.limits.bytes(job.sync) as usize);
    let body = Body {
        delay_time: job.delay.map(millis),
        error,
        execution_time: job.execution.map(millis),
        id: &job.id,
        input: echo.then(|| serde_json::from_slice(&job.input).ok()).flatten(),
        output,
        retries: (job.retries > 0).then_some(job.retries),
        status: job.state.word(),
        worker_id: job.worker.as_deref(),
    };
    match serde_json::to_vec(&body) {
        Ok(body) => Response::json(200, body),
        Err(_never_for_such_a_struct) => Response::json(500, r#"{"error":"internal server error"}"#),
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}

/// The output and the error of a job so far.
fn result(job: &Job, most: usize) -> (Option<Value>, Option<String>) {
    match (job.state, job.ending.as_deref()) {
        (JobState::Completed | JobState::Failed, Some(Ending::Returned(returned))) => {
            // A result that is too large is dropped silently.
            let output = output(&returned.output, most).filter(|output| !larger_than(output, most));
            (output, returned.error.clone())
        }
        (JobState::InProgress, Some(Ending::Frozen(progress))) if job.execution.is_some() => {
            (Some(progress.clone()), None)
        }
        (JobState::Failed, Some(Ending::TookTooLong)) => (None, Some("executionTimeout exceeded".to_owned())),
        (JobState::Failed, Some(Ending::NotReported { .. })) => (None, Some(gave_up().to_string())),
        _ => (None, None),
    }
}

/// Whether a value takes more bytes as JSON.
fn larger_than(value: &Value, most: usize) -> bool {
    struct Counter(usize);
    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    serde_json::to_writer(&mut counter, value).is_err() || counter.0 > most
}

/// The output; none if its images alone have more than `most` bytes.
fn output(output: &Output, most: usize) -> Option<Value> {
    match output {
        Output::Nothing => None,
        // The SDK drops an empty one.
        Output::Json(value) if value.as_object().is_some_and(serde_json::Map::is_empty) => None,
        Output::Json(value) => Some(value.clone()),
        Output::Images(images) => shaped(images, most),
    }
}

/// Images as their version of worker-comfyui returns them. Their bytes are made here, and only up to `most` of them: beyond
/// that there is no output.
fn shaped(images: &Images, most: usize) -> Option<Value> {
    let mut left = most;
    let mut data = |picture: &Picture| {
        let file = || base64_simd::STANDARD.encode_to_string(media::file(picture));
        let data = picture.lost_as.clone().unwrap_or_else(file);
        left = left.checked_sub(data.len())?;
        Some(data)
    };
    match images.shape {
        Shape::Message => {
            let message = match images.pictures.first() {
                Some(first) => Some(data(first)?),
                None => None,
            };
            Some(json!({"status": "success", "message": message}))
        }
        Shape::List => {
            let image = |picture: &Picture| {
                let kind = if picture.lost_as.is_some() { "s3_url" } else { "base64" };
                Some(json!({"filename": picture.filename, "type": kind, "data": data(picture)?}))
            };
            let list: Vec<Value> = images.pictures.iter().map(image).collect::<Option<_>>()?;
            Some(if images.errors.is_empty() {
                json!({"images": list})
            } else {
                json!({"images": list, "errors": images.errors})
            })
        }
    }
}
