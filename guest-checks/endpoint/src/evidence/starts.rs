//! How often RunPod started a container, by its log, and how the container ended.

use comfycheck_sdk::endpoint::LogLine;

/// What RunPod writes when it starts a container, and when it ends one that is not needed.
const STARTED: &str = "start container";
const STOPPED: [&str; 3] = ["stop container", "remove container", "exit code 143"];

/// A container that starts again so soon has ended by itself, in seconds.
const RESTART: u32 = 120;

/// The starts of one container.
#[derive(Clone, Debug, Default)]
pub(crate) struct Starts {
    pub(crate) count: usize,
    /// How many of them ended with an error, or in a restart that no line explains.
    pub(crate) failed: usize,
    /// The number of the line that reports the last one.
    pub(crate) last: Option<usize>,
    runs: bool,
    /// When the last one was, as a second of the day.
    at: Option<u32>,
}

impl Starts {
    /// Reads a line of RunPod's log. Whether it reports a start.
    pub(crate) fn read(&mut self, number: usize, line: &LogLine) -> bool {
        if STOPPED.iter().any(|stopped| line.text.contains(stopped)) {
            self.runs = false;
        }
        if !line.text.contains(STARTED) {
            return false;
        }
        let at = line.at.as_deref().and_then(second_of_day);
        self.failed += usize::from(self.runs && is_soon(self.at, at));
        self.count += 1;
        self.last = Some(number);
        self.at = at;
        self.runs = true;
        true
    }

    /// A line reports the end. Several lines can report one end.
    pub(crate) fn end(&mut self, is_failed: bool) {
        self.failed += usize::from(self.runs && is_failed);
        self.runs = false;
    }
}

/// The second of the day in a time such as `2026-11-20T12:00:31Z`.
fn second_of_day(at: &str) -> Option<u32> {
    let mut parts = at.get(11..19)?.split(':').map(|part| part.parse::<u32>().ok());
    let mut next = || parts.next().flatten();
    Some(next()? % 24 * 3600 + next()? % 60 * 60 + next()? % 61)
}

fn is_soon(before: Option<u32>, at: Option<u32>) -> bool {
    const DAY: u32 = 86_400;
    before.zip(at).is_some_and(|(before, at)| (at + DAY - before) % DAY <= RESTART)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_soon_after_another_is_a_restart() {
        const BEGIN: &str = "start container for x: begin";
        for (lines, failed) in [
            (&[("2026-11-16T14:01:14Z", BEGIN), ("2026-11-16T14:01:31Z", BEGIN)][..], 1),
            (&[("2026-11-16T23:59:50Z", BEGIN), ("2026-11-17T00:00:07Z", BEGIN)], 1),
            (&[("2026-11-16T14:01:14Z", BEGIN), ("2026-11-16T14:31:14Z", BEGIN)], 0),
            (&[("", BEGIN), ("", BEGIN)], 0),
            (&[("é026-11-16T14:01:14", BEGIN), ("x", BEGIN)], 0),
            (
                &[
                    ("2026-11-16T14:01:14Z", BEGIN),
                    ("2026-11-16T14:01:24Z", "stop container 1a2b"),
                    ("2026-11-16T14:01:31Z", BEGIN),
                ],
                0,
            ),
        ] {
            let mut starts = Starts::default();
            for (number, (at, text)) in lines.iter().enumerate() {
                starts.read(number, &LogLine { at: Some((*at).into()), text: (*text).into() });
            }
            assert_eq!(starts.failed, failed, "{lines:?}");
        }
    }
}
