//! How long a video is, by its header. No frame of an MP4 is decoded.

use std::time::Duration;

/// The duration in the header of an MP4 or MOV file. None of other files, and where the header has none.
pub fn duration(bytes: &[u8]) -> Option<Duration> {
    let is_video = bytes.get(4..8)? == b"ftyp";
    let header = child(child(bytes, *b"moov").filter(|_| is_video)?, *b"mvhd")?;
    let number = |at: usize, length: usize| {
        let bytes = header.get(at..at + length)?;
        Some(bytes.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte)))
    };
    // Version 1 has times of 64 bits. Before the scale are the times of creation and change.
    let (scale, units) = match header.first()? {
        0 => (number(12, 4)?, number(16, 4)?),
        1 => (number(20, 4)?, number(24, 8)?),
        _ => return None,
    };
    // All ones: unknown.
    if scale == 0 || units == u64::from(u32::MAX) || units == u64::MAX {
        return None;
    }
    let millis = u128::from(units) * 1000 / u128::from(scale);
    u64::try_from(millis).ok().filter(|millis| *millis > 0).map(Duration::from_millis)
}

/// The content of the first box of a kind.
fn child(mut bytes: &[u8], kind: [u8; 4]) -> Option<&[u8]> {
    loop {
        let &[s0, s1, s2, s3, k0, k1, k2, k3] = bytes.first_chunk::<8>()?;
        let (size, start) = match u32::from_be_bytes([s0, s1, s2, s3]) {
            0 => (bytes.len(), 8),
            1 => (usize::try_from(u64::from_be_bytes(*bytes.get(8..)?.first_chunk()?)).ok()?, 16),
            size => (usize::try_from(size).ok()?, 8),
        };
        if size < start {
            return None;
        }
        if [k0, k1, k2, k3] == kind {
            return bytes.get(start..size);
        }
        bytes = bytes.get(size..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(kind: &str, content: &[u8]) -> Vec<u8> {
        let size = u32::try_from(content.len() + 8).unwrap().to_be_bytes();
        [&size[..], kind.as_bytes(), content].concat()
    }

    fn video(header: &[u8]) -> Vec<u8> {
        [boxed("ftyp", b"isom"), boxed("free", &[0; 5]), boxed("moov", &boxed("mvhd", header))].concat()
    }

    #[test]
    fn the_header_of_a_video_has_its_duration() {
        let old = [&[0; 12][..], &600_u32.to_be_bytes(), &3_300_u32.to_be_bytes(), &[0; 80]].concat();
        assert_eq!(duration(&video(&old)), Some(Duration::from_millis(5_500)));
        let new = [&[1][..], &[0; 19], &1_000_u32.to_be_bytes(), &2_040_u64.to_be_bytes()].concat();
        assert_eq!(duration(&video(&new)), Some(Duration::from_millis(2_040)));
        let unknown = [&[0; 12][..], &600_u32.to_be_bytes(), &u32::MAX.to_be_bytes()].concat();
        for bytes in
            [video(&unknown), video(&old[..14]), video(&[9; 40]), video(&old)[..30].to_vec(), b"GIF89a".to_vec()]
        {
            assert_eq!(duration(&bytes), None);
        }
    }
}
