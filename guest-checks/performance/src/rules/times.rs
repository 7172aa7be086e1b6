//! How long samples wait, start and take.

use super::Rules;
use crate::metrics::{
    Tally, Time, cold_starts, generation_times, longest, mean, p95, queue_times, shortest, unclear_starts,
};
use crate::wording::{clauses, seconds, span};
use comfycheck_sdk::samples::{Ending, Sample, Start};
use comfycheck_sdk::{Answer, Bound, Finding, OpenQuestion, Subject, count};
use serde_json::json;

/// Of more samples the times are left out of a finding's data, which is bounded.
const MOST_TIMES: usize = 500;

/// What to do so that it is plain which samples meet a cold worker.
const MEET_COLD: &str = "run it when no worker is left: after the idle timeout of an endpoint without active workers";

/// The longest queue time, as `queue-time`; it stays below `below` seconds, else `slow-queue`.
///
/// A wait that may contain the start of a worker breaks no limit; it leaves it open.
#[must_use]
pub fn queue_time(samples: &[Sample], below: Option<f64>) -> Answer {
    const RULES: Rules = Rules { value: "queue-time", limit: "slow-queue" };
    let waits = queue_times(samples);
    let Some(most) = longest(&waits) else {
        let reason = "the queue time was not measured: no sample was taken by a worker that was running already";
        return RULES.unmeasured(below, reason, "take more samples than workers, one after the other");
    };
    let unclear = waits.iter().filter(|wait| wait.upper_bound).count();
    let message = clauses([
        Some(format!("samples waited {} at most in the queue", span(most.ms))),
        spread(&waits),
        (unclear > 0).then(|| format!("{unclear} of them may have waited for a worker to start")),
    ]);
    let mut answer = Answer::default();
    answer.findings.push(note(RULES.value, message, most.ms, below, &waits));

    let Some(below) = below else { return answer };
    let (proven, unproven): (Vec<Time>, Vec<Time>) = too_long(&waits, below).iter().partition(|wait| !wait.upper_bound);
    let never_started = Tally::of(samples).never_started;
    if let Some(most) = longest(&proven) {
        let (who, waited) = (count(proven.len(), "sample"), span(most.ms));
        let message = format!("{who} waited up to {waited} in the queue; below {} is asked for", seconds(below));
        let help = "allow more workers, or let the endpoint scale up earlier (a lower queue delay, an active worker)";
        answer.findings.push(broken(RULES.limit, message, most.ms, below, &proven).help(help));
    } else if let Some(wait) = longest(&unproven) {
        let (sample, waited) = (wait.sample, span(wait.ms));
        let reason =
            format!("sample {sample} waited {waited}, and it cannot be told how much of it was the start of a worker");
        answer.open.push(OpenQuestion::new(RULES.limit, reason).help("take more samples than workers"));
    } else if never_started > 0 {
        let reason = format!("no worker ever took {}", count(never_started, "sample"));
        answer.open.push(OpenQuestion::new(RULES.limit, reason).help("see what keeps the workers from taking jobs"));
    }
    answer
}

/// The longest cold start, as `cold-start`; it stays below `below` seconds, else `slow-cold-start`.
///
/// Without a warm sample the cold starts are upper bounds: one that exceeds the limit leaves it open. So does a sample
/// that may have met a cold worker or not.
#[must_use]
pub fn cold_start(samples: &[Sample], below: Option<f64>) -> Answer {
    const RULES: Rules = Rules { value: "cold-start", limit: "slow-cold-start" };
    let starts = cold_starts(samples);
    let cold = || samples.iter().filter(|sample| sample.start == Start::Cold);
    let Some(most) = starts.iter().copied().reduce(|a, b| if b.took.ms > a.took.ms { b } else { a }) else {
        let reason = if cold().next().is_some() {
            "the cold start was not measured: no sample that met a cold worker succeeded with its times known"
        } else {
            "the cold start was not measured: no sample met a cold worker"
        };
        return RULES.unmeasured(below, reason, MEET_COLD);
    };
    let times: Vec<Time> = starts.iter().map(|start| start.took).collect();
    let (sample, took, bound) = (most.took.sample, most.took.ms, most.took.upper_bound);
    let (delay, rest) = (span(most.delay_ms), span(took - most.delay_ms));
    let (at_most, parts) = if bound {
        (" at most", format!("{delay} until a worker took the job, and an execution of {rest}"))
    } else {
        ("", format!("{delay} until a worker took the job, and {rest} longer than a warm execution"))
    };
    let what = format!("the cold start of sample {sample} took {}{at_most}: {parts}", span(took));
    let failed = cold().filter(|sample| sample.ending != Ending::Succeeded).count();
    let message = clauses([
        Some(what.clone()),
        (times.len() > 1).then(|| "it is the longest".to_owned()),
        spread(&times),
        (failed > 0).then(|| format!("{} that did not succeed left out", count(failed, "cold sample"))),
    ]);
    let mut answer = Answer::default();
    answer.findings.push(note(RULES.value, message, took, below, &times));

    let Some(below) = below else { return answer };
    let asked = format!("below {} is asked for", seconds(below));
    let slow = too_long(&times, below);
    let what = format!("{what}; {asked}");
    if slow.is_empty() {
        if let Some(Time { sample, ms, .. }) = longest(&too_long(&unclear_starts(samples), below)) {
            let reason = format!("a worker may have started for sample {sample}, in up to {}; {asked}", span(ms));
            answer.open.push(OpenQuestion::new(RULES.limit, reason).help(MEET_COLD));
        }
    } else if bound {
        let reason = format!("{what}, and no warm sample tells how much of it the image took");
        let help = "take more samples than workers, so that some meet a warm one";
        answer.open.push(OpenQuestion::new(RULES.limit, reason).help(help));
    } else {
        let help = "make the image smaller, bring the models nearer (in the image, or on a volume in the same data \
                    center), switch FlashBoot on, or keep a worker active";
        answer.findings.push(broken(RULES.limit, what, took, below, &slow).help(help));
    }
    answer
}

/// The mean generation time of an image, as `generation-time`; it stays below `below` seconds, else `slow-generation`.
#[must_use]
pub fn generation_time(samples: &[Sample], below: Option<f64>) -> Answer {
    const RULES: Rules = Rules { value: "generation-time", limit: "slow-generation" };
    let times = generation_times(samples);
    let (Some(mean), Some(least), Some(most)) = (mean(&times), shortest(&times), longest(&times)) else {
        let reason = "the generation time was not measured: no sample met a warm worker, succeeded, and made an image";
        return RULES.unmeasured(below, reason, "take more samples than workers, so that some meet a warm one");
    };
    let several = times.len() > 1;
    let what = format!("an image took {} to generate{}", span(mean), if several { " on average" } else { "" });
    let range = if several { format!(", {} to {}", span(least), span(most.ms)) } else { String::new() };
    let message =
        clauses([Some(format!("{what}{range}{}", percentile(&times))), Some(count(times.len(), "warm sample"))]);
    let mut answer = Answer::default();
    answer.findings.push(note(RULES.value, message, mean, below, &times));

    if let Some(below) = below.filter(|&below| !Bound::Below(below).holds(mean / 1000.0)) {
        let message = format!("{what}; below {} is asked for", seconds(below));
        let help = "use a faster GPU, fewer steps, a smaller size, or a model in lower precision";
        let too_long = too_long(&times, below);
        answer.findings.push(broken(RULES.limit, message, mean, below, &too_long).help(help));
    }
    answer
}

/// `0.4 s on average over 11 samples, 95 % of them 1 s at most`; nothing for one time.
fn spread(times: &[Time]) -> Option<String> {
    let mean = mean(times).filter(|_| times.len() > 1)?;
    Some(format!("{} on average over {}{}", span(mean), count(times.len(), "sample"), percentile(times)))
}

/// `, 95 % of them 1 s at most`; nothing for few times.
fn percentile(times: &[Time]) -> String {
    p95(times).map_or_else(String::new, |ms| format!(", 95 % of them {} at most", span(ms)))
}

/// The times that are not below a number of seconds.
fn too_long(times: &[Time], below: f64) -> Vec<Time> {
    times.iter().filter(|time| !Bound::Below(below).holds(time.ms / 1000.0)).copied().collect()
}

/// The value of a metric, with the times that it was got from.
fn note(rule: &str, message: String, ms: f64, below: Option<f64>, times: &[Time]) -> Finding {
    let each = |time: &Time| json!({"sample": time.sample, "s": time.ms / 1000.0, "upper-bound": time.upper_bound});
    let times: Vec<_> = times.iter().take(MOST_TIMES).map(each).collect();
    Finding::new(rule, message).measured(ms / 1000.0, "s", below.map(Bound::Below)).data(&json!({"times": times}))
}

/// A broken limit, about the samples that break it.
fn broken(rule: &str, message: String, ms: f64, below: f64, times: &[Time]) -> Finding {
    Finding::new(rule, message)
        .measured(ms / 1000.0, "s", Some(Bound::Below(below)))
        .about_all(times.iter().map(|time| Subject::Sample(time.sample)))
}
