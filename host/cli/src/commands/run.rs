//! `comfycheck run`: runs a suite and writes its reports.

mod hub;

use super::list;
use crate::answers::origin;
use crate::args::{Destination, Format, Formats, RunArguments};
use crate::audit::Audit;
use crate::checks::Checks;
use crate::clock;
use crate::context::{Context, check_baseline};
use crate::events::Events;
use crate::executor::{threads, tokio};
use crate::failure::Failure;
use crate::files;
use crate::github;
use crate::history;
use crate::notifications::Notifications;
use crate::outputs::OutputFolder;
use crate::prepare::{Prepared, prepare};
use crate::progress::RunDisplay;
use crate::recording;
use crate::reports;
use crate::session::{listen, live, log, not_run, retries};
use crate::shard::{self, Part};
use crate::terminal::Terminal;
use crate::thumbnails;
use comfycheck_core::plan::Plan;
use comfycheck_core::report::{ExitCode, Machine, PromptMask, Report, RunResult, exit_code, summarize};
use comfycheck_core::suite::Suite;
use comfycheck_runtime::interruption::Interruption;
use comfycheck_runtime::run::{RunOutcome, RunRequest, run as run_suite};
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::live::ExchangeLimits;
use std::sync::Arc;
use std::time::Instant;

/// Runs a suite. The exit code is the report's.
pub(crate) fn run(arguments: &RunArguments, checks: &Checks, terminal: Terminal) -> Result<ExitCode, Failure> {
    reports::check(&arguments.formats.formats)?;
    let audit = arguments.audit.as_deref().map(|path| Audit::begin(path, checks)).transpose()?;
    let code = match files::hub_tests(arguments.selection.suite.as_deref())? {
        Some(tests) => hub::run(&tests, arguments, checks, terminal),
        None => run_one(arguments, checks, terminal),
    };
    // A run that failed has the more important error.
    match (code, audit.map_or(Ok(()), Audit::end)) {
        (Ok(_), Err(failure)) => Err(failure),
        (code, _) => code,
    }
}

/// Runs one suite, or a shard of it.
fn run_one(arguments: &RunArguments, checks: &Checks, terminal: Terminal) -> Result<ExitCode, Failure> {
    let request = shard::requested(arguments)?;
    let mut prepared = prepare(&arguments.selection, checks, terminal)?;
    let part = request.map(|request| Part::begin(request, &mut prepared)).transpose()?;
    execute(prepared, part, arguments, checks, terminal).map(|(code, _)| code)
}

/// Runs a plan and writes its reports. Returns the report of a whole run, and none of a shard.
pub(crate) fn execute(
    prepared: Prepared,
    part: Option<Part<'_>>,
    arguments: &RunArguments,
    checks: &Checks,
    terminal: Terminal,
) -> Result<(ExitCode, Option<Report>), Failure> {
    let Prepared { suite, plan, components, saved, seed, answers, workflow: _ } = prepared;
    let formats = &arguments.formats.formats;
    if let Some(warning) = plan.small_budget(&suite) {
        terminal.say(format!("warning: {warning}"));
    }
    check_baseline(&arguments.formats)?;
    // A run whose reports cannot be written does not start.
    reports::spare(formats, &suite)?;
    reports::probe(formats)?;
    let output_folder = arguments.save_images.as_deref().map(OutputFolder::begin).transpose()?;
    let tokio = tokio()?;
    let started = (clock::now()?, Instant::now());
    let (origin, date) = origin(&suite, &answers, started.0);
    let mut context = Context::begin(&arguments.formats, &suite.name, terminal);
    let notifications = match part {
        // `report merge` sends the notifications of the whole run.
        Some(_) => Notifications::default(),
        None => Notifications::begin(&arguments.notifications, &suite, &origin, terminal)?,
    };
    let transport = Arc::new(answers.transport(|| {
        let live = live(&suite, &tokio, ExchangeLimits::default(), checks)?;
        match &arguments.record {
            Some(folder) => Ok(Transport::Record(recording::begin(folder, &suite, seed, &date, live)?)),
            None => Ok(Transport::Live(live)),
        }
    })?);
    if !matches!(*transport, Transport::Replay(_)) {
        list::inputs(&suite).for_each(|line| terminal.say(line));
    }
    let (interrupter, interruption) = Interruption::new();
    if transport.live().is_some() {
        listen(interrupter, terminal)?;
    }
    let display = RunDisplay::new(arguments.shown_progress(), &suite.sampling, terminal);
    let events = events(&arguments.formats, &suite, &plan, &transport, terminal)?;
    let _folder = part.as_ref().map(Part::make_folder).transpose()?;
    let day = date.parse().ok();
    let order = RunRequest {
        suite: &suite,
        plan: &plan,
        components: &components,
        saved,
        date: day,
        transport: Arc::clone(&transport),
        threads: threads(arguments.threads),
        retries: retries(arguments.retry_errors, &transport),
        log: log(arguments.formats.verbose, terminal),
    };
    let done = tokio.block_on(run_suite(order, interruption.clone(), &|event| {
        display.listen(&event);
        for events in &events {
            events.listen(&event);
        }
    }));
    display.end();
    let done = done.map_err(|error| {
        part.iter().for_each(Part::discard_folder);
        // The settings are the error to fix; a recording without its end is the lesser one.
        if let Err(failure) = recording::end(&transport, arguments.record.as_deref(), None, terminal) {
            terminal.say(failure.render(terminal.stderr_color()));
        }
        not_run(error, &suite)
    })?;
    let RunOutcome { executions, samples: mut sampling, dry_run, price, hopeless } = done;
    let samples = std::mem::take(&mut sampling.samples);
    let machine = transport.live().map(|_| Machine { started: started.0.to_string(), elapsed: started.1.elapsed() });
    let signal = interruption.signal();
    let run = RunResult { origin, date, executions, samples, dry_run, price, interrupted: signal, machine };
    if let Some(part) = part {
        return part.end(run, (sampling, hopeless), (&suite, plan), &transport, terminal).map(|code| (code, None));
    }
    let mut report = summarize(&suite, &plan, run);
    let files = std::mem::take(&mut sampling.files);
    context.thumbnails =
        thumbnails::of(&report, formats, |sample, file, _| files.get(sample).and_then(|files| files.get(file)));
    let saved = output_folder
        .map_or(Ok(()), |folder| folder.save(&report, &files, terminal).map(|outputs| context.add_outputs(outputs)));
    drop(files);
    if arguments.formats.no_prompts {
        report.remove_prompts();
    }
    let ended = started.0.checked_add(started.1.elapsed()).unwrap_or(started.0);
    let due = transport.live().map(|_| notifications.decide(&mut report, ended));
    if transport.live().is_some() && !arguments.no_history {
        history::keep(&report, started.0, terminal);
    }
    let streamed = events.into_iter().try_for_each(|events| events.end(&report));
    let kept = reports::kept(&report, formats, arguments.notifications.previous.as_deref(), terminal);
    let written = reports::write(&report, &kept, arguments.formats.detail(), &context, terminal);
    reports::say_verdict(&report, formats, terminal);
    let context = context.of_report();
    let recorded = recording::end(&transport, arguments.record.as_deref(), report.interrupted, terminal);
    github::report(&report, formats, &context, terminal);
    match due {
        Some(due) => {
            if tokio.block_on(due.send(&mut report, &context, &interruption, terminal)) {
                reports::rewrite(&report, &kept, terminal);
            }
        }
        None => notifications.rehearse(&report, terminal),
    }
    let code = code(&report, recorded.and(written).and(streamed).and(saved), terminal)?;
    Ok((code, Some(report)))
}

/// The exit code of a run. A failed run stays failed, even if a report could not be written.
fn code(report: &Report, written: Result<(), Failure>, terminal: Terminal) -> Result<ExitCode, Failure> {
    match (written, exit_code(report)) {
        (Ok(()), code) => Ok(code),
        (Err(failure), ExitCode::Passed | ExitCode::Inconclusive) => Err(failure),
        (Err(failure), code) => {
            terminal.say(failure.render(terminal.stderr_color()));
            Ok(code)
        }
    }
}

/// One event writer per `ndjson` destination. A replay writes in the order of the plan.
fn events(
    Formats { formats, no_prompts, .. }: &Formats,
    suite: &Suite,
    plan: &Plan,
    transport: &Transport,
    terminal: Terminal,
) -> Result<Vec<Events>, Failure> {
    let instances = || plan.instances.iter().map(|planned| planned.instance.clone()).collect();
    let workflows = plan.samples.iter().map(|sample| sample.workflow.to_string());
    let workflows = workflows.chain(suite.workflow.as_ref().map(|file| file.text.clone())).filter(|_| *no_prompts);
    let mask = PromptMask::of(workflows);
    let destinations = formats.iter().filter(|destination| destination.format == Format::Ndjson);
    destinations
        .map(|Destination { path, .. }| {
            let order = transport.live().is_none().then(instances);
            Events::begin(path.as_deref(), &suite.name, order, mask.clone(), terminal)
        })
        .collect()
}
