//! `comfycheck report`: renders and merges stored reports.

use crate::args::{Choices, Destination, Format, MergeArguments, NotificationArguments, ReportCommand, Selection};
use crate::checks::Checks;
use crate::failure::{Failure, chain};
use crate::terminal::Terminal;
use crate::{files, github, reports, shard};
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::render::{ReadReportError, read_json};
use comfycheck_core::report::{ExitCode, Report, exit_code, merge};
use std::path::{Path, PathBuf};

/// Renders or merges stored reports.
pub(crate) fn report(
    command: &ReportCommand,
    checks: impl FnOnce() -> Result<Checks, Failure>,
    terminal: Terminal,
) -> Result<ExitCode, Failure> {
    match command {
        ReportCommand::Render { report, formats } => {
            check(&formats.formats)?;
            reports::write(&read(report)?, &formats.formats, formats.detail(), terminal)?;
            Ok(ExitCode::Passed)
        }
        ReportCommand::Merge(arguments) => merge_parts(arguments, checks, terminal),
    }
}

/// Merges reports, or the shards of a run.
fn merge_parts(
    MergeArguments { parts, choices, notifications: requested, formats: wanted }: &MergeArguments,
    checks: impl FnOnce() -> Result<Checks, Failure>,
    terminal: Terminal,
) -> Result<ExitCode, Failure> {
    let formats = &wanted.formats;
    check(formats)?;
    let (whole, notifications) = match &parts[..] {
        [suite, ..] if suite.is_dir() => {
            let what = format!("`{}` is a folder, but the first argument must be a suite", suite.display());
            let help = "name the suite before the shard folders: `comfycheck report merge SUITE DIR…`";
            return Err(Diagnostic::new(what).help(help).into());
        }
        [suite, folders @ ..] if is_suite(suite) || folders.iter().any(|folder| folder.is_dir()) => {
            let selection = Selection { suite: Some(suite.clone()), no_suite: false, choices: choices.clone() };
            let (whole, notifications) = shard::merged(&selection, folders, requested, &checks()?, terminal)?;
            (whole, Some(notifications))
        }
        reports => (merged(reports, choices, requested)?, None),
    };
    let written = reports::write(&whole, formats, wanted.detail(), terminal);
    github::report(&whole, formats, terminal);
    if let Some(notifications) = notifications {
        notifications.send(&whole, terminal);
    }
    written.map(|()| exit_code(&whole))
}

/// Whether a path names a suite and not a report.
fn is_suite(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"))
}

/// A stored report has no events.
fn check(formats: &[Destination]) -> Result<(), Failure> {
    if formats.iter().any(|destination| destination.format == Format::Ndjson) {
        let diagnostic = Diagnostic::new("a stored report has no events for `ndjson`");
        return Err(diagnostic.help("write events during the run: `comfycheck run --format ndjson:FILE`").into());
    }
    reports::check(formats)
}

/// Reads a stored report.
pub(crate) fn read(path: &Path) -> Result<Report, Failure> {
    let file = files::report(path)?;
    read_json(&file.text).map_err(|error| {
        let diagnostic = chain(format!("cannot read the report `{}`", file.path), Some(&error));
        match error {
            ReadReportError::NoReport(_) => diagnostic.help("name a file written by `--format json:FILE`"),
            ReadReportError::Version(_) => diagnostic.help("use the version of comfycheck that wrote it"),
            ReadReportError::Invalid(_) => diagnostic,
            ReadReportError::Contradiction(_) => {
                diagnostic.help("use the original file: it was edited, or written by another version of comfycheck")
            }
        }
        .into()
    })
}

fn merged(paths: &[PathBuf], choices: &Choices, notifications: &NotificationArguments) -> Result<Report, Failure> {
    if (choices, notifications) != (&Choices::default(), &NotificationArguments::default()) {
        let diagnostic = Diagnostic::new("merging reports takes no options of `comfycheck run`");
        let help = "remove the options, or name a suite and shard folders: `comfycheck report merge SUITE DIR…`";
        return Err(diagnostic.help(help).into());
    }
    let (first, others) =
        paths.split_first().ok_or_else(|| Failure::from(Diagnostic::new("there is no report to merge")))?;
    let mut whole = read(first)?;
    for path in others {
        whole = merge(whole, read(path)?).map_err(|error| {
            let what = format!("cannot merge `{}` with the reports before it", path.display());
            Failure::from(chain(what, Some(&error)).help("merge reports of parts of one run"))
        })?;
    }
    Ok(whole)
}
