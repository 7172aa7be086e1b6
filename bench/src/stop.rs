//! The delay until a guest is stopped.

use crate::figure::{Figure, Goal, Unit};
use crate::measure::in_rounds;
use crate::platform::thread_clock;
use crate::stage::{Stage, Task};
use anyhow::{bail, ensure};
use bytes::Bytes;
use comfycheck_core::execution::{ErrorKind, Execution, Outcome};
use comfycheck_core::report::Signal;
use comfycheck_runtime::interruption::Interruption;
use comfycheck_runtime::sandbox::Limits;
use comfycheck_runtime::schedule;
use std::num::NonZeroUsize;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_millis(200);
const ROUNDS: usize = 11;

pub(crate) fn figures(stage: &Stage) -> anyhow::Result<Vec<Figure>> {
    let spinning = stage.guest("spin", 1, &Bytes::new())?;
    let computing = spinning.clone().within(Limits { cpu: LIMIT, ..Limits::default() });
    let [cpu, wall] = in_rounds(
        ROUNDS,
        [&mut || late(stage, &computing, thread_clock), &mut || late(stage, &computing, wall_clock)],
    )?;
    let waiting = || {
        // Instances with shared capabilities make a request only once.
        let asking = stage.guest("ask", 1, &Bytes::new())?.within(Limits { wall: LIMIT, ..Limits::default() });
        late(stage, &asking, wall_clock)
    };
    let [waiting] = in_rounds(ROUNDS, [&mut { waiting }])?;
    let [interrupted] = in_rounds(ROUNDS, [&mut || interrupted(stage, &spinning)])?;
    let figure = |what, late| Figure::new(what, Unit::Time, late).goal(Goal::AtMost(20e-3));
    Ok(vec![
        figure("past its CPU limit, by the clock of its thread", cpu),
        figure("past its CPU limit, by the wall clock", wall),
        figure("past its wall limit, waiting for a response", waiting),
        figure("past the interruption of a run, computing", interrupted),
    ])
}

/// By how much a guest exceeds its limit on a clock.
fn late(stage: &Stage, task: &Task, clock: fn() -> Duration) -> anyhow::Result<f64> {
    let start = clock();
    let execution = stage.run(task);
    let elapsed = clock().saturating_sub(start);
    stopped(&execution)?;
    Ok(elapsed.as_secs_f64() - LIMIT.as_secs_f64())
}

/// Refuses an instance that did not reach its limit: it did not compute or wait long enough.
pub(crate) fn stopped(execution: &Execution) -> anyhow::Result<()> {
    match &execution.outcome {
        Outcome::Errored { kind: ErrorKind::Limit | ErrorKind::Waiting, .. } => Ok(()),
        other => bail!("`{}` was not stopped at its limit: {other:?}", execution.instance.check),
    }
}

/// The time from an interruption until nothing of the run is left.
fn interrupted(stage: &Stage, task: &Task) -> anyhow::Result<f64> {
    let (interrupter, interruption) = Interruption::new();
    let interrupt = stage.runtime.spawn(async move {
        tokio::time::sleep(Duration::from_millis(50)).await;
        interrupter.interrupt(Signal::Interrupt);
        Instant::now()
    });
    let task = task.clone();
    let run = schedule::run(vec![|| task.run()], NonZeroUsize::MIN, schedule::SLICE, interruption, |_, _| ());
    let ended = stage.runtime.block_on(run);
    let end = Instant::now();
    ensure!(ended.iter().all(Option::is_none), "the guest ended by itself: {ended:?}");
    Ok((end - stage.runtime.block_on(interrupt)?).as_secs_f64())
}

fn wall_clock() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}
