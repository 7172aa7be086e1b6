//! What other settings of an endpoint would cost, and how long its users would wait.
//!
//! A queue in virtual time: jobs arrive at random, workers start when jobs wait and stop when they have had nothing to do.
//! Executions and starts are drawn from measured ones. Each simulated day first draws its own set of them, so that the
//! intervals also show how few were measured.

mod queue;

pub use queue::{Day, simulate};

use crate::distribution::nearest_rank;
use crate::random::Random;

/// Measured times, in seconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measured {
    /// Of jobs on warm workers.
    pub executions: Vec<f64>,
    /// Of cold starts: from the start of a worker until it can generate.
    pub starts: Vec<f64>,
}

/// Settings of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Workers that always run.
    pub workers_min: u32,
    /// At least 1.
    pub workers_max: u32,
    /// How long a worker without a job runs on, in seconds.
    pub idle_timeout: f64,
    /// How long a job waits until another worker starts, in seconds. Without any worker, one starts at once.
    pub scale_after: f64,
}

/// A value with its 95% interval over simulated days.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The median.
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// What a day is like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// Seconds of all workers in a day, without and with their starts: sources differ on whether these are billed.
    pub worker_seconds: (Estimate, Estimate),
    /// From arrival until a worker takes the job, in seconds.
    pub wait_p50: Estimate,
    pub wait_p95: Estimate,
    /// The part of the jobs that waited for a worker to start, from 0 to 1.
    pub cold: Estimate,
    /// The part of the time for which all workers would have to run, from 0 on. From 1 on the queue grows without end, and the
    /// waits depend on the length of the simulated day.
    pub utilization: f64,
}

/// The most jobs of a simulated day. A day with more is shorter, and its costs are scaled.
const MOST_JOBS: f64 = 10_000.0;
const DAY: f64 = 86_400.0;

/// Simulates a number of days. Equal arguments give equal forecasts. None if nothing was measured, or a rate is not above 0.
#[must_use]
pub fn forecast(measured: &Measured, settings: &Settings, per_hour: f64, days: u32, seed: u64) -> Option<Forecast> {
    let starts_matter = settings.workers_min < settings.workers_max;
    let unusable = measured.executions.is_empty() || (starts_matter && measured.starts.is_empty());
    if unusable || per_hour <= 0.0 || !per_hour.is_finite() || settings.workers_max == 0 {
        return None;
    }
    let length = DAY.min(MOST_JOBS / per_hour * 3600.0);
    let mut random = Random::new(seed);
    let simulated: Vec<Day> = (0..days.max(1))
        .map(|_| {
            let drawn =
                Measured { executions: random.redraw(&measured.executions), starts: random.redraw(&measured.starts) };
            simulate(&drawn, settings, per_hour, length, &mut random)
        })
        .collect();
    let over_days = |value: &dyn Fn(&Day) -> f64| Estimate::of(simulated.iter().map(value).collect());
    let scale = DAY / length;
    Some(Forecast {
        worker_seconds: (over_days(&|day| day.running * scale), over_days(&|day| (day.running + day.starting) * scale)),
        wait_p50: over_days(&|day| day.wait(500)),
        wait_p95: over_days(&|day| day.wait(950)),
        cold: over_days(&|day| day.cold_share()),
        utilization: per_hour / 3600.0 * mean(&measured.executions) / f64::from(settings.workers_max),
    })
}

#[expect(clippy::cast_precision_loss, reason = "fewer than 2^53 samples")]
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

impl Estimate {
    fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |thousandths| nearest_rank(&values, thousandths).unwrap_or_default();
        Self { value: at(500), low: at(25), high: at(975) }
    }
}

#[cfg(test)]
mod tests;
