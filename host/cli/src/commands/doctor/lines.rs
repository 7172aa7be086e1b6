//! What the doctor says: one line for each thing.

use comfycheck_core::diagnostic::inert;
use comfycheck_core::report::ExitCode;
use std::fmt::Write;

/// The lines, in the order in which they are shown.
#[derive(Default)]
pub(super) struct Lines(Vec<Line>);

struct Line {
    state: State,
    about: &'static str,
    text: String,
    help: Option<String>,
    code: ExitCode,
}

/// How it is with a thing.
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
    fn word(&self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Missing => "missing",
            Self::Wrong => "wrong",
            Self::Odd => "warning",
            Self::Open => "open",
        }
    }
}

impl Lines {
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
        self.0.iter().any(|line| line.text.contains(word))
    }

    fn add(&mut self, state: State, about: &'static str, text: &str, help: Option<&str>, code: ExitCode) {
        // What a server or a check says must stay one line.
        let help = help.map(|help| inert(help.trim_end_matches('.'))).filter(|help| !help.is_empty());
        self.0.push(Line { state, about, text: inert(text), help, code });
    }

    /// The worst of all lines: what keeps a run from starting, then what is wrong, then what is not known.
    pub(super) fn exit_code(&self) -> ExitCode {
        let any = |code| self.0.iter().any(|line| line.code == code);
        [ExitCode::Invalid, ExitCode::Failed, ExitCode::Inconclusive]
            .into_iter()
            .find(|code| any(*code))
            .unwrap_or(ExitCode::Passed)
    }

    pub(super) fn render(&self) -> String {
        let width = self.0.iter().map(|line| line.about.len()).max().unwrap_or_default();
        self.0.iter().fold(String::new(), |mut rendered, Line { state, about, text, help, .. }| {
            // Writing to a string cannot fail.
            let _ = write!(rendered, "{:7}  {about:width$}  {text}", state.word());
            if let Some(help) = help {
                let _ = write!(rendered, "; {help}");
            }
            rendered.push('\n');
            rendered
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(lines: &[fn(&mut Lines)], expected: ExitCode) {
        let mut told = Lines::default();
        for line in lines {
            line(&mut told);
        }
        assert_eq!(told.exit_code(), expected);
    }

    #[test]
    fn the_worst_line_is_the_exit_code() {
        let ok = |lines: &mut Lines| lines.ok("a", "");
        let optional = |lines: &mut Lines| lines.optional("a", "", "b");
        let needed = |lines: &mut Lines| lines.needed("a", "", "b");
        let invalid = |lines: &mut Lines| lines.invalid("a", "", None);
        let wrong = |lines: &mut Lines| lines.wrong("a", "", None);
        let open = |lines: &mut Lines| lines.open("a", "", None);
        check(&[], ExitCode::Passed);
        check(&[ok, optional], ExitCode::Passed);
        check(&[ok, open, optional], ExitCode::Inconclusive);
        check(&[open, wrong, ok], ExitCode::Failed);
        check(&[open, wrong, needed], ExitCode::Invalid);
        check(&[wrong, invalid], ExitCode::Invalid);
    }

    #[test]
    fn a_line_stays_one_line_whatever_is_said() {
        let mut lines = Lines::default();
        lines.wrong("endpoint", "a\nok  b\u{1b}[2J", Some("do\nthis."));
        assert_eq!(lines.render().lines().count(), 1, "{}", lines.render());
        assert!(!lines.render().contains('\u{1b}'));
    }
}
