//! The cost of an instance that does nothing, and of host calls.

use crate::figure::{Figure, Goal, Unit};
use crate::measure::{in_rounds, seconds};
use crate::stage::Stage;
use bytes::Bytes;
use std::hint::black_box;

/// Host calls of one instance.
const CALLS: u32 = 100_000;
/// Reads of 4 MiB of one instance.
const READS: u32 = 100;

pub(crate) fn figures(stage: &Stage) -> anyhow::Result<Vec<Figure>> {
    Ok(vec![instance(stage)?, call(stage)?, read(stage)?])
}

fn instance(stage: &Stage) -> anyhow::Result<Figure> {
    let nothing = stage.guest("host-calls", 0, &Bytes::new())?;
    let [nothing] = in_rounds(201, [&mut || seconds(|| stage.complete(&nothing))])?;
    Ok(Figure::new("an instance: created, called, answered, dropped", Unit::Time, nothing).goal(Goal::AtMost(50e-6)))
}

fn call(stage: &Stage) -> anyhow::Result<Figure> {
    let (none, many) = (stage.guest("host-calls", 0, &Bytes::new())?, stage.guest("host-calls", CALLS, &Bytes::new())?);
    let [none, many] =
        in_rounds(31, [&mut || seconds(|| stage.complete(&none)), &mut || seconds(|| stage.complete(&many))])?;
    let one = many.with(&none, |many, none| (many - none) / f64::from(CALLS));
    Ok(Figure::new("a host call: the size of an image", Unit::Time, one).goal(Goal::AtMost(0.3e-6)))
}

fn read(stage: &Stage) -> anyhow::Result<Figure> {
    let image = Bytes::from(vec![7; 4 << 20]);
    let (once, many) = (stage.guest("read", 1, &image)?, stage.guest("read", READS + 1, &image)?);
    let mut copied = vec![0; image.len()];
    let mut copy = || {
        seconds(|| {
            for _ in 0..READS {
                black_box(&mut copied).copy_from_slice(black_box(&image));
            }
            Ok(())
        })
    };
    let [once, many, copied] = in_rounds(
        51,
        [&mut || seconds(|| stage.complete(&once)), &mut || seconds(|| stage.complete(&many)), &mut copy],
    )?;
    let read = many.with(&once, |many, once| (many - once) / f64::from(READS));
    let copied = copied.map(|all| all / f64::from(READS));
    let figure = Figure::new("4 MiB of an image into a guest", Unit::Time, read);
    Ok(figure.against("memcpy", &copied).goal(Goal::RatioAtMost(1.2)))
}
