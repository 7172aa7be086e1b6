//! Blocks of the run as a whole: samples that nothing explains, waivers without a finding, the budget.

use super::blocks::{Block, Kind};
use super::consequences;
use super::fold::Fold;
use crate::execution::{Execution, Outcome};
use crate::finding::Finding;
use crate::report::{NOTHING_WORKED, Report, nothing_worked, samples_waived, unexplained_samples};
use crate::sample::{Ending, Sample};
use comfycheck_wording::names;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// The longest quote of a job's error, in characters.
const QUOTE: usize = 200;
/// How many jobs are named.
const JOBS: usize = 3;

/// Adds the blocks of the run as a whole, each after those of its kind.
pub(super) fn write<'a>(report: &'a Report, fold: &Fold, blocks: &mut Vec<Block<'a>>) {
    let mut unknown: Vec<Block<'a>> = Vec::new();
    let explained = explained(report, fold);
    let unexplained = report.samples.iter().filter(|sample| !explained.contains(&sample.index));
    for group in unexplained_samples(unexplained) {
        let mut block = Block::new(Kind::Unknown, "samples".to_owned(), group.sentence(report.samples.len()));
        let of_group = || report.samples.iter().filter(|sample| group.indices.contains(&sample.index));
        block.samples = group.indices.len();
        block.have_results = group.have_results();
        block.help = help_for(&block.message);
        block.seen = of_group().next().and_then(error_of).or_else(|| jobs_that_may_run(of_group()));
        unknown.push(block);
    }
    if let Some(first) = unknown.first_mut() {
        first.therefore.extend(consequences::of_samples(report, fold));
    }
    if nothing_worked(&report.executions, &report.samples) {
        unknown.push(Block::new(Kind::Unknown, "samples".to_owned(), NOTHING_WORKED));
    }
    let is_skipped = |execution: &Execution| matches!(execution.outcome, Outcome::Skipped { .. });
    if report.executions.iter().all(is_skipped) {
        unknown.push(Block::new(Kind::Unknown, "checks".to_owned(), "no check ran"));
    }
    blocks.extend(unknown);
    let unused = report.unused_waivers.iter();
    blocks.extend(unused.map(|unused| Block::new(Kind::Warning, "waivers".to_owned(), &unused.message)));
    let over_budget = report.summary.over_budget.iter();
    blocks.extend(over_budget.map(|line| Block::new(Kind::Warning, "budget".to_owned(), line)));
    blocks.sort_by_key(|block| block.kind);
}

/// What to do about samples that the budget or a limit of RunPod ended: a retry would end the same way.
fn help_for(reason: &str) -> Option<&'static str> {
    match () {
        () if reason.contains("rejected the submission with status 429") => Some(
            "run again when other clients of the endpoint and the key submit less, and lower `concurrency`: RunPod limits the \
             requests to an endpoint, and allows more with more running workers",
        ),
        () if reason.contains("could not reach the local worker") => {
            Some("start the worker at this address, or name another one with `--local-worker`")
        }
        () if reason.contains("`max-cost`") => Some("raise `max-cost` in `[budget]`, or use `--max-cost`"),
        () if reason.contains("`max-jobs`") => Some("raise `max-jobs` in `[budget]`"),
        () => None,
    }
}

/// The samples that an error explains, or that follow from one.
fn explained(report: &Report, fold: &Fold) -> BTreeSet<u32> {
    let counted = report.executions.iter().flat_map(|execution| {
        let errors = execution.findings().iter().filter(|finding| finding.is_error());
        errors
            .flat_map(Finding::samples)
            .chain(execution.instance.sample.filter(|_| execution.findings().iter().any(Finding::is_error)))
    });
    let folded = report.samples.iter().map(|sample| sample.index).filter(|index| !fold.sample(*index).is_empty());
    counted.chain(folded).chain(samples_waived(&report.executions)).collect()
}

fn error_of(sample: &Sample) -> Option<Cow<'_, str>> {
    let quoted = quote(sample.error.as_deref()?);
    let known = sample.reason.as_deref().is_some_and(|reason| reason.contains(quoted.as_str()));
    (!known && !quoted.is_empty()).then(|| Cow::Owned(format!("sample {}: `{quoted}`", sample.index)))
}

/// The jobs of samples with an unknown result: they may still run.
fn jobs_that_may_run<'a>(samples: impl Iterator<Item = &'a Sample>) -> Option<Cow<'a, str>> {
    let unknown = samples.filter(|sample| sample.ending == Ending::Unknown && sample.finished.is_none());
    let jobs: Vec<&str> = unknown.filter_map(|sample| sample.job.as_deref()).collect();
    if jobs.is_empty() {
        return None;
    }
    let named = names(jobs.iter().take(JOBS).copied());
    let more = if jobs.len() > JOBS { format!(" and {} more", jobs.len() - JOBS) } else { String::new() };
    Some(Cow::Owned(format!("{} {named}{more}", if jobs.len() == 1 { "job" } else { "jobs" })))
}

/// The one line of an error that matters: the message of the SDK's error object, the last line of a traceback, else the
/// first line.
pub(in crate::render) fn quote(error: &str) -> String {
    let object: Option<Value> = serde_json::from_str(error).ok().filter(Value::is_object);
    let member = |name: &str| object.as_ref().and_then(|object| object.get(name)).and_then(Value::as_str);
    let line = match (member("error_type"), member("error_message")) {
        (class, Some(message)) => {
            let class = class.map(|class| class.trim_start_matches("<class '").trim_end_matches("'>").to_owned());
            let line = line_that_matters(message);
            class.map_or_else(|| line.clone(), |class| format!("{class}: {line}"))
        }
        _ => line_that_matters(error),
    };
    let cut = line.char_indices().nth(QUOTE).map_or(line.len(), |(at, _)| at);
    if cut < line.len() { format!("{}…", &line[..cut]) } else { line }.replace('`', "'")
}

fn line_that_matters(text: &str) -> String {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    if text.contains("Traceback (most recent call last)") {
        return lines.next_back().unwrap_or_default().to_owned();
    }
    let first = lines.next().unwrap_or_default();
    // A heading alone explains nothing.
    match lines.next().filter(|_| first.ends_with(':')) {
        Some(next) => format!("{first} {next}"),
        None => first.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{help_for, quote};

    #[test]
    fn a_limit_of_runpod_and_the_budget_have_help() {
        for (reason, expected) in [
            (
                "sample 0 was not submitted: RunPod rejected the submission with status 429: too many requests",
                "concurrency",
            ),
            ("sample 0 was not submitted: could not reach the local worker at http://127.0.0.1:1", "--local-worker"),
            ("sample 1 was not submitted: `max-cost` was reached", "--max-cost"),
            ("sample 1 was not submitted: `max-jobs` was reached", "max-jobs"),
            ("sample 0 was not submitted: RunPod rejected the submission with status 408", ""),
            ("sample 0 failed: status 429", ""),
        ] {
            let help = help_for(reason);
            assert_eq!(help.is_some(), !expected.is_empty(), "{reason}");
            assert!(help.unwrap_or_default().contains(expected), "{reason}");
        }
    }

    #[test]
    fn of_an_error_the_line_that_matters_is_quoted() {
        let traceback =
            "Traceback (most recent call last):\n  File \"/handler.py\", line 1, in handler\nKeyError: 'prompt'\n";
        for (error, expected) in [
            ("", ""),
            ("\n CUDA out of memory\nmore", "CUDA out of memory"),
            ("Workflow validation failed:\n- a.safetensors\n- b", "Workflow validation failed: - a.safetensors"),
            ("failed:", "failed:"),
            (traceback, "KeyError: 'prompt'"),
            (
                r#"{"error_type":"<class 'KeyError'>","error_message":"'prompt'","error_traceback":"…"}"#,
                "KeyError: 'prompt'",
            ),
            (r#"{"error_message":"Traceback (most recent call last):\n x\nValueError: y"}"#, "ValueError: y"),
            ("a `b` c", "a 'b' c"),
        ] {
            assert_eq!(quote(error), expected);
        }
        assert_eq!(quote(&"é".repeat(300)).chars().count(), 201);
    }
}
