//! All problems of a suite, collected so that they are reported at once.

use super::source::{Mark, Source};
use crate::diagnostic::{Diagnostic, Refusal};
use crate::text::Place;
use crate::violation::Violation;

/// Collects diagnostics and gives them their places.
pub(crate) struct Problems<'a> {
    source: Option<&'a Source<'a>>,
    found: Vec<(usize, Diagnostic)>,
}

impl<'a> Problems<'a> {
    /// For a suite's file; without one, no diagnostic has a place.
    pub(crate) fn new(source: Option<&'a Source<'a>>) -> Self {
        Self { source, found: Vec::new() }
    }

    /// Adds a diagnostic about the value at a path.
    pub(crate) fn value(&mut self, path: &[&str], diagnostic: Diagnostic) {
        self.add(&owned(path), Mark::Value, diagnostic);
    }

    /// Adds a diagnostic about the last key of a path.
    pub(crate) fn key(&mut self, path: &[&str], diagnostic: Diagnostic) {
        self.add(&owned(path), Mark::Key, diagnostic);
    }

    /// Adds a violation of a schema. Its path continues `base`.
    pub(crate) fn violation(&mut self, base: &[&str], violation: Violation) {
        let mut path = owned(base);
        path.extend(violation.path);
        let mark = if violation.key { Mark::Key } else { Mark::Value };
        let diagnostic = Diagnostic { help: violation.help, ..Diagnostic::of(violation.kind, violation.what) };
        self.add(&path, mark, diagnostic);
    }

    /// The place of the last key of a path.
    pub(crate) fn place(&self, path: &[&str]) -> Option<Place> {
        self.source.and_then(|source| source.place(&owned(path)))
    }

    /// Refuses if there are problems: in the order of the file, then those without a place.
    pub(crate) fn finish(self) -> Result<(), Refusal> {
        let diagnostics = self.into_diagnostics();
        if diagnostics.is_empty() { Ok(()) } else { Err(Refusal { diagnostics }) }
    }

    /// All of them, in the same order.
    pub(crate) fn into_diagnostics(mut self) -> Vec<Diagnostic> {
        self.found.sort_by_key(|(at, _)| *at);
        self.found.into_iter().map(|(_, diagnostic)| diagnostic).collect()
    }

    fn add(&mut self, path: &[String], mark: Mark, diagnostic: Diagnostic) {
        let at = self.source.and_then(|source| source.span(path, mark)).map_or(usize::MAX, |span| span.start);
        let diagnostic = match self.source {
            Some(source) => source.locate(diagnostic, path, mark),
            None => diagnostic,
        };
        self.found.push((at, diagnostic));
    }
}

fn owned(path: &[&str]) -> Vec<String> {
    path.iter().map(|&step| step.to_owned()).collect()
}
