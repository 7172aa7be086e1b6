//! The endpoint's configuration, before any sample.

use crate::help;
use crate::management::Management;
use crate::message::{clauses, names};
use crate::placement::Placement;
use crate::workers;
use comfycheck_sdk::endpoint::{ConfigurationFacts, HealthFacts};
use comfycheck_sdk::wording::count;
use comfycheck_sdk::{Finding, Subject, few_names, one_line, quote};

/// GPU pools that need CUDA 12.8: RTX 5090, RTX PRO 6000 and B200.
const BLACKWELL: [&str; 3] = ["ADA_32_PRO", "BLACKWELL_96", "BLACKWELL_180"];

/// What keeps every job from running, and what has another effect than it seems to have. `health` shows whether workers
/// started all the same.
pub(crate) fn judge(management: &Management, health: Option<&HealthFacts>) -> Vec<Finding> {
    let Ok(configuration) = &management.configuration else { return Vec::new() };
    let mut findings = Vec::new();
    if configuration.kind.as_deref() == Some("LOAD_BALANCER") {
        let message = "this endpoint has no job queue: its type is `LOAD_BALANCER`";
        findings.push(Finding::new("wrong-endpoint-type", message).help(help::USE_QUEUE));
    }
    if management.paused() {
        let waiting = health.map(|health| health.jobs.in_queue).filter(|&jobs| jobs > 0);
        let waiting = waiting.map(|jobs| format!("{} in the queue", count(jobs, "job")));
        let crashed = health.is_some_and(|health| health.workers.unhealthy > 0);
        let message = clauses([Some("max workers is 0, so no job can start".to_owned()), waiting]);
        findings.push(Finding::new("workers-disabled", message).help(help::paused(crashed)));
    }
    let is_up = health.is_some_and(|health| workers::is_up(&health.workers));
    let pin = Placement::of(management).filter(|_| !is_up).and_then(|placement| placement.volume_pin());
    findings.extend(pin.map(|pin| Finding::new("volume-pins-workers", pin.reason).help(pin.help)));
    if let Some(image) = &configuration.image {
        findings.extend(old_cuda(image, configuration));
        findings.extend(floating_tag(image));
        findings.extend(ineffective_variable(image, management.environment.as_deref().unwrap_or_default()));
    }
    findings.extend(rollout(management));
    findings.extend(failed_build(management));
    findings
}

/// The newest build failed, so it made no release: the endpoint runs an older image.
fn failed_build(management: &Management) -> Option<Finding> {
    let build = management.builds.as_ref().ok()?.first()?;
    if !matches!(build.status.as_str(), "FAILED" | "TEST_FAILED") {
        return None;
    }
    let commit = build.commit.as_deref().map(|commit| format!(" of commit {}", quote(commit))).unwrap_or_default();
    let branch = build.branch.as_deref().map(|branch| format!(" (branch {})", quote(branch))).unwrap_or_default();
    let what = format!("the newest build{commit}{branch} failed, so the endpoint runs an older image");
    let words = build.message.as_deref().map(|message| format!("`{}`", one_line(message, 200)));
    let help = "read the build's log in RunPod's console, fix the build, and push again";
    Some(Finding::new("failed-build", clauses([Some(what), words])).help(help))
}

/// RunPod's own image without kernels for a GPU. Only its tags are known to name the CUDA version.
fn old_cuda(image: &str, configuration: &ConfigurationFacts) -> Option<Finding> {
    let message = format!("{} {}", quote(image), lacks_cuda(image, configuration)?);
    Some(Finding::new("old-cuda-image", message).help(help::NEWER_CUDA))
}

/// What an image lacks of CUDA for the endpoint's GPUs, in words that follow its name; none if nothing is known to lack.
pub(crate) fn lacks_cuda(image: &str, configuration: &ConfigurationFacts) -> Option<String> {
    let tag = official_tag(image)?;
    let pools: Vec<_> = configuration.gpu_pools.iter().filter(|pool| BLACKWELL.contains(&pool.as_str())).collect();
    if pools.is_empty() || has_new_cuda(tag) {
        return None;
    }
    let others = configuration.gpu_pools.len() > pools.len();
    let only = others.then(|| "jobs fail only on these GPUs".to_owned());
    let pools = few_names(pools.iter().map(|pool| pool.as_str()));
    Some(clauses([Some(format!("lacks CUDA 12.8, which GPUs of {pools} need")), only]))
}

fn has_new_cuda(tag: &str) -> bool {
    tag.contains("cuda12.8") || tag.contains("cuda13")
}

/// Whether an image is RunPod's own with CUDA for every GPU.
pub(crate) fn fits_every_gpu(image: &str) -> bool {
    official_tag(image).is_some_and(has_new_cuda)
}

/// A tag that moves. Hosts cache images, so workers can run different ones.
fn floating_tag(image: &str) -> Option<Finding> {
    if image.contains('@') {
        return None;
    }
    let name = image.rsplit('/').next().unwrap_or(image);
    let message = match name.split_once(':') {
        None => format!("image {} has no tag, which means `latest`", quote(image)),
        Some((_, "latest")) => format!("image {} has the moving tag `latest`", quote(image)),
        Some(_) => return None,
    };
    let help = "pin a version tag or a digest: a host with a cached `latest` keeps using it, so workers can differ";
    Some(Finding::new("floating-tag", message).help(help))
}

fn ineffective_variable(image: &str, environment: &[String]) -> Option<Finding> {
    let tag = official_tag(image)?;
    let set = environment.iter().any(|name| name == "REFRESH_WORKER");
    (set && tag.starts_with("5.")).then(|| {
        let message = format!("`REFRESH_WORKER` is set but has no effect in {}", quote(image));
        let help = "remove it: worker-comfyui has ignored it since 5.0.0, and keeps workers running after a job";
        Finding::new("ineffective-variable", message).help(help)
    })
}

/// Whether an image is RunPod's own of version 5.8.3 or later. It waits for ComfyUI as long as ComfyUI's process runs.
pub(crate) fn waits_for_comfyui(image: &str) -> bool {
    let Some((number, _)) = official_tag(image).and_then(|tag| tag.split_once('-')) else { return false };
    let numbers: Vec<u32> = number.split('.').map_while(|part| part.parse().ok()).collect();
    numbers.len() == 3 && numbers >= vec![5, 8, 3]
}

/// The tag of RunPod's own image, such as `5.8.5-base`; none for any other image.
fn official_tag(image: &str) -> Option<&str> {
    let image = image.strip_prefix("docker.io/").unwrap_or(image);
    image.strip_prefix("runpod/worker-comfyui:")
}

/// Workers of an older version are still up.
fn rollout(management: &Management) -> Option<Finding> {
    let stale: Vec<_> = management.workers().iter().filter(|worker| worker.stale == Some(true)).collect();
    let releases = management.releases.as_ref().ok();
    let in_progress = releases.is_some_and(|releases| releases.in_progress == Some(true));
    if stale.is_empty() && !in_progress {
        return None;
    }
    let newest = releases.and_then(|releases| Some((releases.workers_on_newest?, releases.workers_total?)));
    let (older, all) = match newest {
        Some((on, all)) => (u64::from(all).saturating_sub(u64::from(on)), u64::from(all)),
        None => (stale.len() as u64, management.workers().len() as u64),
    };
    let progress = format!("{older} of {} still on an older version", count(all, "worker"));
    let release = releases.and_then(|releases| releases.releases.first());
    let changed = release.filter(|release| !release.changed.is_empty());
    let changed = changed.map(|release| format!("version {} changes {}", release.version, names(&release.changed)));
    let message = clauses([Some(format!("a release is rolling out: {progress}")), changed]);
    let workers = stale.iter().map(|worker| Subject::Worker(worker.id.clone()));
    Some(Finding::new("mixed-versions", message).about_all(workers).help(help::ROLLOUT))
}
