//! `comfycheck report`: renders and merges stored reports.

use crate::args::{Choices, Destination, Format, MergeArguments, NotificationArguments, ReportCommand, Selection};
use crate::checks::Checks;
use crate::context::{Context, check_baseline};
use crate::failure::{Failure, chain};
use crate::outputs::Outputs;
use crate::shard::{self, ShardSource};
use crate::terminal::Terminal;
use crate::{files, fleet, github, reports, thumbnails, write};
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::report::{ExitCode, Report, exit_code, merge};
use std::path::{Path, PathBuf};

/// Renders or merges stored reports.
pub(crate) fn report(
    command: &ReportCommand,
    checks: impl FnOnce() -> Result<Checks, Failure>,
    terminal: Terminal,
) -> Result<ExitCode, Failure> {
    match command {
        ReportCommand::Render { report, images, formats } => {
            check(&formats.formats)?;
            for path in formats.formats.iter().filter_map(|destination| destination.path.as_deref()) {
                write::spare(path, [report.as_path()])?;
            }
            check_baseline(formats)?;
            let mut report = files::report(report)?;
            let mut context = Context::begin(formats, &report.suite, terminal);
            if let Some(folder) = images {
                let outputs = Outputs::read(folder)?;
                context.thumbnails = thumbnails::of(&report, &formats.formats, |_, _, file| outputs.bytes(file));
                context.add_outputs(outputs);
            }
            if formats.no_prompts {
                report.remove_prompts();
            }
            reports::write(&report, &formats.formats, formats.detail(), &context, terminal)?;
            Ok(ExitCode::Passed)
        }
        ReportCommand::Merge(arguments) => merge_parts(arguments, checks, terminal),
    }
}

/// Merges reports, or the shards of a run.
fn merge_parts(
    arguments: &MergeArguments,
    checks: impl FnOnce() -> Result<Checks, Failure>,
    terminal: Terminal,
) -> Result<ExitCode, Failure> {
    let MergeArguments { parts, fleet, shards, allow_missing, choices, notifications: requested, formats: wanted } =
        arguments;
    let formats = &wanted.formats;
    check(formats)?;
    check_baseline(wanted)?;
    if let Some(path) = fleet {
        return fleet::merge(path, parts, wanted, terminal);
    }
    let of_shards = |suite: Option<&PathBuf>, folders: &[PathBuf]| {
        let selection = Selection { suite: suite.cloned(), no_suite: false, choices: choices.clone() };
        let source = ShardSource { folders, among: shards.as_deref(), allow_missing: *allow_missing };
        let (whole, notifications) = shard::merged(&selection, &source, requested, &checks()?, terminal)?;
        Ok::<_, Failure>((whole, Some(notifications)))
    };
    let (mut whole, notifications) = match &parts[..] {
        [] => of_shards(None, &[])?,
        [suite, ..] if suite.is_dir() => {
            let what = format!("`{}` is a folder, but the first argument must be a suite", suite.display());
            let help = "name the suite before the shard folders: `comfycheck report merge SUITE DIR…`";
            return Err(Diagnostic::new(what).help(help).into());
        }
        [suite, folders @ ..]
            if is_suite(suite) || shards.is_some() || folders.iter().any(|folder| folder.is_dir()) =>
        {
            if let (Some(place), false) = (shards, folders.is_empty()) {
                let what = "folders are named twice: after the suite and with `--shards`";
                let help = format!("remove one of them: `comfycheck report merge SUITE --shards {}`", place.display());
                return Err(Diagnostic::new(what).help(help).into());
            }
            of_shards(Some(suite), folders)?
        }
        _ if *allow_missing => {
            let what = "`--allow-missing` needs the suite of the shards";
            let help = "name the suite of the shards: `comfycheck report merge SUITE --shards DIR`";
            return Err(Diagnostic::new(what).help(help).into());
        }
        reports => (merged(reports, choices, requested)?, None),
    };
    let due = notifications.as_ref().map(|notifications| notifications.decide(&mut whole)).transpose()?.flatten();
    let context = Context::begin(wanted, &whole.suite, terminal);
    if wanted.no_prompts {
        whole.remove_prompts();
    }
    let written = reports::write(&whole, formats, wanted.detail(), &context, terminal);
    let context = context.of_report();
    github::report(&whole, formats, &context, terminal);
    if let Some(notifications) = &notifications
        && notifications.send(due.as_ref(), &mut whole, &context, terminal)
    {
        reports::rewrite(&whole, formats, terminal);
    }
    written.map(|()| exit_code(&whole))
}

/// Whether a path names a suite and not a report.
fn is_suite(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"))
}

/// A stored report has no events.
pub(crate) fn check(formats: &[Destination]) -> Result<(), Failure> {
    if formats.iter().any(|destination| destination.format == Format::Ndjson) {
        let diagnostic = Diagnostic::new("a stored report has no events for `ndjson`");
        return Err(diagnostic.help("write events during the run: `comfycheck run --format ndjson:FILE`").into());
    }
    reports::check(formats)
}

fn merged(paths: &[PathBuf], choices: &Choices, notifications: &NotificationArguments) -> Result<Report, Failure> {
    if (choices, notifications) != (&Choices::default(), &NotificationArguments::default()) {
        let diagnostic = Diagnostic::new("merging reports takes no options of `comfycheck run`");
        let help = "remove the options, or name a suite and shard folders: `comfycheck report merge SUITE DIR…`";
        return Err(diagnostic.help(help).into());
    }
    let (first, others) =
        paths.split_first().ok_or_else(|| Failure::from(Diagnostic::new("there is no report to merge")))?;
    let mut whole = files::report(first)?;
    for path in others {
        whole = merge(whole, files::report(path)?).map_err(|error| {
            let what = format!("cannot merge `{}` with the reports before it", path.display());
            Failure::from(chain(what, Some(&error)).help("merge reports of parts of one run"))
        })?;
    }
    Ok(whole)
}
