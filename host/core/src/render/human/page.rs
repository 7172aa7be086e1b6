//! A page of text for a terminal: prose, tables, in color or not.

use super::PageStyle;
use super::wrap::wrap;
use crate::diagnostic::Color;
use crate::report::Verdict;
use annotate_snippets::renderer::{AnsiColor, Effects, Style};

/// What a piece of text stands for; a word shows it, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Bad,
    Doubtful,
    Quiet,
    Strong,
}

impl Tone {
    pub(super) fn of_verdict(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Passed => Self::Good,
            Verdict::Failed => Self::Bad,
            Verdict::Inconclusive => Self::Doubtful,
        }
    }

    fn style(self) -> Style {
        match self {
            Self::Good => AnsiColor::Green.on_default().effects(Effects::BOLD),
            Self::Bad => AnsiColor::BrightRed.on_default().effects(Effects::BOLD),
            Self::Doubtful => AnsiColor::Yellow.on_default().effects(Effects::BOLD),
            Self::Quiet => Style::new().effects(Effects::DIMMED),
            Self::Strong => Style::new().effects(Effects::BOLD),
        }
    }
}

/// A page that is being written.
pub(super) struct Page {
    text: String,
    pub(super) style: PageStyle,
}

impl Page {
    pub(super) fn new(style: PageStyle) -> Self {
        Self { text: String::new(), style }
    }

    pub(super) fn finish(self) -> String {
        if self.style.ascii { ascii(&self.text) } else { self.text }
    }

    /// How many lines it has.
    pub(super) fn lines(&self) -> usize {
        self.text.lines().count()
    }

    pub(super) fn paint(&self, tone: Tone, text: &str) -> String {
        match self.style.color {
            Color::Off => text.to_owned(),
            Color::On if text.is_empty() => String::new(),
            Color::On => {
                let style = tone.style();
                format!("{style}{text}{style:#}")
            }
        }
    }

    pub(super) fn line(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// A blank line, unless the page is empty or ends with one.
    pub(super) fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Prose after a label in its tone, wrapped at the page's width. Further lines are indented as `rest` is.
    pub(super) fn prose(&mut self, tone: Tone, label: &str, rest: &str, text: &str) {
        let mut lines = wrap(label, rest.chars().count(), text, self.style.width).into_iter();
        if let Some(first) = lines.next() {
            let prose = first.strip_prefix(label).unwrap_or(&first).to_owned();
            let words = label.trim();
            let label =
                if words.is_empty() { label.to_owned() } else { label.replacen(words, &self.paint(tone, words), 1) };
            self.line(&format!("{label}{prose}"));
        }
        lines.for_each(|line| self.line(&line));
    }

    /// A line that is not wrapped but cut at the page's width. `painted` stands before it and is `columns` wide.
    pub(super) fn cut(&mut self, painted: &str, columns: usize, text: &str) {
        let room = self.style.width.saturating_sub(columns).max(10);
        self.line(&format!("{painted}{}", shortened(text, room)));
    }

    /// A table with a row of headings, indented. Columns that are empty in every row are left out.
    pub(super) fn table<const N: usize>(&mut self, headings: [(&str, Align); N], rows: &[[String; N]]) {
        let width = |column: usize| {
            let cells = rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
            (cells > 0).then_some(cells.max(headings[column].0.len()))
        };
        let shown: Vec<(usize, usize)> = (0..N).filter_map(|column| Some((column, width(column)?))).collect();
        let line = |cell: &dyn Fn(usize) -> String| {
            let cells = shown.iter().map(|&(column, width)| match headings[column].1 {
                Align::Left => format!("{:<width$}", cell(column)),
                Align::Right => format!("{:>width$}", cell(column)),
            });
            cells.collect::<Vec<_>>().join("  ")
        };
        self.line(&format!("  {}", line(&|column| headings[column].0.to_owned())));
        for row in rows {
            self.line(&format!("  {}", line(&|column| row[column].clone())));
        }
    }
}

/// How the cells of a column are aligned.
#[derive(Clone, Copy, Debug)]
pub(super) enum Align {
    Left,
    Right,
}

/// The same text in ASCII: our own signs have a counterpart, anything else becomes `?`.
fn ascii(text: &str) -> String {
    let mut ascii = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '·' => ascii.push('|'),
            '–' | '—' => ascii.push('-'),
            '×' => ascii.push('x'),
            '…' => ascii.push_str("..."),
            other if other.is_ascii() => ascii.push(other),
            _ => ascii.push('?'),
        }
    }
    ascii
}

/// A text of at most `room` characters. What stands after the last ` · ` is kept if there is room for most of the rest.
fn shortened(text: &str, room: usize) -> String {
    let length = |text: &str| text.chars().count();
    if length(text) <= room {
        return text.to_owned();
    }
    if let Some((head, tail)) = text.rsplit_once(" · ").filter(|(_, tail)| length(tail) * 3 <= room) {
        let tail = format!(" · {tail}");
        let head = head_of(head, room - length(&tail));
        if length(&head) * 2 >= room {
            return head + &tail;
        }
    }
    head_of(text, room)
}

/// The beginning of a text with an ellipsis, cut between words and outside quotes and parentheses.
fn head_of(text: &str, room: usize) -> String {
    let Some((end, next)) = text.char_indices().nth(room - 1) else { return text.to_owned() };
    let kept = &text[..end];
    let word = if next == ' ' { Some(end) } else { kept.rfind(' ') };
    let quote = kept.rfind('`').filter(|_| kept.matches('`').count() % 2 == 1);
    let bracket = kept.rfind('(').filter(|at| !kept[*at..].contains(')'));
    let end = [word, quote, bracket].into_iter().flatten().min().filter(|end| *end > 0).unwrap_or(end);
    format!("{}…", kept[..end].trim_end_matches([' ', ',', ':', ';']))
}

#[cfg(test)]
mod tests {
    use super::shortened;

    #[test]
    fn a_text_is_cut_between_words_outside_quotes_and_parentheses() {
        for (text, room, expected) in [
            ("3 files found", 20, "3 files found"),
            ("no job succeeded (2 jobs refused)", 24, "no job succeeded…"),
            ("model `a b c.safetensors` is missing", 16, "model…"),
            ("the model of node 3 is missing · 1 warning", 34, "the model of node 3… · 1 warning"),
            ("node class `ClownsharKSampler` is not installed · 1 warning", 36, "node class `ClownsharKSampler` is…"),
            ("unbroken-and-long", 10, "unbroken-…"),
            ("two words fit here", 10, "two words…"),
        ] {
            assert_eq!(shortened(text, room), expected);
            assert!(shortened(text, room).chars().count() <= room);
        }
    }
}
