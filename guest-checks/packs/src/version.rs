//! Versions of ComfyUI.

use serde::Deserialize;
use std::fmt;

/// A version of ComfyUI: major, minor, patch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Version(pub u32, pub u32, pub u32);

impl Version {
    /// The newest version whose rules are known.
    pub const NEWEST: Self = Self(0, 33, 0);

    /// Reads `0.17.2`, `v0.17` and builds such as `0.17.2-3-gabc`. None if the text does not start with two numbers.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let text = text.strip_prefix('v').unwrap_or(text);
        let mut parts = text.splitn(3, '.');
        let number = |part: &str| {
            let end = part.find(|char: char| !char.is_ascii_digit()).unwrap_or(part.len());
            part[..end].parse().ok()
        };
        Some(Self(number(parts.next()?)?, number(parts.next()?)?, parts.next().and_then(number).unwrap_or(0)))
    }
}

impl TryFrom<String> for Version {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text).ok_or_else(|| format!("`{text}` is not a version of ComfyUI such as `0.17.0`"))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn versions_are_read_loosely_and_compared_by_number() {
        assert_eq!(Version::parse("v0.17.2-3-gabc"), Some(Version(0, 17, 2)));
        assert_eq!(Version::parse("0.17"), Some(Version(0, 17, 0)));
        assert_eq!(Version::parse("main"), None);
        assert_eq!(Version::parse("0"), None);
        assert!(Version(0, 3, 64) < Version(0, 12, 0));
    }
}
