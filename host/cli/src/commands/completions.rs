//! `comfycheck completions` and `comfycheck man`, generated from the parser.

use crate::args::Arguments;
use crate::failure::Failure;
use crate::terminal::Terminal;
use clap::{Command, CommandFactory};
use clap_complete::{Shell, generate};
use comfycheck_core::diagnostic::inert;
use comfycheck_core::report::ExitCode;
use std::path::Path;

/// Prints the completions of a shell.
pub(crate) fn completions(shell: Shell, terminal: Terminal) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    generate(shell, &mut shown(&Arguments::command()), "comfycheck", &mut script);
    terminal.print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::Passed)
}

/// The command line without hidden commands.
fn shown(whole: &Command) -> Command {
    Command::new("comfycheck")
        .version(env!("CARGO_PKG_VERSION"))
        .args(whole.get_arguments())
        .subcommands(whole.get_subcommands().filter(|command| !command.is_hide_set()))
}

/// Writes `comfycheck.1` and one page per visible command. Replaces existing pages.
pub(crate) fn man(folder: &Path, terminal: Terminal) -> Result<ExitCode, Failure> {
    let written = std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(Arguments::command(), folder));
    written.map_err(|error| Failure::machine(format!("cannot write to `{}`", folder.display()), &error))?;
    terminal.say(inert(&format!("wrote the manual pages to {}", folder.display())));
    Ok(ExitCode::Passed)
}
