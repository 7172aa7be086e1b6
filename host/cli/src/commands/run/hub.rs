//! Runs the tests of the RunPod Hub in place of a suite, and writes the results of all.

use super::execute;
use crate::args::{Destination, Format, RunArguments};
use crate::checks::Checks;
use crate::failure::Failure;
use crate::prepare::Demands;
use crate::terminal::Terminal;
use crate::{fleet, hub, reports};
use comfycheck_core::diagnostic::{Diagnostic, inert};
use comfycheck_core::fleet::{FleetPair, fleet_results};
use comfycheck_core::hub::HubTests;
use comfycheck_core::report::{ExitCode, Report};

/// Runs each test and writes the results of all. The exit code is that of all tests together.
///
/// Recordings have a folder for each test. `--max-cost` applies to all tests together.
pub(crate) fn run(
    tests: &HubTests,
    arguments: &RunArguments,
    checks: &Checks,
    terminal: Terminal,
) -> Result<ExitCode, Failure> {
    if arguments.partition.is_some() {
        let what = format!("`{}` cannot be split into shards: each test is a run of its own", tests.path);
        return Err(Diagnostic::new(what).help("remove `--partition`").into());
    }
    let destinations = &arguments.formats.formats;
    fleet::check(destinations)?;
    reports::check(destinations)?;
    reports::probe(destinations)?;
    let (fleet, prepared) = hub::prepare(tests, &arguments.selection, Demands::RUN, checks, terminal)?;
    let is_page = |destination: &Destination| destination.format == Format::Human && destination.path.is_none();
    let page: Vec<Destination> = destinations.iter().filter(|destination| is_page(destination)).cloned().collect();
    let mut left = arguments.selection.choices.max_cost;
    let mut done: Vec<(String, Report)> = Vec::new();
    for (FleetPair { name, slug, .. }, mut prepared) in fleet.pairs.iter().zip(prepared) {
        terminal.say(inert(&format!("test      {name}")));
        prepared.suite.sampling.budget.max_cost = left;
        let arguments = arguments.of_part(page.clone(), slug);
        let (code, report) = execute(prepared, None, &arguments, checks, terminal)?;
        // Only a shard has no report.
        let Some(report) = report else { return Ok(code) };
        let cost = report.summary.cost.map_or(0.0, |cost| cost.high);
        left = left.map(|left| (left - cost).max(0.0));
        let interrupted = report.interrupted;
        done.push((slug.clone(), report));
        if let Some(signal) = interrupted {
            fleet::write(&fleet_results(&fleet, done), destinations, terminal)?;
            return Ok(ExitCode::Interrupted(signal));
        }
    }
    let results = fleet_results(&fleet, done);
    fleet::write(&results, destinations, terminal)?;
    Ok(results.exit_code())
}
