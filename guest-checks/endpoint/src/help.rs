//! What the reader can do. Every text fits the evidence that its finding shows.

pub(crate) const API_BASE: &str = "https://api.runpod.ai/v2";

pub(crate) const KEY: &str = "set `RUNPOD_API_KEY` to a key that RunPod's console lists as active";

pub(crate) const KEY_SCOPE: &str = "give the key access to this endpoint, or use another key";

pub(crate) const ENDPOINT_ID: &str =
    "compare the endpoint's id with RunPod's console: it can be mistyped, deleted, or of another account";

pub(crate) const BASE_URL_PATH: &str = "end the base URL in `/v2`, as in `https://api.runpod.ai/v2`";

pub(crate) const PROXY: &str =
    "correct the base URL (RunPod's is `https://api.runpod.ai/v2`), or remove the proxy or login page in between";

pub(crate) const CLOUDFLARE: &str = "run from another network, or without the proxy in between: Cloudflare blocked the request before it reached RunPod";

pub(crate) const USE_QUEUE: &str = "use the id of a queue-based endpoint; worker-comfyui needs a job queue";

pub(crate) const SLOW: &str =
    "run again; if `/health` stays slow, look for a proxy or a slow network, and check RunPod's status page";

pub(crate) const READ_HEALTH: &str = "run again when `/health` answers";

pub(crate) const CRASH: &str =
    "read the end of the worker's log in RunPod's console, fix the image, and release it again";

pub(crate) const INITIALIZING: &str = "look in the worker's log for an image pull that does not end; make the image smaller, enable FlashBoot, or raise \
     `RUNPOD_INIT_TIMEOUT`";

pub(crate) const NEWER_CUDA: &str = "use the tag that ends in `-cuda12.8.1` and set the endpoint's minimum CUDA version to 12.8, or remove these \
     pools";

/// The same where workers crash: the warning about the image has the rest.
pub(crate) const CRASH_NEWER_CUDA: &str = "use the tag that ends in `-cuda12.8.1`, or remove these pools";

pub(crate) const LATE_COMFYUI: &str = "remove `COMFY_API_AVAILABLE_MAX_RETRIES` from the endpoint's environment: without it, this version waits while ComfyUI starts";

pub(crate) const SLOW_START: &str =
    "shorten the start (smaller image, FlashBoot or an active worker), or raise `in-queue-s` in the suite";

pub(crate) const NO_HANDLER: &str =
    "make sure that the image starts RunPod's handler, and rebuild it with the `runpod` package 1.10.1 or later";

pub(crate) const BUSY: &str = "raise max workers, raise `in-queue-s` in the suite, or run when the endpoint is idle";

pub(crate) const THROTTLED: &str = "allow more GPU types or data centers, or keep an active worker";

pub(crate) const LONGER_WAIT: &str = "raise `in-queue-s` in the suite to observe a complete worker start";

pub(crate) const ROLLOUT: &str = "wait for the rollout with `comfycheck wait-rollout`, then run again";

pub(crate) const WORKER_LOG: &str = "read the worker's log in RunPod's console at the time of the job";

pub(crate) const LOCAL_WORKER: &str =
    "check that `python handler.py --rp_serve_api` runs at this address, and read its output";

pub(crate) const HANDLER: &str = "deploy an image of worker-comfyui 5 or later, which takes `{\"input\": {\"workflow\": …}}`; for another handler, \
     set `template` in `[request]` to the request that it takes";

pub(crate) const TOO_LARGE: &str = "make the input images smaller";

pub(crate) const HANGING: &str = "raise `in-progress-s` in the suite if the workflow needs more time; if the worker's log repeats `Still waiting...`, \
     its WebSocket to ComfyUI broke";

pub(crate) const EXECUTION_TIMEOUT: &str = "raise the endpoint's execution timeout if the workflow needs more time; if the worker's log repeats `Still \
     waiting...`, its WebSocket to ComfyUI broke";

/// The image's own CUDA has code for the GPU.
pub(crate) const PACKAGE_KERNELS: &str = "set the attention of the node to `sdpa`, or build its package (such as flash-attn, SageAttention or xformers) for this \
     GPU in the image";

pub(crate) const PARTLY_LOADED: &str = "choose GPUs with more memory: the log shows that a model fits only in part, which makes each step slow; else raise the \
     endpoint's execution timeout";

pub(crate) const NO_RESULT: &str =
    "fix the handler: it returned nothing, or the image runs no ComfyUI handler; no image is made in so short a time";

/// An exception of the worker's log that belongs to no family.
pub(crate) const EXCEPTION: &str = "fix what raised the exception that the log shows, and release the image again";

pub(crate) const BAD_HOST: &str =
    "terminate this worker so that jobs run on another host, and report the machine to RunPod if it persists";

/// Several hosts with the same fault share the image and the GPU types.
pub(crate) const BAD_HOSTS: &str =
    "check that the image's CUDA supports the endpoint's GPU types; if it does, terminate these workers";

pub(crate) const BAD_GPU_TYPE: &str = "remove this GPU type from the endpoint, or use an image that supports it";

/// The jobs on the other GPU types had enough memory.
pub(crate) const SMALL_GPU_TYPE: &str = "remove this GPU type from the endpoint: the workflow fits the others; or reduce the image size, the batch or the model";

pub(crate) const BAD_DATA_CENTER: &str =
    "compare the network volume of this data center with the others, or remove the data center from the endpoint";

/// A completed job whose output is an error.
pub(crate) const REPORTED: &str =
    "fix what the output reports, and let the handler raise an exception so that RunPod counts the job as failed";

/// Running workers that take no job.
pub(crate) const NOT_LISTENING: &str =
    "read the worker's log: it runs and is billed, but takes no jobs; check that the image starts RunPod's handler";

/// The rules of families that RunPod's own refusals show.
pub(crate) const REFUSALS: [&str; 4] = ["wrong-endpoint-type", "refused-submission", "job-too-large", "not-runpod"];

pub(crate) const PROGRESS_UPDATE: &str =
    "remove any call of `progress_update` from the handler: RunPod can keep such a job in progress";

/// An unexpected status of `/health`.
pub(crate) fn status(status: u16) -> &'static str {
    match status {
        429 => "wait until RunPod's rate limit allows requests, then run again",
        500..=599 => "run again later; if it persists, check RunPod's status page",
        _ => "compare the base URL with `https://api.runpod.ai/v2`, then run again",
    }
}

/// A connection to RunPod failed.
pub(crate) fn connection(failure: &str) -> &'static str {
    match failure {
        "unresolved" => "check this machine's network and DNS, then run again",
        "refused" => "check for a firewall between this machine and RunPod, then run again",
        "tls" => {
            "check this machine's clock and certificates, and look for a proxy that intercepts TLS, then run again"
        }
        _ => "run again; if it persists, check this machine's network and RunPod's status page",
    }
}

/// A host other than RunPod's cannot serve.
pub(crate) fn foreign_host(failure: &str) -> &'static str {
    match failure {
        "unresolved" => "correct the host in the base URL; RunPod's is `https://api.runpod.ai/v2`",
        "refused" => "start the server that should listen there, or correct host and port in the base URL",
        _ => "correct the base URL, or give the host a certificate that this machine trusts",
    }
}

/// Max workers is 0. RunPod also lowers it when workers crash again and again.
pub(crate) fn paused(crashed: bool) -> &'static str {
    if crashed {
        "fix the unhealthy workers, then set max workers above 0"
    } else {
        "set max workers above 0; RunPod sets it to 0 after 7 days without requests"
    }
}

/// `is_configured`: the configuration is known, so max workers is above 0.
pub(crate) fn no_worker(is_configured: bool) -> &'static str {
    if is_configured {
        "allow more GPU types, CUDA versions and data centers, and check the account's balance"
    } else {
        "set max workers above 0, then allow more GPU types, CUDA versions and data centers"
    }
}

pub(crate) fn vanished(is_configured: bool) -> &'static str {
    if is_configured {
        "read the log of the worker that disappeared, and check the account's balance and spend limit"
    } else {
        "read the log of the worker that disappeared, then check max workers and the account's balance and spend limit"
    }
}

/// No GPU is free where workers can run. `available` names GPUs that are in stock.
pub(crate) fn more_gpus(available: Option<&str>, no_volume: bool) -> String {
    if let Some(available) = available {
        return format!("allow {available}");
    }
    let volume = if no_volume { "" } else { "; a network volume pins workers to its data center" };
    format!("allow more GPU types, CUDA versions or data centers{volume}")
}

/// RunPod limits a result to 10 MB. A handler that returns nothing looks the same.
pub(crate) fn lost_result(local_worker: bool) -> &'static str {
    if local_worker {
        "return the images from the handler: it returned nothing, or an `error` that is not text"
    } else {
        "if results exceed RunPod's 10 MB, upload images to a bucket (`BUCKET_ENDPOINT_URL` and its keys) or return fewer \
         per job; otherwise fix the handler, which returned nothing or an `error` that is not text"
    }
}

/// RunPod no longer has a job that a worker took. `reason` names the time to live, if that ended the job.
pub(crate) fn expired(reason: Option<&str>) -> &'static str {
    if reason.is_some_and(|reason| reason.contains("ttl")) {
        "raise `ttl-s` in `[request.policy]`: it must cover the wait in the queue and the execution"
    } else {
        "run again; if it persists, ask RunPod's support about the job: RunPod keeps results for 30 minutes"
    }
}

/// A refusal begins with its HTTP status.
pub(crate) fn refusal(error: &str) -> &'static str {
    match error.strip_prefix("status ").and_then(|rest| rest.get(..3)) {
        Some("401" | "403") => {
            "give the key permission to submit jobs to this endpoint; a read-only key can only read `/health`"
        }
        Some("402") => "top up the balance of the RunPod account, or raise its spend limit",
        Some("404") => "compare the endpoint's id and the base URL with RunPod's console",
        _ => "fix what RunPod reports, then run again",
    }
}
