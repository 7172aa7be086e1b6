//! One image.

use crate::{check, claiming, facts, file, picture, png};
use comfycheck_check_image::expected::{Expected, PlainColor, Size, Sizes};
use comfycheck_check_image::rules::format::of_saver;
use comfycheck_check_image::rules::image::{OutputImage, judge, unread};
use comfycheck_check_image::settings::Settings;
use comfycheck_sdk::{Answer, Workflow};
use png::{BitDepth, ColorType};

/// The first image of sample 3, `x.png`.
fn image(bytes: &[u8]) -> OutputImage<'_> {
    OutputImage { sample: 3, index: 0, name: "x.png", media_type: Some("image/png"), bytes }
}

fn named<'a>(name: &'a str, bytes: &'a [u8]) -> OutputImage<'a> {
    OutputImage { name, media_type: None, ..image(bytes) }
}

fn expected(width: u32, height: u32) -> Sizes {
    Sizes::Known(vec![Size { width, height, latent: true, node: "6".into() }])
}

fn any() -> Sizes {
    Sizes::Unknown("it depends on node `7`".into())
}

fn answer(image: &OutputImage<'_>, sizes: &Sizes, settings: &str) -> Answer {
    let expected = Expected { sizes: sizes.clone(), ..Expected::default() };
    judge(image, &expected, &serde_json::from_str(settings).expect("settings")).answer
}

#[test]
fn a_good_image_is_not_mentioned() {
    for answer in [
        answer(&image(&picture(64, 64)), &expected(64, 64), "{}"),
        answer(&named("", file!("lossy.webp")), &any(), "{}"),
        answer(&named("x.webp", file!("lossy.webp")), &any(), r#"{"formats": ["webp"]}"#),
    ] {
        assert_eq!(facts(&answer), [""; 0]);
    }
}

#[test]
fn an_image_that_is_not_whole_is_undecodable() {
    let whole = picture(64, 64);
    let mut damaged = whole.clone();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    let third = OutputImage { index: 2, ..named("", &whole[..20]) };
    let undecodable: &[&str] = &["undecodable-image; image 0 of sample 3"];
    check(
        "undecodable",
        &[
            ("no bytes", answer(&image(b""), &any(), "{}"), &["empty-image; image 0 of sample 3"]),
            ("the end is missing", answer(&image(&whole[..whole.len() - 4]), &expected(64, 64), "{}"), undecodable),
            ("a damaged byte", answer(&image(&damaged), &any(), "{}"), undecodable),
            ("only a header", answer(&third, &any(), "{}"), &["undecodable-image; image 2 of sample 3"]),
        ],
    );
}

#[test]
fn a_file_that_is_not_an_image_is_called_what_it_is() {
    let xml = b"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>";
    let kinds: [(&str, &[u8]); 6] = [
        ("XML", xml),
        ("HTML", b"<!DOCTYPE html>"),
        ("JSON", b"{}"),
        ("a data URI", b"data:image/png;base64,"),
        ("base64", b"iVBORw0KGgoAAAA"),
        ("unknown bytes", b"\x01\x02\x03"),
    ];
    let facts: &[&str] = &["undecodable-image; image 0 of sample 3"];
    check("not_an_image", &kinds.map(|(name, bytes)| (name, answer(&image(bytes), &any(), "{}"), facts)));
}

#[test]
fn a_mask_may_be_all_black_or_all_white() {
    let answer = |value: u8, has_masks| {
        let plain = png(8, 8, ColorType::Rgb, BitDepth::Eight, &[value; 192]);
        let expected = Expected { has_masks, ..Expected::default() };
        facts(&judge(&image(&plain), &expected, &Settings::default()).answer)
    };
    for value in [0, 255] {
        assert_eq!(answer(value, true), [""; 0]);
        assert_eq!(answer(value, false), ["blank-image; image 0 of sample 3"]);
    }
    assert_eq!(answer(100, true), ["blank-image; image 0 of sample 3"]);
}

#[test]
fn a_plain_color_that_the_workflow_asks_for_is_right() {
    let asked = Expected { plain: vec![PlainColor { color: [51, 119, 153], node: "1".into() }], ..Expected::default() };
    let black = Expected { plain: vec![PlainColor { color: [0; 3], node: "1".into() }], ..Expected::default() };
    let answer = |pixel: &[u8], expected: &Expected| {
        let color = if pixel.len() == 4 { ColorType::Rgba } else { ColorType::Rgb };
        let plain = png(128, 128, color, BitDepth::Eight, &pixel.repeat(128 * 128));
        judge(&image(&plain), expected, &Settings::default()).answer
    };
    let facts: &[&str] = &["blank-image; image 0 of sample 3"];
    check(
        "plain_color",
        &[
            ("the color", answer(&[51, 119, 153], &asked), &[]),
            ("the color, rounded", answer(&[50, 120, 151], &asked), &[]),
            ("the color, half transparent", answer(&[51, 119, 153, 127], &asked), &[]),
            ("another color", answer(&[51, 119, 100], &asked), facts),
            ("black", answer(&[0; 3], &asked), facts),
            ("black, which is asked for", answer(&[0; 3], &black), facts),
            ("fully transparent", answer(&[51, 119, 153, 0], &asked), facts),
        ],
    );
}

#[test]
fn noise_and_flat_images_are_a_warning() {
    let flat: Vec<u8> = (126..131).cycle().take(256 * 256 * 3).collect();
    let flat = png(256, 256, ColorType::Rgb, BitDepth::Eight, &flat);
    let gradient: Vec<u8> = (0..=255).flat_map(|y| (0..=255).flat_map(move |x| [x, y, 7])).collect();
    let gradient = png(256, 256, ColorType::Rgb, BitDepth::Eight, &gradient);
    let warning: &[&str] = &["featureless-image; image 0 of sample 3"];
    check(
        "featureless",
        &[
            ("noise", answer(&image(&picture(256, 256)), &any(), "{}"), warning),
            ("flat", answer(&image(&flat), &any(), "{}"), warning),
            ("a gradient", answer(&image(&gradient), &any(), "{}"), &[]),
            ("a small image", answer(&image(&picture(64, 64)), &any(), "{}"), &[]),
        ],
    );
}

#[test]
fn a_format_is_that_of_the_bytes_and_must_be_allowed() {
    let webp = named("x.webp", file!("lossy.webp"));
    let facts: &[&str] = &["image-format; image 0 of sample 3"];
    check(
        "format",
        &[
            ("not allowed", answer(&webp, &any(), r#"{"formats": ["png", "jpeg"]}"#), facts),
            ("only one allowed", answer(&webp, &any(), r#"{"formats": ["png"]}"#), facts),
            ("not decoded", answer(&image(b"II*\0\x08\0\0\0"), &any(), "{}"), facts),
            ("a video, which another check reads", answer(&image(file!("still.gif")), &any(), "{}"), &[]),
        ],
    );
}

#[test]
fn a_gif_is_not_what_a_node_for_images_writes() {
    let workflow = |class: &str, inputs: &str| {
        let node = format!(r#"{{"11": {{"class_type": "{class}", "inputs": {{{inputs}}}}}}}"#);
        Workflow::parse(&node).expect("a workflow")
    };
    let of = |class: &str, inputs: &str, bytes: &[u8]| {
        let workflow = workflow(class, inputs);
        let saver = workflow.node("11").expect("a node");
        Answer { findings: of_saver(&image(bytes), saver).into_iter().collect(), ..Answer::default() }
    };
    let gif = file!("still.gif");
    let facts: &[&str] = &["image-format; node 11; image 0 of sample 3"];
    check(
        "format_of_a_node",
        &[
            ("`SaveImage`", of("SaveImage", "", gif), facts),
            ("an animation", of("SaveAnimatedWEBP", "", gif), facts),
            ("a format that is an input", of("SaveImageAdvanced", r#""format": "png""#, gif), facts),
            ("another format", of("SaveImageAdvanced", r#""format": "exr""#, gif), &[]),
            ("a node of a pack", of("VHS_VideoCombine", r#""format": "image/gif""#, gif), &[]),
            ("a worker that converts", of("SaveImage", "", file!("lossy.webp")), &[]),
        ],
    );
}

#[test]
fn an_image_with_a_wrong_name_is_mislabelled() {
    let jpeg = file!("baseline.jpg");
    let without_format = OutputImage { name: "x.tar.gz", media_type: Some("application/octet-stream"), ..image(jpeg) };
    let facts: &[&str] = &["mislabelled-image; image 0 of sample 3"];
    check(
        "mislabelled",
        &[
            ("by its media type", answer(&image(jpeg), &any(), "{}"), facts),
            ("by its name", answer(&named("x.png", jpeg), &any(), "{}"), facts),
            ("a name without a format", answer(&without_format, &any(), "{}"), &[]),
        ],
    );
}

#[test]
fn the_size_is_that_of_the_workflow_unless_the_settings_set_one() {
    let bytes = picture(64, 32);
    let small = image(&bytes);
    check(
        "size",
        &[
            ("that of the workflow", answer(&small, &expected(64, 32), "{}"), &[]),
            ("any", answer(&small, &any(), "{}"), &[]),
            (
                "not that of the workflow",
                answer(&small, &expected(64, 64), "{}"),
                &["wrong-size; node 6; image 0 of sample 3"],
            ),
            ("that of the settings", answer(&small, &expected(64, 64), r#"{"width": 64, "height": 32}"#), &[]),
            (
                "not that of the settings",
                answer(&small, &expected(64, 32), r#"{"height": 64}"#),
                &["wrong-size; image 0 of sample 3"],
            ),
        ],
    );
}

#[test]
fn an_image_that_shows_nothing_is_blank() {
    let plain = |color: ColorType, pixel: &[u8]| png(8, 8, color, BitDepth::Eight, &pixel.repeat(64));
    let mut data = [100; 192];
    data[5] = 103;
    let almost = png(8, 8, ColorType::Rgb, BitDepth::Eight, &data);
    let blank: &[&str] = &["blank-image; image 0 of sample 3"];
    check(
        "blank",
        &[
            ("black", answer(&image(&plain(ColorType::Rgb, &[0, 0, 0])), &any(), "{}"), blank),
            ("a black JPEG", answer(&named("x.jpg", file!("black.jpg")), &any(), "{}"), blank),
            ("one color", answer(&image(&plain(ColorType::Rgb, &[1, 20, 255])), &any(), "{}"), blank),
            ("transparent", answer(&image(&plain(ColorType::Rgba, &[1, 20, 255, 0])), &any(), "{}"), blank),
            ("above the tolerance", answer(&image(&almost), &any(), "{}"), &[]),
            ("within the tolerance", answer(&image(&almost), &any(), r#"{"blank-tolerance": 3}"#), blank),
        ],
    );
}

#[test]
fn an_absurd_size_is_one_complaint() {
    let huge = claiming(&picture(4, 4), 100_000, 100_000);
    let answer = answer(&image(&huge), &expected(1024, 1024), "{}");
    check("oversized", &[("100000 × 100000", answer, &["oversized-image; image 0 of sample 3"])]);
}

#[test]
fn what_would_take_too_much_memory_or_time_is_an_open_question() {
    let mut large = file!("lossless.webp").to_vec();
    // 8192 × 8192, as the format packs it.
    large[21..25].copy_from_slice(&(8191_u32 | 8191 << 14).to_le_bytes());
    let half = format!(r#"{{"max-pixels": {}}}"#, 40 * 24 * 2);
    let open: &[&str] = &["undecodable-image?"];
    check(
        "too_large",
        &[
            ("its pixels", answer(&named("x.webp", &large), &any(), "{}"), open),
            ("its file", unread(300 << 20, &Settings::default()).into(), open),
            ("its frames", answer(&named("x.webp", file!("animated.webp")), &any(), &half), open),
        ],
    );
}
