//! Settings and workers that cost money without a job.

use crate::management::Management;
use crate::message::clauses;
use crate::worker_price::WorkerPrice;
use comfycheck_sdk::Finding;
use comfycheck_sdk::endpoint::HealthFacts;
use comfycheck_sdk::samples::PriceFacts;
use comfycheck_sdk::wording::{count, seconds};

/// A worker that waits longer than this for its next job costs more than most cold starts, in seconds.
const LONG_IDLE: u32 = 300;
const DAY: f64 = 24.0 * 3600.0;

/// What costs money while no job runs, by the configuration and one reading of `/health`.
pub(crate) fn judge(management: &Management, health: Option<&HealthFacts>, price: Option<&PriceFacts>) -> Vec<Finding> {
    let workers = management.workers();
    let running = || workers.iter().filter(|worker| worker.status == "RUNNING");
    let without_jobs =
        health.and_then(|health| running_without_jobs(health, WorkerPrice::of(price, management, running())));
    let configuration = management.configuration.as_ref().ok();
    let price = WorkerPrice::of(price, management, workers.iter());
    let configured = configuration.into_iter().flat_map(|configuration| {
        let active = configuration.workers_min.filter(|&workers| workers > 0).map(|workers| active(workers, price));
        let idle = configuration.idle_timeout_s.filter(|&idle| idle > LONG_IDLE).map(|idle| long_idle(idle, price));
        let unlimited = configuration.execution_timeout.is_none().then(|| no_timeout(price));
        [active, idle, unlimited].into_iter().flatten()
    });
    without_jobs.into_iter().chain(configured).collect()
}

fn running_without_jobs(health: &HealthFacts, price: Option<WorkerPrice>) -> Option<Finding> {
    let (workers, jobs) = (health.workers.running, &health.jobs);
    if workers == 0 || jobs.in_progress > 0 || jobs.in_queue > 0 {
        return None;
    }
    let retried = (jobs.retried > 0).then(|| format!("retries so far: {}", jobs.retried));
    let what = format!("{} without a job in progress or in the queue", running(workers));
    let message = clauses([Some(with_cost(&what, price.map(|price| per_day(workers, price)))), retried]);
    let help = "look for workers that restart again and again in RunPod's console, and terminate them: running workers are billed";
    Some(Finding::new("running-without-jobs", message).help(help))
}

fn running(workers: u32) -> String {
    format!("{} {}", count(workers, "worker"), if workers == 1 { "runs" } else { "run" })
}

fn active(workers: u32, price: Option<WorkerPrice>) -> Finding {
    let (who, one) = (count(workers, "active worker"), workers == 1);
    let message = match price {
        Some(price) => format!("{who} {} {}", if one { "costs" } else { "cost" }, per_day(workers, price)),
        None => format!("{who} {} billed all the time", if one { "is" } else { "are" }),
    };
    Finding::new("active-workers", message).help("set active workers to 0 unless every job must start at once")
}

fn long_idle(idle: u32, price: Option<WorkerPrice>) -> Finding {
    let idle = f64::from(idle);
    let each = price.map(|price| format!("up to {} after each job{}", price.of_time(idle), price.why()));
    let message = with_cost(&format!("an idle worker stays up for {}", seconds(idle)), each);
    let help = "lower the idle timeout to about the time of a cold start: idle workers are billed";
    Finding::new("long-idle-timeout", message).help(help)
}

fn no_timeout(price: Option<WorkerPrice>) -> Finding {
    let day = price.map(|price| format!("a job that hangs costs {}", per_day(1, price)));
    let message = with_cost("the endpoint has no execution timeout", day);
    let help = "set an execution timeout above the longest job, so that RunPod ends jobs that hang";
    Finding::new("no-execution-timeout", message).help(help)
}

fn with_cost(what: &str, cost: Option<String>) -> String {
    cost.map_or_else(|| what.to_owned(), |cost| format!("{what}: {cost}"))
}

fn per_day(workers: u32, price: WorkerPrice) -> String {
    format!("{} per day{}", price.of_time(f64::from(workers) * DAY), price.why())
}
