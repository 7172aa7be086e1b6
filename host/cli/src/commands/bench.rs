//! `comfycheck bench`: runs loads, and decides.

mod assemble;
mod plan;

use crate::answers::origin;
use crate::args::{BenchArguments, Destination, Format};
use crate::checks::Checks;
use crate::clock;
use crate::executor::{threads, tokio};
use crate::failure::{Failure, chain};
use crate::files;
use crate::history;
use crate::prepare::{Prepared, prepare_changed};
use crate::progress::BenchDisplay;
use crate::recording;
use crate::reports;
use crate::session::{listen, live, log, not_run, retries};
use crate::terminal::Terminal;
use comfycheck_core::bench::{Bench, compare_with, decide, exit_code, json_bench, read_bench};
use comfycheck_core::diagnostic::{Diagnostic, inert};
use comfycheck_core::render::{Detail, html_bench, human_bench, markdown_bench};
use comfycheck_core::report::{ExitCode, Signal};
use comfycheck_runtime::interruption::Interruption;
use comfycheck_runtime::run::{BenchRequest, RunRequest, bench as run_bench};
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::live::ExchangeLimits;
use std::path::Path;
use std::sync::Arc;

/// Runs a benchmark. The exit code is that of its decision.
pub(crate) fn bench(arguments: &BenchArguments, checks: &Checks, terminal: Terminal) -> Result<ExitCode, Failure> {
    if arguments.other_format().is_some() {
        let help = "choose human, json, markdown or html";
        return Err(Diagnostic::new("a benchmark does not have this format").help(help).into());
    }
    plan::refuse_few_jobs(arguments)?;
    let destinations = destinations(arguments);
    reports::check(&destinations)?;
    // A file is read before the run, which may replace it.
    let named = arguments.baseline.as_deref().filter(|path| !is_last(path)).map(baseline).transpose()?;
    let prepared =
        prepare_changed(&arguments.selection(), |suite| plan::add_limits(suite, arguments), checks, terminal)?;
    reports::spare(&destinations, &prepared.suite)?;
    reports::probe(&destinations)?;
    let last = match &arguments.baseline {
        Some(path) if is_last(path) => {
            Some(history::last_bench(&prepared.suite.name).map_err(|reason| no_baseline(&reason))?)
        }
        _ => None,
    };
    let (mut bench, interrupted) = execute(prepared, arguments, checks, terminal)?;
    bench.comparison = named.or(last).map(|(baseline, place)| compare_with(&bench, &baseline, &place));
    decide(&mut bench);
    if bench.started.is_some() && !arguments.no_history {
        history::keep_bench(&bench, clock::now()?, terminal);
    }
    write(&bench, &destinations, terminal)?;
    Ok(exit_code(&bench, interrupted))
}

/// The formats, and the file of `--save`.
fn destinations(arguments: &BenchArguments) -> Vec<Destination> {
    let saved = arguments.save.clone().map(|path| Destination { format: Format::Json, path: Some(path) });
    arguments.formats.iter().cloned().chain(saved).collect()
}

/// Whether the last benchmark of this machine is the baseline.
fn is_last(path: &Path) -> bool {
    path == Path::new("last")
}

fn no_baseline(reason: &str) -> Failure {
    let help = "run a live benchmark first, or name a file that `bench --save` wrote";
    Diagnostic::new(format!("there is no baseline: {reason}")).help(help).into()
}

/// Reads a baseline, with its place for the reader.
fn baseline(path: &Path) -> Result<(Bench, String), Failure> {
    let file = files::stored(path)?;
    let bench = read_bench(&file.text).map_err(|error| {
        let what = format!("cannot read the baseline `{}`", path.display());
        Failure::from(chain(what, Some(&error)).help("name a file that `bench --save` or `bench --format json` wrote"))
    })?;
    Ok((bench, inert(&path.display().to_string())))
}

fn execute(
    prepared: Prepared,
    arguments: &BenchArguments,
    checks: &Checks,
    terminal: Terminal,
) -> Result<(Bench, Option<Signal>), Failure> {
    let Prepared { suite, mut plan, components, saved, seed, answers, workflow } = prepared;
    let Some(workflow) = workflow else {
        let help = "add `workflow = \"workflow_api.json\"` to the suite, or name one with --workflow";
        return Err(Diagnostic::new("a benchmark needs a workflow").help(help).into());
    };
    plan::without_samples(&mut plan);
    let mut schedule = plan::schedule(arguments, &suite);
    if let Some(warning) = plan::small_budget(&schedule, &suite) {
        terminal.say(format!("warning: {warning}"));
    }
    let source = plan::Variations::new(&workflow, &suite.sampling, seed)
        .map_err(|unknown| Diagnostic { help: unknown.help, ..Diagnostic::new(unknown.what) })?;
    let tokio = tokio()?;
    let started = clock::now()?;
    let (origin, date) = origin(&suite, &answers, started);
    let transport = Arc::new(answers.transport(|| {
        let live = live(&suite, &tokio, ExchangeLimits::default(), checks)?;
        match &arguments.record {
            Some(folder) => Ok(Transport::Record(recording::begin(folder, &suite, seed, &date, live)?)),
            None => Ok(Transport::Live(live)),
        }
    })?);
    let (interrupter, interruption) = Interruption::new();
    if transport.live().is_some() {
        listen(interrupter, terminal)?;
    }
    let display = BenchDisplay::new(arguments.progress, terminal);
    let request = BenchRequest {
        run: RunRequest {
            suite: &suite,
            plan: &plan,
            components: &components,
            saved,
            date: date.parse().ok(),
            transport: Arc::clone(&transport),
            threads: threads(None),
            retries: retries(None, &transport),
            log: log(false, terminal),
        },
        judge: plan::JUDGE,
        source: &source,
        seed,
        abort: &arguments.abort,
        begins: &|stage| display.begin(stage),
    };
    let done = tokio.block_on(run_bench(request, &mut schedule, interruption.clone(), &|event| display.listen(&event)));
    display.end();
    let recorded = recording::end(&transport, arguments.record.as_deref(), interruption.signal(), terminal);
    let outcome = done.map_err(|error| not_run(error, &suite))?;
    recorded?;
    let started = transport.live().map(|_| started.to_string());
    let not_run = plan::not_run(&schedule, &outcome.loads, &suite);
    let head = assemble::Head { suite: &suite, plan, origin, date, started, interrupted: interruption.signal() };
    let bench = assemble::bench(head, &outcome, schedule.found());
    Ok((Bench { not_run, ..bench }, interruption.signal()))
}

/// Writes the reports. One that cannot be written does not affect the others.
fn write(bench: &Bench, destinations: &[Destination], terminal: Terminal) -> Result<(), Failure> {
    let mut failed = Vec::new();
    for Destination { format, path } in destinations {
        let text = match (format, path) {
            (Format::Json, _) => json_bench(bench),
            (Format::Markdown, _) => markdown_bench(bench),
            (Format::Html, _) => html_bench(bench),
            (_, Some(_)) => human_bench(bench, terminal.page_in_file(Detail::Normal)),
            (_, None) => human_bench(bench, terminal.page(Detail::Normal)),
        };
        match (reports::put("report", *format, path.as_deref(), &text, terminal), path) {
            (Ok(()), None) => {}
            (Ok(()), Some(path)) => reports::say_written(path, terminal),
            (Err(why), _) => failed.push(why),
        }
    }
    reports::all_written(failed)
}
