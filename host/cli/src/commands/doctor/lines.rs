//! The output of `doctor`: one line per item, printed immediately.

use crate::failure::Failure;
use comfycheck_core::diagnostic::inert;
use comfycheck_core::report::ExitCode;

/// The lines. Each is printed when it is added: the next query can take long.
pub(super) struct Lines<'a> {
    print: &'a dyn Fn(&str) -> Result<(), Failure>,
    printed: Vec<Line>,
    /// Why a line could not be printed.
    failed: Option<Failure>,
}

/// A line, and its effect on the exit code.
struct Line {
    text: String,
    help: Option<String>,
    code: ExitCode,
}

/// The width of the longest item, `environment`.
const WIDTH: usize = 11;

/// The state of an item.
#[derive(Clone, Copy)]
enum State {
    Ok,
    Missing,
    Wrong,
    Warning,
    /// Unknown.
    Open,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Missing => "missing",
            Self::Wrong => "wrong",
            Self::Warning => "warning",
            Self::Open => "open",
        }
    }
}

impl<'a> Lines<'a> {
    /// `print` gets each line with its line break.
    pub(super) fn new(print: &'a dyn Fn(&str) -> Result<(), Failure>) -> Self {
        Self { print, printed: Vec::new(), failed: None }
    }

    pub(super) fn ok(&mut self, about: &'static str, text: impl AsRef<str>) {
        self.add(State::Ok, about, text.as_ref(), None, ExitCode::Passed);
    }

    /// Missing, but a run does not need it.
    pub(super) fn optional(&mut self, about: &'static str, text: impl AsRef<str>, help: &str) {
        self.add(State::Missing, about, text.as_ref(), Some(help), ExitCode::Passed);
    }

    /// Missing, and a run cannot start without it.
    pub(super) fn needed(&mut self, about: &'static str, text: impl AsRef<str>, help: &str) {
        self.add(State::Missing, about, text.as_ref(), Some(help), ExitCode::Invalid);
    }

    /// Invalid: a run cannot start with it.
    pub(super) fn invalid(&mut self, about: &'static str, text: impl AsRef<str>, help: Option<&str>) {
        self.add(State::Wrong, about, text.as_ref(), help, ExitCode::Invalid);
    }

    /// The deployment is wrong.
    pub(super) fn wrong(&mut self, about: &'static str, text: impl AsRef<str>, help: Option<&str>) {
        self.add(State::Wrong, about, text.as_ref(), help, ExitCode::Failed);
    }

    /// A warning: a run can still pass.
    pub(super) fn warning(&mut self, about: &'static str, text: impl AsRef<str>, help: Option<&str>) {
        self.add(State::Warning, about, text.as_ref(), help, ExitCode::Passed);
    }

    /// Unknown this time.
    pub(super) fn open(&mut self, about: &'static str, text: impl AsRef<str>, help: Option<&str>) {
        self.add(State::Open, about, text.as_ref(), help, ExitCode::Inconclusive);
    }

    /// Whether any line contains this word.
    pub(super) fn mention(&self, word: &str) -> bool {
        self.printed.iter().any(|line| line.text.contains(word))
    }

    fn add(&mut self, state: State, about: &'static str, text: &str, help: Option<&str>, code: ExitCode) {
        let mut line = format!("{:7}  {about:WIDTH$}  {text}", state.word());
        let help = help.map(|help| help.trim_end_matches('.')).filter(|help| !help.is_empty());
        if let Some(help) = help {
            line.push_str("; ");
            line.push_str(help);
        }
        // Text from a server or a check must stay on one line.
        let text = inert(&line) + "\n";
        self.failed = self.failed.take().or((self.print)(&text).err());
        self.printed.push(Line { text, help: help.map(inert), code });
    }

    /// The exit code of the worst line: a run cannot start, then wrong, then unknown.
    fn worst(&self) -> ExitCode {
        let any = |code| self.printed.iter().any(|line| line.code == code);
        let worst = [ExitCode::Invalid, ExitCode::Failed, ExitCode::Inconclusive].into_iter().find(|code| any(*code));
        worst.unwrap_or(ExitCode::Passed)
    }

    /// The last line: what to do next. It is the help of the first of the worst lines.
    pub(super) fn next_step(&self) -> String {
        let worst = self.worst();
        let help = self.printed.iter().filter(|line| line.code == worst).find_map(|line| line.help.as_deref());
        let step = match (worst, help) {
            (ExitCode::Passed, _) => "run `comfycheck run`",
            (_, Some(help)) => help,
            (ExitCode::Inconclusive, None) => "run `comfycheck doctor` again",
            (_, None) => "fix the lines marked `wrong`, then run `comfycheck doctor` again",
        };
        format!("next: {step}\n")
    }

    /// The exit code.
    pub(super) fn end(self) -> Result<ExitCode, Failure> {
        let worst = self.worst();
        self.failed.map_or(Ok(worst), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    #[track_caller]
    fn check(lines: &[fn(&mut Lines<'_>)], expected: ExitCode) {
        let mut added = Lines::new(&|_| Ok(()));
        for line in lines {
            line(&mut added);
        }
        assert_eq!(added.end().unwrap(), expected);
    }

    #[test]
    fn the_worst_line_is_the_exit_code() {
        let ok = |lines: &mut Lines<'_>| lines.ok("a", "");
        let optional = |lines: &mut Lines<'_>| lines.optional("a", "", "b");
        let needed = |lines: &mut Lines<'_>| lines.needed("a", "", "b");
        let invalid = |lines: &mut Lines<'_>| lines.invalid("a", "", None);
        let wrong = |lines: &mut Lines<'_>| lines.wrong("a", "", None);
        let open = |lines: &mut Lines<'_>| lines.open("a", "", None);
        check(&[], ExitCode::Passed);
        check(&[ok, optional], ExitCode::Passed);
        check(&[ok, open, optional], ExitCode::Inconclusive);
        check(&[open, wrong, ok], ExitCode::Failed);
        check(&[open, wrong, needed], ExitCode::Invalid);
        check(&[wrong, invalid], ExitCode::Invalid);
    }

    #[test]
    fn the_next_step_is_the_help_of_the_worst_line() {
        let mut lines = Lines::new(&|_| Ok(()));
        lines.optional("comfyui", "", "a");
        lines.open("endpoint", "", Some("b"));
        lines.needed("environment", "", "c.");
        lines.needed("suite", "", "d");
        assert_eq!(lines.next_step(), "next: c\n");
    }

    #[test]
    fn a_line_is_printed_at_once_and_stays_one_line() {
        let printed = RefCell::new(String::new());
        let print = |line: &str| {
            printed.borrow_mut().push_str(line);
            Ok(())
        };
        let mut lines = Lines::new(&print);
        lines.wrong("endpoint", "a\nok  b\u{1b}[2J", Some("do\nthis."));
        assert_eq!(*printed.borrow(), "wrong    endpoint     a␤ok  b␛[2J; do␤this\n");
    }
}
