//! Known errors of workers: how to recognize them, what they mean, and what to do.
//!
//! The texts are those of worker-comfyui up to 5.8.5, of its predecessors and relatives, of RunPod and of ComfyUI.

use crate::help;

#[derive(Debug)]
pub(crate) struct Signature {
    /// The error contains one of these.
    marks: &'static [&'static str],
    pub(crate) rule: &'static str,
    /// The error in plain words, as part of a message.
    pub(crate) meaning: &'static str,
    pub(crate) help: &'static str,
}

impl Signature {
    /// Equal for all errors of one signature.
    pub(crate) fn key(&self) -> &'static str {
        self.marks.first().copied().unwrap_or_default()
    }
}

/// The first signature of the list that matches.
pub(crate) fn of(error: &str) -> Option<&'static Signature> {
    SIGNATURES.iter().find(|signature| signature.marks.iter().any(|mark| error.contains(mark)))
}

const SIGNATURES: &[Signature] = &[
    Signature {
        marks: &["not allowed for QB API"],
        rule: "wrong-endpoint-type",
        meaning: "this endpoint has no job queue",
        help: help::USE_QUEUE,
    },
    Signature {
        marks: &["Missing 'workflow' parameter", "Please provide input", "Invalid JSON format in input"],
        rule: "wrong-handler",
        meaning: "worker-comfyui got a body without `input.workflow`",
        help: "look for code that changes the job before worker-comfyui gets it, such as a wrapper around its handler",
    },
    Signature {
        marks: &["workflow should be <class 'str'> type", "payload is a required input"],
        rule: "wrong-handler",
        meaning: "the handler expects `{\"workflow\": \"default\" | \"txt2img\" | \"custom\", \"payload\": {…}}`, the input of \
                  ashleykleynhans/runpod-worker-comfyui",
        help: help::HANDLER,
    },
    Signature {
        marks: &[
            "no 'workflow' property found",
            "no 'input' property found",
            "'workflow' must be a valid JSON object or JSON-encoded string",
        ],
        rule: "wrong-handler",
        meaning: "the handler expects `{\"workflow\", \"files\", \"tobucket\", \"tobase64\"}`, the input of Dekita's \
                  runpod-serverless-comfyui-worker",
        help: help::HANDLER,
    },
    Signature {
        marks: &["비디오를를 찾을 수 없습니다", "ComfyUI 서버에 연결할 수 없습니다"],
        rule: "wrong-handler",
        meaning: "the handler expects `prompt` and an image (`image_path`, `image_url` or `image_base64`), the input of \
                  wlsdml1114/generate_video",
        help: help::HANDLER,
    },
    Signature {
        marks: &["is not a valid input option", "is a required input"],
        rule: "wrong-handler",
        meaning: "the handler validates its input against a schema without `workflow`",
        help: help::HANDLER,
    },
    Signature {
        marks: &["KeyError: 'prompt'"],
        rule: "wrong-handler",
        meaning: "the handler expects `input.prompt`, not `input.workflow`",
        help: help::HANDLER,
    },
    Signature {
        marks: &["CUDA out of memory", "OutOfMemoryError", "Allocation on device"],
        rule: "out-of-memory",
        meaning: "the GPU is out of memory",
        help: "choose GPUs with more memory, or reduce the image size, the batch or the model",
    },
    Signature {
        marks: &[
            "no kernel image is available",
            "CUDA unknown error",
            "CUDA driver version is insufficient",
            "Found no NVIDIA driver",
        ],
        rule: "cuda-mismatch",
        meaning: "the image's CUDA version does not fit the GPU or its driver",
        help: "use an image built for this GPU (RTX 5090 and B200 need a `-cuda12.8.1` tag), or restrict GPU types and CUDA \
               versions",
    },
    Signature {
        marks: &["executionTimeout exceeded"],
        rule: "execution-timeout",
        meaning: "stopped at the execution timeout",
        help: "raise the endpoint's execution timeout if the workflow needs more time; if the worker's log repeats \
               `Still waiting...`, its WebSocket to ComfyUI broke",
    },
    Signature {
        marks: &["job timed out after"],
        rule: "unreported-job",
        meaning: "the worker never reported a result",
        help: "look in the worker's log for a killed process (out of memory) or `Job has missing field(s)` (empty `input`)",
    },
    Signature {
        marks: &["not reachable after multiple retries", "Max retries reached while waiting for image generation"],
        rule: "failed-job",
        meaning: "ComfyUI did not start, or stopped, inside the worker",
        help: "look at the start of the worker's log for the error that stopped ComfyUI",
    },
    Signature {
        marks: &["ComfyUI HTTP unreachable during websocket reconnect"],
        rule: "failed-job",
        meaning: "ComfyUI died during the job, most often because it ran out of memory",
        help: "choose a worker with more memory, and read the end of the worker's log",
    },
    Signature {
        marks: &["WebSocket communication error"],
        rule: "failed-job",
        meaning: "the worker lost its connection to ComfyUI",
        help: "look in the worker's log for what ComfyUI did at that time",
    },
    Signature {
        marks: &["Prompt has no outputs", "prompt_no_outputs"],
        rule: "failed-job",
        meaning: "the workflow has no output node that ComfyUI knows",
        help: "add an output node such as `SaveImage` to the workflow",
    },
    Signature {
        marks: &["Error queuing workflow: 500"],
        rule: "failed-job",
        meaning: "ComfyUI could not read the workflow",
        help: "export the workflow in API format; UI format (with `nodes` and `links`) causes this error",
    },
    Signature {
        marks: &[
            "Error queuing workflow: 400",
            "Error queuing workflow: HTTP Error 400",
            "'list' object has no attribute 'items'",
        ],
        rule: "failed-job",
        meaning: "ComfyUI rejected the workflow, and this old worker hides the reason",
        help: "update worker-comfyui to 5.1 or later, which names the node and the input",
    },
    Signature {
        marks: &["Workflow validation failed", "ComfyUI validation failed"],
        rule: "failed-job",
        meaning: "ComfyUI rejected the workflow",
        help: "fix the node and the input that the error names, and export the workflow again",
    },
    Signature {
        marks: &["Failed to upload one or more input images", "cannot identify image file"],
        rule: "failed-job",
        meaning: "an input image could not be used",
        help: "send input images as base64 of a complete PNG, JPEG or WebP file, not as URLs",
    },
    Signature {
        marks: &["to S3:", "Could not connect to the endpoint URL"],
        rule: "failed-job",
        meaning: "the worker could not upload the images",
        help: "correct `BUCKET_ENDPOINT_URL`, `BUCKET_ACCESS_KEY_ID` and `BUCKET_SECRET_ACCESS_KEY` of the endpoint",
    },
    Signature {
        marks: &["exceeded max body size"],
        rule: "job-too-large",
        meaning: "above the 10 MB limit of `/run`",
        help: help::TOO_LARGE,
    },
];
