//! `comfycheck golden`: accepts golden images, and shows what differs from them.

mod accept;
mod diff;
mod source;

use crate::args::GoldenCommand;
use crate::checks::Checks;
use crate::failure::Failure;
use crate::terminal::Terminal;
use comfycheck_core::report::ExitCode;
use source::Source;

/// Accepts or shows images. The exit code is 0 if it could.
pub(crate) fn golden(command: &GoldenCommand, checks: &Checks, terminal: Terminal) -> Result<ExitCode, Failure> {
    match command {
        GoldenCommand::Accept { source, samples, replace } => {
            let source = Source::read(source, checks, terminal)?;
            accept::accept(&source, samples, *replace, terminal)?;
        }
        GoldenCommand::Diff { source, html, no_prompts } => {
            let source = Source::read(source, checks, terminal)?;
            diff::diff(&source, html, *no_prompts, terminal)?;
        }
    }
    Ok(ExitCode::Passed)
}
