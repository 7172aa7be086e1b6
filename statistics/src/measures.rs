//! Everything that is measured of a group of samples, and whether it keeps a limit.

use crate::distribution::{Distribution, least_for};
use crate::limit::{Limit, Metric, Statistic};
use crate::times::{Outcome, Time, TimedSample, cold_starts, end_to_end, generation_times, queue_times};
use comfycheck_wording::{count, percent};

/// The measurements of a group of samples.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Measures {
    pub queue: Vec<Time>,
    pub cold_starts: Vec<Time>,
    /// Of one image each.
    pub generation: Vec<Time>,
    pub end_to_end: Vec<Time>,
    pub succeeded: u32,
    /// They failed, expired, never started or did not finish.
    pub failed: u32,
    /// They say nothing about the deployment.
    pub uncounted: u32,
    /// Their times are those of ComfyUI's cache.
    pub cached: u32,
    /// Returned by samples with a known cost that generated theirs.
    pub images: u32,
    /// What those samples cost at least and at most, in USD, with those that returned no image.
    pub cost: Option<(f64, f64)>,
    /// From the first submission to the last result, in seconds.
    pub span_s: f64,
}

/// Whether a limit is kept.
#[derive(Clone, Debug, PartialEq)]
pub enum Judgment {
    /// The value keeps it.
    Kept(f64),
    /// The value breaks it.
    Broken(f64),
    /// Why it is unknown, in one line.
    Unknown(String),
}

impl Measures {
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a run")]
    pub fn of(samples: &[TimedSample<'_>]) -> Self {
        let number = |is: &dyn Fn(&TimedSample<'_>) -> bool| {
            u32::try_from(samples.iter().filter(|sample| is(sample)).count()).unwrap_or(u32::MAX)
        };
        let result = |wanted| number(&|sample| sample.result == wanted);
        let billed = || samples.iter().filter(|sample| !sample.cached && sample.cost.is_some());
        let cost = billed().filter_map(|sample| sample.cost).reduce(|a, b| (a.0 + b.0, a.1 + b.1));
        let begin = samples.iter().filter_map(|sample| sample.due.or(sample.submitted)).min();
        let end = samples.iter().filter_map(|sample| sample.finished).max();
        Self {
            queue: queue_times(samples),
            cold_starts: cold_starts(samples).into_iter().map(|start| start.took).collect(),
            generation: generation_times(samples),
            end_to_end: end_to_end(samples),
            succeeded: result(Outcome::Succeeded),
            failed: result(Outcome::Failed),
            uncounted: result(Outcome::Uncounted),
            cached: number(&|sample| sample.cached),
            images: billed().map(|sample| sample.images.saturating_sub(sample.lost)).fold(0, u32::saturating_add),
            cost,
            span_s: begin.zip(end).map_or(0.0, |(begin, end)| end.saturating_sub(begin) as f64 / 1000.0),
        }
    }

    /// The values of a metric that samples have, in seconds; none of the others.
    #[must_use]
    pub fn times(&self, metric: Metric) -> Option<&[Time]> {
        match metric {
            Metric::Queue => Some(&self.queue),
            Metric::ColdStart => Some(&self.cold_starts),
            Metric::Generation => Some(&self.generation),
            Metric::EndToEnd => Some(&self.end_to_end),
            Metric::Throughput | Metric::CostPerImage | Metric::SuccessRate => None,
        }
    }

    /// In seconds.
    #[must_use]
    pub fn distribution(&self, metric: Metric) -> Distribution {
        self.times(metric).into_iter().flatten().map(|time| time.ms / 1000.0).collect()
    }

    /// Samples that succeeded per hour, without those from the cache.
    #[must_use]
    pub fn per_hour(&self) -> Option<f64> {
        let made = self.succeeded.saturating_sub(self.cached);
        (self.span_s > 0.0 && made > 0).then(|| f64::from(made) / self.span_s * 3600.0)
    }

    /// Of those with a result, in percent.
    #[must_use]
    pub fn success_rate(&self) -> Option<f64> {
        let ended = self.succeeded + self.failed;
        (ended > 0).then(|| f64::from(self.succeeded) / f64::from(ended) * 100.0)
    }

    /// At least and at most, in USD.
    #[must_use]
    pub fn cost_per_image(&self) -> Option<(f64, f64)> {
        let images = f64::from(self.images);
        self.cost.filter(|_| self.images > 0).map(|(low, high)| (low / images, high / images))
    }

    /// Judges a limit. It is unknown where nothing or too little was measured, or where an upper bound breaks it.
    #[must_use]
    pub fn judge(&self, limit: &Limit) -> Judgment {
        let judged = |value: f64| if limit.holds(value) { Judgment::Kept(value) } else { Judgment::Broken(value) };
        let unmeasured = || Judgment::Unknown(format!("`{}` was not measured", limit.quantity()));
        let known = |value: Option<f64>| value.map_or_else(unmeasured, judged);
        match limit.metric {
            Metric::Throughput => known(self.per_hour()),
            Metric::SuccessRate => self.judge_success(limit),
            Metric::CostPerImage => match self.cost_per_image() {
                Some((low, high)) if limit.holds(low) != limit.holds(high) => {
                    Judgment::Unknown(format!("`{limit}` lies within the range of the cost"))
                }
                Some((low, high)) => judged(if limit.holds(low) { high } else { low }),
                None => unmeasured(),
            },
            Metric::Queue | Metric::ColdStart | Metric::Generation | Metric::EndToEnd => self.judge_times(limit),
        }
    }

    fn judge_times(&self, limit: &Limit) -> Judgment {
        let quantity = limit.quantity();
        let times = self.times(limit.metric).unwrap_or_default();
        let all = self.distribution(limit.metric);
        let value = match limit.statistic {
            Statistic::Mean | Statistic::Whole => all.mean(),
            Statistic::Max => all.max(),
            Statistic::Percentile(percent) => {
                if all.count() < least_for(percent) {
                    let (have, need) = (count(all.count(), "sample"), least_for(percent));
                    return Judgment::Unknown(format!("too few samples for `{quantity}`: {have}, need {need}"));
                }
                all.percentile(percent)
            }
        };
        let Some(value) = value else { return Judgment::Unknown(format!("`{quantity}` was not measured")) };
        let breaks = |time: &&Time| !limit.holds(time.ms / 1000.0);
        if limit.holds(value) {
            Judgment::Kept(value)
        } else if times.iter().filter(breaks).any(|time| time.upper_bound) {
            Judgment::Unknown(format!("`{quantity}` may include the start of a worker"))
        } else {
            Judgment::Broken(value)
        }
    }

    /// The rate is unknown if it depends on samples without a result whether the limit is kept.
    fn judge_success(&self, limit: &Limit) -> Judgment {
        let (Some(rate), uncounted) = (self.success_rate(), f64::from(self.uncounted)) else {
            return Judgment::Unknown("no sample has a result".to_owned());
        };
        let all = f64::from(self.succeeded) + f64::from(self.failed) + uncounted;
        let (low, high) =
            (f64::from(self.succeeded) / all * 100.0, (f64::from(self.succeeded) + uncounted) / all * 100.0);
        match (limit.holds(low), limit.holds(high)) {
            (true, true) => Judgment::Kept(rate),
            (false, false) => Judgment::Broken(rate),
            _ => {
                let without = count(self.uncounted, "sample");
                Judgment::Unknown(format!("the success rate ({}) depends on {without} without a result", percent(rate)))
            }
        }
    }
}

#[cfg(test)]
mod tests;
