//! The arguments of `comfycheck bench`.

use super::candidates::{scenarios, suites};
use super::rollout::Timeout;
use super::{Choices, Destination, Format, Progress, Selection, heading, number};
use clap::{Args, ValueHint};
use clap_complete::ArgValueCompleter;
use comfycheck_core::statistics::limit::Limit;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::str::FromStr;

#[derive(Debug, Args)]
pub(crate) struct BenchArguments {
    /// The suite file [default: comfycheck.toml]
    #[arg(value_name = "SUITE", add = ArgValueCompleter::new(suites))]
    pub(crate) suite: Option<PathBuf>,

    /// Ignore `comfycheck.toml`
    #[arg(long, conflicts_with = "suite", help_heading = heading::WHAT)]
    pub(crate) no_suite: bool,

    /// Jobs in flight: one level for each number, at most --jobs. With --search, the highest to try [default: the suite's; 64
    /// with --search]
    #[arg(
        long,
        value_name = "N,…",
        value_delimiter = ',',
        value_parser = number::at_least_one,
        allow_negative_numbers = true,
        help_heading = heading::LOAD
    )]
    pub(crate) concurrency: Vec<NonZeroU32>,

    /// Jobs that arrive whether or not earlier ones are done: one level for each rate, such as `30/h`, `2/min` or `1.5/s`
    #[arg(
        long,
        value_name = "RATE,…",
        value_delimiter = ',',
        conflicts_with_all = ["concurrency", "search"],
        help_heading = heading::LOAD
    )]
    pub(crate) rate: Vec<Rate>,

    /// Jobs of each level [default: 30]
    #[arg(
        long,
        value_name = "N",
        value_parser = number::bench_jobs,
        allow_negative_numbers = true,
        help_heading = heading::LOAD
    )]
    pub(crate) jobs: Option<u32>,

    /// Begin jobs for this long instead, such as `10m`. Jobs that have begun are finished
    #[arg(long, value_name = "TIME", conflicts_with = "jobs", help_heading = heading::LOAD)]
    pub(crate) duration: Option<Timeout>,

    /// Measure N cold starts: each job waits until `/health` shows no worker. With --jobs or --duration, a level of warm jobs
    /// follows. Never changes the endpoint
    #[arg(
        long,
        value_name = "N",
        value_parser = number::bench_jobs,
        allow_negative_numbers = true,
        help_heading = heading::LOAD
    )]
    pub(crate) cold: Option<u32>,

    /// Find the highest number of jobs in flight that keeps this limit, such as "generation.p95 < 30 s"
    #[arg(long, value_name = "LIMIT", help_heading = heading::LOAD)]
    pub(crate) search: Option<Limit>,

    /// An error if this limit is broken in a level. May be repeated
    ///
    /// Metrics: queue, cold-start, generation, end-to-end (each with .mean, .max or a percentile such as .p95; alone, the first
    /// two are the maximum, the others the mean), throughput, cost-per-image, success-rate (in percent).
    #[arg(long, value_name = "LIMIT", help_heading = heading::JUDGE)]
    pub(crate) limit: Vec<Limit>,

    /// The same, and end the benchmark when it breaks. May be repeated
    #[arg(long, value_name = "LIMIT", help_heading = heading::JUDGE)]
    pub(crate) abort: Vec<Limit>,

    /// Compare with the JSON report of another benchmark, or with `last`, the last live benchmark of the suite on this machine
    #[arg(long, value_name = "FILE|last", value_hint = ValueHint::FilePath, help_heading = heading::JUDGE)]
    pub(crate) baseline: Option<PathBuf>,

    /// Save the JSON report, as a baseline for later
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = heading::REPORTS)]
    pub(crate) save: Option<PathBuf>,

    /// Write a report: human, json, markdown or html to stdout, or FORMAT:PATH or PATH (.json, .md, .html) to a file. May be repeated
    #[arg(long = "format", value_name = "FORMAT[:PATH]", default_value = "human", help_heading = heading::REPORTS)]
    pub(crate) formats: Vec<Destination>,

    /// The most jobs to submit, instead of the suite's limit
    #[arg(
        long,
        value_name = "N",
        value_parser = number::bench_jobs,
        allow_negative_numbers = true,
        help_heading = heading::LOAD
    )]
    pub(crate) max_jobs: Option<u32>,

    /// The most money to spend, in USD, instead of the suite's limit
    #[arg(
        long,
        value_name = "USD",
        value_parser = number::dollars,
        allow_negative_numbers = true,
        help_heading = heading::LOAD
    )]
    pub(crate) max_cost: Option<f64>,

    /// The run seed, as of `run` [default: new for each run]
    #[arg(
        long,
        value_name = "N",
        value_parser = number::seed,
        allow_negative_numbers = true,
        conflicts_with = "replay",
        help_heading = heading::LOAD
    )]
    pub(crate) seed: Option<u64>,

    /// The workflow, instead of the suite's
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = heading::SOURCE)]
    pub(crate) workflow: Option<PathBuf>,

    /// The id of the RunPod endpoint, instead of the suite's
    #[arg(long, value_name = "ID", help_heading = heading::SOURCE)]
    pub(crate) endpoint: Option<String>,

    /// Use a simulated endpoint: a built-in scenario or a file. `comfycheck mock` lists the scenarios
    #[arg(
        long,
        value_name = "SCENARIO",
        conflicts_with = "replay",
        add = ArgValueCompleter::new(scenarios),
        help_heading = heading::SOURCE
    )]
    pub(crate) simulate: Option<PathBuf>,

    /// Replay a recording that `bench` made with the same load options
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = heading::SOURCE)]
    pub(crate) replay: Option<PathBuf>,

    /// Record a cassette to this folder, which must be new or empty
    #[arg(
        long,
        value_name = "DIR",
        value_hint = ValueHint::DirPath,
        conflicts_with_all = ["replay", "simulate"],
        help_heading = heading::SOURCE
    )]
    pub(crate) record: Option<PathBuf>,

    /// Do not keep a live benchmark in the history of this machine
    #[arg(long, help_heading = heading::REPORTS)]
    pub(crate) no_history: bool,

    /// How to show progress on stderr
    #[arg(long, value_enum, default_value_t = Progress::Auto, value_name = "HOW", help_heading = heading::DISPLAY)]
    pub(crate) progress: Progress,
}

impl BenchArguments {
    /// What is run, and on what.
    pub(crate) fn selection(&self) -> Selection {
        let choices = Choices {
            workflow: self.workflow.clone(),
            endpoint: self.endpoint.clone(),
            simulate: self.simulate.clone(),
            replay: self.replay.clone(),
            max_jobs: self.max_jobs,
            max_cost: self.max_cost,
            seed: self.seed,
            ..Choices::default()
        };
        Selection { suite: self.suite.clone(), no_suite: self.no_suite, choices }
    }

    /// The formats that a benchmark does not have.
    pub(crate) fn other_format(&self) -> Option<Format> {
        let known = [Format::Human, Format::Json, Format::Markdown, Format::Html];
        self.formats.iter().map(|destination| destination.format).find(|format| !known.contains(format))
    }
}

/// Jobs per time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rate {
    pub(crate) per_hour: f64,
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const FASTEST: f64 = 360_000.0;
        let parts = text.split_once('/').and_then(|(number, unit)| {
            let factor = match unit.trim() {
                "h" => 1.0,
                "min" => 60.0,
                "s" => 3600.0,
                _ => return None,
            };
            Some(number.trim().parse::<f64>().ok()? * factor)
        });
        match parts {
            Some(per_hour) if per_hour > 0.0 && per_hour <= FASTEST => Ok(Self { per_hour }),
            Some(_) => Err("a rate is above 0 and at most 100/s".to_owned()),
            None => Err("a rate has a unit: `30/h`, `2/min`, `1.5/s`".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_has_a_unit() {
        for (text, expected) in [
            ("30/h", Some(30.0)),
            ("2 / min", Some(120.0)),
            ("1.5/s", Some(5400.0)),
            ("100/s", Some(360_000.0)),
            ("101/s", None),
            ("0/h", None),
            ("-1/h", None),
            ("30", None),
            ("30/d", None),
            ("NaN/h", None),
        ] {
            assert_eq!(text.parse::<Rate>().ok().map(|rate| rate.per_hour), expected, "{text}");
        }
    }
}
