//! A page of text for a terminal: headings, fields and tables, in colour or not.

use crate::diagnostic::Color;
use annotate_snippets::renderer::{AnsiColor, Effects, Style};

/// What a piece of text stands for; the text itself says it, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Bad,
    Doubtful,
    Quiet,
    Strong,
}

impl Tone {
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
    pub(super) color: Color,
}

impl Page {
    pub(super) fn new(color: Color) -> Self {
        Self { text: String::new(), color }
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    /// Text in its tone.
    pub(super) fn paint(&self, tone: Tone, text: &str) -> String {
        match self.color {
            Color::Off => text.to_owned(),
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

    /// A heading, a blank line before it.
    pub(super) fn heading(&mut self, heading: &str) {
        self.block(&self.paint(Tone::Strong, heading));
    }

    /// Lines that stand for themselves, a blank line before them.
    pub(super) fn block(&mut self, block: &str) {
        if !self.text.is_empty() {
            self.text.push('\n');
        }
        self.line(block);
    }

    /// A name and its value, indented.
    pub(super) fn field(&mut self, name: &str, value: &str) {
        let name = self.paint(Tone::Quiet, &format!("{name:<10}"));
        self.line(&format!("  {name}{value}"));
    }

    /// A table with a row of headings, indented. Columns that are empty in every row are left out.
    pub(super) fn table<const N: usize>(&mut self, headings: [(&str, Align); N], rows: &[[String; N]]) {
        let widths = headings.map(|(heading, _)| heading).map(str::len);
        let width = |column: usize| {
            let cells = rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
            (cells > 0).then_some(cells.max(widths[column]))
        };
        let shown: Vec<(usize, usize)> = (0..N).filter_map(|column| Some((column, width(column)?))).collect();
        let line = |cell: &dyn Fn(usize) -> String| {
            let cells = shown.iter().map(|&(column, width)| match headings[column].1 {
                Align::Left => format!("{:<width$}", cell(column)),
                Align::Right => format!("{:>width$}", cell(column)),
            });
            cells.collect::<Vec<_>>().join("  ")
        };
        let heading = line(&|column| headings[column].0.to_owned());
        self.line(&format!("  {}", self.paint(Tone::Quiet, heading.trim_end())));
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
