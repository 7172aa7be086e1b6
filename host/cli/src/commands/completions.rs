//! `comfycheck completions` and `comfycheck man`, generated from the parser.

use crate::args;
use crate::failure::Failure;
use crate::terminal::Terminal;
use clap_complete::Shell;
use clap_complete::env::Shells;
use comfycheck_core::diagnostic::inert;
use comfycheck_core::report::ExitCode;
use std::path::Path;

/// The variable with which a shell requests the completions of a command line.
pub(crate) const VARIABLE: &str = "COMFYCHECK_COMPLETE";

/// Prints the script with which a shell requests completions from comfycheck.
pub(crate) fn completions(shell: Shell, terminal: Terminal) -> Result<ExitCode, Failure> {
    const NAME: &str = "comfycheck";
    let mut script = Vec::new();
    if let Some(shell) = Shells::builtins().completer(&shell.to_string()) {
        shell
            .write_registration(VARIABLE, NAME, NAME, NAME, &mut script)
            .map_err(|error| Failure::machine("cannot write the completions", &error))?;
    }
    terminal.print(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::Passed)
}

/// Writes `comfycheck.1` and one page per visible command. Replaces existing pages.
pub(crate) fn man(folder: &Path, terminal: Terminal) -> Result<ExitCode, Failure> {
    let written = std::fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(args::command(), folder));
    written.map_err(|error| Failure::machine(format!("cannot write to `{}`", folder.display()), &error))?;
    terminal.say(inert(&format!("wrote the manual pages to {}", folder.display())));
    Ok(ExitCode::Passed)
}
