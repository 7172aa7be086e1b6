//! How long samples wait, start and run.

use super::{Rules, waits};
use crate::distribution::to_json;
use crate::metrics::{
    ColdStart, Tally, Time, cold_starts, generation_times, longest, mean, queue_times, shortest, unclear_starts,
};
use crate::product::Product;
use crate::repeated::{VARY, counted, repeated, repeated_jobs};
use crate::wording::{clauses, span, span_beside};
use comfycheck_sdk::samples::{Ending, Sample, Start};
use comfycheck_sdk::wording::count;
use comfycheck_sdk::{Answer, Bound, Finding, OpenQuestion, Subject};
use comfycheck_statistics::distribution::Distribution;
use serde_json::json;

/// A finding's data is bounded; further times are left out.
const MOST_TIMES: usize = 500;

const RUN_MORE: &str = "run more samples than there are workers, so that some find a warm worker";
const RUN_COLD: &str = "run again when no worker is running: set active workers to 0, and wait for the idle timeout";

/// The longest queue time, as `queue-time`. From `below` seconds on it is a `slow-queue`.
///
/// A wait that may include the start of a worker breaks no limit; it leaves it open.
#[must_use]
pub fn queue_time(samples: &[Sample], below: Option<f64>) -> Answer {
    const RULES: Rules = Rules { value: "queue-time", limit: "slow-queue" };
    let waits = queue_times(samples);
    let Some(most) = longest(&waits) else {
        let reason = "no sample was taken by a worker that was already running";
        return RULES.unmeasured(below, reason, ran(samples).then_some(RUN_MORE));
    };
    let unclear = waits.iter().filter(|wait| wait.upper_bound).count();
    let message = clauses([
        Some(format!("{}{}", waited(waits.len(), &span(most.ms)), spread(&waits))),
        (unclear > 0).then(|| format!("{unclear} may include a worker start")),
    ]);
    let mut answer = Answer::from(note(RULES.value, message, most.ms, below, &waits));

    let Some(below) = below else { return answer };
    let (proven, unproven): (Vec<Time>, Vec<Time>) = too_long(&waits, below).iter().partition(|wait| !wait.upper_bound);
    let never_started = Tally::of(samples).never_started;
    if let Some(most) = longest(&proven) {
        let (longest, limit) = span_beside(most.ms, below);
        let (behind, help) = waits::behind(&proven, samples);
        let message = format!("{} (limit: {limit}); {behind}", waited(proven.len(), &longest));
        answer.findings.push(broken(RULES.limit, message, most.ms, below, &proven).help(help));
    } else if let Some(wait) = longest(&unproven) {
        let (waited, limit) = span_beside(wait.ms, below);
        let reason = format!(
            "sample {} waited {waited} in the queue (limit: {limit}), which may include a worker start",
            wait.sample
        );
        answer.open.push(OpenQuestion::new(RULES.limit, reason).help(RUN_MORE));
    } else if never_started > 0 {
        let reason = format!("{} never started", count(never_started, "sample"));
        answer.open.push(OpenQuestion::new(RULES.limit, reason));
    }
    answer
}

/// The longest cold start, as `cold-start`. From `below` seconds on it is a `slow-cold-start`.
///
/// Without a warm sample the cold starts are upper bounds: one that exceeds the limit leaves it open. So does a sample
/// that may have been cold.
#[must_use]
pub fn cold_start(samples: &[Sample], below: Option<f64>) -> Answer {
    const RULES: Rules = Rules { value: "cold-start", limit: "slow-cold-start" };
    let starts = cold_starts(samples);
    let cold = || samples.iter().filter(|sample| sample.start == Start::Cold);
    let Some(most) = starts.iter().copied().reduce(|a, b| if b.took.ms > a.took.ms { b } else { a }) else {
        return if cold().next().is_some() {
            RULES.unmeasured(below, "no sample that hit a cold start succeeded with its times known", None)
        } else {
            RULES.unmeasured(below, "no sample hit a cold start", ran(samples).then_some(RUN_COLD))
        };
    };
    let times: Vec<Time> = starts.iter().map(|start| start.took).collect();
    let failed = cold().filter(|sample| sample.ending != Ending::Succeeded).count();
    let message = clauses([
        Some(format!("{}: {}", one_start(most, &span(most.took.ms)), parts(most))),
        (times.len() > 1).then(|| format!("the longest of {}{}", times.len(), spread(&times))),
        (failed > 0).then(|| format!("{failed} that failed not counted")),
    ]);
    let mut answer = Answer::from(note(RULES.value, message, most.took.ms, below, &times));

    let Some(below) = below else { return answer };
    let slow = too_long(&times, below);
    let (took, limit) = span_beside(most.took.ms, below);
    if slow.is_empty() {
        if let Some(Time { sample, ms, .. }) = longest(&too_long(&unclear_starts(samples), below)) {
            let (took, limit) = span_beside(ms, below);
            let reason = format!("sample {sample} may have hit a cold start of up to {took} (limit: {limit})");
            answer.open.push(OpenQuestion::new(RULES.limit, reason).help(RUN_COLD));
        }
    } else if most.took.upper_bound {
        let what = one_start(most, &took);
        let reason = format!("{what} (limit: {limit}): {}; no warm sample to compare with", parts(most));
        answer.open.push(OpenQuestion::new(RULES.limit, reason).help(RUN_MORE));
    } else {
        let who = count(slow.len(), "sample");
        let message = match slow.as_slice() {
            [_] => format!("{who} hit a cold start of {took} (limit: {limit}): {}", parts(most)),
            _ => format!("{who} hit a cold start of up to {took} (limit: {limit}); the longest: {}", parts(most)),
        };
        let help = "make the container image smaller, move the models closer (into the image, or onto a volume in the \
                    same data center), turn FlashBoot on, or keep a worker active";
        answer.findings.push(broken(RULES.limit, message, most.took.ms, below, &slow).help(help));
    }
    answer
}

/// The mean generation time of an image, as `generation-time`. From `below` seconds on it is a `slow-generation`.
#[must_use]
pub fn generation_time(samples: &[Sample], product: Product, below: Option<f64>) -> Answer {
    const RULES: Rules = Rules { value: "generation-time", limit: "slow-generation" };
    let times = generation_times(samples);
    let repeats = repeated(samples);
    let (Some(mean), Some(least), Some(most)) = (mean(&times), shortest(&times), longest(&times)) else {
        if !repeats.is_empty() {
            return RULES.unmeasured(below, repeated_jobs(samples), Some(VARY));
        }
        let succeeded = samples.iter().any(|sample| sample.ending == Ending::Succeeded);
        let reason = format!("no warm sample made {}", product.one());
        return RULES.unmeasured(below, reason, succeeded.then_some(RUN_MORE));
    };
    let several = times.len() > 1;
    let on_average = if several { " on average" } else { "" };
    let range = several.then(|| format!("{} to {}", span(least), span(most.ms)));
    let left_out = (!repeats.is_empty()).then(|| format!("{} not counted", counted(repeats.len())));
    let details = clauses([range, percentile(&times), Some(count(times.len(), "warm sample")), left_out]);
    let message = format!("{} took {}{on_average} to generate ({details})", product.one(), span(mean));
    let mut answer = Answer::from(note(RULES.value, message, mean, below, &times));

    if let Some(below) = below.filter(|&below| !Bound::Below(below).holds(mean / 1000.0)) {
        let (took, limit) = span_beside(mean, below);
        let message = format!("{} took {took}{on_average} to generate (limit: {limit})", product.one());
        let help = "use a faster GPU, fewer steps, a smaller size, or a model in lower precision";
        answer.findings.push(broken(RULES.limit, message, mean, below, &too_long(&times, below)).help(help));
    }
    answer
}

/// Whether a worker took a sample.
fn ran(samples: &[Sample]) -> bool {
    samples.iter().any(|sample| sample.delay.is_some() || sample.first_running.is_some())
}

/// `2 samples waited up to 1.1 s in the queue`.
fn waited(samples: usize, longest: &str) -> String {
    let up_to = if samples > 1 { "up to " } else { "" };
    format!("{} waited {up_to}{longest} in the queue", count(samples, "sample"))
}

/// `sample 0 hit a cold start of 41.2 s`, or `… of at most 41.2 s`.
fn one_start(start: ColdStart, took: &str) -> String {
    let at_most = if start.took.upper_bound { "at most " } else { "" };
    format!("sample {} hit a cold start of {at_most}{took}", start.took.sample)
}

/// What a cold start consists of.
fn parts(start: ColdStart) -> String {
    let (delay, rest) = (span(start.delay_ms), span(start.took.ms - start.delay_ms));
    let rest = if start.took.upper_bound { format!("{rest} of execution") } else { format!("{rest} longer than warm") };
    format!("{delay} in the queue, {rest}")
}

/// ` (mean 0.40 s; p95 1.0 s)`; nothing of one time.
fn spread(times: &[Time]) -> String {
    let mean = mean(times).filter(|_| times.len() > 1).map(|mean| format!("mean {}", span(mean)));
    let spread = clauses([mean, percentile(times)]);
    if spread.is_empty() { spread } else { format!(" ({spread})") }
}

/// `p95 1.0 s`; nothing of few times.
fn percentile(times: &[Time]) -> Option<String> {
    let p95 = times.iter().map(|time| time.ms).collect::<Distribution>().percentile(95);
    p95.map(|ms| format!("p95 {}", span(ms)))
}

/// The times that are not below a number of seconds.
fn too_long(times: &[Time], below: f64) -> Vec<Time> {
    times.iter().filter(|time| !Bound::Below(below).holds(time.ms / 1000.0)).copied().collect()
}

/// The value of a metric, with its distribution and the times that it is computed from.
fn note(rule: &str, message: String, ms: f64, below: Option<f64>, times: &[Time]) -> Finding {
    let each = |time: &Time| json!({"sample": time.sample, "s": time.ms / 1000.0, "upper-bound": time.upper_bound});
    let shown: Vec<_> = times.iter().take(MOST_TIMES).map(each).collect();
    let distribution: Distribution = times.iter().map(|time| time.ms / 1000.0).collect();
    Finding::new(rule, message)
        .measured(ms / 1000.0, "s", below.map(Bound::Below))
        .data(&json!({"times": shown, "distribution": to_json(&distribution, "samples")}))
}

/// A broken limit, about the samples that break it.
fn broken(rule: &str, message: String, ms: f64, below: f64, times: &[Time]) -> Finding {
    Finding::new(rule, message)
        .measured(ms / 1000.0, "s", Some(Bound::Below(below)))
        .about_all(times.iter().map(|time| Subject::Sample(time.sample)))
}
