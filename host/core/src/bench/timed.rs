//! Samples as the statistics take them.

use crate::media::FileKind;
use crate::sample::{Ending, Sample, Start};
use comfycheck_statistics::times::{self, Outcome, TimedSample};
use std::time::Duration;

/// A sample as the statistics take it. `due` is when it was due, if that was before its submission; `cached` is whether
/// ComfyUI may have answered it from its cache.
pub fn timed(sample: &Sample, due: Option<Duration>, cached: bool) -> TimedSample<'_> {
    let ms = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    TimedSample {
        sample: sample.index,
        result: match sample.ending {
            Ending::Succeeded => Outcome::Succeeded,
            Ending::Failed | Ending::Expired | Ending::NeverStarted | Ending::NotFinished => Outcome::Failed,
            Ending::Cancelled | Ending::Unknown | Ending::NotSubmitted => Outcome::Uncounted,
        },
        start: match sample.start {
            Start::Cold => times::Start::Cold,
            Start::Warm => times::Start::Warm,
            Start::Unclear => times::Start::Unclear,
        },
        worker: sample.worker.as_deref(),
        retries: sample.retries,
        delay: sample.delay.map(ms),
        execution: sample.execution.map(ms),
        due: due.map(ms),
        submitted: sample.submitted.map(ms),
        first_running: sample.first_running.map(ms),
        finished: sample.finished.map(ms),
        images: u32::try_from(outputs(sample) + sample.lost_images.len()).unwrap_or(u32::MAX),
        lost: u32::try_from(sample.lost_images.len()).unwrap_or(u32::MAX),
        cached,
        cost: sample.cost.as_ref().map(|cost| (cost.low, cost.high)),
    }
}

/// How many images a job made; of a job without images, how many other files. Texts describe them.
fn outputs(sample: &Sample) -> usize {
    let others = || sample.files.iter().filter(|file| file.kind != FileKind::Text);
    if sample.images.is_empty() { others().count() } else { sample.images.len() }
}
