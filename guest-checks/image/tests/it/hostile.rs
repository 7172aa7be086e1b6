//! Files that were made to do harm cost no more than others, and never panic.

use crate::{claiming, crc, file, picture, png};
use comfycheck_check_image::decode::{Fault, Limits, decode};
use png::{BitDepth, ColorType};

#[test]
fn a_file_that_is_cut_anywhere_is_never_an_image() {
    let png = picture(9, 7);
    for whole in [
        png.as_slice(),
        file!("interlaced.png"),
        file!("animated.png"),
        file!("baseline.jpg"),
        file!("progressive.jpg"),
        file!("restarts.jpg"),
        file!("thumbnail.jpg"),
        file!("lossy.webp"),
        file!("lossy-alpha.webp"),
        file!("lossless.webp"),
        file!("lossless-alpha.webp"),
        file!("animated.webp"),
    ] {
        assert!(decode(whole, &Limits::default()).is_ok());
        for length in 0..whole.len() {
            let fault = decode(&whole[..length], &Limits::default()).expect_err("a fault");
            let expected = matches!(fault, Fault::Cut(_)) || length < 4;
            assert!(expected, "{length} of {}: {fault:?}", whole.len());
        }
    }
}

#[test]
fn a_webp_that_claims_to_be_shorter_than_its_header_is_cut() {
    for length in 0..12 {
        let bytes = &b"RIFF\0\0\0\0WEBP"[..length];
        assert!(matches!(decode(bytes, &Limits::default()), Err(Fault::Cut(None) | Fault::NotDecoded(_))), "{length}");
    }
}

#[test]
fn damaged_files_never_panic() {
    let mut state = 1_u64;
    let mut random = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for whole in [
        file!("interlaced.png"),
        file!("animated.png"),
        file!("progressive.jpg"),
        file!("cmyk.jpg"),
        file!("lossy-alpha.webp"),
        file!("lossless-alpha.webp"),
        file!("animated.webp"),
    ] {
        for _ in 0..400 {
            let mut bytes = whole.to_vec();
            for _ in 0..=random(4) {
                let at = random(bytes.len());
                bytes[at] = [0, 255, bytes[at] ^ 1 << random(8)][random(3)];
            }
            let _ = decode(&bytes, &Limits::default());
        }
    }
}

#[track_caller]
fn check_oversized(bytes: &[u8], width: u32, height: u32) {
    let Err(Fault::Oversized(header)) = decode(bytes, &Limits::default()) else { panic!("it should be oversized") };
    assert_eq!((header.width, header.height), (width, height));
}

#[test]
fn a_header_that_claims_too_much_is_not_believed() {
    check_oversized(&claiming(&picture(4, 4), 100_000, 100_000), 100_000, 100_000);
    check_oversized(&claiming(&picture(4, 4), u32::MAX, u32::MAX), u32::MAX, u32::MAX);

    let mut jpeg = file!("baseline.jpg").to_vec();
    let frame = jpeg.windows(2).position(|pair| pair == [0xff, 0xc0]).expect("a frame");
    jpeg[frame + 5..frame + 9].fill(0xff);
    check_oversized(&jpeg, 65_535, 65_535);

    let mut webp = file!("animated.webp").to_vec();
    webp[24..30].fill(0xff);
    check_oversized(&webp, 1 << 24, 1 << 24);
}

#[test]
fn a_row_that_is_longer_than_memory_is_not_decoded() {
    assert!(matches!(decode(&claiming(&picture(4, 4), 60_000_000, 1), &Limits::default()), Err(Fault::Costly(_))));
}

#[test]
fn a_frame_that_is_larger_than_its_canvas_is_refused_before_it_is_decoded() {
    for whole in [file!("animated.webp"), file!("lossy-alpha.webp")] {
        let mut bytes = whole.to_vec();
        let frame = bytes.windows(3).position(|tag| tag == [0x9d, 0x01, 0x2a]).expect("a lossy frame");
        bytes[frame + 3..frame + 7].fill(0xff);
        let fault = decode(&bytes, &Limits::default()).expect_err("a fault");
        // By this crate, not by the decoder: its own reason.
        insta::assert_debug_snapshot!("frame_larger_than_canvas", fault);
    }
}

#[test]
fn data_that_inflates_to_more_than_the_image_is_not_held() {
    let bomb = png(4096, 4096, ColorType::Grayscale, BitDepth::Eight, &vec![0; 4096 * 4096]);
    assert!(bomb.len() < 100_000);
    let picture = decode(&claiming(&bomb, 8, 8), &Limits::default()).expect("eight rows are there");
    assert_eq!((picture.header.width, picture.header.height), (8, 8));
}

#[test]
fn chunks_beside_the_picture_cost_nothing() {
    let plain = picture(8, 8);
    let chunk = |name: &[u8; 4], body: &[u8]| {
        let length = u32::try_from(body.len()).expect("a length").to_be_bytes();
        let named = [name.as_slice(), body].concat();
        let sum = crc(&named).to_be_bytes();
        [&length[..], &named[..], &sum[..]].concat()
    };
    let text = chunk(b"tEXt", &[b"prompt\0".as_slice(), &vec![b'x'; 1 << 20]].concat());
    let unreadable = chunk(b"zTXt", b"workflow\0\0not deflated");
    let profile = chunk(b"iCCP", b"name\0\0not deflated");
    for extra in [text, unreadable.repeat(1000), profile] {
        let bytes = [&plain[..33], &extra, &plain[33..]].concat();
        assert!(decode(&bytes, &Limits::default()).is_ok());
    }
}
