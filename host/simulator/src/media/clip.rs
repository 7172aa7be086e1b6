//! The frames of videos. Each can be decoded alone.

use super::Picture;
use crate::handler::PictureKind;

/// `fixtures/media/README.md` says how they were made.
const H264: &[u8] = include_bytes!("../../media/clip.h264");
const VP9: &[u8] = include_bytes!("../../media/clip.ivf");

/// H.264 in pieces, without their start codes.
pub(super) struct H264Clip {
    pub(super) sequence: &'static [u8],
    pub(super) parameters: &'static [u8],
    pub(super) frames: Vec<&'static [u8]>,
}

/// The H.264 frames.
pub(super) fn h264() -> H264Clip {
    let mut clip = H264Clip { sequence: &[], parameters: &[], frames: Vec::new() };
    let starts: Vec<usize> =
        H264.windows(3).enumerate().filter(|(_, code)| *code == [0, 0, 1]).map(|(at, _)| at + 3).collect();
    for (index, start) in starts.iter().enumerate() {
        let end = starts.get(index + 1).map_or(H264.len(), |next| next - 3);
        let unit = &H264[*start..end];
        // The next start code may have a zero of its own before it.
        let unit = unit.strip_suffix(&[0]).unwrap_or(unit);
        match unit.first().map(|byte| byte & 0x1f) {
            Some(7) => clip.sequence = unit,
            Some(8) => clip.parameters = unit,
            _ => clip.frames.push(unit),
        }
    }
    clip
}

/// The VP9 frames.
pub(super) fn vp9() -> Vec<&'static [u8]> {
    const HEAD: usize = 32;
    const FRAME_HEAD: usize = 12;
    let mut frames = Vec::new();
    let mut rest = &VP9[HEAD..];
    while let Some((size, after)) = rest.split_first_chunk::<4>() {
        let size = u32::from_le_bytes(*size) as usize;
        let body = &after[FRAME_HEAD - 4..];
        frames.push(&body[..size]);
        rest = &body[size..];
    }
    frames
}

/// The frames of a picture's video: the clip again and again, from a place that its seed decides. A black video stands still.
pub(super) fn frames<'a>(picture: &Picture, clip: &'a [&'static [u8]]) -> impl Iterator<Item = &'static [u8]> + 'a {
    let first = usize::try_from(picture.seed % clip.len() as u64).unwrap_or_default();
    let step = usize::from(picture.kind != PictureKind::Black);
    (0..picture.frames as usize).map(move |index| clip[(first + index * step) % clip.len()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_clips_have_twelve_frames() {
        let clip = h264();
        assert_eq!((clip.frames.len(), vp9().len()), (12, 12));
        assert_eq!((clip.sequence.len(), clip.parameters.len()), (20, 6));
    }
}
