//! The only module that writes to stdout and stderr.

use crate::args::When;
use crate::ci_run;
use crate::failure::Failure;
use anstream::{AutoStream, ColorChoice};
use comfycheck_core::diagnostic::{Color, inert};
use comfycheck_core::render::{Detail, PageStyle};
use std::borrow::Cow;
use std::io::{self, BufRead, IsTerminal, Read, Write};
use terminal_size::{Width, terminal_size_of};

/// stdout for results, stderr for everything else.
///
/// A GitHub Actions runner reads both and treats some lines as commands. There, all output is escaped, except for that of
/// [`Terminal::command`], [`Terminal::raw`] and [`Terminal::print_commands`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terminal {
    stdout: Color,
    stderr: Color,
    /// Whether a GitHub Actions runner reads the output.
    runner: bool,
    /// The width of stdout, in columns.
    width: usize,
    /// Whether stdout is limited to ASCII.
    ascii: bool,
    /// Whether lines for people are dropped.
    quiet: bool,
}

/// The width of files and logs, in columns.
const WIDTH: usize = 100;
/// The smallest width for wrapping text.
const LEAST_WIDTH: usize = 40;
/// The longest answer to a question, in bytes.
const LONGEST_ANSWER: u64 = 100;

#[expect(clippy::unused_self, reason = "writing requires a terminal value")]
impl Terminal {
    pub(crate) fn new(when: When) -> Self {
        let color = |choice| match (when, choice) {
            (When::Always, _) | (When::Auto, ColorChoice::Always | ColorChoice::AlwaysAnsi) => Color::On,
            (When::Never, _) | (When::Auto, ColorChoice::Auto | ColorChoice::Never) => Color::Off,
        };
        Self {
            stdout: color(AutoStream::choice(&io::stdout())),
            stderr: color(AutoStream::choice(&io::stderr())),
            runner: ci_run::is_github(),
            width: width(),
            ascii: is_ascii(|name| std::env::var(name).ok()),
            quiet: false,
        }
    }

    /// The same for a command within a command, whose lines do not matter.
    pub(crate) fn quiet(self) -> Self {
        Self { quiet: true, ..self }
    }

    /// The style of a page on stdout.
    pub(crate) fn page(self, detail: Detail) -> PageStyle {
        PageStyle { width: self.width, color: self.stdout, ascii: self.ascii, detail }
    }

    /// The style of a page in a file.
    pub(crate) fn page_in_file(self, detail: Detail) -> PageStyle {
        PageStyle { width: columns().unwrap_or(WIDTH), color: Color::Off, ascii: false, detail }
    }

    pub(crate) fn stdout_color(self) -> Color {
        self.stdout
    }

    pub(crate) fn stderr_color(self) -> Color {
        self.stderr
    }

    /// The width for text on stdout, in columns.
    pub(crate) fn width(self) -> usize {
        self.width
    }

    /// Whether stdout is a terminal.
    pub(crate) fn is_page(self) -> bool {
        io::stdout().is_terminal()
    }

    /// Whether stderr is a terminal.
    pub(crate) fn is_watched(self) -> bool {
        io::stderr().is_terminal()
    }

    /// Asks a question that `y` or `yes` confirms. None if there is no terminal to ask on.
    pub(crate) fn ask(self, question: &str) -> Option<bool> {
        if !(io::stdin().is_terminal() && self.is_watched()) {
            return None;
        }
        let _ = write!(io::stderr().lock(), "{} [y/N] ", inert(question));
        let mut answer = String::new();
        let read = io::stdin().lock().take(LONGEST_ANSWER).read_line(&mut answer);
        Some(read.is_ok() && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
    }

    /// Writes a result to stdout. A closed pipe, such as that of `head`, is not an error.
    pub(crate) fn result(self, text: &str) -> io::Result<()> {
        self.raw(&if self.runner { without_commands(text) } else { Cow::Borrowed(text) })
    }

    /// Writes text to stdout unchanged, including runner commands.
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

    /// Writes the result of a command to stdout unchanged, including runner commands.
    pub(crate) fn print_commands(self, text: &str) -> Result<(), Failure> {
        self.raw(text).map_err(|error| Failure::machine("cannot write to stdout", &error))
    }

    /// Writes a line to stderr. Write errors are ignored: there is no place to report them.
    pub(crate) fn say(self, line: impl AsRef<str>) {
        let line = line.as_ref();
        if self.quiet {
            return;
        }
        self.command(&if self.runner { without_commands(line) } else { Cow::Borrowed(line) });
    }

    /// Writes a line to stderr unchanged. It may be a runner command.
    pub(crate) fn command(self, line: &str) {
        let _ = writeln!(io::stderr().lock(), "{line}");
    }
}

/// The terminal's width. For a file or a pipe: `COLUMNS`, or 100.
fn width() -> usize {
    let terminal = terminal_size_of(io::stdout()).map(|(Width(columns), _)| usize::from(columns));
    terminal.filter(|columns| *columns > 0).or_else(columns).unwrap_or(WIDTH).max(LEAST_WIDTH)
}

fn columns() -> Option<usize> {
    let columns = std::env::var("COLUMNS").ok()?.trim().parse().ok()?;
    (LEAST_WIDTH..=1_000).contains(&columns).then_some(columns)
}

/// Whether the environment requires ASCII: a dumb terminal, or a locale that is not UTF-8. Without a locale, as in many
/// containers, UTF-8 is assumed.
fn is_ascii(variable: impl Fn(&str) -> Option<String>) -> bool {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    let is_utf8 = locale.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    });
    !is_utf8 || set("TERM").is_some_and(|terminal| terminal == "dumb")
}

/// Escapes text that a GitHub Actions runner treats as a command: `::` at the start of a line, also after blanks, and `##[`
/// anywhere. A carriage return also ends a line.
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
    fn a_locale_without_utf8_or_a_dumb_terminal_is_ascii() {
        for (variables, expected) in [
            (&[][..], false),
            (&[("LANG", "en_US.UTF-8")], false),
            (&[("LANG", "C.utf8"), ("TERM", "xterm")], false),
            (&[("LANG", "C")], true),
            (&[("LANG", "en_US.UTF-8"), ("LC_ALL", "POSIX")], true),
            (&[("LC_ALL", ""), ("LC_CTYPE", "de_DE.ISO-8859-1"), ("LANG", "C.UTF-8")], true),
            (&[("LANG", "C.UTF-8"), ("TERM", "dumb")], true),
        ] {
            let value =
                |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            assert_eq!(is_ascii(value), expected, "{variables:?}");
        }
    }

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
    fn other_text_is_unchanged() {
        for text in ["", "a\n\nb\n", "std::io", " : :", "## [x]", "{ \"a\": \"::error::\" }"] {
            assert!(matches!(without_commands(text), Cow::Borrowed(same) if same == text), "{text:?}");
        }
    }
}
