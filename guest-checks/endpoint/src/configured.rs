//! What the endpoint's configuration alone tells, before any sample.

use crate::management::{Management, PAUSED_HELP};
use crate::placement::Placement;
use crate::wording::names;
use crate::workers;
use comfycheck_sdk::endpoint::{ConfigurationFacts, HealthFacts};
use comfycheck_sdk::{Finding, quote, quote_all};

/// GPU pools whose architecture needs CUDA 12.8: RTX 5090, RTX PRO 6000 and B200.
const BLACKWELL: [&str; 3] = ["ADA_32_PRO", "BLACKWELL_96", "BLACKWELL_180"];

/// Judges the endpoint's configuration: what keeps any job from being run, and what does not do what it seems to.
/// `health` tells whether workers came nevertheless.
pub(crate) fn judge(management: &Management, health: Option<&HealthFacts>) -> Vec<Finding> {
    let Ok(configuration) = &management.configuration else { return Vec::new() };
    let mut findings = Vec::new();
    if configuration.kind.as_deref() == Some("LOAD_BALANCER") {
        findings.push(
            Finding::new("wrong-endpoint-type", "the endpoint's type is `LOAD_BALANCER`, which has no job queue")
                .help("use the id of a queue-based endpoint; worker-comfyui is queue-based"),
        );
    }
    if management.paused() {
        let waiting = health.map(|health| health.jobs.in_queue).filter(|&jobs| jobs > 0);
        let waiting = waiting.map(|jobs| format!(" (`inQueue` {jobs})")).unwrap_or_default();
        let message = format!("the endpoint's max workers is 0: no worker will ever take a job{waiting}");
        findings.push(Finding::new("workers-disabled", message).help(PAUSED_HELP));
    }
    let served = health.is_some_and(|health| workers::serve(&health.workers));
    let pinned = Placement::of(management).filter(|_| !served).and_then(|placement| placement.pinned());
    findings.extend(pinned.map(|pinned| Finding::new("volume-pins-workers", pinned).help(PINNED_HELP)));
    if let Some(image) = &configuration.image {
        findings.extend(old_cuda(image, configuration));
        findings.extend(floating(image));
        let environment = management.environment.as_deref().unwrap_or_default();
        findings.extend(ineffective(image, environment));
    }
    findings.extend(rollout(management));
    findings
}

/// What to do about a volume that pins workers.
pub(crate) const PINNED_HELP: &str = "add a network volume in a data center that has the GPUs and copy the models to it (RunPod keeps volumes not in step), \
     allow the volume's data center, or bake the models into the image";

/// RunPod's own image for a GPU that it has no kernels for. Only of that image is it known which CUDA a tag has.
fn old_cuda(image: &str, configuration: &ConfigurationFacts) -> Option<Finding> {
    let tag = official_tag(image)?;
    let pools: Vec<_> = configuration.gpu_pools.iter().filter(|pool| BLACKWELL.contains(&pool.as_str())).collect();
    if pools.is_empty() || tag.contains("cuda12.8") || tag.contains("cuda13") {
        return None;
    }
    let others = configuration.gpu_pools.len() > pools.len();
    let when = if others { "; jobs fail only on those GPUs" } else { "" };
    let message = format!(
        "{} was not built for the GPUs of {}, which need CUDA 12.8{when}",
        quote(image),
        quote_all(pools.iter().map(|pool| pool.as_str()))
    );
    let help = "use the tag that ends in `-cuda12.8.1` and set the endpoint's lowest CUDA version to 12.8, or remove these pools";
    Some(Finding::new("old-cuda-image", message).help(help))
}

/// A tag that moves, so that workers may run different images, and a host may have an old one.
fn floating(image: &str) -> Option<Finding> {
    if image.contains('@') {
        return None;
    }
    let name = image.rsplit('/').next().unwrap_or(image);
    let message = match name.split_once(':') {
        None => format!("{} has no tag, which means `latest`", quote(image)),
        Some((_, "latest")) => format!("{} has the tag `latest`", quote(image)),
        Some(_) => return None,
    };
    let help = "name a version or a digest: a host that has `latest` in its cache goes on using what it has, so that workers differ";
    Some(Finding::new("floating-tag", message).help(help))
}

/// A variable that the image does not read any longer.
fn ineffective(image: &str, environment: &[String]) -> Option<Finding> {
    let tag = official_tag(image)?;
    let set = environment.iter().any(|name| name == "REFRESH_WORKER");
    (set && tag.starts_with("5.")).then(|| {
        Finding::new("ineffective-variable", format!("`REFRESH_WORKER` is set, and {} does not use it", quote(image)))
            .help("remove it; worker-comfyui has not used it since 5.0.0, though its documentation lists it: a worker is not refreshed after a job")
    })
}

/// The tag of RunPod's own image, such as `5.8.5-base`; none of any other image.
fn official_tag(image: &str) -> Option<&str> {
    let image = image.strip_prefix("docker.io/").unwrap_or(image);
    image.strip_prefix("runpod/worker-comfyui:")
}

/// Workers of an older version that are still up.
fn rollout(management: &Management) -> Option<Finding> {
    let stale: Vec<_> = management.workers().iter().filter(|worker| worker.stale == Some(true)).collect();
    let releases = management.releases.as_ref().ok();
    let going = releases.is_some_and(|releases| releases.in_progress == Some(true));
    if stale.is_empty() && !going {
        return None;
    }
    let share = releases.and_then(|releases| Some((releases.workers_on_newest?, releases.workers_total?)));
    let share = share.map(|(on, of)| format!(": {on} of {of} workers run the newest version"));
    let older = || format!(": {} of {} workers run an older version", stale.len(), management.workers().len());
    let share = share.unwrap_or_else(older);
    let newest = releases.and_then(|releases| releases.releases.first());
    let changed = newest.filter(|newest| !newest.changed.is_empty());
    let changed = changed.map(|newest| format!("; version {} changed {}", newest.version, names(&newest.changed)));
    let finding = Finding::new(
        "mixed-versions",
        format!("a release is not out everywhere{share}{}", changed.unwrap_or_default()),
    );
    Some(
        finding
            .help(MIXED_HELP)
            .about_all(stale.iter().map(|worker| comfycheck_sdk::Subject::Worker(worker.id.clone()))),
    )
}

/// What to do about workers of several versions.
pub(crate) const MIXED_HELP: &str =
    "run again when the release is out everywhere: until then results and times are those of several versions";
