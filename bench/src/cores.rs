//! How guests use several cores, and what they leave to others.

use crate::figure::{Figure, Goal, Unit};
use crate::measure::{Series, in_rounds, seconds};
use crate::pictures::Picture;
use crate::stage::{Stage, Task, completed};
use crate::stop::stopped;
use bytes::Bytes;
use comfycheck_core::execution::Execution;
use comfycheck_runtime::interruption::Interruption;
use comfycheck_runtime::sandbox::Limits;
use comfycheck_runtime::schedule;
use std::num::NonZeroUsize;
use std::thread::available_parallelism;
use std::time::Duration;
use tokio::time::{Instant, sleep};

pub(crate) fn figures(stage: &Stage, picture: &Picture) -> anyhow::Result<Vec<Figure>> {
    Ok(vec![two(stage, picture)?, timers(stage)?])
}

/// How much more two guests do than one.
fn two(stage: &Stage, picture: &Picture) -> anyhow::Result<Figure> {
    let task = stage.guest("decode", 20, &picture.bytes)?;
    let all = |guests: usize| seconds(|| run(stage, &task, guests).iter().try_for_each(completed));
    let [one, two] = in_rounds(15, [&mut || all(1), &mut || all(2)])?;
    let gained = one.with(&two, |one, two| 2.0 * one / two);
    Ok(Figure::new("two guests on two threads, against one", Unit::Times, gained).goal(Goal::AtLeast(1.9)))
}

/// The delay of the latest of many timers, while each core has a guest that computes.
fn timers(stage: &Stage) -> anyhow::Result<Figure> {
    const TIMERS: u32 = 40;
    const PERIOD: Duration = Duration::from_millis(5);
    let limits = Limits { cpu: TIMERS * PERIOD * 2, ..Limits::default() };
    let task = stage.guest("spin", 1, &Bytes::new())?.within(limits);
    let latest = || {
        let timers = stage.runtime.spawn(async {
            let mut latest = Duration::ZERO;
            for _ in 0..TIMERS {
                let due = Instant::now() + PERIOD;
                sleep(PERIOD).await;
                latest = latest.max(due.elapsed());
            }
            latest
        });
        run(stage, &task, available_parallelism().map_or(1, NonZeroUsize::get)).iter().try_for_each(stopped)?;
        Ok(stage.runtime.block_on(timers)?.as_secs_f64())
    };
    let [latest]: [Series; 1] = in_rounds(9, [&mut { latest }])?;
    let what = format!("the latest of {TIMERS} timers, all cores computing");
    Ok(Figure::new(what, Unit::Time, latest).goal(Goal::AtMost(10e-3)))
}

/// Runs guests, each on its own thread.
fn run(stage: &Stage, task: &Task, guests: usize) -> Vec<Execution> {
    let threads = NonZeroUsize::new(guests).unwrap_or(NonZeroUsize::MIN);
    let tasks = (0..guests).map(|_| task.clone()).map(|task| || task.run()).collect();
    let (_interrupter, interruption) = Interruption::new();
    stage
        .runtime
        .block_on(schedule::run(tasks, threads, schedule::SLICE, interruption, |_, _| ()))
        .into_iter()
        .flatten()
        .collect()
}
