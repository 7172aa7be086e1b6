//! MP4: what `SaveVideo` saves. The format: ISO/IEC 14496-12 and 14496-15.

use super::{Picture, clip};

/// Units of time in a frame.
const FRAME: u32 = 1_000;

/// A track of H.264, and the index behind it.
pub(super) fn file(picture: &Picture) -> Vec<u8> {
    let clip = clip::h264();
    let (mut data, mut sizes) = (Vec::new(), Vec::new());
    for frame in clip::frames(picture, &clip.frames) {
        let size = u32::try_from(frame.len()).unwrap_or(u32::MAX);
        data.extend_from_slice(&size.to_be_bytes());
        data.extend_from_slice(frame);
        sizes.push(size + 4);
    }
    let kind = atom(*b"ftyp", &[b"isom\0\0\x02\0isomiso2avc1mp41"]);
    // Another seed is another file.
    let seed = atom(*b"free", &[&picture.seed.to_be_bytes()]);
    let offset = u32::try_from(kind.len() + seed.len() + 8).unwrap_or(u32::MAX);
    let data = atom(*b"mdat", &[&data]);
    let index = index(picture, &clip, &sizes, offset);
    [kind, seed, data, index].concat()
}

/// Where the first box in a file's index begins.
pub(super) fn index_at(file: &[u8]) -> usize {
    const BEFORE: usize = 3;
    let size = |at: usize| file.get(at..)?.first_chunk::<4>().map(|size| u32::from_be_bytes(*size) as usize);
    (0..BEFORE).fold(0, |at, _| at + size(at).unwrap_or_default()) + 8
}

fn index(picture: &Picture, clip: &clip::H264Clip, sizes: &[u32], offset: u32) -> Vec<u8> {
    let scale = picture.frames_in_1000_s.max(1);
    let length = numbers(&[FRAME.saturating_mul(picture.frames)]);
    let scale = numbers(&[scale]);
    let (width, height) = (side(picture.width), side(picture.height));
    let zeros = [0; 80];
    let one = numbers(&[0x1_0000]);
    let matrix = [&one[..], &zeros[..12], &one, &zeros[..12], &numbers(&[0x4000_0000])].concat();
    let movie = atom(
        *b"mvhd",
        &[&zeros[..12], &scale, &length, &one, &[1, 0], &zeros[..10], &matrix, &zeros[..24], &numbers(&[2])],
    );
    let sizes_of_track = [width, [0; 2], height, [0; 2]].concat();
    let track = atom(
        *b"tkhd",
        &[&[0, 0, 0, 3], &zeros[..8], &numbers(&[1, 0]), &length, &zeros[..16], &matrix, &sizes_of_track],
    );
    let media = atom(*b"mdhd", &[&zeros[..12], &scale, &length, &[0x55, 0xc4, 0, 0]]);
    let handler = atom(*b"hdlr", &[&zeros[..8], b"vide", &zeros[..12], b"VideoHandler\0"]);
    let reference = atom(*b"dref", &[&numbers(&[0, 1]), &atom(*b"url ", &[&[0, 0, 0, 1]])]);
    let tables = atom(
        *b"stbl",
        &[
            &description(clip, width, height),
            &atom(*b"stts", &[&numbers(&[0, 1, picture.frames, FRAME])]),
            &atom(*b"stsc", &[&numbers(&[0, 1, 1, picture.frames, 1])]),
            &atom(*b"stsz", &[&numbers(&[0, 0, picture.frames]), &numbers(sizes)]),
            &atom(*b"stco", &[&numbers(&[0, 1, offset])]),
        ],
    );
    let information =
        atom(*b"minf", &[&atom(*b"vmhd", &[&[0, 0, 0, 1], &zeros[..8]]), &atom(*b"dinf", &[&reference]), &tables]);
    atom(*b"moov", &[&movie, &atom(*b"trak", &[&track, &atom(*b"mdia", &[&media, &handler, &information])])])
}

/// The sample description: H.264 in the size that players show.
fn description(clip: &clip::H264Clip, width: [u8; 2], height: [u8; 2]) -> Vec<u8> {
    let short = |bytes: &[u8]| u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes();
    let (sequence, parameters) = (clip.sequence, clip.parameters);
    let configuration = atom(
        *b"avcC",
        &[
            &[1],
            // Profile, constraints and level.
            &sequence[1..4],
            // Sizes have four bytes; one set of each.
            &[0xff, 0xe1],
            &short(sequence),
            sequence,
            &[1],
            &short(parameters),
            parameters,
        ],
    );
    let zeros = [0; 32];
    let resolution = numbers(&[0x48_0000, 0x48_0000, 0]);
    let entry = atom(
        *b"avc1",
        &[
            &zeros[..6],
            &[0, 1],
            &zeros[..16],
            &width,
            &height,
            &resolution,
            &[0, 1],
            &zeros,
            &[0, 24, 0xff, 0xff],
            &configuration,
        ],
    );
    atom(*b"stsd", &[&numbers(&[0, 1]), &entry])
}

fn side(pixels: u32) -> [u8; 2] {
    u16::try_from(pixels).unwrap_or(u16::MAX).to_be_bytes()
}

/// Numbers of four bytes.
fn numbers(numbers: &[u32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
}

/// A box with its size and name.
fn atom(name: [u8; 4], parts: &[&[u8]]) -> Vec<u8> {
    let size = 8 + parts.iter().map(|part| part.len()).sum::<usize>();
    let mut bytes = u32::try_from(size).unwrap_or(u32::MAX).to_be_bytes().to_vec();
    bytes.extend_from_slice(&name);
    for part in parts {
        bytes.extend_from_slice(part);
    }
    bytes
}
