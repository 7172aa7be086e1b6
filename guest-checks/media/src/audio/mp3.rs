//! MP3: frames to the end of the file. The format: ISO/IEC 11172-3, 13818-3.

use crate::facts::Audio;
use crate::fault::Fault;
use crate::format::Format;
use crate::mp3_frame::Frame;
use crate::source::Window;

/// Everything but the level, and where the first frame begins.
pub fn read(file: &mut Window<'_>) -> Result<(Audio, u64), Fault> {
    let start = after_tag(file)?;
    let first = frame(file, start)?.ok_or_else(|| match file.size() {
        size if size <= start => Fault::Empty("the audio has no samples".into()),
        _ => Fault::corrupt("no frame follows its tag"),
    })?;
    let claimed = claimed_frames(file, start, first);
    let (mut at, mut frames) = (start, 0);
    while let Some(frame) = frame(file, at)? {
        file.holds("the last frame", at, frame.length)?;
        at += frame.length;
        frames += 1;
    }
    if at < file.size() && !is_tag(file, at) {
        return Err(Fault::Corrupt(format!("no frame follows at byte {at}")));
    }
    // The frame that counts the others has no samples of its own.
    let frames = frames - u64::from(claimed.is_some());
    if let Some(claimed) = claimed.filter(|claimed| *claimed > frames) {
        return Err(Fault::Cut(format!("it has {frames} of {claimed} frames")));
    }
    if frames == 0 {
        return Err(Fault::Empty("the audio has no samples".into()));
    }
    let audio = Audio {
        format: Format::Mp3,
        codec: "MP3".to_owned(),
        channels: first.channels,
        sample_rate: first.rate,
        duration: super::seconds(frames * first.samples, first.rate),
        level: None,
    };
    Ok((audio, start))
}

/// Where the file goes on after a tag of the kind `ID3v2`.
fn after_tag(file: &mut Window<'_>) -> Result<u64, Fault> {
    if file.array::<3>(0)? != *b"ID3" {
        return Ok(0);
    }
    let [flags, sizes @ ..] = file.array::<5>(5)?;
    let size = sizes.iter().fold(0, |size, byte| size << 7 | u64::from(byte & 0x7f));
    let footer = if flags & 0x10 == 0 { 0 } else { 10 };
    file.holds("its tag", 10, size + footer)?;
    Ok(10 + size + footer)
}

fn frame(file: &mut Window<'_>, at: u64) -> Result<Option<Frame>, Fault> {
    if at.saturating_add(4) > file.size() {
        return Ok(None);
    }
    Ok(Frame::of(file.array(at)?))
}

/// The number of frames that the first one claims, if it is there to count them.
fn claimed_frames(file: &mut Window<'_>, start: u64, first: Frame) -> Option<u64> {
    let side = match (first.samples, first.channels) {
        (1152, 1) | (576, 2) => 17,
        (1152, _) => 32,
        _ => 9,
    };
    let at = start + 4 + side;
    let name: [u8; 4] = file.array(at).ok()?;
    if !matches!(&name, b"Xing" | b"Info") || file.u32_be(at + 4).ok()? & 1 == 0 {
        return None;
    }
    file.u32_be(at + 8).ok().map(u64::from)
}

/// Whether a tag ends the file: `ID3v1` or APE, or zeros.
fn is_tag(file: &mut Window<'_>, at: u64) -> bool {
    let start = file.up_to(at, 8);
    start.starts_with(b"TAG") || start.starts_with(b"APETAGEX") || start.iter().all(|byte| *byte == 0)
}
