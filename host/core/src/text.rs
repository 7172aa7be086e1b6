//! Text files, and places in them.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A text file that a suite or a command names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TextFile {
    /// The path that messages show, as seen from where the command line was given.
    pub path: String,
    /// Its whole text.
    pub text: String,
}

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A part of a text, and what to put in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextEdit {
    pub start: Place,
    /// After the last character.
    pub end: Place,
    pub text: String,
}

/// The text after these edits, which are in its order and do not overlap. None if it does not have their places.
pub fn edited(text: &str, edits: &[TextEdit]) -> Option<String> {
    let line_starts: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let byte = |place: Place| {
        let start = *line_starts.get(usize::try_from(place.line.checked_sub(1)?).ok()?)?;
        let column = usize::try_from(place.column.checked_sub(1)?).ok()?;
        let ends = text[start..].char_indices().map(|(at, _)| at).chain([text.len() - start]);
        ends.take(column + 1).nth(column).map(|at| start + at)
    };
    let mut new = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        let (start, end) = (byte(edit.start)?, byte(edit.end)?);
        new += text.get(at..start)?;
        new += &edit.text;
        at = end.max(start);
    }
    new += text.get(at..)?;
    Some(new)
}
