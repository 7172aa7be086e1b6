//! What a family of errors is, and where its texts count.

use super::pattern;

/// Errors in many words that have one cause and one remedy.
#[derive(Debug)]
pub struct Family {
    /// Unique among all families.
    pub name: &'static str,
    /// The rule of a finding about it.
    pub rule: &'static str,
    /// The error in plain words, as part of a message.
    pub meaning: &'static str,
    pub help: &'static str,
    /// A line with one of these is of the family. ` * ` stands for any text, ` ### ` for a number of at least three digits,
    /// `^` for the start of the line and `$` for its end. Case does not count.
    pub(crate) marks: &'static [&'static str],
    /// A line that reports a process that ended with one of these codes is of the family, too. A signal counts as 128 more.
    pub(crate) exits: &'static [u8],
    pub(crate) weight: Weight,
    /// Whose texts they are.
    pub source: &'static str,
}

impl Family {
    /// Whether a text has one of its marks.
    pub(crate) fn has_mark_in(&self, text: &str) -> bool {
        self.marks.iter().any(|mark| pattern::find(mark, text).is_some())
    }
}

/// How much a line explains, in ascending order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    /// It follows from something else, which another line may name.
    Consequence,
    /// An exception that the program survived, such as a node pack that was skipped.
    Caught,
    /// An exception that belongs to no family.
    Exception,
    /// It explains a failure where it was raised. Any other line with the text is often harmless.
    Raised,
    /// It explains a failure in general words. A line that is a cause says more.
    General,
    /// It explains a failure wherever it stands.
    Cause,
}
