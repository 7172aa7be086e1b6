//! Runs of the past, and what they have in common.

use crate::report::Report;
use crate::sample::Ending;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// A run of the past.
#[derive(Clone, Debug)]
pub struct PastRun {
    /// Its number in the history.
    pub id: u64,
    /// When it began, RFC 3339.
    pub started: String,
    pub report: Report,
}

/// What ran samples: a worker, or all workers of a GPU type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineRecord {
    /// `worker` or `GPU`.
    pub kind: &'static str,
    pub name: String,
    /// In how many runs it ran samples.
    pub runs: usize,
    pub samples: usize,
    pub failed: usize,
    /// Whether its samples fail much more often than those of the others.
    pub stands_out: bool,
}

/// Fewer failures may be chance.
const FEWEST_FAILURES: usize = 3;
/// How many times more often samples must fail than elsewhere.
const RATIO: f64 = 3.0;

/// The machines of runs, those with the most failures first.
pub fn machines(runs: &[PastRun]) -> Vec<MachineRecord> {
    let mut counts: BTreeMap<(&'static str, &str), [usize; 3]> = BTreeMap::new();
    for run in runs {
        let mut seen = Vec::new();
        for sample in &run.report.samples {
            let failed = match sample.ending {
                Ending::Succeeded => 0,
                Ending::Failed | Ending::NotFinished => 1,
                _ => continue,
            };
            for (kind, name) in [("worker", sample.worker.as_deref()), ("GPU", sample.gpu.as_deref())] {
                let Some(name) = name else { continue };
                let count = counts.entry((kind, name)).or_default();
                count[0] += usize::from(!seen.contains(&(kind, name)));
                count[1] += 1;
                count[2] += failed;
                seen.push((kind, name));
            }
        }
    }
    let all = |kind| {
        let of_kind = counts.iter().filter(move |((other, _), _)| *other == kind);
        of_kind.fold((0, 0), |(samples, failed), (_, count)| (samples + count[1], failed + count[2]))
    };
    let mut machines: Vec<MachineRecord> = counts
        .iter()
        .map(|((kind, name), [runs, samples, failed])| {
            let (all_samples, all_failed) = all(*kind);
            let others = (all_samples - samples, all_failed - failed);
            let (kind, name) = (*kind, (*name).to_owned());
            let stands_out = stands_out((*samples, *failed), others);
            MachineRecord { kind, name, runs: *runs, samples: *samples, failed: *failed, stands_out }
        })
        .collect();
    machines.sort_by_key(|machine| Reverse((machine.stands_out, machine.failed, machine.samples)));
    machines
}

#[expect(clippy::cast_precision_loss, reason = "numbers of samples")]
fn stands_out((samples, failed): (usize, usize), (other_samples, other_failed): (usize, usize)) -> bool {
    let enough = failed >= FEWEST_FAILURES && other_samples >= samples.min(10);
    // One more failure elsewhere than there was: no failures among few samples prove little.
    let elsewhere = (other_failed as f64 + 1.0) / (other_samples as f64 + 1.0);
    enough && failed as f64 / samples as f64 >= RATIO * elsewhere
}

#[cfg(test)]
mod tests {
    use super::stands_out;

    #[test]
    fn a_machine_stands_out_by_many_more_failures_than_the_others() {
        for (own, others, expected) in [
            ((10, 8), (100, 2), true),
            ((10, 3), (100, 2), true),
            ((10, 2), (100, 0), false),
            ((10, 8), (100, 70), false),
            ((20, 20), (3, 0), false),
            ((10, 10), (0, 0), false),
        ] {
            assert_eq!(stands_out(own, others), expected, "{own:?} {others:?}");
        }
    }
}
