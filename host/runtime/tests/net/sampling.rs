//! Samples from a server, live or recorded.

use comfycheck_core::money::Budget;
use comfycheck_core::plan::PlannedSample;
use comfycheck_core::request::JobRequest;
use comfycheck_core::secret::{Secret, Secrets};
use comfycheck_core::suite::{Deployment, Patience, Sampling};
use comfycheck_runtime::facts::Samples;
use comfycheck_runtime::interruption::Interruption;
use comfycheck_runtime::sampler::{SamplingRequest, run_samples};
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::live::{ExchangeLimits, Live};
use serde_json::json;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;

pub(crate) const KEY: &str = "rpa_THE0KEY0OF0THIS0TEST";

/// The secrets of [`deployment`].
pub(crate) fn secrets() -> Secrets {
    Secrets::new([Secret::new(KEY)])
}

/// Endpoint `ep1` of this server, which is also its ComfyUI.
pub(crate) fn deployment(base: &str) -> Deployment {
    Deployment {
        endpoint: Some("ep1".to_owned()),
        key: Some(Secret::new(KEY)),
        base_url: format!("{base}/v2"),
        comfyui: Some(base.to_owned()),
        ..Deployment::default()
    }
}

/// A runtime for sockets.
pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap()
}

/// The network, on a runtime.
pub(crate) fn live(base: &str, runtime: &Runtime, limits: ExchangeLimits) -> Live {
    Live::new(&deployment(base), secrets(), runtime.handle().clone(), limits).unwrap()
}

/// Two jobs in flight. A job times out after `patience`.
pub(crate) fn sampling(patience: Duration) -> Sampling {
    Sampling {
        submit: comfycheck_core::suite::Submit::Run,
        rate_limit: None,
        samples: 0,
        concurrency: NonZeroU32::new(2).unwrap(),
        variations: Vec::new(),
        seed_inputs: None,
        seed: None,
        patience: Patience { in_queue: patience, in_progress: patience },
        budget: Budget::default(),
        share: None,
    }
}

/// Runs `count` samples of a workflow with this prompt.
pub(crate) fn sample(
    transport: &Arc<Transport>,
    runtime: &Runtime,
    count: u32,
    prompt: &str,
    patience: Duration,
) -> Samples {
    sample_with(transport, runtime, count, prompt, patience, &JobRequest::default())
}

/// The same, with jobs that are sent with this.
pub(crate) fn sample_with(
    transport: &Arc<Transport>,
    runtime: &Runtime,
    count: u32,
    prompt: &str,
    patience: Duration,
    job: &JobRequest,
) -> Samples {
    let planned: Vec<_> = (0..count)
        .map(|index| PlannedSample {
            index,
            seed: Some(u64::from(index)),
            workflow: json!({"3": {"class_type": "KSampler", "inputs": {"seed": index, "prompt": prompt}}})
                .to_string()
                .into(),
        })
        .collect();
    let secrets = secrets();
    let request = SamplingRequest {
        samples: &planned,
        job,
        sampling: &sampling(patience),
        image_hosts: &[],
        output_path: None,
        secrets: &secrets,
        price: None,
        before: &[],
        watcher: None,
        load: None,
    };
    runtime.block_on(run_samples(request, transport, &Interruption::never(), &|_| {}))
}
