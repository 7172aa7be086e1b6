//! The one place that writes to stdout and stderr.

use crate::args::When;
use crate::failure::Failure;
use anstream::{AutoStream, ColorChoice};
use comfycheck_core::diagnostic::Color;
use std::io::{self, IsTerminal, Write};

/// stdout for results, stderr for all else.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    stdout: Color,
    stderr: Color,
}

#[expect(clippy::unused_self, reason = "who writes must have been given the terminal")]
impl Terminal {
    pub(crate) fn new(when: When) -> Self {
        let color = |choice| match (when, choice) {
            (When::Always, _) | (When::Auto, ColorChoice::Always | ColorChoice::AlwaysAnsi) => Color::On,
            (When::Never, _) | (When::Auto, ColorChoice::Auto | ColorChoice::Never) => Color::Off,
        };
        Self { stdout: color(AutoStream::choice(&io::stdout())), stderr: color(AutoStream::choice(&io::stderr())) }
    }

    pub(crate) fn stdout_color(self) -> Color {
        self.stdout
    }

    pub(crate) fn stderr_color(self) -> Color {
        self.stderr
    }

    /// Whether somebody watches stderr.
    pub(crate) fn is_watched(self) -> bool {
        io::stderr().is_terminal()
    }

    /// Writes a result to stdout. A reader that went away, as `head` does, is no error.
    pub(crate) fn result(self, text: &str) -> io::Result<()> {
        let mut stdout = io::stdout().lock();
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            written => written,
        }
    }

    /// Writes the result of a command to stdout.
    pub(crate) fn print(self, text: &str) -> Result<(), Failure> {
        self.result(text).map_err(|error| Failure::machine("cannot write to stdout", &error))
    }

    /// Writes a line to stderr. Where that fails there is nobody left to tell.
    pub(crate) fn say(self, line: impl AsRef<str>) {
        let _ = writeln!(io::stderr().lock(), "{}", line.as_ref());
    }
}
