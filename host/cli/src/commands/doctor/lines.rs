//! What the doctor says: one line for each thing, as soon as it is known.

use crate::failure::Failure;
use comfycheck_core::diagnostic::inert;
use comfycheck_core::report::ExitCode;

/// The lines. Each is handed on when it is added: who is asked next may take long.
pub(super) struct Lines<'a> {
    tell: &'a dyn Fn(&str) -> Result<(), Failure>,
    told: Vec<(String, ExitCode)>,
    /// Why one could not be told.
    failed: Option<Failure>,
}

/// The longest of what lines are about, `environment`: columns stay where they are.
const WIDTH: usize = 11;

/// How it is with a thing.
#[derive(Clone, Copy)]
enum State {
    Ok,
    Missing,
    Wrong,
    /// A warning.
    Odd,
    /// Not known.
    Open,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Missing => "missing",
            Self::Wrong => "wrong",
            Self::Odd => "warning",
            Self::Open => "open",
        }
    }
}

impl<'a> Lines<'a> {
    /// Each line is handed to `tell`, with its line break.
    pub(super) fn new(tell: &'a dyn Fn(&str) -> Result<(), Failure>) -> Self {
        Self { tell, told: Vec::new(), failed: None }
    }

    pub(super) fn ok(&mut self, about: &'static str, text: impl AsRef<str>) {
        self.add(State::Ok, about, text.as_ref(), None, ExitCode::Passed);
    }

    /// It is missing, and a run does without it.
    pub(super) fn optional(&mut self, about: &'static str, text: impl AsRef<str>, help: &str) {
        self.add(State::Missing, about, text.as_ref(), Some(help), ExitCode::Passed);
    }

    /// It is missing, and no run starts without it.
    pub(super) fn needed(&mut self, about: &'static str, text: impl AsRef<str>, help: &str) {
        self.add(State::Missing, about, text.as_ref(), Some(help), ExitCode::Invalid);
    }

    /// It is there, and no run starts with it.
    pub(super) fn invalid(&mut self, about: &'static str, text: impl AsRef<str>, help: Option<&str>) {
        self.add(State::Wrong, about, text.as_ref(), help, ExitCode::Invalid);
    }

    /// The deployment is wrong.
    pub(super) fn wrong(&mut self, about: &'static str, text: impl AsRef<str>, help: Option<&str>) {
        self.add(State::Wrong, about, text.as_ref(), help, ExitCode::Failed);
    }

    /// Something to look at, with which a run may well pass.
    pub(super) fn odd(&mut self, about: &'static str, text: impl AsRef<str>, help: Option<&str>) {
        self.add(State::Odd, about, text.as_ref(), help, ExitCode::Passed);
    }

    /// It could not be told this time.
    pub(super) fn open(&mut self, about: &'static str, text: impl AsRef<str>, help: Option<&str>) {
        self.add(State::Open, about, text.as_ref(), help, ExitCode::Inconclusive);
    }

    /// Whether any line has this word.
    pub(super) fn mention(&self, word: &str) -> bool {
        self.told.iter().any(|(line, _)| line.contains(word))
    }

    fn add(&mut self, state: State, about: &'static str, text: &str, help: Option<&str>, code: ExitCode) {
        let mut line = format!("{:7}  {about:WIDTH$}  {text}", state.word());
        if let Some(help) = help.map(|help| help.trim_end_matches('.')).filter(|help| !help.is_empty()) {
            line.push_str("; ");
            line.push_str(help);
        }
        // What a server or a check says must stay one line.
        let line = inert(&line) + "\n";
        self.failed = self.failed.take().or((self.tell)(&line).err());
        self.told.push((line, code));
    }

    /// The worst of all lines: what keeps a run from starting, then what is wrong, then what is not known.
    pub(super) fn end(self) -> Result<ExitCode, Failure> {
        let any = |code| self.told.iter().any(|(_, other)| *other == code);
        let worst = [ExitCode::Invalid, ExitCode::Failed, ExitCode::Inconclusive].into_iter().find(|code| any(*code));
        self.failed.map_or(Ok(worst.unwrap_or(ExitCode::Passed)), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    #[track_caller]
    fn check(lines: &[fn(&mut Lines<'_>)], expected: ExitCode) {
        let mut told = Lines::new(&|_| Ok(()));
        for line in lines {
            line(&mut told);
        }
        assert_eq!(told.end().unwrap(), expected);
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
    fn a_line_is_told_at_once_and_stays_one_line_whatever_is_said() {
        let told = RefCell::new(String::new());
        let tell = |line: &str| {
            told.borrow_mut().push_str(line);
            Ok(())
        };
        let mut lines = Lines::new(&tell);
        lines.wrong("endpoint", "a\nok  b\u{1b}[2J", Some("do\nthis."));
        assert_eq!(*told.borrow(), "wrong    endpoint     a␤ok  b␛[2J; do␤this\n");
    }
}
