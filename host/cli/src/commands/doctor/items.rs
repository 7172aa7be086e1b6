//! The output of `doctor`: one line per item, printed immediately.

use crate::failure::Failure;
use comfycheck_core::diagnostic::inert;
use comfycheck_core::render::wrap;
use comfycheck_core::report::ExitCode;
use serde_json::{Value, json};

/// The items. Those of this machine wait for [`Items::fold`], which prints all that is `ok` in one line. Later ones are printed
/// when they are added: the next query can take long.
pub(super) struct Items<'a> {
    print: &'a dyn Fn(&str) -> Result<(), Failure>,
    /// Lines are wrapped at this column.
    width: usize,
    all: Vec<Item>,
    /// Whether items still wait for that line.
    folding: bool,
    /// Why an item could not be printed.
    failed: Option<Failure>,
}

struct Item {
    state: State,
    about: &'static str,
    text: String,
    help: Option<String>,
    code: ExitCode,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Ok,
    /// Missing, and a run does not need it.
    Optional,
    Missing,
    Wrong,
    Warning,
    Unknown,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Optional => "optional",
            Self::Missing => "missing",
            Self::Wrong => "wrong",
            Self::Warning => "warning",
            Self::Unknown => "unknown",
        }
    }
}

/// The width of the longest subject, `environment`.
const WIDTH: usize = 11;
/// The width of the longest state, `optional`.
const STATE: usize = 8;

impl<'a> Items<'a> {
    /// `print` gets each line with its line break.
    pub(super) fn new(print: &'a dyn Fn(&str) -> Result<(), Failure>, width: usize) -> Self {
        Self { print, width, all: Vec::new(), folding: true, failed: None }
    }

    pub(super) fn ok(&mut self, about: &'static str, text: impl AsRef<str>) {
        self.add(State::Ok, about, text.as_ref(), None, ExitCode::Passed);
    }

    /// Missing: a run starts without it, and does less.
    pub(super) fn missing(&mut self, about: &'static str, text: impl AsRef<str>, help: &str) {
        self.add(State::Missing, about, text.as_ref(), Some(help), ExitCode::Passed);
    }

    /// Missing, and a run does not need it.
    pub(super) fn optional(&mut self, about: &'static str, text: impl AsRef<str>, help: &str) {
        self.add(State::Optional, about, text.as_ref(), Some(help), ExitCode::Passed);
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

    pub(super) fn unknown(&mut self, about: &'static str, text: impl AsRef<str>, help: Option<&str>) {
        self.add(State::Unknown, about, text.as_ref(), help, ExitCode::Inconclusive);
    }

    /// Whether any item is invalid, and not only missing.
    pub(super) fn has_invalid(&self) -> bool {
        self.all.iter().any(|item| item.state == State::Wrong && item.code == ExitCode::Invalid)
    }

    /// Whether any item contains this word.
    pub(super) fn mention(&self, word: &str) -> bool {
        self.all.iter().any(|item| item.text.contains(word))
    }

    /// Prints the items so far: what is `ok` in one line, then the others. Later items have lines of their own.
    pub(super) fn fold(&mut self) {
        if !std::mem::take(&mut self.folding) {
            return;
        }
        let is_ok = |item: &&Item| item.state == State::Ok;
        let folded: Vec<_> =
            self.all.iter().filter(is_ok).map(|item| format!("{} ({})", item.about, item.text)).collect();
        let others: Vec<_> =
            self.all.iter().filter(|item| item.state != State::Ok).map(|item| item.lines(self.width)).collect();
        if !folded.is_empty() {
            self.print(&wrapped(&format!("{:STATE$}  ", State::Ok.word()), &folded.join(", "), self.width));
        }
        for line in &others {
            self.print(line);
        }
    }

    fn add(&mut self, state: State, about: &'static str, text: &str, help: Option<&str>, code: ExitCode) {
        let help = help.map(|help| help.trim_end_matches('.')).filter(|help| !help.is_empty()).map(inert);
        let item = Item { state, about, text: inert(text), help, code };
        if !self.folding {
            self.print(&item.lines(self.width));
        }
        self.all.push(item);
    }

    fn print(&mut self, text: &str) {
        self.failed = self.failed.take().or((self.print)(&format!("{text}\n")).err());
    }

    /// The help of the first item with this exit code that has one.
    pub(super) fn first_help(&self, code: ExitCode) -> Option<&str> {
        self.all.iter().filter(|item| item.code == code).find_map(|item| item.help.as_deref())
    }

    /// The exit code of the worst item: a run cannot start, then wrong, then unknown.
    pub(super) fn code(&self) -> ExitCode {
        let any = |code| self.all.iter().any(|item| item.code == code);
        let worst = [ExitCode::Invalid, ExitCode::Failed, ExitCode::Inconclusive].into_iter().find(|code| any(*code));
        worst.unwrap_or(ExitCode::Passed)
    }

    /// Prints the last line: what to do next. Fails if any line could not be printed.
    pub(super) fn end(mut self, next: &str) -> Result<(), Failure> {
        self.fold();
        self.print(&wrapped(&format!("{:STATE$}  ", "next"), &inert(next), self.width));
        self.failed.map_or(Ok(()), Err)
    }

    /// The items as JSON.
    pub(super) fn json(&self) -> Vec<Value> {
        let item = |Item { state, about, text, help, code: _ }: &Item| json!({ "state": state.word(), "about": about, "text": text, "help": help });
        self.all.iter().map(item).collect()
    }
}

impl Item {
    fn lines(&self, width: usize) -> String {
        let line = wrapped(&format!("{:STATE$}  {:WIDTH$}  ", self.state.word(), self.about), &self.text, width);
        let help = self.help.iter().map(|help| wrapped(&format!("{:STATE$}  {:WIDTH$}  help: ", "", ""), help, width));
        std::iter::once(line).chain(help).collect::<Vec<_>>().join("\n")
    }
}

/// A text after a label, with further lines below the text.
fn wrapped(label: &str, text: &str, width: usize) -> String {
    wrap(label, label.chars().count(), text, width).join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    #[track_caller]
    fn check(add: &[fn(&mut Items<'_>)], expected: ExitCode) {
        let mut items = Items::new(&|_| Ok(()), 100);
        for add in add {
            add(&mut items);
        }
        assert_eq!(items.code(), expected);
    }

    #[test]
    fn the_worst_item_is_the_exit_code() {
        let ok = |items: &mut Items<'_>| items.ok("a", "");
        let optional = |items: &mut Items<'_>| items.optional("a", "", "b");
        let missing = |items: &mut Items<'_>| items.missing("a", "", "b");
        let needed = |items: &mut Items<'_>| items.needed("a", "", "b");
        let invalid = |items: &mut Items<'_>| items.invalid("a", "", None);
        let wrong = |items: &mut Items<'_>| items.wrong("a", "", None);
        let unknown = |items: &mut Items<'_>| items.unknown("a", "", None);
        check(&[], ExitCode::Passed);
        check(&[ok, optional], ExitCode::Passed);
        check(&[ok, missing, unknown, optional], ExitCode::Inconclusive);
        check(&[unknown, wrong, ok], ExitCode::Failed);
        check(&[unknown, wrong, needed], ExitCode::Invalid);
        check(&[wrong, invalid], ExitCode::Invalid);
    }

    #[test]
    fn ok_items_are_folded_and_text_of_a_server_stays_on_its_line() {
        let printed = RefCell::new(String::new());
        let print = |line: &str| {
            printed.borrow_mut().push_str(line);
            Ok(())
        };
        let mut items = Items::new(&print, 100);
        items.ok("suite", "3 checks");
        items.ok("key", "set");
        items.wrong("endpoint", "a\nok  b\u{1b}[2J", Some("do\nthis."));
        assert_eq!(*printed.borrow(), "", "they wait for the line of what is ok");
        items.fold();
        items.ok("volumes", "readable");
        items.end("run again").unwrap();
        insta::assert_snapshot!(printed.borrow());
    }
}
