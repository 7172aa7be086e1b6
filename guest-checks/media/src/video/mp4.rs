//! MP4 and `QuickTime`: boxes to the end of the file, and the tables of their tracks.
//!
//! Walked here and not by a library: tables are read in passing instead of into memory, and a fault has its place. The
//! format: ISO/IEC 14496-12.

mod boxes;
mod fragments;
mod tables;
mod track;

use crate::facts::{Audio, Media, Sound, Video};
use crate::fault::Fault;
use crate::format::Format;
use crate::source::Window;
use boxes::{Boxes, Part};
use comfycheck_sdk::wording::bytes;
use fragments::Defaults;
use track::Track;

/// The parts of a file that count.
#[derive(Default)]
struct Parts {
    moov: Option<Part>,
    fragments: Vec<Part>,
    /// In bytes.
    media_data: u64,
}

/// Fragments beyond these are refused. One has a second of video.
const MAX_FRAGMENTS: usize = 100_000;

pub fn read(file: &mut Window<'_>) -> Result<Media, Fault> {
    let parts = parts(file)?;
    let moov = parts.moov.ok_or_else(|| Fault::Cut("it has no `moov` box, which is written last".into()))?;
    let (mut tracks, defaults) = tracks(file, moov)?;
    for fragment in &parts.fragments {
        fragments::add(file, *fragment, &defaults, &mut tracks)?;
    }
    let claimed: u64 = tracks.iter().fold(0, |sum, track| sum.saturating_add(track.samples.bytes));
    if claimed > parts.media_data {
        let (claimed, there) = (bytes(claimed), bytes(parts.media_data));
        return Err(Fault::Corrupt(format!("its tracks claim {claimed} of media data, and the file has {there}")));
    }
    media(&tracks)
}

/// The boxes of the file, all of which must be complete.
fn parts(file: &mut Window<'_>) -> Result<Parts, Fault> {
    let mut parts = Parts::default();
    let mut boxes = Boxes::of_file(file);
    while let Some(part) = boxes.next(file)? {
        match &part.name {
            b"moov" => parts.moov = Some(part),
            b"mdat" => parts.media_data = parts.media_data.saturating_add(part.end - part.body),
            b"moof" if parts.fragments.len() == MAX_FRAGMENTS => {
                return Err(Fault::corrupt("it has more than 100,000 fragments"));
            }
            b"moof" => parts.fragments.push(part),
            _ => {}
        }
    }
    Ok(parts)
}

fn tracks(file: &mut Window<'_>, moov: Part) -> Result<(Vec<Track>, Vec<Defaults>), Fault> {
    /// Files of ComfyUI have two.
    const MAX_TRACKS: usize = 64;
    let (mut tracks, mut defaults) = (Vec::new(), Vec::new());
    let mut boxes = Boxes::within(moov);
    while let Some(part) = boxes.next(file)? {
        match &part.name {
            b"trak" if tracks.len() == MAX_TRACKS => return Err(Fault::corrupt("it has more than 64 tracks")),
            b"trak" => tracks.push(track::read(file, part)?),
            b"mvex" => defaults = fragments::defaults(file, part)?,
            _ => {}
        }
    }
    Ok((tracks, defaults))
}

/// The first track with pictures, or else the first with sound.
fn media(tracks: &[Track]) -> Result<Media, Fault> {
    let of = |handler: &[u8; 4]| tracks.iter().find(|track| track.handler == *handler);
    let sound = of(b"soun");
    if let Some(track) = of(b"vide") {
        if track.samples.count == 0 {
            return Err(Fault::Empty("the video has no frames".into()));
        }
        return Ok(Media::Video(Video {
            format: Format::Mp4,
            codec: super::codec_name(&track.codec),
            width: track.width,
            height: track.height,
            frames: track.samples.count,
            duration: track.duration(),
            frame_sizes: track.samples.sizes.clone(),
            sound: sound.map(|track| Sound { codec: super::codec_name(&track.codec), duration: track.duration() }),
        }));
    }
    let track = sound.ok_or_else(|| Fault::Empty("the file has no track of video or audio".into()))?;
    if track.samples.count == 0 {
        return Err(Fault::Empty("the audio has no samples".into()));
    }
    Ok(Media::Audio(Audio {
        format: Format::Mp4,
        codec: super::codec_name(&track.codec),
        channels: track.channels,
        sample_rate: track.sample_rate,
        duration: track.duration(),
        level: None,
    }))
}
