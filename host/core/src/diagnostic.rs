//! Errors in files that the user wrote: what is wrong, where, and what to do.

mod kind;

pub use kind::Kind;

use crate::secret::is_suspicious;
use crate::text::{Place, TextFile};
use annotate_snippets::{AnnotationKind, Element, Level, Origin, Renderer, Snippet, normalize_untrusted_str};
use std::fmt;
use std::ops::Range;

/// Why a suite, a workflow or a plan was refused before anything ran.
///
/// `Display` is one line: the first diagnostic, and the number of the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// At least one, in the order in which a reader should see them.
    pub diagnostics: Vec<Diagnostic>,
}

/// One error.
///
/// `Display` is one line, with the place: `suite.toml:3:1: unknown key …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub kind: Kind,
    /// One line, lower case, no final period.
    pub what: String,
    /// Its place; none outside of a file, such as on the command line.
    pub excerpt: Option<Box<Excerpt>>,
    /// What to do, in the imperative.
    pub help: Option<String>,
    /// Whether something is missing, rather than wrong.
    pub missing: bool,
}

/// A place in a file, with as much of its line as is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// The file, as the suite or the command line names it.
    pub path: String,
    /// Where it begins.
    pub place: Place,
    line: Line,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Line {
    /// The whole line, and the marked bytes of it.
    Whole(String, Range<usize>),
    /// The text around the place, of a line that is too long to show.
    Cut(String),
    /// It may hold a secret.
    Hidden,
}

/// Whether rendered text has ANSI colors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    /// Plain text.
    Off,
    /// ANSI escape codes.
    On,
}

/// The longest line that is shown whole, in bytes. A workflow without line breaks is one line of a megabyte.
const LONGEST_LINE: usize = 1_000;

/// How much of a longer line is shown on either side of a span, in bytes.
const CONTEXT: usize = 60;

impl Refusal {
    /// All diagnostics as a compiler shows them, without a final line break. Help that several in a row share stands under the last.
    pub fn render(&self, color: Color) -> String {
        let rendered = self.diagnostics.iter().enumerate().map(|(at, diagnostic)| {
            let repeated = self.diagnostics.get(at + 1).is_some_and(|next| next.help == diagnostic.help);
            if repeated {
                Diagnostic { help: None, ..diagnostic.clone() }.render(color)
            } else {
                diagnostic.render(color)
            }
        });
        rendered.collect::<Vec<_>>().join("\n\n")
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.diagnostics.as_slice() {
            [] => f.write_str("refused"),
            [only] => only.fmt(f),
            [first, rest @ ..] => write!(f, "{first} (and {} more)", rest.len()),
        }
    }
}

impl std::error::Error for Refusal {}

impl From<Diagnostic> for Refusal {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { diagnostics: vec![diagnostic] }
    }
}

impl Diagnostic {
    /// A diagnostic without a place and without help. The text is made [`inert`].
    pub fn new(what: impl AsRef<str>) -> Self {
        Self::of(Kind::Other, what)
    }

    /// The same, of a kind.
    pub fn of(kind: Kind, what: impl AsRef<str>) -> Self {
        Self { kind, what: inert(what.as_ref()), excerpt: None, help: None, missing: false }
    }

    /// The same, at a place. The span is in bytes, and is moved into the file's text where it lies outside.
    #[must_use]
    pub fn at(mut self, file: &TextFile, span: Range<usize>) -> Self {
        self.excerpt = Some(Box::new(Excerpt::new(file, span)));
        self
    }

    /// The same, with help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same for something that is missing, such as a variable that is not set.
    #[must_use]
    pub(crate) fn missing(mut self) -> Self {
        self.missing = true;
        self
    }

    /// The same without the line, if it may hold a secret: messages end up in logs.
    #[must_use]
    pub(crate) fn hide_secret(mut self) -> Self {
        if let Some(excerpt) = &mut self.excerpt
            && let Line::Whole(text, _) | Line::Cut(text) = &excerpt.line
            && (self.kind == Kind::Secret || may_hold_secret(text))
        {
            excerpt.line = Line::Hidden;
        }
        self
    }

    /// The diagnostic as a compiler shows it: title, place, snippet, help. Without a
    /// final line break. Control characters in the text are shown, never sent.
    pub fn render(&self, color: Color) -> String {
        self.render_as(Level::ERROR, color)
    }

    /// The same, as a warning.
    pub fn render_warning(&self, color: Color) -> String {
        self.render_as(Level::WARNING, color)
    }

    fn render_as(&self, level: Level<'_>, color: Color) -> String {
        let renderer = match color {
            Color::Off => Renderer::plain(),
            Color::On => Renderer::styled(),
        };
        let title = level.primary_title(&self.what);
        let mut elements = self.excerpt.as_deref().map(Excerpt::elements).unwrap_or_default();
        if let Some(help) = &self.help {
            elements.push(Level::HELP.message(inert(help)).into());
        }
        renderer.render(&[title.elements(elements)])
    }
}

/// Whether a line may have a key's value, an address with a password or a query, or something that looks like a secret.
fn may_hold_secret(line: &str) -> bool {
    let credentials = line.split_once("//").is_some_and(|(_, address)| address.contains('@'));
    let mut addresses = line.split("://").skip(1).filter_map(|rest| rest.split(['"', '\'', ' ', '\t']).next());
    credentials
        || addresses.any(|address| address.contains(['?', '#']))
        || is_webhook(line)
        || line.to_ascii_lowercase().contains("key")
        || is_suspicious(line)
}

/// Whether a line has the address of a webhook: anyone who knows it can write there.
fn is_webhook(line: &str) -> bool {
    let mut words = line.split(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c));
    let is_key = |word: &str| word.starts_with("url") || word == "to";
    line.contains("://") && (line.to_ascii_lowercase().contains("hook") || words.any(is_key))
}

/// A text as one line that is harmless for a terminal or a log: control characters and those that reverse the writing
/// direction are replaced.
pub fn inert(text: &str) -> String {
    let line = text.replace(['\n', '\r', '\u{2028}', '\u{2029}'], "␤");
    // Terminals take U+009B for the escape sequence that begins with `ESC [`.
    normalize_untrusted_str(&line.replace(|c: char| matches!(c, '\u{80}'..='\u{9f}'), "\u{fffd}"))
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(Excerpt { path, place, .. }) = self.excerpt.as_deref() {
            write!(f, "{path}:{place}: ")?;
        }
        f.write_str(&self.what)
    }
}

impl Excerpt {
    /// The excerpt around a span of a file, in bytes. A span over several lines is cut
    /// to its first.
    pub fn new(file: &TextFile, span: Range<usize>) -> Self {
        let text = &file.text;
        let start = text.floor_char_boundary(span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find(['\r', '\n']).map_or(text.len(), |at| start + at);
        let line = if line_end - line_start <= LONGEST_LINE {
            let end = text.ceil_char_boundary(span.end).clamp(start, line_end);
            Line::Whole(text[line_start..line_end].to_owned(), start - line_start..end - line_start)
        } else {
            let from = text.ceil_char_boundary(start.saturating_sub(CONTEXT).max(line_start));
            let to = text.floor_char_boundary((start + CONTEXT).min(line_end));
            Line::Cut(text[from..to].to_owned())
        };
        Self { path: file.path.clone(), place: Place::of(text, start), line }
    }

    /// The place and the line, as parts of a report of annotate-snippets.
    pub fn elements(&self) -> Vec<Element<'_>> {
        self.labelled(None)
    }

    /// The line, as the text before the mark, the marked text, and the text after it. None if the line is hidden.
    pub(crate) fn line(&self) -> Option<(&str, &str, &str)> {
        match &self.line {
            Line::Whole(text, span) => Some((&text[..span.start], &text[span.clone()], &text[span.end..])),
            Line::Cut(text) => Some(("…", text, "…")),
            Line::Hidden => None,
        }
    }

    /// The same with a label beside the mark.
    pub(crate) fn labelled<'a>(&'a self, label: Option<&'a str>) -> Vec<Element<'a>> {
        let line = self.place.line as usize;
        let place = Origin::path(&self.path).line(line).char_column(self.place.column as usize);
        match &self.line {
            Line::Whole(text, span) => {
                let mark = AnnotationKind::Primary.span(span.clone()).label(label);
                vec![Snippet::source(text).line_start(line).path(&self.path).annotation(mark).into()]
            }
            Line::Cut(text) => {
                let note = normalize_untrusted_str(&format!("the line reads `…{text}…` there"));
                vec![place.into(), Level::NOTE.message(note).into()]
            }
            Line::Hidden => vec![place.into()],
        }
    }
}

impl Place {
    /// The place of a byte of a text; of its end if the text is shorter.
    pub fn of(text: &str, byte: usize) -> Self {
        let before = &text[..text.floor_char_boundary(byte)];
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).saturating_add(1);
        Self { line: count(before.matches('\n').count()), column: count(before[line_start..].chars().count()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    fn file(text: &str) -> TextFile {
        TextFile { path: "suite.toml".into(), text: text.into() }
    }

    #[test]
    fn a_diagnostic_is_one_line_and_a_snippet() {
        let diagnostic = Diagnostic::new("unknown key `sampels`")
            .at(&file("name = \"x\"\nsampels = 3\n"), 11..18)
            .help("did you mean `samples`?");
        assert_snapshot!(diagnostic, @"suite.toml:2:1: unknown key `sampels`");
        assert_snapshot!(diagnostic.render(Color::Off), @r"
        error: unknown key `sampels`
         --> suite.toml:2:1
          |
        2 | sampels = 3
          | ^^^^^^^
          |
          = help: did you mean `samples`?
        ");
        assert!(diagnostic.render(Color::On).contains("\u{1b}["));
    }

    #[test]
    fn help_that_errors_share_stands_once() {
        let one = |what: &str, help: &str| Diagnostic::new(what).help(help);
        let diagnostics = vec![one("a", "x"), one("b", "x"), one("c", "y")];
        let text = Refusal { diagnostics }.render(Color::Off);
        assert_eq!((text.matches("help: x").count(), text.matches("help: y").count()), (1, 1), "{text}");
    }

    #[test]
    fn a_long_line_is_cut_around_what_is_meant() {
        let text = format!("é{}NaN{}", "x".repeat(5_000), "y".repeat(5_000));
        let diagnostic = Diagnostic::new("`NaN` is not JSON").at(&file(&text), 5_002..5_005);
        assert_snapshot!(diagnostic.render(Color::Off), @r"
        error: `NaN` is not JSON
        --> suite.toml:1:5002
         = note: the line reads `…xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxNaNyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy…` there
        ");
    }

    #[test]
    fn control_characters_are_not_sent_to_the_terminal() {
        let diagnostic =
            Diagnostic::new("unknown key `\u{1b}[2J`").at(&file("\"\u{1b}[2J\" = 1"), 0..6).help("no \u{1b}[2J");
        assert_snapshot!(diagnostic.render(Color::Off), @r#"
        error: unknown key `␛[2J`
         --> suite.toml:1:1
          |
        1 | "␛[2J" = 1
          | ^^^^^^
          |
          = help: no ␛[2J
        "#);
    }

    #[test]
    fn a_message_is_one_line_whatever_is_named_in_it() {
        let diagnostic = Diagnostic::new("unknown key `a\n::error::b\u{202e}`");
        assert_snapshot!(diagnostic, @"unknown key `a␤::error::b�`");
    }

    #[track_caller]
    fn check_excerpt(text: &str, span: Range<usize>, place: &str, line: &str, marked: &str) {
        let excerpt = Excerpt::new(&file(text), span);
        let Line::Whole(text, span) = &excerpt.line else { panic!("{excerpt:?}") };
        assert_eq!((excerpt.place.to_string().as_str(), text.as_str(), &text[span.clone()]), (place, line, marked));
    }

    #[test]
    fn any_span_has_an_excerpt() {
        check_excerpt("", 0..0, "1:1", "", "");
        check_excerpt("a\nb", 7..9, "2:2", "b", "");
        check_excerpt("a\r\nb", 0..4, "1:1", "a", "a");
        check_excerpt("äöü = 1", 3..5, "1:2", "äöü = 1", "öü");
        check_excerpt("a = {\n b = 1\n}", 4..14, "1:5", "a = {", "{");
    }

    #[test]
    fn several_diagnostics_are_counted_and_shown_in_order() {
        let refusal = Refusal { diagnostics: vec![Diagnostic::new("first"), Diagnostic::new("second")] };
        assert_eq!(refusal.to_string(), "first (and 1 more)");
        assert_eq!(refusal.render(Color::Off), "error: first\n\nerror: second");
    }
}
