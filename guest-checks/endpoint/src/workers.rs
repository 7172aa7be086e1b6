//! What one reading of `/health`, and the management API where it is offered, tell of the workers before the samples.

use crate::management::PAUSED_HELP;
use crate::rules::Settings;
use crate::wording::{counts, seconds};
use comfycheck_sdk::endpoint::{ConfigurationFacts, HealthFacts, Worker};
use comfycheck_sdk::{Finding, Subject, count};

/// Where the logs of workers say why they do not start.
pub(crate) const CRASH_HELP: &str = "read the last lines of the worker's log in RunPod's console (`PyTorch CUDA init failed`, `Fitness check failed`, \
     `exec format error`, a refused image pull), then fix the image and release it";

/// Judges the workers as they are now. `workers` is empty where the management API is not offered.
pub(crate) fn judge(health: &HealthFacts, workers: &[Worker], settings: &Settings) -> Vec<Finding> {
    let now = &health.workers;
    let jobs = &health.jobs;
    let serving = now.idle > 0 || now.ready > 0 || now.running > 0;
    let seen = counts(now);
    let mut findings = Vec::new();

    if now.unhealthy > 0 {
        let finding = if !serving && now.initializing == 0 {
            Finding::new(
                "crash-loop",
                format!("workers are unhealthy and none works ({seen}): they crash while they start"),
            )
            .help(CRASH_HELP)
        } else {
            Finding::new("unhealthy-workers", format!("some workers are unhealthy ({seen})")).help(CRASH_HELP)
        };
        findings.push(about_workers(finding, workers, "UNHEALTHY"));
    }
    // A lone throttled worker without jobs in the queue is what a scaled-down endpoint often shows.
    if now.throttled > 0 && now.unhealthy == 0 && !serving && jobs.in_queue > 0 {
        let waiting = count(usize::try_from(jobs.in_queue).unwrap_or(usize::MAX), "job");
        let finding = Finding::new(
            "throttled-workers",
            format!("every worker is throttled while {waiting} wait in the queue ({seen})"),
        )
        .help("allow more GPU types or data centers if it lasts; throttling often clears within a minute");
        findings.push(about_workers(finding, workers, "THROTTLED"));
    }
    let limit_s = settings.stuck_initializing_s;
    for worker in workers.iter().filter(|worker| worker.status == "INITIALIZING") {
        let Some(uptime) = worker.uptime_s.filter(|&uptime| uptime > limit_s) else { continue };
        let uptime = seconds(uptime.saturating_mul(1000));
        findings.push(
            Finding::new("stuck-initializing", format!("worker `{}` has been initializing for {uptime}", worker.id))
                .about(Subject::Worker(worker.id.clone()))
                .help(crate::not_started::INITIALIZING_HELP),
        );
    }
    let (queued, running) = (jobs.in_queue, jobs.in_progress);
    findings
        .push(Finding::new("workers", format!("workers: {seen}; jobs: {queued} in the queue, {running} in progress")));
    findings
}

/// Judges the endpoint's configuration: what keeps any job from being run.
pub(crate) fn configured(configuration: &ConfigurationFacts) -> Vec<Finding> {
    let balancing = (configuration.kind.as_deref() == Some("LOAD_BALANCER")).then(|| {
        Finding::new("wrong-endpoint-type", "the endpoint's type is `LOAD_BALANCER`, which has no job queue")
            .help("use the id of a queue-based endpoint; worker-comfyui is queue-based")
    });
    let paused = (configuration.workers_max == Some(0)).then(|| {
        Finding::new("no-worker", "the endpoint's max workers is 0: no worker will ever take a job").help(PAUSED_HELP)
    });
    balancing.into_iter().chain(paused).collect()
}

fn about_workers(finding: Finding, workers: &[Worker], status: &str) -> Finding {
    let with_status = workers.iter().filter(|worker| worker.status == status);
    finding.about_all(with_status.map(|worker| Subject::Worker(worker.id.clone())))
}
