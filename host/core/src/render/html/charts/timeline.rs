//! When each worker ran which sample, and how long the samples waited before.

use super::chart::{Chart, px};
use super::scale::Scale;
use crate::render::html::text::line;
use crate::report::Report;
use crate::sample::{Ending, Sample, Start};
use comfycheck_wording::{count, seconds};
use maud::{Markup, html};

/// How many workers have a row.
const WORKERS: usize = 40;
/// The longest name of a worker, in characters.
const NAME: usize = 20;
/// How many waits of one worker are drawn below each other. Further ones overlap.
const LANES: usize = 4;

/// How many samples have a tooltip. More would make a page slow to open.
const TOOLTIPS: usize = 300;

/// In the units of the drawing.
const WIDTH: f64 = 960.0;
const LEFT: f64 = 150.0;
const TOP: f64 = 24.0;
const LANE: f64 = 5.0;
const BAR: f64 = 16.0;
const GAP: f64 = 12.0;

/// One sample, in seconds since sampling began.
struct Span<'a> {
    sample: &'a Sample,
    wait: (f64, f64),
    run: Option<(f64, f64)>,
}

/// A worker's samples; of the last one, those that no worker took.
struct Row<'a> {
    worker: Option<&'a str>,
    spans: Vec<Span<'a>>,
    /// The lane of each span's wait.
    lanes: Vec<usize>,
}

pub(super) fn chart(report: &Report) -> Option<Chart> {
    let rows = rows(report);
    if rows.is_empty() {
        return None;
    }
    let spans = || rows.iter().flat_map(|row| &row.spans);
    let end = spans().map(|span| span.run.map_or(span.wait.1, |run| run.1)).fold(0.0, f64::max);
    let scale = Scale::of(0.0, end, (LEFT, WIDTH - LEFT - 20.0));
    let workers = rows.iter().filter(|row| row.worker.is_some()).count();
    let cold = spans().filter(|span| span.sample.start == Start::Cold).count();
    let left_out = report.samples.iter().filter(|sample| sample.submitted.is_some()).count() - spans().count();
    let others =
        if left_out > 0 { format!(" {} never started.", count(left_out, "other sample")) } else { String::new() };
    let description = format!(
        "{} on {} in {}; {} hit a cold start.{others}",
        count(spans().count(), "sample"),
        count(workers, "worker"),
        seconds(end),
        count(cold, "sample"),
    );
    let (plot, height) = plot(&rows, &scale);
    let table = |row: &Row<'_>| row.spans.iter().map(|span| cells(row.worker, span)).collect::<Vec<_>>();
    Some(Chart {
        id: "timeline",
        title: "Timeline of the workers",
        description,
        plot,
        size: (WIDTH, height),
        wide: true,
        legend: vec![
            ("f-wait", "in the queue"),
            ("f-cold", "in the queue, until a cold start was done"),
            ("f-accent", "execution"),
            ("f-bad", "execution that did not succeed"),
        ],
        columns: vec!["sample", "worker", "submitted at", "queue", "start", "execution", "result"],
        rows: rows.iter().flat_map(table).collect(),
    })
}

/// The workers in the order of their first sample.
fn rows(report: &Report) -> Vec<Row<'_>> {
    let seen = report.samples.iter().filter_map(|sample| sample.finished.or(sample.first_running).or(sample.submitted));
    let last = seen.map(|time| time.as_secs_f64()).fold(0.0, f64::max);
    let mut spans: Vec<Span<'_>> = report.samples.iter().filter_map(|sample| Span::of(sample, last)).collect();
    spans.sort_by(|a, b| a.wait.1.total_cmp(&b.wait.1));
    let mut rows: Vec<Row<'_>> = Vec::new();
    for span in spans {
        let worker = span.sample.worker.as_deref();
        match rows.iter_mut().find(|row| row.worker == worker) {
            Some(row) => row.spans.push(span),
            None => rows.push(Row { worker, spans: vec![span], lanes: Vec::new() }),
        }
    }
    rows.sort_by_key(|row| row.worker.is_none());
    rows.iter_mut().for_each(Row::place_waits);
    rows
}

impl<'a> Span<'a> {
    /// RunPod's own times where it reports them, else those of this run. None if the sample neither started nor ended.
    fn of(sample: &'a Sample, last: f64) -> Option<Self> {
        let submitted = sample.submitted?.as_secs_f64();
        let after_delay = sample.delay.map(|delay| submitted + delay.as_secs_f64());
        let start = after_delay.or_else(|| Some(sample.first_running?.as_secs_f64()));
        let finished = sample.finished.map(|finished| finished.as_secs_f64());
        // How long a job that never started waited is not known.
        start.or(finished)?;
        let run = start.and_then(|start| {
            let executed = sample.execution.map(|execution| start + execution.as_secs_f64());
            Some((start, executed.or(finished)?.max(start)))
        });
        let wait = (submitted, run.map(|run| run.0).or(finished).unwrap_or(last).max(submitted));
        Some(Self { sample, wait, run })
    }
}

impl Row<'_> {
    /// Each wait takes the first lane that is free.
    fn place_waits(&mut self) {
        let mut order: Vec<usize> = (0..self.spans.len()).collect();
        order.sort_by(|a, b| self.spans[*a].wait.0.total_cmp(&self.spans[*b].wait.0));
        let mut ends: Vec<f64> = Vec::new();
        self.lanes = vec![0; self.spans.len()];
        for index in order {
            let (from, to) = self.spans[index].wait;
            let free = ends.iter().position(|end| *end <= from);
            let lane = free.unwrap_or(ends.len()).min(LANES - 1);
            if lane == ends.len() {
                ends.push(to);
            } else {
                ends[lane] = ends[lane].max(to);
            }
            self.lanes[index] = lane;
        }
    }

    fn waits_height(&self) -> f64 {
        let lanes = self.lanes.iter().max().map_or(0, |last| last + 1);
        LANE * f64::from(u32::try_from(lanes).unwrap_or(0))
    }

    fn height(&self) -> f64 {
        self.waits_height() + if self.worker.is_some() { BAR } else { 0.0 } + GAP
    }
}

fn plot(rows: &[Row<'_>], scale: &Scale) -> (Markup, f64) {
    let shown = &rows[..rows.len().min(WORKERS)];
    let bottom = TOP + shown.iter().map(Row::height).sum::<f64>();
    let mut tops = Vec::new();
    let mut top = TOP + GAP / 2.0;
    for row in shown {
        tops.push(top);
        top += row.height();
    }
    let tooltips = shown.iter().map(|row| row.spans.len()).sum::<usize>() <= TOOLTIPS;
    let plot = html! {
        @for tick in scale.ticks() {
            line.grid x1=(px(scale.at(tick))) x2=(px(scale.at(tick))) y1=(px(TOP)) y2=(px(bottom)) {}
            text.mid x=(px(scale.at(tick))) y="14" { (scale.time(tick)) }
        }
        @for (row, top) in shown.iter().zip(tops) { (bars(row, top, scale, tooltips)) }
        @if rows.len() > WORKERS {
            text x="0" y=(px(bottom + 14.0)) { "and " (count(rows.len() - WORKERS, "more worker")) " in the table" }
        }
    };
    (plot, bottom + if rows.len() > WORKERS { 24.0 } else { 4.0 })
}

fn bars(row: &Row<'_>, top: f64, scale: &Scale, tooltips: bool) -> Markup {
    let bar = top + row.waits_height();
    let middle = top + (row.height() - GAP) / 2.0 + 4.0;
    let width = |(from, to): (f64, f64)| px((scale.at(to) - scale.at(from)).max(1.0));
    html! {
        text.name x="0" y=(px(middle)) { (row.worker.map_or_else(|| "no worker".to_owned(), |worker| line(worker, NAME))) }
        @for (span, lane) in row.spans.iter().zip(&row.lanes) {
            @if span.wait.1 > span.wait.0 {
                @let class = if span.sample.start == Start::Cold { "f-cold" } else { "f-wait" };
                @let y = top + LANE * f64::from(u32::try_from(*lane).unwrap_or(0));
                rect class=(class) x=(px(scale.at(span.wait.0))) y=(px(y)) width=(width(span.wait)) height=(px(LANE - 1.5)) {
                    @if tooltips { title { "sample " (span.sample.index) ": " (seconds(span.wait.1 - span.wait.0)) " in the queue" } }
                }
            }
        }
        @for span in &row.spans {
            @if let Some(run) = span.run {
                @let class = if span.sample.ending == Ending::Succeeded { "f-accent" } else { "f-bad" };
                rect class=(class) x=(px(scale.at(run.0))) y=(px(bar)) width=(width(run)) height=(px(BAR)) rx="2" {
                    @if tooltips { title { "sample " (span.sample.index) ": " (seconds(run.1 - run.0)) ", " (span.sample.ending.word()) } }
                }
            }
        }
    }
}

fn cells(worker: Option<&str>, Span { sample, wait, run }: &Span<'_>) -> Vec<String> {
    vec![
        sample.index.to_string(),
        worker.map_or_else(|| "none".to_owned(), |worker| line(worker, NAME)),
        seconds(wait.0),
        seconds(wait.1 - wait.0),
        if sample.start == Start::Unclear { String::new() } else { sample.start.word().to_owned() },
        run.map(|run| seconds(run.1 - run.0)).unwrap_or_default(),
        sample.ending.word().replace('-', " "),
    ]
}
