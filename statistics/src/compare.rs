//! Whether one group of samples is slower than another.
//!
//! The ratio of two groups is compared on the logarithm, where slow outliers weigh less and a factor is a difference.
//!
//! - The tenth of the lowest and of the highest values is trimmed (Yuen's test): one hiccup is not a regression.
//! - Samples of one worker are alike. So the spread between workers counts as well as the spread within them. Few workers
//!   show little of it. So the spread that workers of one GPU type usually have is mixed in, with the weight of
//!   [`USUAL_WEIGHT`] workers.
//! - The 95% interval is by Student's t with Welch's degrees of freedom.
//!
//! Size matters, too: see [`Change`].

use crate::student;
use std::collections::BTreeMap;

/// A ratio below this is too small to matter.
pub const LEAST_RATIO: f64 = 1.05;
/// A difference of times below this is too small to matter, in seconds.
pub const LEAST_SECONDS: f64 = 0.05;
/// Each group needs at least so many values.
pub const LEAST_VALUES: usize = 5;

/// How much the workers of one GPU type usually differ: the standard deviation of the logarithm.
const USUAL_SPREAD: f64 = 0.03;
/// How many degrees of freedom [`USUAL_SPREAD`] has.
const USUAL_WEIGHT: f64 = 8.0;
/// How much is trimmed at each end, as one part of so many.
const TRIMMED: usize = 10;

/// A value with the worker that it was measured on. Workers without a name count as one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Value<'a> {
    pub worker: &'a str,
    /// Above zero.
    pub value: f64,
}

/// How a metric of which less is better has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The whole interval is above [`LEAST_RATIO`], and the difference is large enough.
    Worse,
    /// The other way round.
    Better,
    /// The whole interval is too small to matter.
    Same,
    /// The interval says none of these.
    Inconclusive,
}

/// The ratio of two groups: above 1 if the second is larger.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Comparison {
    pub ratio: f64,
    /// The lower end of the 95% interval of the ratio.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    pub change: Change,
    /// What would show a change or exclude one, if the comparison does not and the measured spread stays.
    pub needs: Option<Needs>,
}

/// The size of each group that a comparison needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Needs {
    pub values: u32,
    /// None if those of the comparison are enough.
    pub workers: Option<u32>,
}

/// Compares two groups. `least` is the difference that matters, in the unit of the values: [`LEAST_SECONDS`] for times. None if
/// a group has fewer than [`LEAST_VALUES`] values or one that is not above zero.
#[must_use]
pub fn compare(before: &[Value<'_>], after: &[Value<'_>], least: f64) -> Option<Comparison> {
    let (before, after) = (Group::of(before)?, Group::of(after)?);
    let between = spread_of_workers(&before, &after);
    let of_size = |size| {
        let (log, half) = (after.mean - before.mean, half_interval(&before, &after, between, size));
        let [ratio, low, high] = [log, log - half, log + half].map(f64::exp);
        Comparison { ratio, low, high, change: change([ratio, low, high], before.mean.exp(), least), needs: None }
    };
    let comparison = of_size(Size { values: 1.0, workers: 1.0 });
    let shows = |size: &Size| of_size(*size).change != Change::Inconclusive;
    let needs = match comparison.change {
        Change::Inconclusive => needs(before.count.max(after.count), before.workers.max(after.workers), shows),
        Change::Worse | Change::Better | Change::Same => None,
    };
    Some(Comparison { needs, ..comparison })
}

/// How many times as large both groups are as those that were measured.
#[derive(Clone, Copy)]
struct Size {
    values: f64,
    workers: f64,
}

/// The most times as many values that are considered, and the step from one size to the next.
const LARGEST: f64 = 32.0;
const STEP: f64 = 1.1;

/// The smallest size that shows a change or excludes one: with the workers that there are, else with more.
fn needs(values: f64, workers: f64, shows: impl Fn(&Size) -> bool) -> Option<Needs> {
    let factors = || std::iter::successors(Some(STEP), |factor| Some(factor * STEP)).take_while(|it| *it <= LARGEST);
    let more = factors().map(|factor| Size { values: factor, workers: 1.0 }).find(&shows);
    let size = more.or_else(|| factors().map(|factor| Size { values: factor, workers: factor }).find(&shows))?;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 32 times what was measured")]
    let whole = |number: f64| number.ceil() as u32;
    Some(Needs {
        values: whole(values * size.values),
        workers: (size.workers > 1.0).then(|| whole(workers * size.workers)),
    })
}

/// Half of the 95% interval of the logarithm of the ratio, for groups of a size.
fn half_interval(before: &Group, after: &Group, between: f64, size: Size) -> f64 {
    let concentration = (before.concentration + after.concentration) / size.workers;
    let parts = [between * concentration, before.error() / size.values, after.error() / size.values];
    let variance: f64 = parts.iter().sum();
    let workers = (before.workers + after.workers) * size.workers;
    let within = |group: &Group| (group.count * size.values - group.workers * size.workers).max(1.0) * group.kept;
    let degrees = [USUAL_WEIGHT + workers - 2.0, within(before), within(after)];
    let lost: f64 = parts.iter().zip(degrees).map(|(part, degrees)| part * part / degrees.max(1.0)).sum();
    if variance > 0.0 { student::quantile(variance * variance / lost) * variance.sqrt() } else { 0.0 }
}

fn change([ratio, low, high]: [f64; 3], before: f64, least: f64) -> Change {
    // What matters of this value, as a ratio.
    let matters = LEAST_RATIO.max(1.0 + least / before);
    if low > LEAST_RATIO && ratio > matters {
        Change::Worse
    } else if high < 1.0 / LEAST_RATIO && (1.0 - ratio) * before > least {
        Change::Better
    } else if high <= matters && low >= (1.0 / LEAST_RATIO).min(1.0 - least / before) {
        Change::Same
    } else {
        Change::Inconclusive
    }
}

/// Compares two success rates, each as successes of a number. By the interval of Newcombe, which is made of Wilson's. A
/// difference of less than 5 points is too small to matter. `ratio`, `low` and `high` are differences in percentage points.
/// None if a group is empty.
#[must_use]
pub fn compare_rates(before: (u32, u32), after: (u32, u32)) -> Option<Comparison> {
    let of_size = |factor: f64| {
        let more = |(successes, all): (u32, u32)| (f64::from(successes) * factor, f64::from(all) * factor);
        rates(more(before), more(after))
    };
    let comparison = of_size(1.0)?;
    let shows = |size: &Size| of_size(size.values).is_some_and(|it| it.change != Change::Inconclusive);
    let needs = match comparison.change {
        Change::Inconclusive => needs(f64::from(before.1.max(after.1)), 1.0, shows),
        Change::Worse | Change::Better | Change::Same => None,
    };
    Some(Comparison { needs, ..comparison })
}

fn rates(before: (f64, f64), after: (f64, f64)) -> Option<Comparison> {
    const LEAST_POINTS: f64 = 5.0;
    let ([old, old_low, old_high], [new, new_low, new_high]) = (wilson(before)?, wilson(after)?);
    let difference = new - old;
    let low = difference - ((new - new_low).powi(2) + (old_high - old).powi(2)).sqrt();
    let high = difference + ((new_high - new).powi(2) + (old - old_low).powi(2)).sqrt();
    #[expect(clippy::cast_precision_loss, reason = "a small constant")]
    let is_enough = before.1.min(after.1) >= LEAST_VALUES as f64;
    let change = match () {
        () if !(is_enough || old >= 100.0 && new >= 100.0) => Change::Inconclusive,
        () if high < 0.0 && difference < -LEAST_POINTS => Change::Worse,
        () if low > 0.0 && difference > LEAST_POINTS => Change::Better,
        () if low >= -LEAST_POINTS && high <= LEAST_POINTS => Change::Same,
        // Nothing failed in either: there is no sign of a difference, however few they are.
        () if old >= 100.0 && new >= 100.0 => Change::Same,
        () => Change::Inconclusive,
    };
    Some(Comparison { ratio: difference, low, high, change, needs: None })
}

/// A rate with its 95% interval, in percent.
fn wilson((successes, number): (f64, f64)) -> Option<[f64; 3]> {
    if number <= 0.0 {
        return None;
    }
    let (part, square) = (successes / number, student::NORMAL * student::NORMAL);
    let middle = (part + square / (2.0 * number)) / (1.0 + square / number);
    let root = (part * (1.0 - part) / number + square / (4.0 * number * number)).sqrt();
    let half = student::NORMAL * root / (1.0 + square / number);
    Some([part, (middle - half).max(0.0), (middle + half).min(1.0)].map(|part| part * 100.0))
}

/// The logarithms of one side.
struct Group {
    /// The trimmed mean.
    mean: f64,
    /// The part of the values that was not trimmed.
    kept: f64,
    count: f64,
    workers: f64,
    /// The sum of squares within workers, of winsorized values.
    within: f64,
    within_degrees: f64,
    /// The sum of squares between workers.
    between: f64,
    /// The mean number of values of a worker, as the analysis of variance needs it.
    per_worker: f64,
    /// The sum of the squared parts that workers have: 1 for a single worker.
    concentration: f64,
}

impl Group {
    #[expect(clippy::cast_precision_loss, reason = "there are never 2^52 values")]
    fn of(values: &[Value<'_>]) -> Option<Self> {
        let usable = |value: &Value<'_>| value.value > 0.0 && value.value.is_finite();
        if values.len() < LEAST_VALUES || !values.iter().all(usable) {
            return None;
        }
        let mut sorted: Vec<f64> = values.iter().map(|value| value.value.ln()).collect();
        sorted.sort_by(f64::total_cmp);
        let cut = sorted.len() / TRIMMED;
        let middle = &sorted[cut..sorted.len() - cut];
        let (least, most) = (middle.first()?, middle.last()?);
        let winsorized = |value: &Value<'_>| value.value.ln().clamp(*least, *most);
        let mut sums: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
        for value in values {
            let (number, sum) = sums.entry(value.worker).or_default();
            *number += 1.0;
            *sum += winsorized(value);
        }
        let count = values.len() as f64;
        let workers = sums.len() as f64;
        let grand = sums.values().map(|(_, sum)| sum).sum::<f64>() / count;
        let of_worker = |value: &Value<'_>| sums.get(value.worker).map_or(grand, |(number, sum)| sum / number);
        let squares: f64 = sums.values().map(|(number, _)| number * number).sum();
        Some(Self {
            mean: middle.iter().sum::<f64>() / middle.len() as f64,
            kept: middle.len() as f64 / count,
            count,
            workers,
            within: values.iter().map(|value| (winsorized(value) - of_worker(value)).powi(2)).sum(),
            within_degrees: (count - workers).max(1.0),
            between: sums.values().map(|(number, sum)| number * (sum / number - grand).powi(2)).sum(),
            per_worker: if workers > 1.0 { (count - squares / count) / (workers - 1.0) } else { 0.0 },
            concentration: squares / (count * count),
        })
    }

    /// The variance of the mean because of the spread within workers.
    fn error(&self) -> f64 {
        self.within / self.within_degrees / self.count / (self.kept * self.kept)
    }
}

fn workers_beyond_first(before: &Group, after: &Group) -> f64 {
    before.workers + after.workers - 2.0
}

/// The variance between workers: what both groups show of it, and what is usual.
fn spread_of_workers(before: &Group, after: &Group) -> f64 {
    let usual = USUAL_SPREAD * USUAL_SPREAD;
    let degrees = workers_beyond_first(before, after);
    if degrees < 1.0 {
        return usual;
    }
    let within = (before.within + after.within) / (before.within_degrees + after.within_degrees);
    let between = (before.between + after.between) / degrees;
    let per_worker = (before.per_worker * (before.workers - 1.0) + after.per_worker * (after.workers - 1.0)) / degrees;
    let trimmed = before.kept * after.kept;
    let expected = within + per_worker * usual * trimmed;
    let mixed = (USUAL_WEIGHT * expected + degrees * between) / (USUAL_WEIGHT + degrees);
    (mixed - within).max(0.0) / per_worker / trimmed
}

#[cfg(test)]
mod tests;
