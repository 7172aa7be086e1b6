//! The verdict in a line, and what was under test.

use super::View;
use super::blocks::{Block, Kind};
use crate::cost::PriceSource;
use crate::money::CostRange;
use crate::plain::one_line;
use crate::report::{Machine, Origin, Report, Signal, Summary, Verdict};
use crate::sample::Ending;
use comfycheck_wording::{count, money_range, seconds};
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::time::Duration;

/// How many GPU types a line names.
const NAMED: usize = 3;
/// The longest name, in characters.
const NAME: usize = 80;

impl View<'_> {
    /// `PASSED`, `FAILED` or `INCONCLUSIVE`.
    pub(in crate::render) fn verdict_word(&self) -> &'static str {
        match self.report.summary.verdict {
            Verdict::Passed => "PASSED",
            Verdict::Failed => "FAILED",
            Verdict::Inconclusive => "INCONCLUSIVE",
        }
    }

    /// What stands after the word: the number of causes or questions, samples, cost, time.
    pub(in crate::render) fn verdict_parts(&self) -> Vec<String> {
        let Summary { verdict, samples, succeeded, .. } = self.report.summary;
        let mut parts = Vec::new();
        let unknown = self.unknown();
        match verdict {
            Verdict::Failed => {
                parts.push(count(self.of_kind(Kind::Error).count(), "cause"));
                parts.extend(unknown);
            }
            Verdict::Inconclusive => {
                let no_errors = std::iter::once("no errors".to_owned());
                parts.push(no_errors.chain(unknown).collect::<Vec<_>>().join(", "));
            }
            Verdict::Passed => {}
        }
        parts.extend(self.report.interrupted.map(|signal| match signal {
            Signal::Interrupt => "interrupted by Ctrl-C".to_owned(),
            Signal::Terminate => "terminated by SIGTERM".to_owned(),
        }));
        if samples > 0 {
            parts.push(format!("{succeeded} of {}{}", count(samples, "sample"), self.without_file()));
        }
        for (number, thing) in [
            (self.of_kind(Kind::Warning).count(), "warning"),
            (usize::try_from(self.report.summary.flaky).unwrap_or(0), "flaky check"),
        ] {
            parts.extend((number > 0).then(|| count(number, thing)));
        }
        let waived = self.blocks.iter().filter(|block| block.kind.is_waived()).count();
        parts.extend((waived > 0).then(|| format!("{waived} waived")));
        parts.extend(cost(self.report));
        parts.extend(elapsed(self.report).map(|time| seconds(time.as_secs_f64())));
        parts
    }

    /// `, 0 files`, if samples succeeded and returned nothing.
    fn without_file(&self) -> String {
        let completed = || self.report.samples.iter().filter(|sample| sample.ending == Ending::Succeeded);
        match (completed().count(), completed().filter(|sample| sample.delivered()).count()) {
            (completed, delivered) if completed == delivered => String::new(),
            (_, 0) => ", 0 files".to_owned(),
            (_, delivered) => format!(", {delivered} with a file"),
        }
    }

    /// How many questions are unknown, how many checks did not run to their end, and how many samples nothing explains.
    fn unknown(&self) -> Option<String> {
        let unknown = || self.blocks.iter().filter(|block| matches!(block.kind, Kind::Unknown | Kind::Crashed));
        let questions: usize =
            unknown().filter(|block| block.error.is_none() && block.samples == 0).map(|block| block.ids.len()).sum();
        let checks: BTreeSet<&str> = unknown().filter(|block| block.error.is_some()).map(Block::id).collect();
        // An interruption explains why samples have no result.
        let samples = |have_results| -> usize {
            let of_blocks = unknown().filter(|block| block.have_results == have_results).map(|block| block.samples);
            if self.report.interrupted.is_some() { 0 } else { of_blocks.sum() }
        };
        let (failed, without_result) = (samples(true), samples(false));
        let parts = [
            (questions > 0).then(|| format!("{} unknown", count(questions, "question"))),
            (!checks.is_empty()).then(|| format!("{} did not complete", count(checks.len(), "check"))),
            (failed > 0).then(|| format!("{} failed without a known cause", count(failed, "sample"))),
            (without_result > 0).then(|| format!("{} without a result", count(without_result, "sample"))),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

/// The known cost of all jobs, or that it is unknown; none if no job was submitted.
fn cost(report: &Report) -> Option<String> {
    let mut jobs = report.samples.iter().chain(&report.dry_run);
    jobs.find(|job| job.ending != Ending::NotSubmitted)?;
    let Some(CostRange { low, high }) = report.summary.cost else { return Some("cost unknown".to_owned()) };
    let age = price_age(report).map(|days| format!(" (price table: {days} days old)")).unwrap_or_default();
    Some(format!("{}{age}", money_range(low, high)))
}

/// The age of the price table in days where it is worth a look. A recording keeps its price, so only a live run has one.
fn price_age(report: &Report) -> Option<i32> {
    const OLD: i32 = 60;
    let price = report.price.as_ref().filter(|price| price.source == PriceSource::Table)?;
    let (from, until): (Date, Date) = (price.date.as_ref()?.parse().ok()?, report.date.parse().ok()?);
    let days = from.until(until).ok()?.get_days();
    (matches!(report.origin, Origin::Live { .. }) && days > OLD).then_some(days)
}

/// How long a live run took; of any other, when the last sample finished.
fn elapsed(report: &Report) -> Option<Duration> {
    let finished = || report.samples.iter().filter_map(|sample| sample.finished).max();
    report.machine.as_ref().map(|Machine { elapsed, .. }| *elapsed).or_else(finished)
}

/// What was under test: an endpoint and the date, or a recording, or a scenario.
pub(in crate::render) fn origin(report: &Report) -> String {
    let date = one_line(&report.date, NAME);
    match &report.origin {
        Origin::Live { endpoint, server, comfyui } => {
            let at = server.as_ref().map(|server| format!(" at {}", one_line(server, NAME))).unwrap_or_default();
            let endpoint = endpoint.as_ref().map(|endpoint| {
                let is_local = endpoint.starts_with("local worker");
                format!("{}{}{at}", if is_local { "" } else { "endpoint " }, one_line(endpoint, NAME))
            });
            let comfyui = comfyui.as_ref().map(|server| format!("ComfyUI at {}", one_line(server, NAME)));
            [endpoint, comfyui, Some(date)].into_iter().flatten().collect::<Vec<_>>().join(" · ")
        }
        Origin::Replay { cassette, .. } => format!("replay of {} ({date})", one_line(cassette, NAME)),
        Origin::Simulation { scenario, .. } => format!("simulation of {}", one_line(scenario, NAME)),
    }
}

/// `12 samples on 1 worker (RTX 4090)`, or `2 of 12 samples …` where a worker took no more; none if no worker is known.
pub(in crate::render) fn workers(report: &Report) -> Option<String> {
    let workers: BTreeSet<&str> = report.samples.iter().filter_map(|sample| sample.worker.as_deref()).collect();
    if workers.is_empty() {
        return None;
    }
    let ran = report.samples.iter().filter(|sample| sample.worker.is_some()).count();
    let gpus: BTreeSet<&str> = report.samples.iter().filter_map(|sample| sample.gpu.as_deref()).collect();
    let short = |gpu: &&str| one_line(gpu.trim_start_matches("NVIDIA ").trim_start_matches("GeForce "), NAME);
    let gpus: Vec<String> = gpus.iter().take(NAMED).map(short).collect();
    let gpus = if gpus.is_empty() { String::new() } else { format!(" ({})", gpus.join(", ")) };
    let all = report.samples.len();
    let of = if ran < all { format!("{ran} of ") } else { String::new() };
    Some(format!("{of}{} on {}{gpus}", count(all, "sample"), count(workers.len(), "worker")))
}
