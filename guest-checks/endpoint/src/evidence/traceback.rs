//! Python's tracebacks in a log: several lines, and the exception at the end.

use super::family::Family;
use super::scan::Hit;

/// Whether a line is part of a traceback, and not the exception at its end.
pub(crate) fn has(text: &str) -> bool {
    text.starts_with("Traceback (") || text.starts_with(char::is_whitespace) || text.trim().is_empty()
}

/// Whether a line names the place in the code: `  File "/handler.py", line 9, in handler`.
pub(crate) fn is_frame(text: &str) -> bool {
    text.trim_start().starts_with("File \"")
}

/// What the frames of a traceback show of the exception at its end.
#[derive(Debug, Default)]
pub(crate) struct Frames {
    family: Option<&'static Family>,
}

impl Frames {
    /// Reads a line of the log, and what it shows. None for a frame: the exception is quoted in its place.
    pub(crate) fn read<'a>(&mut self, text: &str, hit: Option<Hit<'a>>) -> Option<Hit<'a>> {
        match hit {
            Some(hit) if is_frame(text) => {
                self.family = hit.family.or(self.family);
                None
            }
            hit if has(text) => hit,
            hit => {
                let family = self.family.take();
                hit.map(|hit| family.map_or(hit.clone(), |family| hit.of_frame(family)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::scan::{self, Origin};

    #[test]
    fn a_frame_names_the_family_of_the_exception() {
        let frame = "  File \"<frozen os>\", line 685, in __getitem__";
        for (lines, expected) in [
            (&["Traceback (most recent call last):", frame, "KeyError: 'A'"][..], Some("missing-variable")),
            (&[frame, "    raise KeyError(key)", "KeyError: 'A'"], Some("missing-variable")),
            (&[frame, "it went on", "KeyError: 'A'"], None),
            (&["  File \"/handler.py\", line 2, in run", "KeyError: 'A'"], None),
        ] {
            let mut frames = Frames::default();
            let last = lines.iter().map(|line| frames.read(line, scan::line(line, Origin::Container))).last();
            let family = last.flatten().and_then(|hit| hit.family).map(|family| family.name);
            assert_eq!(family, expected, "{lines:?}");
        }
    }
}
