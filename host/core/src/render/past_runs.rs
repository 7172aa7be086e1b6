//! Runs of the past as a list, as JSON, and two of them beside each other.

use super::columns::{columns, widths};
use super::comparison::changes;
use super::failures::{Failure, Failures};
use super::view::View;
use crate::money::CostRange;
use crate::past_runs::{MachineRecord, PastRun, machines};
use crate::plain::one_line;
use crate::report::Report;
use crate::sample::{Ending, Sample};
use comfycheck_statistics::distribution::Distribution;
use comfycheck_wording::{money_range, seconds};
use serde_json::json;
use std::fmt::Write;
use std::time::Duration;

/// The longest name, in characters.
const NAME: usize = 60;
/// How many machines and failures are listed.
const LISTED: usize = 10;

/// The median of a time of the samples that succeeded, in seconds.
pub(super) fn median(report: &Report, time: impl Fn(&Sample) -> Option<Duration>) -> Option<f64> {
    let succeeded = report.samples.iter().filter(|sample| sample.ending == Ending::Succeeded);
    succeeded.filter_map(time).map(|time| time.as_secs_f64()).collect::<Distribution>().median()
}

/// The cells of a run: number, start, verdict, samples, median execution, cost, name.
fn cells(PastRun { id, started, report }: &PastRun) -> [String; 7] {
    [
        id.to_string(),
        one_line(started, 16).chars().take(16).map(|letter| if letter == 'T' { ' ' } else { letter }).collect(),
        if report.interrupted.is_some() { "interrupted" } else { report.summary.verdict.word() }.to_owned(),
        format!("{} of {}", report.summary.succeeded, report.summary.samples),
        median(report, |sample| sample.execution).map(seconds).unwrap_or_default(),
        report.summary.cost.map(|CostRange { low, high }| money_range(low, high)).unwrap_or_default(),
        one_line(&report.name, NAME),
    ]
}

/// Rows below their heads. Names are cut, so no line is wider than `width`.
fn table(rows: impl Iterator<Item = [String; 7]>, width: usize) -> String {
    const LEAST: usize = 12;
    let mut rows: Vec<[String; 7]> = std::iter::once(HEAD.map(str::to_owned)).chain(rows).collect();
    let before: usize = widths(&rows)[..6].iter().map(|width| width + 2).sum();
    let room = width.saturating_sub(before).max(LEAST);
    for row in &mut rows {
        row[6] = one_line(&row[6], room);
    }
    columns(&rows)
}

/// The columns of a run.
const HEAD: [&str; 7] = ["run", "started (UTC)", "verdict", "samples", "execution", "cost", "name"];

/// Runs as lines of at most `width` characters where that is possible, and the machines whose samples failed.
pub fn human_history(runs: &[PastRun], width: usize) -> String {
    if runs.is_empty() {
        return "no runs\n".to_owned();
    }
    let mut text = table(runs.iter().map(cells), width);
    let failing: Vec<MachineRecord> = machines(runs).into_iter().filter(|machine| machine.failed > 0).collect();
    if !failing.is_empty() {
        text.push_str("\nfailed samples by machine:\n");
        let row = |machine: &MachineRecord| {
            let MachineRecord { kind, name, runs: _, samples, failed, stands_out } = machine;
            let mark = if *stands_out { "stands out" } else { "" };
            ["  ".to_owned() + kind, one_line(name, NAME), format!("{failed} of {samples}"), mark.to_owned()]
        };
        text.push_str(&columns(&failing.iter().take(LISTED).map(row).collect::<Vec<_>>()));
    }
    text
}

/// The same for programs.
pub fn json_history(runs: &[PastRun]) -> String {
    let run = |run: &PastRun| {
        let summary = &run.report.summary;
        json!({
            "id": run.id,
            "started": run.started,
            "suite": run.report.suite,
            "name": run.report.name,
            "verdict": summary.verdict.word(),
            "samples": summary.samples,
            "succeeded": summary.succeeded,
            "execution-median-s": median(&run.report, |sample| sample.execution),
            "queue-median-s": median(&run.report, |sample| sample.delay),
            "cost": summary.cost.map(|cost| json!({ "low": cost.low, "high": cost.high })),
        })
    };
    let machine = |machine: &MachineRecord| {
        let MachineRecord { kind, name, runs, samples, failed, stands_out } = machine;
        json!({ "kind": kind, "name": name, "runs": runs, "samples": samples, "failed": failed, "stands-out": stands_out })
    };
    let runs_json: Vec<_> = runs.iter().map(run).collect();
    let machines: Vec<_> = machines(runs).iter().map(machine).collect();
    format!("{:#}\n", json!({ "runs": runs_json, "machines": machines }))
}

/// What two runs differ in, if they are not two runs of the same thing.
fn differing(before: &Report, after: &Report) -> Option<&'static str> {
    let text = |report: &Report| report.workflow.as_ref().map(|file| file.text().to_owned());
    match () {
        () if before.suite != after.suite => Some("suites"),
        () if text(before) != text(after) => Some("workflows"),
        () => None,
    }
}

/// Two runs beside each other: what changed from the first to the second.
pub fn human_comparison(before: &PastRun, after: &PastRun, width: usize) -> String {
    let mut text = table([before, after].into_iter().map(cells), width);
    if let Some(what) = differing(&before.report, &after.report) {
        // Writing to a string does not fail.
        let _ = writeln!(text, "note: the runs have different {what}: a change can come from that");
    }
    let rows = View::of(&after.report).measurements();
    let cells = rows
        .iter()
        .zip(changes(&rows, &before.report))
        .map(|(row, [p50, change])| ["  ".to_owned() + &row.label, p50, row.p50.clone(), change]);
    let changed: Vec<[String; 4]> = cells.collect();
    if !changed.is_empty() {
        let head = ["\nmeasured (p50)".to_owned(), before.id.to_string(), after.id.to_string(), "change".to_owned()];
        text.push_str(&columns(&std::iter::once(head).chain(changed).collect::<Vec<_>>()));
    }
    let (now, then) = (Failures::of(&after.report), Failures::of(&before.report));
    for (word, failures) in [("new", now.without(&then)), ("fixed", then.without(&now))] {
        for Failure { kind, rule, subject } in failures.take(LISTED) {
            // Writing to a string does not fail.
            let _ = writeln!(text, "{word} {kind}: {}", one_line(format!("{rule} {subject}").trim_end(), 3 * NAME));
        }
    }
    text
}
