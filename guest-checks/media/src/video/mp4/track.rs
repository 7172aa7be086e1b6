//! One track: what it is, how long, and its samples.

use super::boxes::{Boxes, Part, child};
use super::tables::{self, Samples};
use crate::fault::Fault;
use crate::source::Window;

#[derive(Clone, Debug, Default)]
pub(super) struct Track {
    pub(super) id: u32,
    /// `vide`, `soun` or another.
    pub(super) handler: [u8; 4],
    /// Units of time in a second.
    pub(super) timescale: u32,
    pub(super) codec: [u8; 4],
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) channels: u32,
    pub(super) sample_rate: u32,
    pub(super) samples: Samples,
}

impl Track {
    /// In seconds.
    #[expect(clippy::cast_precision_loss, reason = "a time needs no more digits")]
    pub(super) fn duration(&self) -> Option<f64> {
        (self.timescale > 0).then(|| self.samples.time as f64 / f64::from(self.timescale))
    }
}

pub(super) fn read(file: &mut Window<'_>, container: Part) -> Result<Track, Fault> {
    let mut track = Track::default();
    let mut boxes = Boxes::within(container);
    while let Some(part) = boxes.next(file)? {
        match &part.name {
            b"tkhd" => {
                let skipped = if file.array::<1>(part.at(0, 1)?)? == [1] { 20 } else { 12 };
                track.id = file.u32_be(part.at(skipped, 4)?)?;
            }
            b"mdia" => media(file, part, &mut track)?,
            _ => {}
        }
    }
    Ok(track)
}

fn media(file: &mut Window<'_>, mdia: Part, track: &mut Track) -> Result<(), Fault> {
    if let Some(header) = child(file, mdia, *b"mdhd")? {
        let skipped = if file.array::<1>(header.at(0, 1)?)? == [1] { 20 } else { 12 };
        track.timescale = file.u32_be(header.at(skipped, 4)?)?;
    }
    if let Some(handler) = child(file, mdia, *b"hdlr")? {
        track.handler = file.array(handler.at(8, 4)?)?;
    }
    let Some(minf) = child(file, mdia, *b"minf")? else { return Ok(()) };
    let Some(stbl) = child(file, minf, *b"stbl")? else { return Ok(()) };
    if let Some(description) = child(file, stbl, *b"stsd")? {
        describe(file, description, track)?;
    }
    track.samples = tables::read(file, stbl)?;
    Ok(())
}

/// The first entry of the box `stsd`: codec, size, channels.
fn describe(file: &mut Window<'_>, stsd: Part, track: &mut Track) -> Result<(), Fault> {
    if file.u32_be(stsd.at(4, 4)?)? == 0 {
        return Ok(());
    }
    track.codec = file.array(stsd.at(12, 4)?)?;
    match &track.handler {
        b"vide" => {
            track.width = file.u16_be(stsd.at(8 + 32, 2)?)?.into();
            track.height = file.u16_be(stsd.at(8 + 34, 2)?)?.into();
        }
        b"soun" => {
            track.channels = file.u16_be(stsd.at(8 + 24, 2)?)?.into();
            track.sample_rate = file.u16_be(stsd.at(8 + 32, 2)?)?.into();
        }
        _ => {}
    }
    Ok(())
}
