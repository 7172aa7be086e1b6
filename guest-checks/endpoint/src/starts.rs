//! How the samples met their workers: cold starts, one worker for all jobs, workers of several versions.

use crate::help;
use crate::management::Management;
use crate::message::{as_seconds, clauses, up_to};
use crate::settings::Settings;
use comfycheck_sdk::endpoint::Observation;
use comfycheck_sdk::samples::{Ending, PriceFacts, Sample, Start};
use comfycheck_sdk::wording::{count, money, money_range, percent, seconds};
use comfycheck_sdk::{Finding, Subject, quote};
use std::collections::BTreeMap;

pub(crate) fn judge(
    samples: &[Sample],
    observations: &[Observation],
    management: &Management,
    price: Option<&PriceFacts>,
    settings: &Settings,
) -> Vec<Finding> {
    let starts = ColdStarts::of(samples).map(|starts| starts.finding(management, price));
    let others = [funneled_jobs(samples, observations, settings), mixed_versions(samples, management)];
    starts.into_iter().chain(others.into_iter().flatten()).collect()
}

/// How many samples hit a cold start; none if no sample did.
pub(crate) fn cold_starts(samples: &[Sample]) -> Option<String> {
    let cold = samples.iter().filter(|sample| sample.start == Start::Cold).count();
    (cold > 0).then(|| count(cold, "cold start"))
}

/// Cold starts that can be measured: beside warm samples, without a retry.
struct ColdStarts {
    /// The boot alone, and the boot with the wait, in milliseconds.
    starts: Vec<(u64, u64)>,
    /// The samples that ran, and the time that they took in milliseconds.
    samples: usize,
    total: u64,
}

impl ColdStarts {
    fn of(samples: &[Sample]) -> Option<Self> {
        let succeeded =
            |start| samples.iter().filter(move |sample| sample.start == start && sample.ending == Ending::Succeeded);
        let mut warm: Vec<u64> = succeeded(Start::Warm).filter_map(|sample| sample.execution).collect();
        warm.sort_unstable();
        let usual = *warm.get(warm.len() / 2)?;
        // The boot of ComfyUI is part of the first execution of a worker.
        let start = |sample: &Sample| {
            let boot = sample.execution?.saturating_sub(usual);
            Some((boot, sample.delay?.saturating_add(boot)))
        };
        let starts = succeeded(Start::Cold).filter(|sample| sample.retries == 0).filter_map(start).collect();
        let ran = samples.iter().filter(|sample| sample.delay.is_some() || sample.execution.is_some());
        let took = |sample: &Sample| sample.delay.unwrap_or(0).saturating_add(sample.execution.unwrap_or(0));
        let total = ran.clone().map(took).fold(0_u64, u64::saturating_add);
        let starts = Self { starts, samples: ran.count(), total };
        (!starts.starts.is_empty()).then_some(starts)
    }

    fn finding(&self, management: &Management, price: Option<&PriceFacts>) -> Finding {
        let longest = self.starts.iter().map(|(_, whole)| *whole).max().unwrap_or(0);
        let all = self.starts.iter().fold(0_u64, |sum, (_, whole)| sum.saturating_add(*whole));
        #[expect(clippy::cast_precision_loss, reason = "a share in percent")]
        let share = (all as f64 / self.total.max(1) as f64 * 100.0).min(100.0);
        let up_to = if self.starts.len() > 1 { "up to " } else { "" };
        let hit = format!(
            "{} of {} hit a cold start ({up_to}{}, {} of total time)",
            self.starts.len(),
            count(self.samples, "sample"),
            seconds(as_seconds(longest)),
            percent(share)
        );
        let message = clauses([Some(hit), price.map(|price| self.cost(price.per_second, management))]);
        let help = "for fewer cold starts, raise the idle timeout, enable FlashBoot, bake the models into the image, or keep an \
                    active worker";
        Finding::new("cold-start-share", message).measured(share, "%", None).help(help)
    }

    /// At least, RunPod bills the boot; at most, the whole wait. The idle timeout follows either way.
    fn cost(&self, per_second: f64, management: &Management) -> String {
        let idle = management.configuration.as_ref().ok().and_then(|configuration| configuration.idle_timeout_s);
        let idle_cost = idle.map_or(0.0, |idle| per_second * f64::from(idle));
        // RunPod bills whole seconds.
        let of = |milliseconds: u64| per_second * as_seconds(milliseconds).ceil() + idle_cost;
        let low = self.starts.iter().map(|(boot, _)| of(*boot)).fold(f64::INFINITY, f64::min);
        let high = self.starts.iter().map(|(_, whole)| of(*whole)).fold(0.0, f64::max);
        let with = idle.map(|idle| format!(" with an idle timeout of {idle} s")).unwrap_or_default();
        let hour = per_second * 3600.0;
        let worker = format!("an active worker costs {}/h", money(hour));
        let starts = (high > 0.0).then(|| format!(", about {}", count((hour / high).floor().max(1.0), "cold start")));
        format!("a cold start costs {}{with}; {worker}{}", money_range(low, high), starts.unwrap_or_default())
    }
}

/// One worker ran all jobs though others were idle and jobs waited.
fn funneled_jobs(samples: &[Sample], observations: &[Observation], settings: &Settings) -> Option<Finding> {
    let taken: Vec<&Sample> = samples.iter().filter(|sample| sample.worker.is_some()).collect();
    let worker = taken.first()?.worker.as_deref()?;
    if taken.len() < 3 || taken.iter().any(|sample| sample.worker.as_deref() != Some(worker)) {
        return None;
    }
    let others_idle = |seen: &Observation| {
        let idle = seen.health.map_or(0, |health| health.workers.idle);
        seen.waiting > 0 && seen.running > 0 && idle > 0
    };
    let time = observations.windows(2).filter(|pair| others_idle(&pair[0]) && others_idle(&pair[1]));
    let time = time.fold(0_u64, |sum, pair| sum.saturating_add(pair[1].at.saturating_sub(pair[0].at)));
    if time < settings.persist_ms() {
        return None;
    }
    let idle = observations.iter().filter(|seen| others_idle(seen)).filter_map(|seen| seen.health);
    let idle = idle.map(|health| health.workers.idle).max().unwrap_or(0);
    let message = format!(
        "all {} ran on worker {}: {} idle for {} while jobs waited",
        count(taken.len(), "job"),
        quote(worker),
        up_to(idle, "other worker"),
        seconds(as_seconds(time))
    );
    let help = "rebuild the image with the `runpod` package 1.10.1 or later: 1.7.11 to 1.10.0 can send all jobs to one worker \
                through `.runpod_jobs.pkl` on a network volume";
    Some(Finding::new("funneled-jobs", message).about(Subject::Worker(worker.to_owned())).help(help))
}

/// Jobs ran on workers of several versions of the endpoint.
fn mixed_versions(samples: &[Sample], management: &Management) -> Option<Finding> {
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
    let jobs = versions.iter().map(|(version, jobs)| format!("{} on version {version}", count(*jobs, "job")));
    let jobs = jobs.collect::<Vec<_>>().join(", ");
    let message = format!("the jobs ran on several versions of the endpoint: {jobs}");
    Some(Finding::new("mixed-versions", message).help(help::ROLLOUT))
}
