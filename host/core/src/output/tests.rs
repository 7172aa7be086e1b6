//! The known shapes of outputs.

mod shapes;

use super::*;
use crate::secret::{Secret, Secrets};
use serde_json::json;

/// The image of a list in one line: `name media-type bytes`, `name @ url`, or `name !` where it is lost.
fn line(OutputFile { name, media_type, content, .. }: &OutputFile) -> String {
    match content {
        Content::Bytes(bytes, _) => {
            format!("{name} {} {}", media_type.as_deref().unwrap_or("-"), String::from_utf8_lossy(bytes))
        }
        Content::Elsewhere(url) => format!("{name} @ {url}"),
        Content::Lost(_) => format!("{name} !"),
    }
}

/// The files of an output that are among its images, whatever they are.
#[track_caller]
fn check(output: &Value, expected: &[&str]) {
    let found = files(output, None);
    let lines: Vec<_> = found.files.iter().filter(|file| file.is_listed).map(line).collect();
    assert_eq!(lines, expected);
}

/// Why files of an output are lost.
fn lost_of(output: &Value) -> Vec<(String, String)> {
    let lost = files(output, None).files.into_iter().filter_map(|file| match file.content {
        Content::Lost(reason) => Some((file.name, reason)),
        _ => None,
    });
    lost.collect()
}

#[test]
fn worker_comfyui_lists_objects() {
    check(
        &json!({"images": [
            {"filename": "a.png", "type": "base64", "data": "aGVsbG8="},
            {"filename": "b.WEBP", "type": "base64", "data": "data:image/png;base64,aGVsbG8="},
            {"filename": "c.png", "type": "s3_url", "data": "https://b.s3.amazonaws.com/j/c.png?X-Amz-Signature=x"},
            {"filename": "d.mp4", "type": "base64", "data": ""},
            {"filename": "e.png", "type": "s3_url", "data": "data:image/png;base64,aGVsbG8="},
            {"filename": "f.png", "type": "s3_url", "data": "HTTPS://b.s3.amazonaws.com/f.png"},
        ], "errors": ["one failed"]}),
        &[
            "a.png image/png hello",
            "b.WEBP image/png hello",
            "c.png @ https://b.s3.amazonaws.com/j/c.png?X-Amz-Signature=x",
            "d.mp4 video/mp4 ",
            "e.png image/png hello",
            "f.png @ https://b.s3.amazonaws.com/f.png",
        ],
    );
    check(&json!({"status": "success_no_images", "images": []}), &[]);
}

#[test]
fn an_image_that_cannot_be_had_is_lost_and_says_why() {
    let output = json!({"images": [
        {"filename": "a.png", "type": "s3_url", "data": "simulated_uploaded/8fe76024.png"},
        {"filename": "b.png", "type": "s3_url", "data": "bucket/b.png"},
        {"filename": "c.png", "type": "base64", "data": "aGVsbG8=="},
        {"filename": "d.png", "type": "base64", "data": "häl"},
        {"filename": "e.png"},
        {"filename": "f.png", "data": "data:image/png,hello"},
        {"filename": "g.png", "data": "s3://bucket/g.png"},
        7,
        "https://",
        "/comfyui/output/i.png",
    ]});
    let i = "/comfyui/output/i.png !";
    check(&output, &["a.png !", "b.png !", "c.png !", "d.png !", "e.png !", "f.png !", "g.png !", " !", " !", i]);
    let path = json!({"files": ["/comfyui/output/h.png"]});
    check(&path, &["/comfyui/output/h.png !"]);
    let lines =
        lost_of(&output).into_iter().chain(lost_of(&path)).map(|(name, reason)| format!("{name}\n  {reason}\n"));
    insta::assert_snapshot!(lines.collect::<String>());
}

#[test]
fn older_workers_have_one_image_in_their_message() {
    check(&json!({"status": "success", "message": "aGVsbG8="}), &[" - hello"]);
    check(&json!({"status": "success", "message": "data:image/png;base64,aGVsbG8="}), &[" image/png hello"]);
    check(
        &json!({"status": "success", "message": "https://x.example/a.png?k=1"}),
        &["a.png @ https://x.example/a.png?k=1"],
    );
    check(&json!({"status": "error", "message": "data:image/png;base64,aGVsbG8="}), &[]);
    check(&json!({"message": "done"}), &[]);
    // Beside images it is a status message.
    check(
        &json!({"status": "success", "message": "Image generated", "images": [{"filename": "a.png", "data": "aGVsbG8="}]}),
        &["a.png image/png hello"],
    );
    check(&json!({"status": "success", "message": "Image generated", "image": "aGVsbG8="}), &[" - hello"]);
    check(&json!({"status": "success", "message": "nothing was saved", "images": []}), &[]);
}

#[test]
fn other_workers_list_texts() {
    check(&json!({"images": ["aGVsbG8=", "data:image/webp;base64,aGVsbG8="]}), &[" - hello", " image/webp hello"]);
    check(
        &json!({"images": ["aGVsbG8=", "s3://bucket/b.png"], "filenames": ["a.png", "b.png"]}),
        &["a.png image/png hello", "b.png !"],
    );
    check(&json!([{"image": "https://image.example", "seed": 1}]), &[" @ https://image.example/"]);
    check(&json!([{"filename": "a.jpg", "data": "aGVsbG8="}]), &["a.jpg image/jpeg hello"]);
    check(
        &json!({"files": ["/comfyui/output/a.png", "https://x.example/b.png", "https://x.example/c.mp4", "notes.txt"]}),
        &["/comfyui/output/a.png !", "b.png @ https://x.example/b.png"],
    );
}

#[test]
fn what_is_no_image_is_not_taken_for_one() {
    let long = "aGVsbG8h".repeat(20);
    for output in [
        json!({"status": long}),
        json!({"echo": {"workflow": {"image": "a.png"}}}),
        json!({"text": ["…"]}),
        json!("done"),
        json!("https://example.com/"),
        json!(["ok", 1, null]),
        json!(null),
    ] {
        check(&output, &[]);
    }
    assert_eq!(files(&json!(long), None).files.len(), 1);
}

#[test]
fn more_files_than_any_job_makes_are_skipped() {
    let found = files(&json!({"images": vec!["aGVsbG8="; MOST + 5]}), None);
    assert_eq!(found.files.len(), MOST);
    insta::assert_snapshot!(found.skipped.unwrap_or_default());
}

#[track_caller]
fn check_strip(output: Value, expected: &Value) {
    assert_eq!(strip(output, &Secrets::new([Secret::new("rpa_secret")])).as_ref(), Some(expected));
}

#[test]
fn a_report_holds_the_size_of_an_image_and_not_its_bytes() {
    check_strip(
        json!({"images": [
            {"filename": "a.png", "type": "base64", "data": "aGVsbG8="},
            {"filename": "b.png", "data": "https://b.example/b.png?X-Amz-Signature=key"},
            {"filename": "c.png", "data": "!".repeat(2000)},
        ], "message": "data:image/png;base64,aGVsbG8h", "note": "a rpa_secret", "big": "A".repeat(400), "n": [1, null]}),
        &json!({"images": [
            {"filename": "a.png", "type": "base64", "data": "<base64, 5 bytes>"},
            {"filename": "b.png", "data": "https://b.example/b.png?…"},
            {"filename": "c.png", "data": "<2000 characters>"},
        ], "message": "data:image/png;base64,<base64, 6 bytes>", "note": "a [redacted]", "big": "<base64, 300 bytes>",
           "n": [1, null]}),
    );
}

#[test]
fn files_of_any_kind_are_not_in_a_report() {
    let video = base64_simd::STANDARD.encode_to_string(b"\0\0\0\x20ftypisom");
    let lines = "A".repeat(76) + "\n" + &"B".repeat(76) + "\n" + &"C".repeat(76) + "\n" + &"D".repeat(40) + "\n";
    check_strip(
        json!({"result": {"video_base64": video, "audio": "none"}, "image": lines, "words": "a\nbc\n".repeat(100)}),
        &json!({"result": {"video_base64": "<base64, 12 bytes>", "audio": "none"}, "image": "<base64, 201 bytes>",
                "words": "a\nbc\n".repeat(100)}),
    );
}

#[test]
fn what_is_nested_more_deeply_than_a_report_can_be_read_is_cut() {
    let nested = |innermost: Value, levels| (0..levels).fold(innermost, |inner, _| json!([inner]));
    check_strip(nested(json!(1), 64), &nested(json!(1), 64));
    check_strip(nested(json!({"a": "b"}), 64), &nested(json!("<nested, 9 bytes>"), 64));
    // As deep as a parser goes.
    check_strip(nested(json!("rpa_secret"), 127), &nested(json!("<nested, 138 bytes>"), 64));
}

#[test]
fn an_output_that_is_too_large_without_its_images_is_left_out() {
    assert_eq!(strip(json!({"log": "line ".repeat(60_000)}), &Secrets::default()), None);
}
