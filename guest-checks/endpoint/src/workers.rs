//! The workers before the samples, by one reading of `/health` and, where available, the management API.

use crate::help;
use crate::management::Management;
use crate::message::{clauses, states};
use crate::settings::Settings;
use comfycheck_sdk::endpoint::{HealthFacts, Worker, WorkerCounts};
use comfycheck_sdk::wording::{beside, count, seconds};
use comfycheck_sdk::{Finding, Subject, quote};

/// Judges the workers as they are now.
pub(crate) fn judge(health: &HealthFacts, management: &Management, settings: &Settings) -> Vec<Finding> {
    let workers = management.workers();
    let (now, jobs) = (&health.workers, &health.jobs);
    let states = states(now);
    let mut findings = Vec::new();
    let start_failure = management.start_failure().filter(|_| !is_up(now));
    if let Some(failure) = start_failure {
        let message = clauses([Some(failure.message), Some(format!("workers: {states}"))]);
        let worker = Subject::Worker(failure.worker.to_owned());
        findings.push(Finding::new(failure.rule, message).about(worker).help(failure.help));
    } else if now.unhealthy > 0 {
        let clue = management.crash_clue();
        let help = clue.as_ref().and_then(|clue| clue.help).unwrap_or(help::CRASH);
        let (rule, what) = if is_up(now) || now.initializing > 0 {
            ("unhealthy-workers", "some workers are unhealthy")
        } else {
            ("crash-loop", "workers crash while they start")
        };
        let last = management.last_words(clue.as_ref());
        let message = clauses([Some(format!("{what}: {states}")), clue.map(|clue| clue.quoted), last]);
        findings.push(about_workers(Finding::new(rule, message).help(help), workers, "UNHEALTHY"));
    }
    // A scaled-down endpoint often shows a lone throttled worker, which means nothing while no job waits.
    if now.throttled > 0 && now.unhealthy == 0 && !is_up(now) && jobs.in_queue > 0 {
        let message = format!("no worker is up for {} in the queue: {states}", count(jobs.in_queue, "job"));
        let finding = Finding::new("throttled-workers", message)
            .help("allow more GPU types or data centers if it persists; throttling often clears within a minute");
        findings.push(about_workers(finding, workers, "THROTTLED"));
    }
    findings.extend(workers.iter().filter_map(|worker| stuck(worker, settings)));
    let (queued, running) = (count(jobs.in_queue, "job"), jobs.in_progress);
    findings.push(Finding::new("workers", format!("workers: {states}; {queued} in the queue, {running} in progress")));
    findings
}

/// Whether a worker runs a job, or could.
pub(crate) fn is_up(workers: &WorkerCounts) -> bool {
    workers.idle > 0 || workers.ready > 0 || workers.running > 0
}

fn stuck(worker: &Worker, settings: &Settings) -> Option<Finding> {
    let limit = settings.stuck_initializing_s;
    let uptime = worker.uptime_s.filter(|&uptime| worker.status == "INITIALIZING" && uptime > limit)?;
    #[expect(clippy::cast_precision_loss, reason = "seconds that a worker has been up")]
    let (uptime, limit) = beside(uptime as f64, limit as f64, "s", seconds);
    let message = format!("worker {} has been initializing for {uptime} (limit: {limit})", quote(&worker.id));
    let finding = Finding::new("stuck-initializing", message);
    Some(finding.about(Subject::Worker(worker.id.clone())).help(help::INITIALIZING))
}

fn about_workers(finding: Finding, workers: &[Worker], status: &str) -> Finding {
    let with_status = workers.iter().filter(|worker| worker.status == status);
    finding.about_all(with_status.map(|worker| Subject::Worker(worker.id.clone())))
}
