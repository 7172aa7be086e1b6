//! The samples: a row each, or what many of them come to; and the jobs that did not succeed.

use super::page::{Align, Page};
use crate::render::plain::one_line;
use crate::render::wording::{count, money, seconds};
use crate::report::Report;
use crate::sample::{Ending, Sample, Start};
use std::time::Duration;

/// How many samples have a row each.
const ROWS: usize = 20;

/// How many jobs that did not succeed are named.
const JOBS: usize = 10;

pub(super) fn write(report: &Report, page: &mut Page) {
    let samples = &report.samples;
    let Some(first) = samples.first() else { return };
    page.heading("samples");
    if samples.iter().all(|sample| sample.ending == Ending::NotSubmitted) {
        let reason = first.reason.as_deref().unwrap_or("no reason is known");
        page.line(&format!("  none of {} was submitted: {}", count(samples.len(), "sample"), one_line(reason, 300)));
        return;
    }
    if samples.len() <= ROWS {
        each(samples, page);
    } else {
        many(samples, page);
    }
    not_succeeded(samples, page);
}

fn each(samples: &[Sample], page: &mut Page) {
    let rows: Vec<[String; 8]> = samples
        .iter()
        .map(|sample| {
            [
                sample.index.to_string(),
                sample.ending.word().to_owned(),
                if sample.start == Start::Unclear { String::new() } else { sample.start.word().to_owned() },
                sample.delay.map(seconds).unwrap_or_default(),
                sample.execution.map(seconds).unwrap_or_default(),
                images(sample),
                sample.cost.map(money).unwrap_or_default(),
                sample.worker.as_deref().map(|worker| one_line(worker, 20)).unwrap_or_default(),
            ]
        })
        .collect();
    let headings = [
        ("#", Align::Right),
        ("ending", Align::Left),
        ("start", Align::Left),
        ("queue", Align::Right),
        ("execution", Align::Right),
        ("images", Align::Right),
        ("cost", Align::Left),
        ("worker", Align::Left),
    ];
    page.table(headings, &rows);
}

fn images(sample: &Sample) -> String {
    match (sample.images.len(), sample.lost_images.len()) {
        (0, 0) if sample.ending != Ending::Succeeded => String::new(),
        (had, 0) => had.to_string(),
        (had, lost) => format!("{had} ({lost} lost)"),
    }
}

/// A row for each way in which samples started and ended, in the order in which it first occurs.
fn many(samples: &[Sample], page: &mut Page) {
    let mut kinds: Vec<(Ending, Start)> = Vec::new();
    for sample in samples {
        if !kinds.contains(&(sample.ending, sample.start)) {
            kinds.push((sample.ending, sample.start));
        }
    }
    let rows: Vec<[String; 6]> = kinds
        .into_iter()
        .map(|(ending, start)| {
            let of_kind: Vec<&Sample> =
                samples.iter().filter(|sample| (sample.ending, sample.start) == (ending, start)).collect();
            [
                of_kind.len().to_string(),
                ending.word().to_owned(),
                if start == Start::Unclear { String::new() } else { start.word().to_owned() },
                spread(of_kind.iter().filter_map(|sample| sample.delay)),
                spread(of_kind.iter().filter_map(|sample| sample.execution)),
                of_kind.iter().map(|sample| sample.images.len()).sum::<usize>().to_string(),
            ]
        })
        .collect();
    let headings = [
        ("samples", Align::Right),
        ("ending", Align::Left),
        ("start", Align::Left),
        ("queue, median (range)", Align::Left),
        ("execution, median (range)", Align::Left),
        ("images", Align::Right),
    ];
    page.table(headings, &rows);
}

fn spread(durations: impl Iterator<Item = Duration>) -> String {
    let mut sorted: Vec<Duration> = durations.collect();
    sorted.sort_unstable();
    match (sorted.first(), sorted.last()) {
        (Some(least), Some(most)) => {
            // Of an even number, the lower of the two in the middle: a value that was measured.
            let median = sorted[(sorted.len() - 1) / 2];
            format!("{} ({} to {})", seconds(median), seconds(*least), seconds(*most))
        }
        _ => String::new(),
    }
}

fn not_succeeded(samples: &[Sample], page: &mut Page) {
    let jobs: Vec<&Sample> = samples.iter().filter(|sample| sample.ending != Ending::Succeeded).collect();
    if !jobs.is_empty() {
        page.line("");
    }
    for sample in jobs.iter().take(JOBS) {
        let job = sample.job.as_ref().map(|job| format!(", job `{}`", one_line(job, 60))).unwrap_or_default();
        let why = sample.error.as_ref().or(sample.reason.as_ref());
        let why = why.map(|why| format!(": {}", one_line(why, 200))).unwrap_or_default();
        page.line(&format!("  sample {}: {}{job}{why}", sample.index, sample.ending.word()));
    }
    if jobs.len() > JOBS {
        page.line(&format!("  and {} more that did not succeed", jobs.len() - JOBS));
    }
}
