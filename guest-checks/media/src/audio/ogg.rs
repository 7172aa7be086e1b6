//! Ogg with Opus, Vorbis or FLAC: pages to the end of the file. The format: RFC 3533, RFC 7845.

use crate::facts::Audio;
use crate::fault::Fault;
use crate::format::Format;
use crate::source::Window;

/// The stream, and whether its packets are so small that they can hold silence only.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    pub audio: Audio,
    pub is_silent: bool,
}

/// What the first packet of a stream says.
struct Head {
    codec: &'static str,
    channels: u32,
    /// In Hz.
    rate: u32,
    /// Samples before the first that is played.
    skipped: u64,
}

/// A header of a page, without its segments.
const PAGE: u64 = 27;

pub fn read(file: &mut Window<'_>) -> Result<Stream, Fault> {
    let (mut at, mut head, mut last, mut is_ended) = (0, None, None, false);
    let (mut packets, mut packet_bytes, mut pages) = (0_u64, 0_u64, 0_u64);
    while at < file.size() {
        if file.up_to(at, 4) != b"OggS" {
            if is_ended {
                break;
            }
            return Err(Fault::Corrupt(format!("there is no page at byte {at}")));
        }
        let flags = file.array::<1>(at + 5)?[0];
        let position: u64 = file.array(at + 6).map(u64::from_le_bytes)?;
        let segments = u64::from(file.array::<1>(at + 26)?[0]);
        let sizes = file.bytes(at + PAGE, usize::try_from(segments).unwrap_or_default())?;
        let length: u64 = sizes.iter().map(|size| u64::from(*size)).sum();
        let ends = sizes.iter().filter(|size| **size < 255).count() as u64;
        let body = at + PAGE + segments;
        file.holds("the last page", body, length)?;
        check(file, at, PAGE + segments + length)?;
        if head.is_none() {
            head = Some(first_packet(file, body, length)?);
        } else if pages > 1 {
            packets += ends;
            packet_bytes += length;
        }
        pages += 1;
        is_ended = flags & 4 != 0;
        // A page on which no packet ends has no position.
        last = Some(position).filter(|position| *position != u64::MAX).or(last);
        at = body + length;
    }
    let head = head.ok_or_else(|| Fault::Empty("the audio has no samples".into()))?;
    let samples = last.unwrap_or_default().saturating_sub(head.skipped);
    if !is_ended {
        return Err(Fault::Cut("its last page is missing".into()));
    }
    if samples == 0 {
        return Err(Fault::Empty("the audio has no samples".into()));
    }
    let audio = Audio {
        format: Format::Ogg,
        codec: head.codec.to_owned(),
        channels: head.channels,
        sample_rate: head.rate,
        duration: super::seconds(samples, head.rate),
        level: None,
    };
    // Opus needs 3 bytes for a packet of silence, and more than 10 for the faintest noise.
    let is_silent = head.codec == "Opus" && packets > 0 && packet_bytes <= packets * 6;
    Ok(Stream { audio, is_silent })
}

fn first_packet(file: &mut Window<'_>, at: u64, length: u64) -> Result<Head, Fault> {
    let start = file.bytes(at, usize::try_from(length.min(64)).unwrap_or_default())?;
    let byte = |at: usize| start.get(at).copied().unwrap_or_default();
    let head = if start.starts_with(b"OpusHead") {
        let skipped = u64::from(u16::from_le_bytes([byte(10), byte(11)]));
        // Opus counts in 48 kHz, whatever it was made of.
        Head { codec: "Opus", channels: byte(9).into(), rate: 48_000, skipped }
    } else if start.starts_with(b"\x01vorbis") {
        let rate = u32::from_le_bytes([byte(12), byte(13), byte(14), byte(15)]);
        Head { codec: "Vorbis", channels: byte(11).into(), rate, skipped: 0 }
    } else if start.starts_with(b"\x7fFLAC") {
        let bits = u32::from_be_bytes([byte(27), byte(28), byte(29), byte(30)]);
        Head { codec: "FLAC", channels: (bits >> 9 & 7) + 1, rate: bits >> 12, skipped: 0 }
    } else {
        return Err(Fault::corrupt("its codec is not Opus, Vorbis or FLAC"));
    };
    if head.channels == 0 || head.rate == 0 {
        return Err(Fault::Corrupt(format!("its header claims {} channels and {} Hz", head.channels, head.rate)));
    }
    Ok(head)
}

/// Checks the checksum of a page, of which there are at most 64 KiB.
fn check(file: &mut Window<'_>, at: u64, length: u64) -> Result<(), Fault> {
    let page = file.bytes(at, usize::try_from(length).unwrap_or(usize::MAX))?;
    let claimed = page.get(22..26).and_then(|sum| sum.try_into().ok()).map(u32::from_le_bytes);
    let sum = page.iter().enumerate().fold(0_u32, |sum, (place, byte)| {
        let byte = if (22..26).contains(&place) { 0 } else { *byte };
        sum << 8 ^ CHECKSUMS[(sum >> 24) as usize ^ usize::from(byte)]
    });
    if claimed == Some(sum) {
        Ok(())
    } else {
        Err(Fault::Corrupt(format!("the checksum of the page at byte {at} is wrong")))
    }
}

/// The checksum of each byte: the polynomial 0x04c11db7, from the highest bit.
const CHECKSUMS: [u32; 256] = {
    let mut table = [0; 256];
    let mut byte: u32 = 0;
    while byte < 256 {
        let mut sum = byte << 24;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum >> 31 == 1 { sum << 1 ^ 0x04c1_1db7 } else { sum << 1 };
            bit += 1;
        }
        table[byte as usize] = sum;
        byte += 1;
    }
    table
};
