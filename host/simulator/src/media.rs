//! The files that jobs return: small, deterministic, and of the size, the frames and the time that the workflow asks for. No
//! model made them.

mod apng;
mod clip;
mod mp4;
mod png;
mod webm;
mod webp;

use crate::handler::{Format, Picture, PictureKind};

/// The file of a picture: the same bytes for the same picture.
pub(crate) fn file(picture: &Picture) -> Vec<u8> {
    let mut bytes = match picture.format {
        Format::Png => png::file(picture),
        Format::Mp4 => mp4::file(picture),
        Format::WebM => webm::file(picture),
        Format::AnimatedPng => apng::file(picture),
        Format::AnimatedWebP => webp::file(picture),
    };
    match picture.kind {
        PictureKind::Good | PictureKind::Black | PictureKind::AnotherStyle => {}
        PictureKind::Truncated => bytes.truncate(bytes.len() * 3 / 5),
        PictureKind::Corrupt => {
            // Within the pixels' data of a PNG: signature, header chunk and chunk header take 41 bytes. Within the tables at the end
            // of a video.
            let from = match picture.format {
                Format::Mp4 => mp4::index_at(&bytes),
                _ => 41 + (bytes.len() - 41) / 3,
            };
            for byte in bytes.iter_mut().skip(from).take(16) {
                *byte ^= 0x5a;
            }
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORMATS: [Format; 5] = [Format::Png, Format::AnimatedPng, Format::AnimatedWebP, Format::Mp4, Format::WebM];

    #[test]
    fn a_file_begins_as_its_format_does_and_another_seed_is_another_file() {
        let starts: [&[u8]; 5] =
            [b"\x89PNG\r\n\x1a\n", b"\x89PNG\r\n\x1a\n", b"RIFF", b"\0\0\0\x20ftypisom", b"\x1a\x45\xdf\xa3"];
        for (format, start) in FORMATS.into_iter().zip(starts) {
            let picture = Picture::of_tests(format);
            assert!(file(&picture).starts_with(start), "{format:?}");
            assert_eq!(file(&picture), file(&picture), "{format:?}");
            assert_ne!(file(&picture), file(&Picture { seed: 8, ..picture.clone() }), "{format:?}");
            let truncated = file(&Picture { kind: PictureKind::Truncated, ..picture.clone() });
            assert!(truncated.len() < file(&picture).len(), "{format:?}");
            assert_ne!(file(&Picture { kind: PictureKind::Corrupt, ..picture.clone() }), file(&picture), "{format:?}");
        }
    }

    #[test]
    fn an_animation_has_its_size_frames_and_time() {
        let bytes = file(&Picture::of_tests(Format::AnimatedPng));
        let mut reader = ::png::Decoder::new(std::io::Cursor::new(&bytes)).read_info().unwrap();
        let control = *reader.info().animation_control().unwrap();
        assert_eq!((reader.info().width, reader.info().height, control.num_frames), (64, 48, 9));
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        for _ in 0..9 {
            reader.next_frame(&mut pixels).unwrap();
        }
        let bytes = file(&Picture::of_tests(Format::AnimatedWebP));
        let mut decoder = image_webp::WebPDecoder::new(std::io::Cursor::new(&bytes)).unwrap();
        assert_eq!((decoder.dimensions(), decoder.num_frames()), ((64, 48), 9));
        let mut pixels = vec![0; decoder.output_buffer_size().unwrap()];
        let times: Vec<u32> = (0..9).map(|_| decoder.read_frame(&mut pixels).unwrap()).collect();
        assert_eq!(times, [62; 9]);
    }

    #[test]
    fn a_black_video_stands_still() {
        for format in [Format::Mp4, Format::WebM] {
            let good = file(&Picture::of_tests(format));
            let black = file(&Picture { kind: PictureKind::Black, ..Picture::of_tests(format) });
            assert_ne!(good, black, "{format:?}");
        }
    }
}
