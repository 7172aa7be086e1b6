//! A level, from its samples.

use super::{BenchFinding, BenchSample, Level, LoadKind, MOST_LISTED, MetricSummary, Range, WorkerSummary, timed};
use crate::plain::one_line;
use crate::sample::{Ending, Sample, Start};
use comfycheck_statistics::distribution::Distribution;
use comfycheck_statistics::histogram::histogram;
use comfycheck_statistics::limit::Metric;
use comfycheck_statistics::measures::Measures;
use comfycheck_statistics::times::{Time, TimedSample, cold_starts_beside, warm_execution};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What a level is made from.
#[derive(Clone, Copy, Debug)]
pub struct LevelInput<'a> {
    pub load: LoadKind,
    /// In order of their index.
    pub samples: &'a [Sample],
    /// When each was due, in the order of the samples; empty if each was due when it was submitted.
    pub due: &'a [Duration],
    /// The samples that ComfyUI answered from its cache.
    pub cached: &'a BTreeSet<u32>,
    /// The median of the warm executions of all levels, in milliseconds; none for that of the level.
    pub warm: Option<f64>,
    pub findings: &'a [BenchFinding],
    pub stopped: Option<&'a str>,
}

const METRICS: [Metric; 4] = [Metric::Queue, Metric::ColdStart, Metric::Generation, Metric::EndToEnd];
const MOST_WORKERS: usize = 100;
const LONGEST_REASON: usize = 300;

impl<'a> LevelInput<'a> {
    /// The samples as the statistics take them.
    pub fn timed(&self) -> Vec<TimedSample<'a>> {
        let of = |(at, sample): (usize, &'a Sample)| {
            timed(sample, self.due.get(at).copied(), self.cached.contains(&sample.index))
        };
        self.samples.iter().enumerate().map(of).collect()
    }

    /// Everything that was measured. Cold starts are compared with the warm samples of all levels.
    pub fn measures(&self) -> Measures {
        let timed = self.timed();
        let warm = self.warm.or_else(|| warm_execution(&timed));
        let cold_starts = cold_starts_beside(&timed, warm).into_iter().map(|start| start.took).collect();
        Measures { cold_starts, ..Measures::of(&timed) }
    }
}

/// The level, and its samples as a report lists them. `number` is its index.
pub fn level(input: &LevelInput<'_>, number: u32) -> (Level, Vec<BenchSample>) {
    let measures = input.measures();
    let sent = || input.samples.iter().filter(|sample| sample.ending != Ending::NotSubmitted);
    let range = |(low, high)| Range { low, high };
    let level = Level {
        load: input.load,
        submitted: whole(sent().count()),
        succeeded: measures.succeeded,
        failed: measures.failed,
        unknown: whole(sent().count()).saturating_sub(measures.succeeded).saturating_sub(measures.failed),
        cached: measures.cached,
        cold: whole(sent().filter(|sample| sample.start == Start::Cold).count()),
        retries: sent().map(|sample| sample.retries).fold(0, u32::saturating_add),
        span_s: measures.span_s,
        per_hour: measures.per_hour(),
        success_rate: measures.success_rate(),
        images: measures.images,
        cost: measures.cost.map(range),
        cost_per_image: measures.cost_per_image().map(range),
        metrics: METRICS.iter().filter_map(|metric| summary(*metric, &measures)).collect(),
        workers: workers(input, &measures),
        findings: input.findings.to_vec(),
        stopped: input.stopped.map(|reason| one_line(reason, LONGEST_REASON)),
    };
    let samples = listed(input, &measures, number);
    (level, samples)
}

fn whole(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn summary(metric: Metric, measures: &Measures) -> Option<MetricSummary> {
    let values = measures.distribution(metric);
    let range = |(low, high)| Range { low, high };
    let upper_bounds = measures.times(metric).into_iter().flatten().filter(|time| time.upper_bound).count();
    let in_seconds: Vec<f64> = measures.times(metric)?.iter().map(|time| time.ms / 1000.0).collect();
    Some(MetricSummary {
        metric: metric.name().to_owned(),
        unit: metric.unit().to_owned(),
        count: whole(values.count()),
        upper_bounds: whole(upper_bounds),
        mean: values.mean()?,
        p50: values.median()?,
        p90: values.percentile(90),
        p95: values.percentile(95),
        p99: values.percentile(99),
        max: values.max()?,
        p50_interval: values.interval(50).map(range),
        p95_interval: values.interval(95).map(range),
        histogram: histogram(&in_seconds),
    })
}

fn workers(input: &LevelInput<'_>, measures: &Measures) -> Vec<WorkerSummary> {
    let generation: BTreeMap<u32, f64> = by_sample(&measures.generation);
    let mut groups: BTreeMap<&str, Vec<&Sample>> = BTreeMap::new();
    for sample in input.samples {
        if let Some(worker) = &sample.worker {
            groups.entry(worker).or_default().push(sample);
        }
    }
    let summary = |(worker, jobs): (&str, Vec<&Sample>)| {
        let times: Distribution = jobs.iter().filter_map(|job| generation.get(&job.index).copied()).collect();
        WorkerSummary {
            worker: worker.to_owned(),
            gpu: jobs.iter().find_map(|job| job.gpu.clone()),
            jobs: whole(jobs.len()),
            failed: whole(jobs.iter().filter(|job| job.ending != Ending::Succeeded).count()),
            generation_p50: times.median(),
        }
    };
    let mut workers: Vec<_> = groups.into_iter().map(summary).collect();
    workers.sort_by_key(|worker| std::cmp::Reverse(worker.jobs));
    workers.truncate(MOST_WORKERS);
    workers
}

/// The value of each sample, in seconds.
fn by_sample(times: &[Time]) -> BTreeMap<u32, f64> {
    times.iter().map(|time| (time.sample, time.ms / 1000.0)).collect()
}

fn listed(input: &LevelInput<'_>, measures: &Measures, number: u32) -> Vec<BenchSample> {
    let [queue, cold, generation, whole_times] =
        METRICS.map(|metric| by_sample(measures.times(metric).unwrap_or_default()));
    let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
    let of = |(at, sample): (usize, &Sample)| {
        let value = |values: &BTreeMap<u32, f64>| values.get(&sample.index).copied();
        let late = |due: &&Duration| sample.submitted.is_some_and(|submitted| submitted > **due);
        let error = sample.error.as_deref().filter(|_| sample.ending != Ending::Succeeded);
        BenchSample {
            index: sample.index,
            level: number,
            seed: sample.seed,
            result: sample.ending.word().to_owned(),
            reason: sample.reason.as_deref().or(error).map(|reason| one_line(reason, LONGEST_REASON)),
            start: sample.start.word().to_owned(),
            cached: input.cached.contains(&sample.index),
            worker: sample.worker.clone(),
            gpu: sample.gpu.clone(),
            retries: sample.retries,
            due_s: input.due.get(at).filter(late).map(Duration::as_secs_f64),
            submitted_s: seconds(sample.submitted),
            running_s: seconds(sample.first_running),
            finished_s: seconds(sample.finished),
            delay_s: seconds(sample.delay),
            execution_s: seconds(sample.execution),
            queue_s: value(&queue),
            cold_start_s: value(&cold),
            generation_s: value(&generation),
            end_to_end_s: value(&whole_times),
            cost: sample.cost.map(|cost| Range { low: cost.low, high: cost.high }),
            images: whole(sample.images.len()),
        }
    };
    let sent = input.samples.iter().enumerate().filter(|(_, sample)| sample.ending != Ending::NotSubmitted);
    sent.map(of).collect()
}

/// Keeps at most [`MOST_LISTED`] samples: first those that did not succeed, then evenly many of the others. Returns how many are
/// left out.
pub fn bound(samples: &mut Vec<BenchSample>) -> u32 {
    let all = samples.len();
    if all <= MOST_LISTED {
        return 0;
    }
    let succeeded = |sample: &BenchSample| sample.result == Ending::Succeeded.word();
    let (others, mut kept): (Vec<_>, Vec<_>) = std::mem::take(samples).into_iter().partition(succeeded);
    kept.truncate(MOST_LISTED);
    let room = MOST_LISTED - kept.len();
    let number = others.len();
    let chosen = others.into_iter().enumerate().filter(|(at, _)| at * room / number != (at + 1) * room / number);
    kept.extend(chosen.map(|(_, sample)| sample));
    kept.sort_by_key(|sample| sample.index);
    *samples = kept;
    whole(all - samples.len())
}
