//! `comfycheck history`: the live runs of this machine.

use crate::args::{Destination, Format, HistoryCommand, HistoryListArguments, HistoryPruneArguments, RunId};
use crate::clock;
use crate::commands::report;
use crate::context::{Context, check_baseline};
use crate::failure::Failure;
use crate::history::{Bounds, Store, days_before, open, unusable};
use crate::reports;
use crate::terminal::Terminal;
use crate::write;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::past_runs::PastRun;
use comfycheck_core::render::{Detail, html_history, human_comparison, human_history, json_history};
use comfycheck_core::report::ExitCode;
use comfycheck_core::wording::count;
use std::path::Path;

/// Shows or prunes the history. The exit code is 0 if it could, whatever the runs report.
pub(crate) fn history(command: &HistoryCommand, terminal: Terminal) -> Result<ExitCode, Failure> {
    match command {
        HistoryCommand::List(arguments) => list(arguments, terminal)?,
        HistoryCommand::Show { run, formats } => {
            report::check(&formats.formats)?;
            check_baseline(formats)?;
            let mut run = find(*run)?;
            let context = Context::begin(formats, &run.report.suite, terminal);
            if formats.no_prompts {
                run.report.remove_prompts();
            }
            reports::write(&run.report, &formats.formats, formats.detail(), &context, terminal)?;
        }
        HistoryCommand::Compare { before, after, html } => {
            let (before, after) = (find(*before)?, find(*after)?);
            terminal.print(&human_comparison(&before, &after, terminal.width()))?;
            if let Some(path) = html {
                page(path, before, &after, terminal)?;
            }
        }
        HistoryCommand::Prune(arguments) => prune(arguments, terminal)?,
    }
    Ok(ExitCode::Passed)
}

fn list(arguments: &HistoryListArguments, terminal: Terminal) -> Result<(), Failure> {
    let HistoryListArguments { suite, limit, json, html } = arguments;
    let runs = match open()? {
        Some(store) => store.newest(suite.as_deref(), *limit).map_err(|error| unusable(&error))?,
        None => Vec::new(),
    };
    if let Some(path) = html {
        let oldest_first: Vec<PastRun> = runs.iter().rev().cloned().collect();
        write::file(path, &html_history(&oldest_first))?;
        terminal.say(format!("wrote {}", path.display()));
    }
    terminal.print(&if *json { json_history(&runs) } else { human_history(&runs, terminal.width()) })
}

/// The later run as a page, beside the earlier one.
fn page(path: &Path, before: PastRun, after: &PastRun, terminal: Terminal) -> Result<(), Failure> {
    let context = Context::beside(before.report);
    let destination = Destination { format: Format::Html, path: Some(path.to_owned()) };
    reports::write(&after.report, &[destination], Detail::Normal, &context, terminal)
}

fn prune(
    HistoryPruneArguments { keep, older_than }: &HistoryPruneArguments,
    terminal: Terminal,
) -> Result<(), Failure> {
    let now = clock::now()?;
    let bounds = Bounds { runs: *keep, since: older_than.and_then(|days| days_before(now, days)) };
    let removed = match open()? {
        Some(store) => store.prune(&bounds).map_err(|error| unusable(&error))?,
        None => 0,
    };
    terminal.say(format!("removed {}", count(removed, "run")));
    Ok(())
}

fn find(run: RunId) -> Result<PastRun, Failure> {
    let get = |store: Store| match run {
        RunId::Last => store.last(None),
        RunId::Number(id) => Ok(store.get(id)),
    };
    let found = open()?.map(get).transpose().map_err(|error| unusable(&error))?.flatten();
    found.ok_or_else(|| {
        let what = match run {
            RunId::Last => "the history has no runs".to_owned(),
            RunId::Number(id) => format!("the history has no run {id}"),
        };
        Diagnostic::new(what).help("list the runs with `comfycheck history list`").into()
    })
}
