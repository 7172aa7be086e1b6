//! Fragments: samples that are listed beside their data instead of in the tables of the track.

use super::boxes::{Boxes, Part, child};
use super::track::Track;
use crate::fault::Fault;
use crate::source::Window;

/// The length and size of samples that do not give their own.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Defaults {
    track: u32,
    time: u32,
    size: u32,
}

/// Samples of all fragments together beyond these are refused: ones without times and sizes of their own take no bytes.
const MAX_SAMPLES: u64 = 10_000_000;

/// The boxes `trex` of the box `mvex`.
pub(super) fn defaults(file: &mut Window<'_>, mvex: Part) -> Result<Vec<Defaults>, Fault> {
    let mut defaults = Vec::new();
    let mut boxes = Boxes::within(mvex);
    while let Some(part) = boxes.next(file)? {
        if part.name == *b"trex" && defaults.len() < 64 {
            let at = part.at(4, 20)?;
            let (track, time, size) = (file.u32_be(at)?, file.u32_be(at + 8)?, file.u32_be(at + 12)?);
            defaults.push(Defaults { track, time, size });
        }
    }
    Ok(defaults)
}

/// Adds the samples of a box `moof` to their tracks.
pub(super) fn add(file: &mut Window<'_>, moof: Part, defaults: &[Defaults], tracks: &mut [Track]) -> Result<(), Fault> {
    let mut boxes = Boxes::within(moof);
    while let Some(traf) = boxes.next(file)? {
        if traf.name != *b"traf" {
            continue;
        }
        let Some(header) = child(file, traf, *b"tfhd")? else { continue };
        let flags = file.u32_be(header.at(0, 4)?)?;
        let id = file.u32_be(header.at(4, 4)?)?;
        let Some(track) = tracks.iter_mut().find(|track| track.id == id) else { continue };
        let mut default = defaults.iter().find(|default| default.track == id).copied().unwrap_or_default();
        let mut offset = 8 + if flags & 1 != 0 { 8 } else { 0 } + if flags & 2 != 0 { 4 } else { 0 };
        if flags & 8 != 0 {
            default.time = file.u32_be(header.at(offset, 4)?)?;
            offset += 4;
        }
        if flags & 0x10 != 0 {
            default.size = file.u32_be(header.at(offset, 4)?)?;
        }
        let mut runs = Boxes::within(traf);
        while let Some(run) = runs.next(file)? {
            if run.name == *b"trun" {
                add_run(file, run, default, track)?;
            }
        }
    }
    Ok(())
}

/// Adds the samples of a box `trun`.
fn add_run(file: &mut Window<'_>, run: Part, default: Defaults, track: &mut Track) -> Result<(), Fault> {
    let flags = file.u32_be(run.at(0, 4)?)?;
    let claimed = u64::from(file.u32_be(run.at(4, 4)?)?);
    let has = |flag: u32| u64::from(flags & flag != 0) * 4;
    let skipped = 8 + has(1) + has(4);
    let width = has(0x100) + has(0x200) + has(0x400) + has(0x800);
    run.at(skipped, claimed.saturating_mul(width))?;
    if track.samples.count.saturating_add(claimed) > MAX_SAMPLES {
        return Err(Fault::corrupt("its fragments claim more than 10,000,000 samples"));
    }
    for index in 0..claimed {
        let at = run.body + skipped + index * width;
        let time = if flags & 0x100 != 0 { file.u32_be(at)? } else { default.time };
        let size = if flags & 0x200 != 0 { file.u32_be(at + has(0x100))? } else { default.size };
        track.samples.add(size, time);
    }
    Ok(())
}
