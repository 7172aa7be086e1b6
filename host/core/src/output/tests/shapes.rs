//! Files anywhere in an output, and outputs made to mislead.

use super::*;
use crate::media::FileKind;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and enough after it to be no word of a language";
const MP4: &[u8] = b"\0\0\0\x20ftypisom and enough after it to be no word of a language";
const FLAC: &[u8] = b"fLaC and enough after it to be no word of a language, at least 64";
const GLB: &[u8] = b"glTF\x02\0\0\0 and enough after it to be no word of a language, at least";

fn base64(bytes: &[u8]) -> String {
    base64_simd::STANDARD.encode_to_string(bytes)
}

/// A file in one line: `kind name node encoding`, `@` where it must be downloaded, or `!` where it is lost. What is among
/// the images has a `*`.
fn shape(file: &OutputFile) -> String {
    let kind = file.kind_of_bytes().or(file.kind).map_or("?", |kind| match kind {
        FileKind::Image => "image",
        FileKind::Video => "video",
        FileKind::Audio => "audio",
        FileKind::Model => "3d",
        FileKind::Text => "text",
        FileKind::Other => "other",
    });
    let node = file.node.as_ref().map_or(String::new(), |node| format!(" node {node}"));
    let how = match &file.content {
        Content::Bytes(_, Encoding::Base64 | Encoding::Text) => "",
        Content::Bytes(_, _) => " lenient",
        Content::Elsewhere(_) => " @",
        Content::Lost(_) => " !",
    };
    let name = if file.name.is_empty() { String::new() } else { format!(" {}", file.name) };
    format!("{kind}{name}{node}{how}{}", if file.is_listed { " *" } else { "" })
}

#[track_caller]
fn check(output: &Value, expected: &[&str]) {
    let lines: Vec<_> = files(output, None).files.iter().map(shape).collect();
    assert_eq!(lines, expected, "{output}");
}

#[test]
fn files_of_every_kind_are_found_where_workers_put_them() {
    let item = |name: &str, bytes: &[u8]| json!({"filename": name, "type": "base64", "data": base64(bytes)});
    for (output, expected) in [
        (json!({"images": [item("a.png", PNG), item("b.mp4", MP4)]}), &["image a.png *", "video b.mp4 *"][..]),
        (json!({"video": base64(MP4)}), &["video"]),
        (json!({"videos": [item("a.mp4", MP4)]}), &["video a.mp4"]),
        (json!({"gifs": [item("a.mp4", MP4)]}), &["video a.mp4"]),
        (json!({"audio": [item("a.flac", FLAC)]}), &["audio a.flac"]),
        (json!({"files": [item("a.glb", GLB), item("c.txt", b"words")]}), &["3d a.glb", "text c.txt"]),
        (json!({"output": {"images": [item("a.png", PNG)]}}), &["image a.png"]),
        (json!({"result": [{"data": {"images": [item("a.png", PNG)]}}]}), &["image a.png"]),
        (json!([{"output": {"images": [item("a.png", PNG)]}}]), &["image a.png"]),
        (json!({"images": [[base64(PNG)]]}), &["image *"]),
        (json!({"images": {"first": base64(PNG)}}), &["image"]),
        (json!({"data": [{"b64_json": base64(PNG)}]}), &["image"]),
        (json!({"image_base64": base64(PNG)}), &["image"]),
        (json!({"image": [base64(PNG)]}), &["image"]),
        (json!({"message": {"image": base64(PNG)}}), &["image"]),
        (
            json!({"9": {"images": [item("a.png", PNG)]}, "12:3": {"audio": [item("a.flac", FLAC)]}}),
            &["image a.png node 9", "audio a.flac node 12:3"],
        ),
        (json!({"outputs": [{"node_id": 9, "name": "a.mp4", "data": base64(MP4)}]}), &["video a.mp4 node 9"]),
        (json!({"anything": {"at": {"all": base64(MP4)}}}), &["video"]),
        (json!({"anything": format!("data:audio/flac;base64,{}", base64(FLAC))}), &["audio"]),
        (json!({"video": {"url": "https://b.example/x", "content_type": "video/mp4"}}), &["video x @"]),
        (json!({"image_url": "https://b.example/x.png"}), &["image x.png @"]),
        (json!({"result": "https://b.example/x.mp4?sig=1"}), &["video x.mp4 @"]),
        (json!({"image_path": "/runpod-volume/a.png"}), &["image /runpod-volume/a.png !"]),
        (json!({"9": {"gifs": [{"filename": "a.mp4", "subfolder": "", "type": "output"}]}}), &["video a.mp4 node 9 !"]),
        (json!({"text": ["a caption", "", " "]}), &["text"]),
        (json!({"9": {"text": ["{\"a\": 1}"]}}), &["text node 9"]),
        (json!({"outputs": [{"type": "text", "data": "a caption"}]}), &["text"]),
        (json!(base64(MP4)), &["video *"]),
    ] {
        check(&output, expected);
    }
}

#[test]
fn base64_is_found_however_it_is_written() {
    let urlsafe = base64(b"\xff\xd8\xff\xfe\xff\xfb\xff and enough after it to be no word of a language")
        .replace('+', "-")
        .replace('/', "_");
    let mime: String =
        base64(PNG).as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line).into_owned() + "\n").collect();
    let unpadded = base64(&[PNG, b"xx"].concat()).trim_end_matches('=').to_owned();
    for text in [urlsafe, mime, unpadded] {
        check(&json!({"images": [{"filename": "a.png", "data": text}]}), &["image a.png lenient *"]);
        check(&json!({"result": {"image": text}}), &["image lenient"]);
        check(&json!({"anything": text}), &["image lenient"]);
    }
}

#[test]
fn what_is_no_file_is_not_taken_for_one() {
    let word = base64(b"\x01\x02\x03\x04 without a known signature, long enough for anything to find it");
    for output in [
        json!({"anything": word}),
        json!({"audio": "none", "gif": "false", "image_format": "png", "video": ""}),
        json!({"logo": "https://b.example/logo.png", "page": "https://b.example/"}),
        json!({"result": "see the image a.png", "path": "/runpod-volume/models/x.safetensors"}),
        json!({"input": {"images": [{"name": "a.png", "image": base64(PNG)}]}}),
        json!({"prompt": base64(PNG), "workflow": {"1": {"inputs": {"image": base64(PNG)}}}}),
        json!({"errors": [base64(PNG)]}),
        json!({"model_path": "a.glb", "count": 3, "ok": true}),
    ] {
        check(&output, &[]);
    }
}

#[test]
fn a_file_and_its_other_addresses_are_one_file() {
    let (png, mp4) = (base64(PNG), base64(MP4));
    for (output, expected) in [
        (json!({"images": [png], "image_url": "https://b.example/a.png"}), &["image *"][..]),
        (
            json!({"images": [png], "image_path": "/tmp/a.png", "video_url": "https://b.example/a.mp4"}),
            &["image *", "video a.mp4 @"],
        ),
        (json!({"video": mp4, "result": {"video": mp4}}), &["video"]),
        (json!({"images": [png, png]}), &["image *", "image *"]),
        // Two nodes, or a batch, can save the same.
        (json!({"videos": [mp4, mp4]}), &["video", "video"]),
        (json!({"9": {"video": mp4}, "10": {"video": mp4}}), &["video node 9", "video node 10"]),
        (json!({"images": [png], "output": {"images": [png]}}), &["image *"]),
    ] {
        check(&output, expected);
    }
}

#[test]
fn the_suite_can_name_the_part_that_holds_the_files() {
    let output = json!({"preview": base64(PNG), "result": {"files": [base64(MP4), "aGVsbG8="]}});
    let shapes = |path: &str| -> Vec<String> {
        let path = OutputPath::parse(path).unwrap();
        files(&output, Some(&path)).files.iter().map(shape).collect()
    };
    assert_eq!(shapes("result.files"), ["video", "text"]);
    assert_eq!(shapes("result.files.1"), ["text"]);
    assert_eq!(shapes("result.videos"), ["? !"]);
}

/// Outputs made to cost time or memory, and how many files are found in each.
#[test]
fn hostile_outputs_cost_little() {
    let deep = |levels: usize| (0..levels).fold(json!(base64(PNG)), |inner, _| json!([inner]));
    let almost: Vec<Value> = (0..3000_u32).map(|n| json!(base64(&[PNG, &n.to_be_bytes()].concat()))).collect();
    let long_key = json!({"image".repeat(100_000): base64(PNG)});
    let many = json!({"files": (0..50_000).map(|n| json!({"filename": format!("{n}.png")})).collect::<Vec<_>>()});
    for (name, output, expected) in [
        ("nested as deep as is looked at", deep(32), 1),
        ("nested more deeply", deep(33), 0),
        ("equal but for the end", json!({"result": almost}), MOST),
        ("a long name", long_key, 1),
        ("names without data", many, MOST),
        ("a long name of a file", json!({"images": [{"filename": "x".repeat(1 << 20), "data": base64(PNG)}]}), 1),
        ("not base64 at its end", json!({"result": base64(PNG).repeat(10_000) + "!"}), 0),
        ("no UTF-8", json!({"images": [base64(b"\xff\xfe\xfd")]}), 1),
        ("a URL without a host", json!({"image_url": "https:///a.png"}), 1),
        ("a URL of another scheme", json!({"image_url": "file:///etc/passwd"}), 0),
        ("padding only", json!({"images": ["===="]}), 1),
        ("empty", json!({"images": [{}], "videos": [{}], "files": [[]]}), 1),
    ] {
        let found = files(&output, None);
        assert_eq!(found.files.len(), expected, "{name}");
        assert!(found.files.iter().all(|file| file.name.chars().count() <= 300), "{name}");
    }
}
