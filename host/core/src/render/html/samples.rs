//! Every sample: its images, result, times, cost, seed, and the prompts that only it has.

use super::prompts::{list, shared};
use super::text::{NAME, TEXT, code, line, lines, words};
use crate::media::FileKind;
use crate::money::CostRange;
use crate::render::context::ReportContext;
use crate::render::view::{View, quote};
use crate::sample::{Ending, FileFacts, Sample, Start};
use crate::thumbnail::{PER_SAMPLE, Thumbnail};
use crate::workflow::{Prompt, prompts_of};
use base64_simd::STANDARD;
use comfycheck_wording::{bytes, count, money_range, samples as sample_list, seconds};
use maud::{Markup, html};
use std::time::Duration;

/// The longest error of a job, in characters.
const ERROR: usize = 2_000;
/// How many files of a sample are listed.
const FILES: usize = 20;
/// How much of a digest is shown, in hex digits.
const DIGEST: usize = 12;

pub(super) fn write(view: &View<'_>, context: &ReportContext<'_>) -> Markup {
    let samples = &view.report.samples;
    if samples.is_empty() {
        return Markup::default();
    }
    let cold = samples.iter().any(|sample| sample.start == Start::Cold);
    let shared = shared(view.report);
    html! {
        section.samples #samples {
            h2 { "Samples" }
            p.lead { (view.report.summary.succeeded) " of " (count(samples.len(), "sample")) " succeeded." }
            @if samples.iter().any(|sample| !is_left(sample)) {
                fieldset aria-label="Which samples to show" {
                    (choice("show-all", "All", true))
                    (choice("show-bad", "Not succeeded", false))
                    @if cold { (choice("show-cold", "Cold starts", false)) }
                }
            }
            ul.cards { @for sample in samples.iter().filter(|sample| !is_left(sample)) { (card(view, sample, &shared, context)) } }
            @for (reason, indices) in &left(samples) {
                p.block { b { (sample_list(indices)) } " not submitted: " (words(reason, TEXT)) }
            }
        }
    }
}

fn is_left(sample: &Sample) -> bool {
    sample.ending == Ending::NotSubmitted
}

/// The samples that were not submitted, by their reason.
fn left(samples: &[Sample]) -> Vec<(&str, Vec<u32>)> {
    let mut reasons: Vec<(&str, Vec<u32>)> = Vec::new();
    for sample in samples.iter().filter(|sample| is_left(sample)) {
        let reason = sample.reason.as_deref().unwrap_or_default();
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, indices)) => indices.push(sample.index),
            None => reasons.push((reason, vec![sample.index])),
        }
    }
    reasons
}

/// A button that the style alone acts on.
fn choice(id: &str, name: &str, checked: bool) -> Markup {
    html! { input type="radio" name="show" id=(id) checked[checked]; label for=(id) { (name) } }
}

fn card(view: &View<'_>, sample: &Sample, shared: &[Prompt], context: &ReportContext<'_>) -> Markup {
    let succeeded = sample.ending == Ending::Succeeded;
    let badge = match sample.ending {
        Ending::Succeeded => "badge good",
        Ending::Unknown => "badge doubt",
        _ => "badge bad",
    };
    let time = |time: Option<Duration>| time.map(|time| seconds(time.as_secs_f64()));
    let pairs = [
        ("execution", time(sample.execution)),
        ("queue", time(sample.delay)),
        ("cost", sample.cost.map(|CostRange { low, high }| money_range(low, high))),
        ("seed", sample.seed.map(|seed| seed.to_string())),
    ];
    let follows = view.rules(&view.fold.sample(sample.index));
    let why = sample.error.as_deref().map(quote).or_else(|| sample.reason.clone()).filter(|_| !succeeded);
    html! {
        li.sample.ok[succeeded].off[!succeeded].cold[sample.start == Start::Cold] #{ "sample-" (sample.index) } {
            (shots(sample, context))
            header {
                b { "Sample " (sample.index) }
                @if sample.start == Start::Cold { span.badge.accent { "cold" } }
                span class=(badge) { (sample.ending.word().replace('-', " ")) }
            }
            dl.pairs {
                @for (key, value) in &pairs { @if let Some(value) = value { dt { (key) } dd { (value) } } }
            }
            @if let Some(why) = &why { p.why { (words(why, TEXT)) } }
            @if !follows.is_empty() {
                p.why.soft { "follows from " @for rule in follows.iter().take(FILES) { (code(rule, NAME)) " " } }
            }
            (more(sample, shared, context))
        }
    }
}

/// The first files of a sample: small copies of images, and what others are.
fn shots(sample: &Sample, context: &ReportContext<'_>) -> Markup {
    let files: Vec<&FileFacts> = sample.all_files().take(PER_SAMPLE).collect();
    let thumbnail = |file: &FileFacts| context.thumbnails.and_then(|thumbnails| thumbnails.copies.get(&file.sha256));
    let duration = |file: &FileFacts| context.thumbnails.and_then(|thumbnails| thumbnails.durations.get(&file.sha256));
    html! {
        @if !files.is_empty() {
            div.shots {
                @for file in files {
                    @match thumbnail(file) {
                        Some(thumbnail) => (linked(file, context, &image(sample, file, thumbnail))),
                        None => (linked(file, context, &html! {
                            span {
                                (kind(file)) br;
                                @if let Some(duration) = duration(file) { (seconds(duration.as_secs_f64())) br; }
                                (bytes(file.size))
                            }
                        })),
                    }
                }
            }
        }
    }
}

fn image(sample: &Sample, file: &FileFacts, Thumbnail { width, height, png }: &Thumbnail) -> Markup {
    let name = format!("sample {}: {}", sample.index, line(&file.name, NAME));
    let data = format!("data:image/png;base64,{}", STANDARD.encode_to_string(png));
    html! { img src=(data) alt=(name) width=(width) height=(height) loading="lazy" decoding="async"; }
}

/// A link to the saved file, if there is one.
fn linked(file: &FileFacts, context: &ReportContext<'_>, inner: &Markup) -> Markup {
    html! {
        @match context.saved.and_then(|saved| saved.links.get(&file.sha256)) {
            Some(path) => a.none href=(path) { (inner) },
            None => div.none { (inner) },
        }
    }
}

fn kind(file: &FileFacts) -> &'static str {
    match file.kind {
        FileKind::Image => "image",
        FileKind::Video => "video",
        FileKind::Audio => "audio",
        FileKind::Model => "3D model",
        FileKind::Text => "text",
        FileKind::Other => "file",
    }
}

fn more(sample: &Sample, shared: &[Prompt], context: &ReportContext<'_>) -> Markup {
    let mut own = prompts_of(&sample.workflow.to_string());
    own.retain(|prompt| !shared.contains(prompt));
    let files: Vec<&FileFacts> = sample.all_files().collect();
    let pairs = [
        ("job", sample.job.clone()),
        ("worker", sample.worker.clone()),
        ("GPU", sample.gpu.clone()),
        ("retries", (sample.retries > 0).then(|| sample.retries.to_string())),
        ("status", sample.status.clone()),
    ];
    html! {
        details {
            summary { "Details" span.soft { @if !files.is_empty() { " · " (count(files.len(), "file")) } } }
            dl.pairs {
                @for (key, value) in &pairs { @if let Some(value) = value { dt { (key) } dd { (line(value, NAME)) } } }
            }
            @if !own.is_empty() { (list(&own)) }
            @if !files.is_empty() {
                ul {
                    @for file in files.iter().take(FILES) { (entry(file, context)) }
                    @if files.len() > FILES { li { "and " (files.len() - FILES) " more" } }
                    @for lost in sample.lost_images.iter().take(FILES) {
                        li { (line(&lost.name, NAME)) " is not available: " (words(&lost.reason, TEXT)) }
                    }
                }
            }
            @if let Some(error) = &sample.error { pre.wrapped tabindex="0" { (lines(error, ERROR)) } }
        }
    }
}

fn entry(file: &FileFacts, context: &ReportContext<'_>) -> Markup {
    let name = if file.name.is_empty() { kind(file).to_owned() } else { line(&file.name, NAME) };
    let digest: String = file.sha256.chars().take(DIGEST).collect();
    html! {
        li {
            @match context.saved.and_then(|saved| saved.links.get(&file.sha256)) {
                Some(path) => a href=(path) { (name) },
                None => (name),
            }
            ", " (bytes(file.size))
            @if let Some(node) = &file.node { ", node " (code(node, NAME)) }
            " " (code(&digest, NAME))
        }
    }
}
