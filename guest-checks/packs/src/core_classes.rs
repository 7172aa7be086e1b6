//! Which versions of ComfyUI have which of its own classes.
//!
//! `data/core-classes.txt` is made by `scripts/core-inventories` from responses of real servers.

use crate::version::Version;
use std::collections::HashMap;
use std::sync::LazyLock;

/// The first and the last of the examined versions that have a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoreSpan {
    /// None if the oldest examined version has it.
    pub since: Option<Version>,
    /// The first examined version without it. None if the newest one has it.
    pub removed: Option<Version>,
}

static CLASSES: LazyLock<HashMap<&str, CoreSpan>> = LazyLock::new(|| read(include_str!("../data/core-classes.txt")));

/// The versions that have a class of ComfyUI itself; none if no examined version has it.
#[must_use]
pub fn core_span(class: &str) -> Option<CoreSpan> {
    CLASSES.get(class).copied()
}

/// Reads sections: a line `> SINCE REMOVED`, with `-` for none, and a class in each line below it.
fn read(text: &str) -> HashMap<&str, CoreSpan> {
    let mut span = CoreSpan { since: None, removed: None };
    let mut classes = HashMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        match line.strip_prefix("> ") {
            Some(versions) => {
                let mut versions = versions.split(' ').map(Version::parse);
                span = CoreSpan { since: versions.next().flatten(), removed: versions.next().flatten() };
            }
            None => drop(classes.insert(line, span)),
        }
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_have_the_versions_of_real_servers() {
        assert_eq!(core_span("KSampler"), Some(CoreSpan { since: None, removed: None }));
        assert_eq!(core_span("ResolutionSelector"), Some(CoreSpan { since: Some(Version(0, 17, 0)), removed: None }));
        assert_eq!(core_span("RES4LYF"), None);
    }
}
