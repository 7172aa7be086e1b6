//! Images decoded by the same code in the sandbox and natively.

use crate::figure::{Figure, Goal, Unit};
use crate::measure::{Series, in_rounds, seconds};
use crate::pictures::Picture;
use crate::stage::Stage;
use anyhow::anyhow;
use comfycheck_check_image::decode::{Limits, decode};
use std::hint::black_box;

/// Repetitions in one instance, besides the first.
const TIMES: u32 = 10;
const ROUNDS: usize = 15;
/// The goal for the PNG in a fresh instance, as a ratio to native.
const FRESH_PNG: f64 = 1.5;

/// The decoder alone: the cost of ten more pictures after the first. Then the same with the cost of a fresh instance, which is
/// above all memory that it touches for the first time.
pub(crate) fn figures(stage: &Stage, pictures: &[Picture]) -> anyhow::Result<Vec<Figure>> {
    let (mut alone, mut fresh) = (Vec::new(), Vec::new());
    for picture in pictures {
        let Times { instance, guest, native } = times(stage, picture)?;
        let figure = |of, measured| Figure::new(format!("{}, {of}", picture.name), Unit::Time, measured);
        alone.push(figure("decoded", guest).against("native", &native).goal(Goal::RatioAtMost(picture.goal)));
        let figure = figure("in an instance of its own", instance).against("native", &native);
        fresh.push(if picture.name.starts_with("PNG") { figure.goal(Goal::RatioAtMost(FRESH_PNG)) } else { figure });
    }
    alone.extend(fresh);
    Ok(alone)
}

/// The image check as shipped, on a sample with one image.
pub(crate) fn sample(stage: &Stage, pictures: &[Picture]) -> anyhow::Result<Vec<Figure>> {
    let figure = |picture: &Picture| {
        let task = stage.image_check(&picture.bytes)?;
        let [sample, native] =
            in_rounds(ROUNDS, [&mut || seconds(|| stage.complete(&task)), &mut || seconds(|| native(picture))])?;
        Ok(Figure::new(format!("{}, `image` on its sample", picture.name), Unit::Time, sample)
            .against("native", &native))
    };
    pictures.iter().map(figure).collect()
}

/// The times of one picture.
struct Times {
    /// In a fresh instance.
    instance: Series,
    /// In an instance that has decoded it before.
    guest: Series,
    /// Outside the sandbox.
    native: Series,
}

fn times(stage: &Stage, picture: &Picture) -> anyhow::Result<Times> {
    let (once, more) = (stage.guest("decode", 1, &picture.bytes)?, stage.guest("decode", 1 + TIMES, &picture.bytes)?);
    let mut natively = || seconds(|| (0..TIMES).try_for_each(|_| native(picture)));
    let [once, more, natively] = in_rounds(
        ROUNDS,
        [&mut || seconds(|| stage.complete(&once)), &mut || seconds(|| stage.complete(&more)), &mut natively],
    )?;
    let guest = more.with(&once, |more, once| (more - once) / f64::from(TIMES));
    Ok(Times { instance: once, guest, native: natively.map(|all| all / f64::from(TIMES)) })
}

fn native(picture: &Picture) -> anyhow::Result<()> {
    let decoded = decode(black_box(&picture.bytes), &Limits::default());
    black_box(decoded).map_err(|fault| anyhow!("cannot decode {} natively: {fault:?}", picture.name))?;
    Ok(())
}
