//! A recording of samples, written down by a test.

use super::{PRICE, image_hosts, workflow};
use crate::event::RunEvent;
use crate::facts::Samples;
use crate::interruption::Interruption;
use crate::sampler::{SamplingRequest, Watcher, run_samples};
use crate::transport::Transport;
use crate::transport::testing::{exchange, ok, replay_of};
use comfycheck_core::plan::PlannedSample;
use comfycheck_core::report::Signal;
use comfycheck_core::request::JobRequest;
use comfycheck_core::secret::Secrets;
use comfycheck_core::suite::Sampling;
use futures_util::FutureExt;
use serde_json::{Value, json};
use std::sync::Arc;

/// An endpoint and its jobs. Every exchange takes 100 ms.
#[derive(Default)]
pub(super) struct Recording {
    exchanges: Vec<Value>,
    local_worker: bool,
    job: JobRequest,
}

impl Recording {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Of a worker outside RunPod.
    pub(super) fn of_local_worker() -> Self {
        Self { local_worker: true, ..Self::default() }
    }

    /// The same for jobs that are sent with this.
    pub(super) fn sending(self, job: JobRequest) -> Self {
        Self { job, ..self }
    }

    /// Workers according to `/health` from an instant on.
    pub(super) fn health(self, at_ms: u64, ready: u32) -> Self {
        let body = ok(&json!({"workers": {"ready": ready}, "jobs": {}}));
        self.with(exchange("jobs", "sampling", "GET /v2/{endpoint}/health", [at_ms, at_ms + 100], &body))
    }

    /// The response to the submission of a sample.
    pub(super) fn run(self, index: u32, outcome: &Value) -> Self {
        self.submitted("run", 100, index, outcome)
    }

    /// The response, after two seconds, to a submission that waits for its job.
    pub(super) fn runsync(self, index: u32, outcome: &Value) -> Self {
        self.submitted("runsync", 2_000, index, outcome)
    }

    fn submitted(mut self, by: &str, answered_ms: u64, index: u32, outcome: &Value) -> Self {
        let request = format!("POST /v2/{{endpoint}}/{by}");
        let mut run = exchange("jobs", "sampling", &request, [0, answered_ms], outcome);
        run["request"]["body"] = json!({"json": self.job.body(&workflow(index), None).public});
        self.exchanges.push(run);
        self
    }

    /// A job of worker `w1`: it waits, runs, and has one image.
    pub(super) fn job(self, index: u32, delay_ms: u64, execution_ms: u64) -> Self {
        let done = json!({"status": "COMPLETED", "delayTime": delay_ms, "executionTime": execution_ms, "workerId": "w1",
                          "output": {"images": [{"filename": "a.png", "type": "base64", "data": "aGVsbG8="}]}});
        let mut this = self.accepted(index);
        if delay_ms > 0 {
            this = this.status(index, 0, &json!({"status": "IN_QUEUE"}));
        }
        this.status(index, delay_ms, &json!({"status": "IN_PROGRESS", "workerId": "w1"})).status(
            index,
            delay_ms + execution_ms,
            &done,
        )
    }

    pub(super) fn accepted(self, index: u32) -> Self {
        self.run(index, &ok(&json!({"id": format!("job-{index}"), "status": "IN_QUEUE"})))
    }

    /// The content of `/status` from an instant on, counted from the response to `/run`.
    pub(super) fn status(self, index: u32, at_ms: u64, status: &Value) -> Self {
        self.look(index, at_ms, &ok(status))
    }

    pub(super) fn look(self, index: u32, at_ms: u64, outcome: &Value) -> Self {
        let request = format!("GET /v2/{{endpoint}}/status/job-{index}");
        self.with(exchange("jobs", "sampling", &request, [at_ms, at_ms + 100], outcome))
    }

    pub(super) fn cancel(self, index: u32) -> Self {
        self.cancelled(index, &ok(&json!({"status": "CANCELLED"})))
    }

    /// The response to cancelling a job.
    pub(super) fn cancelled(self, index: u32, outcome: &Value) -> Self {
        let request = format!("POST /v2/{{endpoint}}/cancel/job-{index}");
        self.with(exchange("jobs", "sampling", &request, [0, 100], outcome))
    }

    pub(super) fn with(mut self, exchange: Value) -> Self {
        self.exchanges.push(exchange);
        self
    }

    pub(super) fn replay(&self, samples: u32, sampling: &Sampling) -> Samples {
        self.take_while(samples, sampling, |_| true)
    }

    /// Interrupts the run at the first event that `continues` rejects.
    pub(super) fn take_while(
        &self,
        samples: u32,
        sampling: &Sampling,
        continues: impl Fn(&RunEvent) -> bool + Send + Sync,
    ) -> Samples {
        self.take(samples, sampling, continues, None)
    }

    /// With a watcher.
    pub(super) fn watched(&self, samples: u32, sampling: &Sampling, watcher: &dyn Watcher) -> Samples {
        self.take(samples, sampling, |_| true, Some(watcher))
    }

    fn take(
        &self,
        samples: u32,
        sampling: &Sampling,
        continues: impl Fn(&RunEvent) -> bool + Send + Sync,
        watcher: Option<&dyn Watcher>,
    ) -> Samples {
        let planned: Vec<_> = (0..samples)
            .map(|index| PlannedSample {
                index,
                seed: Some(u64::from(index)),
                workflow: workflow(index).to_string().into(),
            })
            .collect();
        let (interrupter, interruption) = Interruption::new();
        let transport = Arc::new(Transport::Replay(replay_of(&json!(self.exchanges), self.local_worker)));
        let listener = |event: RunEvent| {
            if !continues(&event) {
                interrupter.interrupt(Signal::Interrupt);
            }
        };
        let request = SamplingRequest {
            samples: &planned,
            job: &self.job,
            sampling,
            image_hosts: &image_hosts(),
            output_path: None,
            secrets: &Secrets::default(),
            price: Some(&PRICE),
            before: &[],
            watcher,
            load: None,
        };
        run_samples(request, &transport, &interruption, &listener).now_or_never().expect("virtual time never waits")
    }
}
