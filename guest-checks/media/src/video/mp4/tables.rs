//! The tables of a track: sizes and times of its samples, and places of its chunks. Read in passing, not into memory.

use super::boxes::{Part, child};
use crate::facts::KEPT_SIZES;
use crate::fault::Fault;
use crate::source::Window;
use comfycheck_sdk::wording::{count, number};

/// The samples of a track: frames of a video, packets of audio.
#[derive(Clone, Debug, Default)]
pub(super) struct Samples {
    pub(super) count: u64,
    /// Of all samples together.
    pub(super) bytes: u64,
    /// Of all samples together, in units of the track.
    pub(super) time: u64,
    /// In bytes, of the first [`KEPT_SIZES`].
    pub(super) sizes: Vec<u32>,
}

impl Samples {
    pub(super) fn add(&mut self, size: u32, time: u32) {
        self.count += 1;
        self.bytes = self.bytes.saturating_add(size.into());
        self.time = self.time.saturating_add(time.into());
        if self.sizes.len() < KEPT_SIZES {
            self.sizes.push(size);
        }
    }
}

pub(super) fn read(file: &mut Window<'_>, stbl: Part) -> Result<Samples, Fault> {
    let mut samples = match child(file, stbl, *b"stsz")? {
        Some(sizes) => sizes_of(file, sizes)?,
        None => Samples::default(),
    };
    if let Some(times) = child(file, stbl, *b"stts")? {
        let timed = add_times(file, times, &mut samples)?;
        if timed != samples.count {
            let (timed, sized) = (number_of(timed), count(samples.count, "sample"));
            return Err(Fault::corrupt(format!("a track has {sized}, and times for {timed}")));
        }
    }
    for (name, width) in [(*b"stco", 4), (*b"co64", 8)] {
        if let Some(places) = child(file, stbl, name)? {
            check_places(file, places, width)?;
        }
    }
    Ok(samples)
}

/// The box `stsz`: one size for all samples, or a size for each.
fn sizes_of(file: &mut Window<'_>, stsz: Part) -> Result<Samples, Fault> {
    let (size, claimed) = (file.u32_be(stsz.at(4, 4)?)?, u64::from(file.u32_be(stsz.at(8, 4)?)?));
    if size > 0 {
        let kept = usize::try_from(claimed).unwrap_or(usize::MAX).min(KEPT_SIZES);
        let bytes = claimed.saturating_mul(size.into());
        return Ok(Samples { count: claimed, bytes, time: 0, sizes: vec![size; kept] });
    }
    room(stsz, 12, claimed, 4)?;
    let mut samples = Samples::default();
    for index in 0..claimed {
        samples.add(file.u32_be(stsz.body + 12 + 4 * index)?, 0);
    }
    Ok(samples)
}

/// The box `stts`: runs of samples of the same length. Returns how many samples it has times for.
fn add_times(file: &mut Window<'_>, stts: Part, samples: &mut Samples) -> Result<u64, Fault> {
    let claimed = u64::from(file.u32_be(stts.at(4, 4)?)?);
    room(stts, 8, claimed, 8)?;
    let mut timed: u64 = 0;
    for index in 0..claimed {
        let run = u64::from(file.u32_be(stts.body + 8 + 8 * index)?);
        let time = u64::from(file.u32_be(stts.body + 12 + 8 * index)?);
        timed = timed.saturating_add(run);
        samples.time = samples.time.saturating_add(run.saturating_mul(time));
    }
    Ok(timed)
}

/// The places of chunks, which must be within the file.
fn check_places(file: &mut Window<'_>, table: Part, width: u64) -> Result<(), Fault> {
    let claimed = u64::from(file.u32_be(table.at(4, 4)?)?);
    room(table, 8, claimed, width)?;
    for index in 0..claimed {
        let at = table.body + 8 + width * index;
        let place = if width == 4 { file.u32_be(at)?.into() } else { file.u64_be(at)? };
        if place >= file.size() {
            return Err(Fault::corrupt(format!("a track has data at byte {place}, beyond the end of the file")));
        }
    }
    Ok(())
}

/// Checks that a table has room for the entries that it claims.
fn room(table: Part, skipped: u64, claimed: u64, width: u64) -> Result<(), Fault> {
    let room = (table.end - table.body).saturating_sub(skipped) / width;
    if claimed <= room {
        return Ok(());
    }
    let name = String::from_utf8_lossy(&table.name).into_owned();
    let (claimed, room) = (number_of(claimed), number_of(room));
    Err(Fault::corrupt(format!("the table `{name}` claims {claimed} entries and has room for {room}")))
}

#[expect(clippy::cast_precision_loss, reason = "tables have at most 2^32 entries")]
fn number_of(value: u64) -> String {
    number(value as f64)
}
