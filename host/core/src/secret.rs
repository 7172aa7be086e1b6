//! Values that are never printed.

mod base64;
mod decoded;
mod needles;
mod secrets;
mod shape;

pub use secrets::Secrets;
pub use shape::suspicious;

use std::fmt;

/// A value that is never printed: not by `Debug`, not in an error, not in a report.
///
/// There is no `Display` and no `Serialize`, so that a leak does not compile.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// Without the white space around it.
    #[must_use]
    pub fn trimmed(&self) -> Self {
        Self(self.0.trim().to_owned())
    }

    /// The value, for the one place that sends it and for those that look for it in their output.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Whether a text contains what looks like a secret.
pub fn is_suspicious(text: &str) -> bool {
    !suspicious(text.as_bytes()).is_empty()
}

/// The shortest value of an environment variable that is a secret: `true` and `8188` are not secrets.
pub const SHORTEST_OF_ENVIRONMENT: usize = 8;

#[cfg(test)]
mod tests;
