//! Errors of workers that are known: how to recognise them, and what they mean.
//!
//! The words are those of worker-comfyui up to 5.8.5, of its older versions and relatives, of RunPod's platform and of
//! ComfyUI; one is this program's own.

/// A known error.
#[derive(Debug)]
pub(crate) struct Signature {
    /// Any of these occurs in the error.
    marks: &'static [&'static str],
    /// The rule that a finding names.
    pub(crate) rule: &'static str,
    /// What it means, as the end of a message; empty if the error says it itself.
    pub(crate) meaning: &'static str,
    /// What to do.
    pub(crate) help: &'static str,
}

impl Signature {
    /// The same for all errors that bear this signature.
    pub(crate) fn key(&self) -> &'static str {
        self.marks.first().copied().unwrap_or_default()
    }
}

/// The first signature, in the order of the list, that an error bears.
pub(crate) fn of(error: &str) -> Option<&'static Signature> {
    SIGNATURES.iter().find(|signature| signature.marks.iter().any(|mark| error.contains(mark)))
}

/// What to do about a handler that wants another input.
pub(crate) const HANDLER_HELP: &str = "deploy an image of worker-comfyui 5 or later, whose handler takes `{\"input\": {\"workflow\": …}}`, or correct the \
     handler of this image";

/// What to do about a job that is too large.
pub(crate) const TOO_LARGE_HELP: &str = "make the input images smaller; `/runsync` takes 20 MB";

const SIGNATURES: &[Signature] = &[
    Signature {
        marks: &["not allowed for QB API"],
        rule: "wrong-endpoint-type",
        meaning: "this is a load-balancing endpoint, which has no job queue",
        help: "use the id of a queue-based endpoint; worker-comfyui is queue-based",
    },
    Signature {
        marks: &["Missing 'workflow' parameter", "Please provide input", "Invalid JSON format in input"],
        rule: "wrong-handler",
        meaning: "worker-comfyui takes `input.workflow`, and what came to it was another body",
        help: "look for what changes the job on its way, such as a handler around worker-comfyui's own",
    },
    Signature {
        marks: &["workflow should be <class 'str'> type", "payload is a required input"],
        rule: "wrong-handler",
        meaning: "the handler takes `{\"workflow\": \"default\" | \"txt2img\" | \"custom\", \"payload\": {…}}`, as \
                  ashleykleynhans/runpod-worker-comfyui does",
        help: HANDLER_HELP,
    },
    Signature {
        marks: &[
            "no 'workflow' property found",
            "no 'input' property found",
            "'workflow' must be a valid JSON object or JSON-encoded string",
        ],
        rule: "wrong-handler",
        meaning: "the handler takes `{\"workflow\", \"files\", \"tobucket\", \"tobase64\"}`, as Dekita's \
                  runpod-serverless-comfyui-worker does",
        help: HANDLER_HELP,
    },
    Signature {
        marks: &["비디오를를 찾을 수 없습니다", "ComfyUI 서버에 연결할 수 없습니다"],
        rule: "wrong-handler",
        meaning: "the handler makes a video of `prompt` and an image (`image_path`, `image_url` or `image_base64`), as \
                  wlsdml1114/generate_video does",
        help: HANDLER_HELP,
    },
    Signature {
        marks: &["is not a valid input option", "is a required input"],
        rule: "wrong-handler",
        meaning: "the handler holds its input against a schema of its own, which knows no `workflow`; the error names what it asks for",
        help: HANDLER_HELP,
    },
    Signature {
        marks: &["KeyError: 'prompt'"],
        rule: "wrong-handler",
        meaning: "the handler takes `input.prompt`, not the `input.workflow` of worker-comfyui",
        help: HANDLER_HELP,
    },
    Signature {
        marks: &["CUDA out of memory", "OutOfMemoryError", "Allocation on device"],
        rule: "out-of-memory",
        meaning: "the GPU has too little memory for this workflow",
        help: "choose GPUs with more memory, or make the images, the batch or the model smaller; with several GPU types it fails \
               only on the small ones",
    },
    Signature {
        marks: &[
            "no kernel image is available",
            "CUDA unknown error",
            "CUDA driver version is insufficient",
            "Found no NVIDIA driver",
        ],
        rule: "cuda-mismatch",
        meaning: "the image's CUDA does not fit the GPU or its driver",
        help: "use an image built for the GPU (a `-cuda12.8.1` tag for RTX 5090 and B200), or restrict GPU types and CUDA versions",
    },
    Signature {
        marks: &["executionTimeout exceeded"],
        rule: "execution-timeout",
        meaning: "RunPod ended it at the endpoint's execution timeout",
        help: "raise the execution timeout if the workflow really takes so long; if the worker's log repeats `Still waiting...`, \
               its WebSocket to ComfyUI broke and the job hung",
    },
    Signature {
        marks: &["job timed out after"],
        rule: "unreported-job",
        meaning: "the worker took the job and never reported back",
        help: "look at the worker's log for a process that was killed (out of memory) or `Job has missing field(s)`, which an empty \
               `input` causes",
    },
    Signature {
        marks: &["not reachable after multiple retries", "Max retries reached while waiting for image generation"],
        rule: "failed-job",
        meaning: "ComfyUI did not come up, or went away, inside the worker",
        help: "look at the start of the worker's log for the error that ComfyUI ended with, such as a missing Python package",
    },
    Signature {
        marks: &["ComfyUI HTTP unreachable during websocket reconnect"],
        rule: "failed-job",
        meaning: "ComfyUI died in the middle of the job, most often for lack of memory",
        help: "choose a worker with more memory, and look at the end of the worker's log",
    },
    Signature {
        marks: &["WebSocket communication error"],
        rule: "failed-job",
        meaning: "the worker lost its connection to ComfyUI",
        help: "look at the worker's log for what ComfyUI did at that time",
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
        meaning: "ComfyUI could not read the workflow at all",
        help: "export the workflow in API format; a workflow in UI format (with `nodes` and `links`) is answered so",
    },
    Signature {
        marks: &[
            "Error queuing workflow: 400",
            "Error queuing workflow: HTTP Error 400",
            "'list' object has no attribute 'items'",
        ],
        rule: "failed-job",
        meaning: "ComfyUI refused the workflow, and this old worker hides why",
        help: "update worker-comfyui to 5.1 or later, whose errors name the node and the input",
    },
    Signature {
        marks: &["Workflow validation failed", "ComfyUI validation failed"],
        rule: "failed-job",
        meaning: "ComfyUI refused the workflow",
        help: "correct the node and the input that the error names, and export the workflow again",
    },
    Signature {
        marks: &["Failed to upload one or more input images", "cannot identify image file"],
        rule: "failed-job",
        meaning: "an input image could not be used",
        help: "give input images as base64 of a whole PNG, JPEG or WebP; URLs are not accepted",
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
        meaning: "the job is larger than the 10 MB that RunPod's `/run` takes",
        help: TOO_LARGE_HELP,
    },
    // The words of this program, which does not send what would be refused.
    Signature { marks: &["bytes, and RunPod takes"], rule: "job-too-large", meaning: "", help: TOO_LARGE_HELP },
];
