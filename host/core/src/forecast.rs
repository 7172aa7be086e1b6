//! What other settings of an endpoint would cost a day, and how long its users would wait: from measured times.
//!
//! The types here are the JSON format `comfycheck.forecast/1`. Within version 1, members may be added.

use crate::bench::{Bench, timed};
use crate::cost::{per_hour, pool_price};
use crate::plain::one_line;
use crate::report::Report;
use crate::sample::{Ending, Start};
use comfycheck_statistics::forecast::{self as queue, Forecast as Day, Measured, Settings};
use comfycheck_statistics::times::cold_starts;
use comfycheck_wording::{count, number, seconds};
use jiff::SignedDuration;
use serde::Serialize;

/// The name of the format and its version.
const VERSION: &str = "comfycheck.forecast/1";
/// Simulated days for each option.
const DAYS: u32 = 100;
/// Fewer executions say too little.
pub const LEAST_EXECUTIONS: usize = 5;
/// Measures all that a forecast needs.
pub const MEASURE: &str = "comfycheck bench --jobs 30 --cold 3 --save bench.json";
/// How long a start takes with `FlashBoot`, in seconds, unless the user says otherwise.
const FLASHBOOT_START: f64 = 2.0;
/// How long a job waits until RunPod starts another worker: the default of a queue.
const SCALE_AFTER: f64 = 4.0;

/// A forecast.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Forecast {
    version: &'static str,
    /// The run whose times were measured.
    pub from: String,
    /// Its date, `YYYY-MM-DD`.
    pub date: String,
    /// Jobs per hour, on average.
    pub per_hour: f64,
    /// How many executions on warm workers were measured.
    pub executions: usize,
    /// How many cold starts were measured.
    pub starts: usize,
    pub options: Vec<OptionForecast>,
    /// What it takes for granted, one line each.
    pub assumptions: Vec<String>,
}

/// An option, and what a day with it is like.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct OptionForecast {
    /// Such as `min 0, max 3, idle 5s`, or this with `, FlashBoot` or a GPU.
    pub name: String,
    pub workers_min: u32,
    pub workers_max: u32,
    pub idle_timeout_s: f64,
    pub flashboot: bool,
    /// None: that of the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gpu: Option<String>,
    /// None if the cold starts that it depends on were not measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub day: Option<DayForecast>,
}

/// Values of a day, each with its 95% interval.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct DayForecast {
    /// In USD, if the starts of workers are not billed. None without a price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_without_starts: Option<Interval>,
    /// In USD, if they are. None without a price.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Interval>,
    /// From arrival until a worker takes the job. None if the workers are overloaded: it grows all day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_p50_s: Option<Interval>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wait_p95_s: Option<Interval>,
    /// Of the jobs, in percent.
    pub cold_percent: Interval,
    /// Of the time of all workers, in percent. From 100 on the queue grows without end.
    pub utilization_percent: f64,
}

/// A median with its 95% interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// Times of a run, and its price.
#[derive(Clone, Debug, PartialEq)]
pub struct Basis {
    pub name: String,
    pub date: String,
    pub times: Measured,
    /// In USD, of a worker.
    pub per_second: Option<f64>,
}

/// What to compare.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    pub per_hour: f64,
    /// None above `workers_max`.
    pub workers_min: Vec<u32>,
    pub workers_max: u32,
    /// In seconds.
    pub idle_timeouts: Vec<f64>,
    /// In seconds. None: assume [`FLASHBOOT_START`].
    pub flashboot_start: Option<f64>,
    /// GPU types or pools, with the factor of their execution time.
    pub gpus: Vec<(String, f64)>,
}

impl Basis {
    pub fn of_report(report: &Report) -> Self {
        let timed: Vec<_> = report.samples.iter().map(|sample| timed(sample, None, false)).collect();
        let warm =
            report.samples.iter().filter(|sample| sample.start == Start::Warm && sample.ending == Ending::Succeeded);
        Self {
            name: report.name.clone(),
            date: report.date.clone(),
            times: Measured {
                executions: warm.filter_map(|sample| Some(sample.execution?.as_secs_f64())).collect(),
                starts: cold_starts(&timed).iter().map(|start| start.took.ms / 1000.0).collect(),
            },
            per_second: report.price.as_ref().map(|price| price.per_second),
        }
    }

    pub fn of_bench(bench: &Bench) -> Self {
        let succeeded =
            || bench.samples.iter().filter(|sample| sample.result == Ending::Succeeded.word() && !sample.cached);
        let warm = succeeded().filter(|sample| sample.start == Start::Warm.word());
        Self {
            name: bench.name.clone(),
            date: bench.date.clone(),
            times: Measured {
                executions: warm.filter_map(|sample| sample.execution_s).collect(),
                starts: succeeded().filter_map(|sample| sample.cold_start_s).collect(),
            },
            per_second: bench.price.as_ref().map(|price| price.per_second),
        }
    }
}

/// Forecasts a day with each option. Equal arguments give equal forecasts.
pub fn forecast(basis: &Basis, wanted: &Wanted) -> Forecast {
    let mut options = Vec::new();
    for workers_min in &wanted.workers_min {
        for idle_timeout in &wanted.idle_timeouts {
            options.push(option(basis, wanted, (*workers_min, *idle_timeout), None, false));
        }
    }
    let plain = (
        wanted.workers_min.first().copied().unwrap_or_default(),
        wanted.idle_timeouts.first().copied().unwrap_or_default(),
    );
    options.push(option(basis, wanted, plain, None, true));
    options.extend(wanted.gpus.iter().map(|gpu| option(basis, wanted, plain, Some(gpu), false)));
    Forecast {
        version: VERSION,
        from: basis.name.clone(),
        date: basis.date.clone(),
        per_hour: wanted.per_hour,
        executions: basis.times.executions.len(),
        starts: basis.times.starts.len(),
        options,
        assumptions: assumptions(basis, wanted),
    }
}

fn option(
    basis: &Basis,
    wanted: &Wanted,
    (workers_min, idle_timeout): (u32, f64),
    gpu: Option<&(String, f64)>,
    flashboot: bool,
) -> OptionForecast {
    let workers_max = wanted.workers_max;
    let settings = Settings { workers_min, workers_max, idle_timeout, scale_after: SCALE_AFTER };
    let mut measured = basis.times.clone();
    if flashboot {
        measured.starts = vec![wanted.flashboot_start.unwrap_or(FLASHBOOT_START)];
    }
    let factor = gpu.map_or(1.0, |(_, factor)| *factor);
    measured.executions.iter_mut().for_each(|execution| *execution *= factor);
    let per_second = match gpu {
        Some((gpu, _)) => pool_price(gpu),
        None => basis.per_second,
    };
    let mut name = format!("min {workers_min}, max {workers_max}, idle {}", as_typed(idle_timeout));
    if flashboot {
        name += ", FlashBoot";
    }
    if let Some((gpu, _)) = gpu {
        name = format!("{name}, {}", one_line(gpu, 40));
    }
    let day = queue::forecast(&measured, &settings, wanted.per_hour, DAYS, 1);
    OptionForecast {
        name,
        workers_min,
        workers_max,
        idle_timeout_s: idle_timeout,
        flashboot,
        gpu: gpu.map(|(gpu, _)| gpu.clone()),
        day: day.map(|day| of_day(&day, per_second)),
    }
}

/// A time as the command line writes it: `5s`, `1m`, `1h 30m`.
fn as_typed(seconds: f64) -> String {
    SignedDuration::try_from_secs_f64(seconds).map_or_else(|_| number(seconds), |time| format!("{time:#}"))
}

fn of_day(day: &Day, per_second: Option<f64>) -> DayForecast {
    let scaled = |estimate: queue::Estimate, factor: f64| Interval {
        value: estimate.value * factor,
        low: estimate.low * factor,
        high: estimate.high * factor,
    };
    let keeps_up = day.utilization < 1.0;
    DayForecast {
        cost_without_starts: per_second.map(|price| scaled(day.worker_seconds.0, price)),
        cost: per_second.map(|price| scaled(day.worker_seconds.1, price)),
        wait_p50_s: keeps_up.then(|| scaled(day.wait_p50, 1.0)),
        wait_p95_s: keeps_up.then(|| scaled(day.wait_p95, 1.0)),
        cold_percent: scaled(day.cold, 100.0),
        utilization_percent: day.utilization * 100.0,
    }
}

fn assumptions(basis: &Basis, wanted: &Wanted) -> Vec<String> {
    let mut lines = vec![
        format!(
            "executions and starts are like the measured ones: {} and {}",
            count(basis.times.executions.len(), "warm execution"),
            count(basis.times.starts.len(), "cold start")
        ),
        "jobs arrive at random times, independently of each other, at all hours alike".to_owned(),
        format!("another worker starts for a job that has waited {}, and machines are available", seconds(SCALE_AFTER)),
        match wanted.flashboot_start {
            Some(start) => format!("with FlashBoot a start takes {}, as `--flashboot-start` says", seconds(start)),
            None => format!("with FlashBoot a start takes {}: assumed, not measured", seconds(FLASHBOOT_START)),
        },
        "a worker costs the same whether it always runs or not; discounts for active workers are not published"
            .to_owned(),
        "a cost is a range: sources differ on whether the start of a worker is billed".to_owned(),
    ];
    match basis.per_second {
        Some(price) => lines.push(format!("a worker costs {}, as in the report", per_hour(price))),
        None => lines.push("the report has no price: set `price-per-second` or `gpu` in the suite".to_owned()),
    }
    for (gpu, factor) in &wanted.gpus {
        let price = pool_price(gpu).map_or_else(
            || "its price is not in the table".to_owned(),
            |price| format!("{}, from the price table, for one GPU", per_hour(price)),
        );
        lines.push(format!("{}: executions take {} times as long; {price}", one_line(gpu, 40), number(*factor)));
    }
    lines
}
