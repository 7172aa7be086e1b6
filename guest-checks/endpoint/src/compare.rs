//! Whether failures follow a worker, a machine, a GPU type or a data center.

use crate::run_evidence::Evidence;
use crate::sample::gave_no_result;
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::{one_line, quote};

/// So many failures, and no success, make a pattern.
const FAILURES: usize = 2;

/// What failed jobs have in common, and no other job has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    pub(crate) axis: Axis,
    /// 2 of 2 jobs failed on worker `8g3n5t6r`, 0 of 2 on others.
    pub(crate) message: String,
}

/// What the failures follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Axis {
    Worker,
    Machine,
    Gpu,
    DataCenter,
}

impl Axis {
    /// Whether a single machine is at fault.
    pub(crate) fn is_one_host(self) -> bool {
        matches!(self, Self::Worker | Self::Machine)
    }
}

impl Pattern {
    /// None where no job ran elsewhere, or where one failed there, too. Of several patterns, the narrowest counts.
    pub(crate) fn of(failed: &[&Sample], evidence: &Evidence<'_>) -> Option<Self> {
        [Axis::Worker, Axis::Machine, Axis::Gpu, Axis::DataCenter]
            .into_iter()
            .find_map(|axis| Self::along(axis, failed, evidence))
    }

    fn along(axis: Axis, failed: &[&Sample], evidence: &Evidence<'_>) -> Option<Self> {
        let all = evidence.samples;
        let of = |sample: &Sample| match axis {
            Axis::Worker => sample.worker.clone(),
            Axis::Machine => evidence.machine(sample).map(str::to_owned),
            Axis::Gpu => evidence.gpu(sample).map(str::to_owned),
            Axis::DataCenter => evidence.data_center(sample).map(str::to_owned),
        };
        let place = &of(failed.first()?)?;
        if failed.len() < FAILURES || failed.iter().any(|sample| of(sample).as_ref() != Some(place)) {
            return None;
        }
        let ran =
            |here: bool| all.iter().filter(move |sample| of(sample).is_some_and(|other| (other == *place) == here));
        let elsewhere = ran(false).filter(|sample| sample.ending == Ending::Succeeded).count();
        if ran(true).count() > failed.len() || elsewhere < FAILURES || elsewhere < ran(false).count() {
            return None;
        }
        let name = match axis {
            Axis::Worker => "worker ",
            Axis::Machine => "machine ",
            Axis::Gpu => "",
            Axis::DataCenter => "data center ",
        };
        let count = failed.len();
        // A completed job that draws a warning did not fail.
        let failed = if failed.iter().all(|sample| is_failure(sample)) { " failed" } else { "" };
        let place = if axis == Axis::Gpu { one_line(place, 60) } else { quote(&one_line(place, 60)) };
        let message = format!("{count} of {count} jobs{failed} on {name}{place}, 0 of {elsewhere} on others");
        Some(Self { axis, message })
    }
}

fn is_failure(sample: &Sample) -> bool {
    sample.ending != Ending::Succeeded || gave_no_result(sample)
}
