//! The tests of the RunPod Hub in place of a suite: a run for each test, and the results of all.

use crate::args::{Choices, Destination, Format, RunArguments, Selection};
use crate::checks::Checks;
use crate::commands::run::execute;
use crate::failure::Failure;
use crate::prepare::{Demands, Prepared, prepare_as};
use crate::terminal::Terminal;
use crate::{files, fleet, reports};
use comfycheck_core::diagnostic::{Diagnostic, inert};
use comfycheck_core::fleet::{Fleet, FleetPair, fleet_results};
use comfycheck_core::hub::{HubTest, HubTests};
use comfycheck_core::report::{ExitCode, Report};
use std::path::Path;

/// The file beside the tests that names the GPUs.
const HUB: &str = "hub.json";

/// The tests that a path names in place of a suite. None if it is another file.
pub(crate) fn tests(path: Option<&Path>) -> Result<Option<HubTests>, Failure> {
    let Some(path) = path.filter(|path| path.extension().is_some_and(|extension| extension == "json")) else {
        return Ok(None);
    };
    // What reads other files explains why this one cannot be read.
    let Ok(file) = files::named(path) else { return Ok(None) };
    if !HubTests::is_in(&file.text) {
        return Ok(None);
    }
    let hub = path.with_file_name(HUB);
    let hub = hub.is_file().then(|| files::named(&hub)).transpose()?;
    Ok(Some(HubTests::parse(&file, hub.as_ref())?))
}

/// Prepares a run for each test, in order. Refuses whatever can be refused before the first job.
pub(crate) fn prepare(
    tests: &HubTests,
    selection: &Selection,
    demands: Demands<'_>,
    checks: &Checks,
    terminal: Terminal,
) -> Result<(Fleet, Vec<Prepared>), Failure> {
    let choices = &selection.choices;
    if choices.workflow.is_some() {
        let what = format!("`{}` has its own workflows", tests.path);
        return Err(Diagnostic::new(what).help("remove `--workflow`").into());
    }
    let fleet = HubTests { name: choices.name.clone().unwrap_or_else(|| tests.name.clone()), ..tests.clone() }.fleet();
    let prepare = |(FleetPair { name, slug, .. }, test): (&FleetPair, &HubTest)| {
        let replay = choices.replay.as_ref().map(|folder| folder.join(slug));
        let choices = Choices { name: Some(name.clone()), replay, ..choices.clone() };
        let selection = Selection { suite: None, no_suite: true, choices };
        prepare_as(&selection, Demands { test: Some(test), ..demands }, checks, terminal)
    };
    let prepared = fleet.pairs.iter().zip(&tests.tests).map(prepare).collect::<Result<_, _>>()?;
    Ok((fleet, prepared))
}

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
    let (fleet, prepared) = prepare(tests, &arguments.selection, Demands::RUN, checks, terminal)?;
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
