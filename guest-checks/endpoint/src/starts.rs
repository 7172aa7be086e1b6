//! What the samples tell of the workers that took them: who was cold, who got all the work, and who ran which version.

use crate::configured::MIXED_HELP;
use crate::management::Management;
use crate::rules::Settings;
use crate::wording::seconds;
use comfycheck_sdk::endpoint::Observation;
use comfycheck_sdk::samples::{Ending, PriceFacts, Sample, Start};
use comfycheck_sdk::{Finding, Subject, count, quote};
use std::collections::BTreeMap;

/// Judges how samples and workers met.
pub(crate) fn judge(
    samples: &[Sample],
    observations: &[Observation],
    management: &Management,
    price: Option<&PriceFacts>,
    settings: &Settings,
) -> Vec<Finding> {
    let share = share(samples, management, price);
    share.into_iter().chain(funneled(samples, observations, settings)).chain(mixed(samples, management)).collect()
}

/// What cold starts take of all the time that samples took, and what they cost.
fn share(samples: &[Sample], management: &Management, price: Option<&PriceFacts>) -> Option<Finding> {
    let ended =
        |start| samples.iter().filter(move |sample| sample.start == start && sample.ending == Ending::Succeeded);
    let mut warm: Vec<u64> = ended(Start::Warm).filter_map(|sample| sample.execution).collect();
    warm.sort_unstable();
    let usual = *warm.get(warm.len() / 2)?;
    // As everywhere: the start of ComfyUI hides in the first execution of a worker.
    let start = |sample: &Sample| {
        let boot = sample.execution?.saturating_sub(usual);
        Some((boot, sample.delay?.saturating_add(boot)))
    };
    let starts: Vec<(u64, u64)> = ended(Start::Cold).filter(|sample| sample.retries == 0).filter_map(start).collect();
    let (&longest, number) = (starts.iter().map(|(_, whole)| whole).max()?, starts.len());
    let took = |sample: &Sample| sample.delay.unwrap_or(0).saturating_add(sample.execution.unwrap_or(0));
    let all = samples.iter().map(took).fold(0_u64, u64::saturating_add).max(1);
    let cold = starts.iter().fold(0_u64, |sum, (_, whole)| sum.saturating_add(*whole));
    #[expect(clippy::cast_precision_loss, reason = "a share in percent")]
    let percent = (cold as f64 / all as f64 * 100.0).min(100.0);
    let mut message = format!(
        "{} met a cold worker: their starts took up to {}, and {percent:.0} % of the time that all samples took",
        count(number, "sample"),
        seconds(longest)
    );
    if let Some(price) = price {
        let idle = management.configuration.as_ref().ok().and_then(|configuration| configuration.idle_timeout_s);
        let of = |milliseconds: u64| price.per_second * whole_seconds(milliseconds);
        let idling = idle.map_or(0.0, |idle| price.per_second * f64::from(idle));
        let low = starts.iter().map(|(boot, _)| of(*boot)).fold(f64::INFINITY, f64::min) + idling;
        let high = starts.iter().map(|(_, whole)| of(*whole)).fold(0.0, f64::max) + idling;
        let with = idle.map(|idle| format!(" with the idle timeout of {idle} s")).unwrap_or_default();
        let hour = price.per_second * 3600.0;
        message =
            format!("{message}; one costs {low:.4} to {high:.4} USD{with}, and an active worker {hour:.2} USD an hour");
        if high > 0.0 {
            message = format!("{message}, as much as {:.0} of them", (hour / high).floor().max(1.0));
        }
    }
    let help = "where cold starts are too many, raise the idle timeout, switch FlashBoot on, bake the models into the image, or keep \
                an active worker; where users never meet one, a shorter idle timeout is cheaper";
    Some(Finding::new("cold-start-share", message).measured(percent, "%", None).help(help))
}

/// RunPod bills whole seconds.
fn whole_seconds(milliseconds: u64) -> f64 {
    std::time::Duration::from_millis(milliseconds).as_secs_f64().ceil()
}

/// One worker got all the work though others were free and samples waited.
fn funneled(samples: &[Sample], observations: &[Observation], settings: &Settings) -> Option<Finding> {
    let taken: Vec<&Sample> = samples.iter().filter(|sample| sample.worker.is_some()).collect();
    let worker = taken.first()?.worker.as_deref()?;
    if taken.len() < 3 || taken.iter().any(|sample| sample.worker.as_deref() != Some(worker)) {
        return None;
    }
    let free = |seen: &Observation| {
        let idle = seen.health.map_or(0, |health| health.workers.idle);
        seen.waiting > 0 && seen.running > 0 && idle > 0
    };
    let time = observations.windows(2).filter(|pair| free(&pair[0]) && free(&pair[1]));
    let time = time.fold(0_u64, |sum, pair| sum.saturating_add(pair[1].at.saturating_sub(pair[0].at)));
    if time < settings.persist_s.saturating_mul(1000) {
        return None;
    }
    let idle = observations.iter().filter(|seen| free(seen)).filter_map(|seen| seen.health);
    let idle = idle.map(|health| health.workers.idle).max().unwrap_or(0);
    let message = format!(
        "all {} ran on worker {}, while up to {idle} others were idle and samples waited for {} (`workers.idle`, `workerId`)",
        count(taken.len(), "sample"),
        quote(worker),
        seconds(time)
    );
    let help = "rebuild the image with the `runpod` package 1.10.1 or later: 1.7.11 to 1.10.0 keep their state in `.runpod_jobs.pkl`, and \
                where that lies on a network volume, one worker takes all jobs";
    Some(Finding::new("funneled-jobs", message).about(Subject::Worker(worker.to_owned())).help(help))
}

/// Samples that ran on workers of several versions of the endpoint.
fn mixed(samples: &[Sample], management: &Management) -> Option<Finding> {
    let mut versions: BTreeMap<u32, usize> = BTreeMap::new();
    for sample in samples {
        let worker = sample.worker.as_deref().and_then(|id| management.worker(id));
        if let Some(version) = worker.and_then(|worker| worker.version) {
            *versions.entry(version).or_default() += 1;
        }
    }
    if versions.len() < 2 {
        return None;
    }
    let told: Vec<_> =
        versions.iter().map(|(version, number)| format!("{} on version {version}", count(*number, "sample"))).collect();
    let message = format!("the samples ran on several versions of the endpoint: {}", told.join(", "));
    Some(Finding::new("mixed-versions", message).help(MIXED_HELP))
}
