//! What is said of one image.

use crate::{claiming, file, lines, picture, png};
use comfycheck_check_image::expected::{Size, Sizes};
use comfycheck_check_image::rules::image::{Given, judge, unread};
use comfycheck_check_image::settings::Settings;
use comfycheck_sdk::{NodeRef, Subject};
use png::{BitDepth, ColorType};

/// The first image of sample 3, `x.png`.
fn given(bytes: &[u8]) -> Given<'_> {
    Given { sample: 3, index: 0, name: "x.png", media_type: Some("image/png"), bytes }
}

fn asked(width: u32, height: u32) -> Sizes {
    Sizes::Known(vec![Size { width, height, latent: true, node: "6".into() }])
}

fn any() -> Sizes {
    Sizes::Unknown("it depends on node `7`".into())
}

fn settings(json: &str) -> Settings {
    serde_json::from_str(json).expect("settings")
}

#[track_caller]
fn check(image: &Given<'_>, sizes: &Sizes, settings_json: &str, expected: &[&str]) {
    assert_eq!(lines(&judge(image, sizes, &settings(settings_json))), expected);
}

#[test]
fn a_good_image_is_not_mentioned() {
    check(&given(&picture(64, 64)), &asked(64, 64), "{}", &[]);
    check(&Given { name: "", media_type: None, ..given(file!("lossy.webp")) }, &any(), "{}", &[]);
}

#[test]
fn an_image_that_is_not_whole_is_undecodable() {
    let whole = picture(64, 64);
    check(&given(b""), &any(), "{}", &["empty-image: `x.png` of sample 3 is empty"]);
    check(
        &given(&whole[..whole.len() - 4]),
        &asked(64, 64),
        "{}",
        &["undecodable-image: `x.png` of sample 3 is cut off after row 64 of 64: the file ends after 12416 bytes"],
    );
    let mut damaged = whole.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    check(
        &given(&damaged),
        &any(),
        "{}",
        &[
            "undecodable-image: `x.png` of sample 3 is corrupt, seen at row 64 of 64: CRC error: expected 0xae426083 have \
           0xae426082 while decoding IEND chunk",
        ],
    );
    check(
        &Given { name: "", index: 2, ..given(&whole[..20]) },
        &any(),
        "{}",
        &["undecodable-image: image 2 of sample 3 is cut off: the file ends after 20 bytes"],
    );
}

#[test]
fn what_is_no_image_is_called_what_it_is() {
    check(
        &given(b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>"),
        &any(),
        "{}",
        &[
            "undecodable-image: `x.png` of sample 3 is no image but an XML document, as object storage sends with an error",
        ],
    );
    check(
        &given(b"\x01\x02\x03"),
        &any(),
        "{}",
        &["undecodable-image: `x.png` of sample 3 is no image that is known: it begins with 01 02 03"],
    );
}

#[test]
fn a_format_is_told_by_the_bytes_and_held_against_the_settings() {
    let webp = Given { name: "x.webp", media_type: Some("image/webp"), ..given(file!("lossy.webp")) };
    check(&webp, &any(), r#"{"formats": ["webp"]}"#, &[]);
    check(
        &webp,
        &any(),
        r#"{"formats": ["png", "jpeg"]}"#,
        &["image-format: `x.webp` of sample 3 is WebP; allowed: PNG or JPEG"],
    );
    check(
        &given(file!("still.gif")),
        &any(),
        "{}",
        &["image-format: `x.png` of sample 3 is GIF; allowed: PNG, JPEG or WebP"],
    );
}

#[test]
fn an_image_under_a_wrong_name_is_mislabelled() {
    check(
        &given(file!("baseline.jpg")),
        &any(),
        "{}",
        &["mislabelled-image: `x.png` of sample 3 is JPEG, and is declared as `image/png`"],
    );
    check(
        &Given { media_type: None, ..given(file!("baseline.jpg")) },
        &any(),
        "{}",
        &["mislabelled-image: `x.png` of sample 3 is JPEG, and is declared as `png`"],
    );
    check(
        &Given { name: "x.tar.gz", media_type: Some("application/octet-stream"), ..given(file!("baseline.jpg")) },
        &any(),
        "{}",
        &[],
    );
}

#[test]
fn the_size_is_the_one_that_was_asked_for() {
    let image = picture(64, 32);
    let wrong = "wrong-size: `x.png` of sample 3 is 64 × 32 pixels";
    check(&given(&image), &asked(64, 32), "{}", &[]);
    check(&given(&image), &any(), "{}", &[]);
    check(&given(&image), &asked(64, 64), "{}", &[&format!("{wrong}; the workflow asks for 64 × 64")]);
    // The settings take precedence.
    check(&given(&image), &asked(64, 64), r#"{"width": 64, "height": 32}"#, &[]);
    check(&given(&image), &asked(64, 32), r#"{"height": 64}"#, &[&format!("{wrong}; the settings ask for any × 64")]);

    let finding = &judge(&given(&image), &asked(64, 64), &Settings::default()).findings[0];
    let node = Subject::Node(NodeRef { id: "6".into(), input: None });
    assert_eq!(finding.subjects, [Subject::Image((3, 0)), node]);
}

#[test]
fn an_image_that_shows_nothing_is_blank() {
    let plain = |color: ColorType, pixel: &[u8]| png(8, 8, color, BitDepth::Eight, &pixel.repeat(64));
    let blank = |what: &str| format!("blank-image: `x.png` of sample 3 is {what}");
    check(&given(&plain(ColorType::Rgb, &[0, 0, 0])), &any(), "{}", &[&blank("black all over")]);
    check(&given(&plain(ColorType::Rgb, &[1, 20, 255])), &any(), "{}", &[&blank("one colour all over (#0114ff)")]);
    check(&given(&plain(ColorType::Rgba, &[1, 20, 255, 0])), &any(), "{}", &[&blank("fully transparent")]);
    check(
        &Given { name: "x.jpg", media_type: None, ..given(file!("black.jpg")) },
        &any(),
        "{}",
        &["blank-image: `x.jpg` of sample 3 is black all over"],
    );
}

#[test]
fn how_much_a_blank_image_may_vary_is_a_setting() {
    let mut data = [100; 192];
    data[5] = 103;
    let image = png(8, 8, ColorType::Rgb, BitDepth::Eight, &data);
    check(&given(&image), &any(), "{}", &[]);
    check(
        &given(&image),
        &any(),
        r#"{"blank-tolerance": 3}"#,
        &["blank-image: `x.png` of sample 3 is one colour all over (#646467)"],
    );
}

#[test]
fn an_absurd_size_is_one_complaint() {
    check(
        &given(&claiming(&picture(4, 4), 100_000, 100_000)),
        &asked(1024, 1024),
        "{}",
        &["oversized-image: `x.png` of sample 3 claims 100000 × 100000 pixels; the limit is 67108864 pixels in all"],
    );
}

#[test]
fn what_would_take_too_much_memory_is_an_open_question() {
    let mut large = file!("lossless.webp").to_vec();
    // 8192 × 8192, as the format packs it.
    large[21..25].copy_from_slice(&(8191_u32 | 8191 << 14).to_le_bytes());
    check(
        &Given { name: "x.webp", media_type: None, ..given(&large) },
        &any(),
        "{}",
        &[
            "undecodable-image? `x.webp` of sample 3 has 8192 × 8192 pixels: decoding it takes about 512 MiB, and 192 are \
           allowed",
        ],
    );
    let open = unread(&given(b""), 300 << 20, &Settings::default());
    assert_eq!(open.reason, "`x.png` of sample 3 has 300 MiB and was not read");
}

#[test]
fn an_animation_that_is_too_long_is_judged_by_no_part_of_it() {
    let half = format!(r#"{{"max-pixels": {}}}"#, 40 * 24 * 2);
    let webp = Given { name: "x.webp", media_type: None, ..given(file!("animated.webp")) };
    check(&webp, &any(), &half, &["undecodable-image? only 2 frames of 3 of `x.webp` of sample 3 were decoded"]);
}
