//! How tests show texts: unit tests and both test binaries of this crate include this file.

use std::fmt::Display;

/// The words of several cases, for a snapshot: the name of each case, and its text below.
pub(crate) fn wording(cases: impl IntoIterator<Item = (impl Display, impl Display)>) -> String {
    let lines: Vec<String> = cases.into_iter().map(|(name, words)| format!("{name}\n  {words}\n")).collect();
    lines.concat()
}
