//! Text files, and places in them.

use std::fmt;

/// A text file that a suite or a command names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextFile {
    /// The path that messages show, as seen from where the command line was given.
    pub path: String,
    pub text: String,
}

/// A place in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
