//! Matroska and `WebM`: elements to the end of the file. The format: RFC 9559, RFC 8794.

mod element;

use crate::facts::{Audio, KEPT_SIZES, Media, Sound, Video};
use crate::fault::Fault;
use crate::format::Format;
use crate::source::Window;
use element::{Element, Elements};

/// A track, with what its blocks hold.
#[derive(Default)]
struct Track {
    number: u64,
    /// 1 video, 2 audio.
    kind: u64,
    codec: Vec<u8>,
    width: u32,
    height: u32,
    channels: u32,
    sample_rate: f64,
    /// Of a frame, in nanoseconds; 0 if it is not given.
    frame_time: u64,
    frames: u64,
    sizes: Vec<u32>,
    /// When its last block begins, in units of the segment.
    last: u64,
}

/// What a segment holds.
struct Segment {
    /// Nanoseconds in a unit of time.
    scale: u64,
    /// In units of time.
    duration: Option<f64>,
    tracks: Vec<Track>,
}

const EBML: u32 = 0x1a45_dfa3;
const SEGMENT: u32 = 0x1853_8067;
const INFO: u32 = 0x1549_a966;
const TRACKS: u32 = 0x1654_ae6b;
const CLUSTER: u32 = 0x1f43_b675;
const MAX_TRACKS: usize = 64;

pub fn read(file: &mut Window<'_>) -> Result<Media, Fault> {
    let mut top = Elements::of_file(file);
    let mut segment = None;
    while let Some(element) = top.next(file)? {
        match element.id {
            SEGMENT => segment = Some(element),
            EBML => {}
            // Anything may follow the segment.
            _ if segment.is_some() => break,
            _ => return Err(Fault::corrupt("its header is not followed by a segment")),
        }
    }
    let segment = segment.ok_or_else(|| Fault::Cut("it ends within its header".into()))?;
    media(&read_segment(file, segment)?)
}

fn read_segment(file: &mut Window<'_>, segment: Element) -> Result<Segment, Fault> {
    let mut read = Segment { scale: 1_000_000, duration: None, tracks: Vec::new() };
    let mut elements = Elements::within(segment);
    while let Some(element) = elements.next(file)? {
        match element.id {
            INFO => {
                let mut parts = Elements::within(element);
                while let Some(part) = parts.next(file)? {
                    match part.id {
                        0x2a_d7b1 => read.scale = part.number(file)?.max(1),
                        0x4489 => read.duration = Some(part.float(file)?),
                        _ => {}
                    }
                }
            }
            TRACKS => {
                let mut entries = Elements::within(element);
                while let Some(entry) = entries.next(file)? {
                    if entry.id == 0xae && read.tracks.len() < MAX_TRACKS {
                        read.tracks.push(track(file, entry)?);
                    }
                }
            }
            CLUSTER => cluster(file, element, &mut read.tracks)?,
            _ => {}
        }
    }
    Ok(read)
}

/// A `TrackEntry`.
fn track(file: &mut Window<'_>, entry: Element) -> Result<Track, Fault> {
    let mut track = Track::default();
    let mut parts = Elements::within(entry);
    while let Some(part) = parts.next(file)? {
        match part.id {
            0xd7 => track.number = part.number(file)?,
            0x83 => track.kind = part.number(file)?,
            0x86 => track.codec = part.bytes(file, 64)?,
            0x23_e383 => track.frame_time = part.number(file)?,
            // `Video` and `Audio`.
            0xe0 | 0xe1 => {
                let mut settings = Elements::within(part);
                while let Some(setting) = settings.next(file)? {
                    let side = |number: u64| u32::try_from(number).unwrap_or(u32::MAX);
                    match (part.id, setting.id) {
                        (0xe0, 0xb0) => track.width = side(setting.number(file)?),
                        (0xe0, 0xba) => track.height = side(setting.number(file)?),
                        (0xe1, 0x9f) => track.channels = side(setting.number(file)?),
                        (0xe1, 0xb5) => track.sample_rate = setting.float(file)?,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    Ok(track)
}

/// Adds the blocks of a cluster to their tracks.
fn cluster(file: &mut Window<'_>, cluster: Element, tracks: &mut [Track]) -> Result<(), Fault> {
    let mut start = 0;
    let mut parts = Elements::within(cluster);
    while let Some(part) = parts.next(file)? {
        match part.id {
            0xe7 => start = part.number(file)?,
            0xa3 => block(file, part, start, tracks)?,
            0xa0 => {
                let mut group = Elements::within(part);
                while let Some(part) = group.next(file)? {
                    if part.id == 0xa1 {
                        block(file, part, start, tracks)?;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Adds the frames of a block to its track.
fn block(file: &mut Window<'_>, block: Element, start: u64, tracks: &mut [Track]) -> Result<(), Fault> {
    let (number, length) = element::number(file, block.body, block.end)?;
    let head = block.body + length;
    if block.end < head + 3 {
        return Err(Fault::corrupt("a block is shorter than its header"));
    }
    let [t0, t1, flags] = file.array(head)?;
    // Several frames in one block: their number less one comes first.
    let frames =
        if flags & 0x06 == 0 || block.end < head + 4 { 1 } else { u64::from(file.array::<1>(head + 3)?[0]) + 1 };
    if let Some(track) = tracks.iter_mut().find(|track| track.number == number) {
        track.frames += frames;
        track.last = track.last.max(start.saturating_add_signed(i16::from_be_bytes([t0, t1]).into()));
        if track.sizes.len() < KEPT_SIZES {
            track.sizes.push(u32::try_from(block.end - head - 3).unwrap_or(u32::MAX));
        }
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a time needs no more digits")]
fn media(segment: &Segment) -> Result<Media, Fault> {
    let of = |kind: u64| segment.tracks.iter().find(|track| track.kind == kind);
    let seconds = segment.scale as f64 / 1e9;
    let duration = |track: &Track| {
        let counted = track.last as f64 * seconds + track.frame_time as f64 / 1e9;
        Some(segment.duration.map_or(counted, |units| units * seconds)).filter(|time| *time > 0.0 && time.is_finite())
    };
    let sound = of(2);
    if let Some(track) = of(1) {
        if track.frames == 0 {
            return Err(Fault::Empty("the video has no frames".into()));
        }
        return Ok(Media::Video(Video {
            format: Format::Matroska,
            codec: super::codec_name(&track.codec),
            width: track.width,
            height: track.height,
            frames: track.frames,
            duration: duration(track),
            frame_sizes: track.sizes.clone(),
            sound: sound.map(|track| Sound { codec: super::codec_name(&track.codec), duration: duration(track) }),
        }));
    }
    let track = sound.ok_or_else(|| Fault::Empty("the file has no track of video or audio".into()))?;
    if track.frames == 0 {
        return Err(Fault::Empty("the audio has no samples".into()));
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a conversion of floats saturates")]
    let sample_rate = track.sample_rate as u32;
    Ok(Media::Audio(Audio {
        format: Format::Matroska,
        codec: super::codec_name(&track.codec),
        channels: track.channels.max(1),
        sample_rate,
        duration: duration(track),
        level: None,
    }))
}
