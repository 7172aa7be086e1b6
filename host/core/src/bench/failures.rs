//! Jobs of a level that all fail the same way.

use crate::plain::one_line;
use crate::sample::{Ending, Sample};
use comfycheck_wording::count;

/// After so many equal failures and no success, a level ends. Each failed job is billed. Fewer can be chance: one worker
/// that is broken takes several jobs in a row.
pub const MOST_EQUAL_FAILURES: u32 = 5;

/// The longest error that is compared, in characters.
const COMPARED: usize = 1_000;

/// The failures of a level, as long as none of its jobs succeeded.
#[derive(Clone, Debug, Default)]
pub struct EqualFailures {
    succeeded: bool,
    cause: Option<(Ending, String)>,
    times: u32,
}

impl EqualFailures {
    /// Counts the result of a job. Returns why no further one should begin, if that is so.
    pub fn count(&mut self, sample: &Sample) -> Option<String> {
        match sample.ending {
            Ending::Succeeded => self.succeeded = true,
            Ending::Failed | Ending::Expired | Ending::NotFinished => {
                let text = sample.error.as_deref().or(sample.reason.as_deref()).unwrap_or_default();
                let cause = (sample.ending, without_numbers(&one_line(text, COMPARED)));
                self.times = if self.cause.as_ref() == Some(&cause) { self.times + 1 } else { 1 };
                self.cause = Some(cause);
            }
            Ending::Cancelled | Ending::NeverStarted | Ending::Unknown | Ending::NotSubmitted => {}
        }
        (!self.succeeded && self.times >= MOST_EQUAL_FAILURES).then(|| {
            format!("stopped: before any job succeeded, {} in a row failed the same way", count(self.times, "job"))
        })
    }
}

/// A text without words that have a digit: ids, sizes and times differ from one job to the next.
fn without_numbers(text: &str) -> String {
    let words = text.split(|char: char| !char.is_alphanumeric());
    words
        .filter(|word| !word.is_empty() && !word.contains(|char: char| char.is_ascii_digit()))
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// After how many jobs a level ends. `+` succeeds, `?` was cancelled, and a letter is an error.
    fn ends_after(results: &str) -> Option<usize> {
        let mut failures = EqualFailures::default();
        let sample = |(index, result): (usize, char)| {
            let (ending, error) = match result {
                '+' => (Ending::Succeeded, None),
                '?' => (Ending::Cancelled, None),
                letter => {
                    (Ending::Failed, Some(format!("{letter}: prompt a{index}f-4, tried to allocate {index}.5 GiB")))
                }
            };
            let index = u32::try_from(index).unwrap();
            Sample { ending, error, ..Sample::not_submitted(index, None, String::new(), "") }
        };
        results.chars().enumerate().map(sample).position(|sample| failures.count(&sample).is_some()).map(|at| at + 1)
    }

    #[test]
    fn a_level_ends_after_equal_failures_without_a_success() {
        for (results, expected) in [
            ("aaaaaaaa", Some(5)),
            ("aaaa", None),
            ("baaaaa", Some(6)),
            ("aaaabaaaa", None),
            ("aa?aaa", Some(6)),
            ("+aaaaaaaa", None),
            ("aaaa+aaaaa", None),
        ] {
            assert_eq!(ends_after(results), expected, "{results}");
        }
    }
}
