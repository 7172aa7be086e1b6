//! `/health`: the numbers of workers and jobs.

use crate::platform::{Platform, WorkerState};
use serde_json::json;

/// The body of the response. Its keys are sorted, as RunPod's are.
pub(super) fn health(platform: &Platform) -> String {
    let tally = platform.tally();
    let workers = |state| tally.workers(state);
    let idle = workers(WorkerState::Idle);
    json!({
        "jobs": {
            "completed": tally.completed,
            "failed": tally.failed,
            "inProgress": tally.in_progress,
            "inQueue": platform.in_queue(),
            "retried": tally.retried,
        },
        "workers": {
            "idle": idle,
            "initializing": workers(WorkerState::Initializing),
            // RunPod counts an idle worker as ready, too.
            "ready": idle,
            "running": workers(WorkerState::Running),
            "throttled": workers(WorkerState::Throttled),
            "unhealthy": workers(WorkerState::Unhealthy),
        },
    })
    .to_string()
}
