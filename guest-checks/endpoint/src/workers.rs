//! What one reading of `/health`, and the management API where it is offered, tell of the workers before the samples.

use crate::management::Management;
use crate::rules::Settings;
use crate::wording::{counts, seconds};
use comfycheck_sdk::endpoint::{HealthFacts, Worker, WorkerCounts};
use comfycheck_sdk::{Finding, Subject, count};

/// Where the logs of workers say why they do not start.
pub(crate) const CRASH_HELP: &str = "read the last lines of the worker's log in RunPod's console (`PyTorch CUDA init failed`, `Fitness check failed`, \
     `exec format error`, a refused image pull), then fix the image and release it";

/// Judges the workers as they are now.
pub(crate) fn judge(health: &HealthFacts, management: &Management, settings: &Settings) -> Vec<Finding> {
    let workers = management.workers();
    let now = &health.workers;
    let jobs = &health.jobs;
    let serving = serve(now);
    let seen = counts(now);
    let mut findings = Vec::new();

    if now.unhealthy > 0 {
        let clue = management.clue_of_start().map(|clue| format!("; {clue}")).unwrap_or_default();
        let finding = if !serving && now.initializing == 0 {
            Finding::new(
                "crash-loop",
                format!("workers are unhealthy and none works ({seen}): they crash while they start{clue}"),
            )
            .help(CRASH_HELP)
        } else {
            Finding::new("unhealthy-workers", format!("some workers are unhealthy ({seen}){clue}")).help(CRASH_HELP)
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

/// Whether a worker is up: it runs a job, or could.
pub(crate) fn serve(workers: &WorkerCounts) -> bool {
    workers.idle > 0 || workers.ready > 0 || workers.running > 0
}

fn about_workers(finding: Finding, workers: &[Worker], status: &str) -> Finding {
    let with_status = workers.iter().filter(|worker| worker.status == status);
    finding.about_all(with_status.map(|worker| Subject::Worker(worker.id.clone())))
}
