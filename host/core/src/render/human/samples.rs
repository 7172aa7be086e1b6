//! The samples, a row each, and the reasons of those that did not succeed. Only `-v` shows them.

use super::TEXT;
use super::page::{Align, Page, Tone};
use crate::money::CostRange;
use crate::plain::one_line;
use crate::render::view::quote;
use crate::report::Report;
use crate::sample::{Ending, Sample, Start};
use comfycheck_wording::{money_range, samples as sample_list, seconds};
use std::time::Duration;

pub(super) fn write(report: &Report, page: &mut Page) {
    if report.samples.iter().all(|sample| sample.ending == Ending::NotSubmitted) {
        return reasons(&report.samples, page);
    }
    page.gap();
    rows(&report.samples, page);
    reasons(&report.samples, page);
}

fn rows(samples: &[Sample], page: &mut Page) {
    let time = |time: Option<Duration>| time.map(|time| seconds(time.as_secs_f64())).unwrap_or_default();
    let rows: Vec<[String; 8]> = samples
        .iter()
        .map(|sample| {
            [
                sample.index.to_string(),
                sample.ending.word().replace('-', " "),
                if sample.start == Start::Unclear { String::new() } else { sample.start.word().to_owned() },
                time(sample.delay),
                time(sample.execution),
                files(sample),
                sample.cost.map(|CostRange { low, high }| money_range(low, high)).unwrap_or_default(),
                sample.worker.as_deref().map(|worker| one_line(worker, 20)).unwrap_or_default(),
            ]
        })
        .collect();
    let headings = [
        ("#", Align::Right),
        ("result", Align::Left),
        ("start", Align::Left),
        ("queue", Align::Right),
        ("execution", Align::Right),
        (Sample::files_heading(samples), Align::Right),
        ("cost", Align::Left),
        ("worker", Align::Left),
    ];
    page.table(headings, &rows);
}

fn files(sample: &Sample) -> String {
    match (sample.all_files().count(), sample.lost_images.len()) {
        (0, 0) if sample.ending != Ending::Succeeded => String::new(),
        (returned, 0) => returned.to_string(),
        (returned, lost) => format!("{returned} ({lost} lost)"),
    }
}

/// Why samples did not succeed; a job that a person may want to look up is named.
fn reasons(samples: &[Sample], page: &mut Page) {
    let mut groups: Vec<(String, Vec<&Sample>)> = Vec::new();
    for sample in samples.iter().filter(|sample| sample.ending != Ending::Succeeded) {
        let why = sample.error.as_deref().map(quote).or_else(|| sample.reason.clone());
        let text = why.map_or_else(
            || sample.ending.word().replace('-', " "),
            |why| format!("{}: {}", sample.ending.word().replace('-', " "), one_line(&why, TEXT)),
        );
        match groups.iter_mut().find(|(known, _)| *known == text) {
            Some((_, samples)) => samples.push(sample),
            None => groups.push((text, vec![sample])),
        }
    }
    if !groups.is_empty() {
        page.gap();
    }
    for (text, samples) in groups {
        let indices: Vec<u32> = samples.iter().map(|sample| sample.index).collect();
        let jobs: Vec<String> = samples
            .iter()
            .filter_map(|sample| sample.job.as_deref())
            .take(3)
            .map(|job| format!("`{}`", one_line(job, 60)))
            .collect();
        let jobs = match jobs.as_slice() {
            [] => String::new(),
            [job] => format!(" (job {job})"),
            several => format!(" (jobs {})", several.join(", ")),
        };
        page.prose(Tone::Strong, &format!("  {}: ", sample_list(&indices)), "    ", &format!("{text}{jobs}"));
    }
}
