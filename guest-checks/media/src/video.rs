//! Video and animations.

pub mod apng;
pub mod gif;
pub mod matroska;
pub mod mp4;
pub mod webp;

use crate::facts::{Media, Video};
use crate::fault::Fault;
use crate::format::Format;

/// Codecs as containers write them, with the name that people know.
const CODECS: [(&str, &str); 21] = [
    ("avc1", "H.264"),
    ("avc3", "H.264"),
    ("hvc1", "H.265"),
    ("hev1", "H.265"),
    ("av01", "AV1"),
    ("vp08", "VP8"),
    ("vp09", "VP9"),
    ("mp4v", "MPEG-4"),
    ("jpeg", "MJPEG"),
    ("apch", "ProRes"),
    ("apcn", "ProRes"),
    ("ap4h", "ProRes"),
    ("mp4a", "AAC"),
    ("V_MPEG4/ISO/AVC", "H.264"),
    ("V_MPEGH/ISO/HEVC", "H.265"),
    ("V_AV1", "AV1"),
    ("V_VP8", "VP8"),
    ("V_VP9", "VP9"),
    ("A_OPUS", "Opus"),
    ("A_VORBIS", "Vorbis"),
    ("A_AAC", "AAC"),
];

/// The name of a codec: that which people know, or else as the file writes it.
pub(crate) fn codec_name(written: &[u8]) -> String {
    let written = String::from_utf8_lossy(written);
    let written = written.trim_end_matches(['\0', ' ']);
    match CODECS.iter().find(|(code, _)| *code == written) {
        Some((_, name)) => (*name).to_owned(),
        None => comfycheck_sdk::one_line(written, 32),
    }
}

/// An animation; `time` in milliseconds.
#[expect(clippy::cast_precision_loss, reason = "a time needs no more digits")]
fn animation(format: Format, width: u32, height: u32, frames: u64, time: u64) -> Result<Media, Fault> {
    if frames == 0 {
        return Err(Fault::Empty("the animation has no frames".into()));
    }
    Ok(Media::Video(Video {
        format,
        codec: format.name().to_owned(),
        width,
        height,
        frames,
        duration: (time > 0).then(|| time as f64 / 1000.0),
        frame_sizes: Vec::new(),
        sound: None,
    }))
}
