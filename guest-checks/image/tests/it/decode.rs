//! Every kind of image is decoded in full.

use crate::{claiming, file, picture, png};
use comfycheck_check_image::decode::{Fault, Limits, decode, header, size};
use comfycheck_check_image::format::Kind;
use comfycheck_check_image::pixels::Blank;
use png::{BitDepth, ColorType};

/// Width, height, frames, and whether it is blank; or the fault.
#[track_caller]
fn check(bytes: &[u8], expected: &Result<(u32, u32, u32, Option<Blank>), Fault>) {
    let shape = decode(bytes, &Limits::default()).map(|picture| {
        assert_eq!(picture.frames, picture.frames_in_all);
        (picture.header.width, picture.header.height, picture.frames, picture.extremes.blank(2))
    });
    assert_eq!(&shape, expected);
}

#[test]
fn every_kind_of_jpeg_and_webp_is_decoded() {
    for bytes in [
        file!("baseline.jpg"),
        file!("progressive.jpg"),
        file!("grey.jpg"),
        file!("cmyk.jpg"),
        file!("restarts.jpg"),
        file!("thumbnail.jpg"),
        file!("lossy.webp"),
        file!("lossy-alpha.webp"),
        file!("lossless.webp"),
        file!("lossless-alpha.webp"),
        file!("interlaced.png"),
    ] {
        check(bytes, &Ok((40, 24, 1, None)));
    }
    check(file!("black.jpg"), &Ok((40, 24, 1, Some(Blank::Black))));
    check(file!("black.webp"), &Ok((40, 24, 1, Some(Blank::Black))));
}

#[test]
fn every_frame_of_an_animation_is_decoded() {
    check(file!("animated.webp"), &Ok((40, 24, 3, None)));
    check(file!("animated.png"), &Ok((40, 24, 3, None)));
}

#[test]
fn frames_beyond_the_limit_of_pixels_are_not_decoded_and_counted() {
    for bytes in [file!("animated.webp"), file!("animated.png")] {
        let limits = Limits { pixels: 40 * 24 * 2, ..Limits::default() };
        let picture = decode(bytes, &limits).expect("a picture");
        assert_eq!((picture.frames, picture.frames_in_all), (2, 3));
    }
}

#[test]
fn a_frame_counts_as_many_pixels_as_it_has() {
    let limits = Limits { pixels: 40 * 24 + 2 * 8 * 8, ..Limits::default() };
    let picture = decode(file!("small-frames.png"), &limits).expect("a picture");
    assert_eq!((picture.frames, picture.frames_in_all), (3, 3));
}

#[test]
fn every_kind_of_png_is_decoded() {
    let plain = |size: usize| [200, 100, 50, 255][..size].repeat(64);
    check(&png(8, 8, ColorType::Rgb, BitDepth::Eight, &plain(3)), &Ok((8, 8, 1, Some(Blank::Plain([200, 100, 50])))));
    check(&png(8, 8, ColorType::Rgba, BitDepth::Eight, &plain(4)), &Ok((8, 8, 1, Some(Blank::Plain([200, 100, 50])))));
    check(
        &png(8, 8, ColorType::Grayscale, BitDepth::Eight, &plain(1)),
        &Ok((8, 8, 1, Some(Blank::Plain([200, 200, 200])))),
    );
    // Alpha 100 all over: not transparent.
    check(
        &png(8, 8, ColorType::GrayscaleAlpha, BitDepth::Eight, &plain(2)),
        &Ok((8, 8, 1, Some(Blank::Plain([200, 200, 200])))),
    );
    // Two bits a pixel: the four colors of the palette, and one of them alone.
    check(&png(8, 8, ColorType::Indexed, BitDepth::Two, &[0b00_01_10_11; 16]), &Ok((8, 8, 1, None)));
    check(
        &png(8, 8, ColorType::Indexed, BitDepth::Two, &[0b01_01_01_01; 16]),
        &Ok((8, 8, 1, Some(Blank::Plain([255, 0, 0])))),
    );
    // Both bytes of 16 bits count.
    check(&png(8, 8, ColorType::Grayscale, BitDepth::Sixteen, &[0, 0, 0, 255].repeat(32)), &Ok((8, 8, 1, None)));
    check(
        &png(8, 8, ColorType::Grayscale, BitDepth::Sixteen, &[0, 1, 0, 2].repeat(32)),
        &Ok((8, 8, 1, Some(Blank::Black))),
    );
    check(&png(8, 8, ColorType::Grayscale, BitDepth::Sixteen, &[0, 0, 9, 0].repeat(32)), &Ok((8, 8, 1, None)));
    check(&png(1, 1, ColorType::Grayscale, BitDepth::One, &[0]), &Ok((1, 1, 1, Some(Blank::Black))));
}

#[test]
fn what_comfyui_writes_is_decoded_with_its_workflow_in_it() {
    check(file!("comfyui.png"), &Ok((128, 96, 1, Some(Blank::Plain([204, 101, 0])))));
}

#[test]
fn a_png_that_is_cut_ends_after_a_row() {
    let whole = picture(64, 64);
    let cut = |part: usize| &whole[..whole.len() * part / 10];
    assert!(matches!(decode(cut(5), &Limits::default()), Err(Fault::Cut(Some((20..44, 64))))));
    check(&whole[..whole.len() - 1], &Err(Fault::Cut(Some((64, 64)))));
    check(&whole[..40], &Err(Fault::Cut(None)));
}

#[test]
fn a_damaged_byte_in_a_png_is_found() {
    let whole = picture(64, 64);
    for at in [30, 50, whole.len() / 2, whole.len() - 20, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x10;
        let fault = decode(&damaged, &Limits::default()).expect_err("a fault");
        assert!(matches!(fault, Fault::Corrupt { .. }), "byte {at}: {fault:?}");
    }
}

#[test]
fn a_jpeg_whose_data_ends_early_is_found_though_it_has_an_end() {
    for whole in [file!("baseline.jpg"), file!("grey.jpg"), file!("cmyk.jpg"), file!("restarts.jpg")] {
        let scan = whole.windows(2).position(|pair| pair == [0xff, 0xda]).expect("a scan") + 16;
        for end in scan..whole.len() - 2 {
            let short = [&whole[..end], &[0xff, 0xd9]].concat();
            assert!(decode(&short, &Limits::default()).is_err(), "{end} of {}", whole.len());
        }
    }
}

#[test]
fn trailing_bytes_are_not_a_fault() {
    for whole in [file!("baseline.jpg"), file!("lossy.webp"), file!("comfyui.png")] {
        assert!(decode(&[whole, b"trailer"].concat(), &Limits::default()).is_ok());
    }
}

#[test]
fn a_file_that_is_not_an_image_is_not_decoded() {
    check(file!("still.gif"), &Err(Fault::NotDecoded(Kind::Video)));
    check(b"hello", &Err(Fault::NotDecoded(Kind::Unknown)));
}

#[test]
fn an_image_without_pixels_is_a_contradiction() {
    assert!(matches!(header(&claiming(&picture(4, 4), 0, 4)), Err(Fault::Corrupt { .. })));
}

#[test]
fn a_picture_beyond_the_limits_is_found_by_its_header() {
    let bytes = picture(64, 64);
    let pixels = Limits { pixels: 64 * 64 - 1, ..Limits::default() };
    assert!(matches!(decode(&bytes, &pixels), Err(Fault::Oversized(_))));
    let memory = Limits { memory: 100, ..Limits::default() };
    assert!(matches!(decode(&bytes, &memory), Err(Fault::Costly(_))));
}

#[test]
fn the_first_bytes_of_an_image_hold_its_size() {
    let png = picture(64, 32);
    for (name, bytes, expected) in [
        ("PNG", &png[..33], Some((64, 32))),
        ("JPEG", &file!("baseline.jpg")[..700], Some((40, 24))),
        ("WebP", &file!("lossy.webp")[..64], Some((40, 24))),
        ("animated WebP", &file!("animated.webp")[..64], Some((40, 24))),
        ("a JPEG without its header", &file!("baseline.jpg")[..20], None),
        ("GIF", file!("still.gif"), None),
        ("no bytes", &[], None),
    ] {
        assert_eq!(size(bytes), expected, "{name}");
    }
}

#[test]
fn large_images_of_todays_workflows_are_within_the_limits() {
    let limits = Limits::default();
    // A progressive JPEG of 7680 × 4320, by its header: with all colors, and with a color for each 2 × 2 pixels.
    for factors in [0x11, 0x22] {
        let frame = [0xff, 0xc2, 0, 17, 8, 0x10, 0xe0, 0x1e, 0, 3, 1, factors, 0, 2, 0x11, 0, 3, 0x11, 0];
        let scan = [0xff, 0xda, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 0, 0];
        let header = header(&[&[0xff, 0xd8], frame.as_slice(), &scan].concat()).expect("a header");
        assert_eq!((header.width, header.height), (7680, 4320));
        assert!(header.memory + (16 << 20) <= limits.memory, "{factors:#x}: {}", header.memory);
        assert!(header.pixels() <= limits.pixels);
    }
    assert!(81 * 1280 * 720 <= limits.pixels);
}
