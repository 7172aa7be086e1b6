//! The comfycheck command line.

mod answers;
mod args;
mod audit;
mod cassettes;
mod checks;
mod ci_run;
mod clock;
mod commands;
mod compile;
mod components;
mod context;
mod conversion;
mod environment;
mod events;
mod examination;
mod executor;
mod failure;
mod files;
mod fleet;
mod foresight;
mod github;
mod history;
mod hub;
mod inventory;
mod notifications;
mod outputs;
mod platform;
mod prepare;
mod progress;
mod recording;
mod reflow;
mod reports;
mod scenario;
mod session;
mod shard;
mod terminal;
mod thumbnails;
mod write;

use args::{Arguments, Command};
use clap_complete::CompleteEnv;
use comfycheck_core::diagnostic::{Color, inert};
use comfycheck_core::report::ExitCode;
use failure::Failure;
use terminal::Terminal;

fn main() -> std::process::ExitCode {
    if let Some(code) = compile::requested() {
        return code.into();
    }
    CompleteEnv::with_factory(args::command).var(commands::completions::VARIABLE).complete();
    let arguments = match Arguments::from_words(std::env::args_os()) {
        Ok(arguments) => arguments,
        Err(error) => return usage(error),
    };
    let terminal = Terminal::new(arguments.color);
    let run = || run(arguments, terminal);
    let code = match std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)) {
        Ok(Ok(code)) => code,
        Ok(Err(failure)) => {
            terminal.say(failure.render(terminal.stderr_color()));
            github::report_failure(&failure.line(), terminal);
            failure.code()
        }
        Err(_printed_by_the_panic_hook) => {
            terminal.say("error: this is a bug in comfycheck, not a problem with your deployment; please report it");
            ExitCode::Bug
        }
    };
    code.into()
}

/// Prints why the command line is invalid, or the requested help or version.
fn usage(error: clap::Error) -> std::process::ExitCode {
    let terminal = Terminal::new(args::When::Auto);
    // The message quotes the arguments, which must not start a new line or move the cursor. Parse them again, made harmless.
    let inert = std::env::args_os().map(|argument| inert(&argument.to_string_lossy()).into());
    let error = Arguments::from_words(inert).err().unwrap_or(error);
    let code = u8::try_from(error.exit_code()).unwrap_or(ExitCode::Invalid.number());
    let (to_stderr, text) = (error.use_stderr(), error.render());
    let styled = |color| {
        let text = if color == Color::On { text.ansi().to_string() } else { text.to_string() };
        text.trim_end().to_owned()
    };
    if to_stderr {
        terminal.say(styled(terminal.stderr_color()));
        github::report_failure(text.to_string().lines().next().unwrap_or_default(), terminal);
    } else if let Err(failure) = terminal.print(&(styled(terminal.stdout_color()) + "\n")) {
        terminal.say(failure.render(terminal.stderr_color()));
        return failure.code().into();
    }
    code.into()
}

fn run(arguments: Arguments, terminal: Terminal) -> Result<ExitCode, Failure> {
    platform::report_full_files();
    let Arguments { command, cache_dir, offline, color: _ } = arguments;
    // Some commands load no check.
    let checks = || checks::Checks::new(cache_dir.clone(), offline, terminal);
    match command {
        Command::Init(arguments) => commands::init::init(&arguments, terminal),
        Command::Doctor(arguments) => commands::doctor::doctor(&arguments, cache_dir.as_deref(), &checks()?, terminal),
        Command::Run(run) => commands::run::run(&run, &checks()?, terminal),
        Command::Bench(arguments) => commands::bench::bench(&arguments, &checks()?, terminal),
        Command::Demo(arguments) => commands::demo::demo(arguments, &checks()?, terminal),
        Command::Upgrade(arguments) => commands::upgrade::upgrade(&arguments, &checks()?, terminal),
        Command::List(arguments) => commands::list::list(&arguments, checks, terminal),
        Command::Validate(arguments) => commands::validate::validate(&arguments, &checks()?, terminal),
        Command::Convert(arguments) => commands::convert::convert(&arguments, &checks()?, terminal),
        Command::Inventory(command) => commands::inventory::inventory(&command, terminal),
        Command::Cassette(command) => commands::cassette::cassette(&command, terminal),
        Command::Report(command) => commands::report::report(&command, checks, terminal),
        Command::Forecast(arguments) => commands::forecast::forecast(&arguments, terminal),
        Command::Golden(command) => commands::golden::golden(&command, &checks()?, terminal),
        Command::History(command) => commands::history::history(&command, terminal),
        Command::Explain(arguments) => commands::explain::explain(&arguments, &checks()?, terminal),
        Command::Check(command) => commands::check::check(&command, checks, terminal),
        Command::Inspect(arguments) => commands::check::inspect::inspect(&arguments, &checks()?, terminal),
        Command::Purge(arguments) => commands::purge::purge(&arguments, terminal),
        Command::WaitRollout(arguments) => commands::wait_rollout::wait_rollout(&arguments, cache_dir, terminal),
        Command::Mock(arguments) => commands::mock::mock(&arguments, terminal),
        Command::Completions { shell } => commands::completions::completions(shell, terminal),
        Command::Man { folder } => commands::completions::man(&folder, terminal),
    }
}
