//! The one place that writes to stdout and stderr.

use crate::args::When;
use crate::failure::Failure;
use crate::github;
use anstream::{AutoStream, ColorChoice};
use comfycheck_core::diagnostic::Color;
use std::borrow::Cow;
use std::io::{self, IsTerminal, Write};

/// stdout for results, stderr for all else.
///
/// The runner of GitHub Actions reads both, and takes some lines for commands. Where it does, all that is written is made
/// harmless, but for what [`Terminal::command`] writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    stdout: Color,
    stderr: Color,
    /// Whether a runner reads what is written.
    runner: bool,
}

#[expect(clippy::unused_self, reason = "who writes must have been given the terminal")]
impl Terminal {
    pub(crate) fn new(when: When) -> Self {
        let color = |choice| match (when, choice) {
            (When::Always, _) | (When::Auto, ColorChoice::Always | ColorChoice::AlwaysAnsi) => Color::On,
            (When::Never, _) | (When::Auto, ColorChoice::Auto | ColorChoice::Never) => Color::Off,
        };
        Self {
            stdout: color(AutoStream::choice(&io::stdout())),
            stderr: color(AutoStream::choice(&io::stderr())),
            runner: github::reads(),
        }
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
        self.raw(&if self.runner { without_commands(text) } else { Cow::Borrowed(text) })
    }

    /// Writes text that holds commands for a runner to stdout, as it is.
    pub(crate) fn raw(self, text: &str) -> io::Result<()> {
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

    /// Writes the result of a command to stdout that holds commands for a runner, as it is.
    pub(crate) fn print_commands(self, text: &str) -> Result<(), Failure> {
        self.raw(text).map_err(|error| Failure::machine("cannot write to stdout", &error))
    }

    /// Writes a line to stderr. Where that fails there is nobody left to tell.
    pub(crate) fn say(self, line: impl AsRef<str>) {
        let line = line.as_ref();
        self.command(&if self.runner { without_commands(line) } else { Cow::Borrowed(line) });
    }

    /// Writes a line to stderr that may be a command for a runner, as it is.
    pub(crate) fn command(self, line: &str) {
        let _ = writeln!(io::stderr().lock(), "{line}");
    }
}

/// The same text without anything that the runner of GitHub Actions takes for a command: `::` at the beginning of a line,
/// after blanks, and `##[` anywhere. A carriage return ends a line, too.
fn without_commands(text: &str) -> Cow<'_, str> {
    let begins = |line: &str| line.trim_start().starts_with("::");
    if !text.contains("##[") && !text.split(['\n', '\r']).any(begins) {
        return Cow::Borrowed(text);
    }
    let lines = text.split_inclusive(['\n', '\r']).map(|line| {
        let line = if begins(line) { line.replacen("::", ": :", 1) } else { line.to_owned() };
        line.replace("##[", "# #[")
    });
    Cow::Owned(lines.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_line_is_a_command() {
        for (text, expected) in [
            ("help: see a::b\n:: ", "help: see a::b\n: : "),
            ("::error::x", ": :error::x"),
            ("a\n \u{a0}\t::error::x\nb", "a\n \u{a0}\t: :error::x\nb"),
            ("a\r::error::x", "a\r: :error::x"),
            ("a ##[error]b ###[c]", "a # #[error]b ## #[c]"),
            (":::", ": ::"),
        ] {
            assert_eq!(without_commands(text), expected, "{text:?}");
        }
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for text in ["", "a\n\nb\n", "std::io", " : :", "## [x]", "{ \"a\": \"::error::\" }"] {
            assert!(matches!(without_commands(text), Cow::Borrowed(same) if same == text), "{text:?}");
        }
    }
}
