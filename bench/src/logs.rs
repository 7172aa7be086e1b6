//! The endpoint check on the longest log that RunPod keeps.

use crate::figure::{Figure, Goal, Unit};
use crate::measure::{in_rounds, seconds};
use crate::stage::Stage;

const ROUNDS: usize = 15;

/// So many lines RunPod keeps.
const LINES: usize = 5_000;

/// The check as shipped, in an instance of its own: the log is copied into it, searched, and judged.
pub(crate) fn figures(stage: &Stage) -> anyhow::Result<Vec<Figure>> {
    let task = stage.endpoint_check(long_log())?;
    let mut check = || seconds(|| stage.finds(&task, "out-of-memory"));
    let [measured] = in_rounds(ROUNDS, [&mut check])?;
    Ok(vec![Figure::new("`endpoint` on 5,000 lines of 1 KiB", Unit::Time, measured).goal(Goal::AtMost(50e-3))])
}

/// Lines of 1 KiB with a traceback in the middle.
fn long_log() -> Vec<String> {
    let text =
        "got prompt; 25/25 [00:12<00:00, 2.08it/s]; prompt executed in 12.3 seconds; exit code 0; return value 1; ";
    let line = |number: usize| {
        let mut line = format!("2026-11-29T12:00:00Z {number:>5} {}", text.repeat(10));
        line.truncate(1024);
        line
    };
    let mut lines: Vec<String> = (0..LINES).map(line).collect();
    let traceback = ["Traceback (most recent call last):", "  File \"/comfyui/execution.py\", line 1, in execute"];
    let error = "torch.OutOfMemoryError: Allocation on device";
    for (place, text) in traceback.into_iter().chain([error]).enumerate() {
        text.clone_into(&mut lines[LINES / 2 + place]);
    }
    lines
}
