//! `comfycheck run`: a suite is carried out and reported.

use crate::args::{Destination, Format, RunArguments};
use crate::checks::Checks;
use crate::events::Events;
use crate::failure::Failure;
use crate::github;
use crate::prepare::{Prepared, prepare};
use crate::progress::Display;
use crate::recording;
use crate::reports;
use crate::terminal::Terminal;
use comfycheck_core::plan::Plan;
use comfycheck_core::report::{ExitCode, Machine, Origin, Run, Signal, exit_code, summarize};
use comfycheck_core::suite::Suite;
use comfycheck_runtime::interruption::{Interrupter, Interruption};
use comfycheck_runtime::run::{CheckLog, Done, Order, run as carry_out};
use comfycheck_runtime::sandbox::LogLevel;
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::cassette::Cassette;
use comfycheck_runtime::transport::live::{Limits, Live};
use comfycheck_runtime::transport::replay::Replay;
use jiff::Timestamp;
use std::num::{NonZeroU32, NonZeroUsize};
use std::sync::Arc;
use std::time::Instant;

/// Runs a suite. The exit code is the report's.
pub(crate) fn run(arguments: &RunArguments, checks: &Checks, terminal: Terminal) -> Result<ExitCode, Failure> {
    let formats = &arguments.formats.formats;
    reports::check(formats)?;
    let Prepared { suite, plan, components, saved, seed, cassette } = prepare(&arguments.selection, checks, terminal)?;
    let tokio = tokio::runtime::Runtime::new().map_err(|error| Failure::machine("cannot start threads", &error))?;
    let started = (Timestamp::now(), Instant::now());
    let (origin, date) = origin(&suite, cassette.as_ref(), started.0);
    let transport = Arc::new(match (cassette, &arguments.record) {
        (Some(cassette), _) => Transport::Replay(Replay::new(cassette)),
        (None, Some(folder)) => {
            Transport::Record(recording::begin(folder, &suite, seed, &date, live(&suite, &tokio)?)?)
        }
        (None, None) => Transport::Live(live(&suite, &tokio)?),
    });
    let (interrupter, interruption) = Interruption::new();
    if transport.live().is_some() {
        tokio.spawn(listen(interrupter, terminal));
    }
    let display = Display::new(arguments.progress, terminal);
    let events = events(formats, &suite, &plan, &transport, terminal)?;
    let order = Order {
        suite: &suite,
        plan: &plan,
        components: &components,
        saved,
        date: date.parse().ok(),
        transport: Arc::clone(&transport),
        threads: threads(arguments.threads),
        log: log(arguments.verbose, terminal),
    };
    let done = tokio.block_on(carry_out(order, interruption.clone(), &|event| {
        display.listen(&event);
        events.iter().for_each(|events| events.listen(&event));
    }));
    display.end();
    let Done { executions, samples } =
        done.map_err(|error| Failure::invalid("the plan does not fit its components", &error))?;
    let machine = transport.live().map(|_| Machine { started: started.0.to_string(), elapsed: started.1.elapsed() });
    let report = summarize(
        &suite,
        &plan,
        Run { origin, date, executions, samples, interrupted: interruption.signal(), machine },
    );
    let told = events.into_iter().try_for_each(|events| events.end(&report));
    let written = reports::write(&report, formats, terminal);
    let recorded = recording::end(&transport, arguments.record.as_deref(), report.interrupted, terminal);
    github::tell(&report, formats, terminal);
    recorded?;
    written?;
    told?;
    Ok(exit_code(&report))
}

/// A writer for each place where the command line wants events; in plan order in replay.
fn events(
    formats: &[Destination],
    suite: &Suite,
    plan: &Plan,
    transport: &Transport,
    terminal: Terminal,
) -> Result<Vec<Events>, Failure> {
    let instances = || plan.instances.iter().map(|planned| planned.instance.clone()).collect();
    let wanted = formats.iter().filter(|destination| destination.format == Format::Ndjson);
    wanted
        .map(|Destination { path, .. }| {
            let order = matches!(transport, Transport::Replay(_)).then(instances);
            Events::begin(path.as_deref(), &suite.name, order, terminal)
        })
        .collect()
}

fn origin(suite: &Suite, cassette: Option<&Cassette>, now: Timestamp) -> (Origin, String) {
    if let Some(cassette) = cassette {
        let origin = Origin::Replay { cassette: cassette.name.clone(), note: cassette.note.clone() };
        (origin, cassette.recorded.clone())
    } else {
        let origin = Origin::Live { endpoint: suite.deployment.endpoint.clone() };
        (origin, now.strftime("%Y-%m-%d").to_string())
    }
}

fn live(suite: &Suite, tokio: &tokio::runtime::Runtime) -> Result<Live, Failure> {
    Live::new(&suite.deployment, tokio.handle().clone(), Limits::default())
        .map_err(|error| Failure::invalid("the deployment cannot be reached", &error))
}

fn threads(wanted: Option<NonZeroU32>) -> NonZeroUsize {
    let wanted = wanted.and_then(|wanted| NonZeroUsize::try_from(wanted).ok());
    wanted.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN)
}

/// What checks tell their authors.
fn log(verbose: bool, terminal: Terminal) -> CheckLog {
    Arc::new(move |check, level, line| {
        if verbose || level >= LogLevel::Error {
            // A guest's words must not move the cursor or imitate another line.
            let line: String = line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            terminal.say(format!("[{check}] {line}"));
        }
    })
}

/// Interrupts the run at the first signal. The second one is for the impatient: it ends the process at once.
async fn listen(interrupter: Interrupter, terminal: Terminal) {
    let first = signal().await;
    terminal.say("interrupted: cancelling what is queued, then writing the reports; once more to stop at once");
    interrupter.interrupt(first);
    let second = signal().await;
    let code = ExitCode::Interrupted(second).number();
    #[expect(clippy::exit, reason = "the user asked twice, and waits for nothing any more")]
    std::process::exit(code.into());
}

async fn signal() -> Signal {
    let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) else {
        // Without handlers, signals end the process as they do by default.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => Signal::Interrupt,
        _ = terminate.recv() => Signal::Terminate,
    }
}
