//! `WebM`: what `SaveWEBM` saves. The format: RFC 9559 and RFC 8794.

use super::{Picture, clip};

/// Frames in a cluster. Their times fit its 16 bits even at one frame a second.
const CLUSTER: usize = 32;

/// A track of VP9.
pub(super) fn file(picture: &Picture) -> Vec<u8> {
    // In milliseconds.
    let time = |frame: usize| frame as u64 * 1_000_000 / u64::from(picture.frames_in_1000_s.max(1));
    let clip = clip::vp9();
    let frames: Vec<_> = clip::frames(picture, &clip).collect();
    let head = element(
        0x1a45_dfa3,
        &[
            &number(0x4286, 1),
            &number(0x42f7, 1),
            &number(0x42f2, 4),
            &number(0x42f3, 8),
            &element(0x4282, &[b"webm"]),
            &number(0x4287, 4),
            &number(0x4285, 2),
        ],
    );
    #[expect(clippy::cast_precision_loss, reason = "a time needs no more digits")]
    let duration = time(frames.len()) as f64;
    let program = b"comfycheck";
    let information = element(
        0x1549_a966,
        &[
            // In milliseconds. Another seed is another file.
            &number(0x2a_d7b1, 1_000_000),
            &element(0x73a4, &[&[0; 8], &picture.seed.to_be_bytes()]),
            &element(0x4489, &[&duration.to_be_bytes()]),
            &element(0x4d80, &[program]),
            &element(0x5741, &[program]),
        ],
    );
    let size = element(0xe0, &[&number(0xb0, picture.width.into()), &number(0xba, picture.height.into())]);
    let nanoseconds = 1_000_000_000_000 / u64::from(picture.frames_in_1000_s.max(1));
    let track = element(
        0xae,
        &[
            &number(0xd7, 1),
            &number(0x73c5, 1),
            &number(0x83, 1),
            &element(0x86, &[b"V_VP9"]),
            &number(0x23_e383, nanoseconds),
            &size,
        ],
    );
    let mut parts = vec![information, element(0x1654_ae6b, &[&track])];
    for (index, frames) in frames.chunks(CLUSTER).enumerate() {
        let start = time(index * CLUSTER);
        let mut blocks = number(0xe7, start);
        for (frame, bytes) in frames.iter().enumerate() {
            let after = i16::try_from(time(index * CLUSTER + frame) - start).unwrap_or(i16::MAX);
            // Of track 1, and decodable alone.
            blocks.extend(element(0xa3, &[&[0x81], &after.to_be_bytes(), &[0x80], bytes]));
        }
        parts.push(element(0x1f43_b675, &[&blocks]));
    }
    [head, element(0x1853_8067, &[&parts.concat()])].concat()
}

fn number(id: u32, number: u64) -> Vec<u8> {
    element(id, &[&number.to_be_bytes()])
}

/// An element with its id and its size in eight bytes.
fn element(id: u32, parts: &[&[u8]]) -> Vec<u8> {
    let mut bytes: Vec<u8> = id.to_be_bytes().into_iter().skip_while(|byte| *byte == 0).collect();
    let size: usize = parts.iter().map(|part| part.len()).sum();
    bytes.extend((1 << 56 | size as u64).to_be_bytes());
    for part in parts {
        bytes.extend_from_slice(part);
    }
    bytes
}
