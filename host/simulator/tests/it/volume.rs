//! The volume's S3-compatible API.

use crate::scene::{Scene, plain};
use comfycheck_simulator::{Api, Method, Outcome, Request};
use std::time::Duration;

const VOLUME: &str = r#"
    [[volumes]]
    id = "vol"
    data-center = "EU-RO-1"
    [volumes.files]
    "models/vae/ae.safetensors" = { bytes = 335_304_388 }
    "models/vae/cut.safetensors" = { bytes = 1000, declared-bytes = 5000 }
    "models/vae/pointer.safetensors" = { bytes = 24, text = "version https://git-lfs" }
    "models/unet/a & b.safetensors" = { bytes = 300 }
    "notes.txt" = { bytes = 2, text = "hi" }
"#;

fn ask(changes: &str, method: Method, target: &str, range: Option<&str>) -> Outcome {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let request =
        Request { query: query.to_owned(), range: range.map(str::to_owned), ..Request::new(Api::Volume, method, path) };
    Scene::new(plain(changes)).send(Duration::ZERO, &request).outcome
}

fn text(outcome: &Outcome) -> String {
    String::from_utf8_lossy(&outcome.response().unwrap().body).into_owned()
}

#[test]
fn a_head_request_returns_the_size_of_a_file() {
    let outcome = ask(VOLUME, Method::Head, "/vol/models/vae/ae.safetensors", None);
    let response = outcome.response().unwrap();
    assert_eq!((response.status, response.header("content-length"), response.body.len()), (200, Some("335304388"), 0));
    assert_eq!(response.header("last-modified"), Some("Fri, 20 Nov 2026 00:00:00 GMT"));
    assert_eq!(ask(VOLUME, Method::Head, "/vol/models/vae/none", None).response().unwrap().status, 404);
    assert_eq!(
        ask(VOLUME, Method::Head, "/vol/models/unet/a%20%26%20b.safetensors", None).response().unwrap().status,
        200
    );
}

#[track_caller]
fn check_header(path: &str, size: u64, declared: u64) {
    let outcome = ask(VOLUME, Method::Get, path, Some("bytes=0-263"));
    let response = outcome.response().unwrap();
    assert_eq!(
        (response.status, response.header("content-range")),
        (206, Some(format!("bytes 0-263/{size}").as_str()))
    );
    let length = u64::from_le_bytes(response.body[..8].try_into().unwrap());
    let header: serde_json::Value = serde_json::from_slice(&response.body[8..]).unwrap();
    let end = header["weight"]["data_offsets"][1].as_u64().unwrap();
    assert_eq!(8 + length + end, declared);
}

#[test]
fn a_model_begins_with_a_header_that_declares_its_size() {
    check_header("/vol/models/vae/ae.safetensors", 335_304_388, 335_304_388);
    check_header("/vol/models/vae/cut.safetensors", 1000, 5000);
}

#[test]
fn a_range_is_answered_with_the_whole_file_where_the_volume_ignores_ranges() {
    let ignores = VOLUME.replace("data-center", "ranges = false\ndata-center");
    let outcome = ask(&ignores, Method::Get, "/vol/notes.txt", Some("bytes=0-0"));
    assert_eq!((outcome.response().unwrap().status, text(&outcome).as_str()), (200, "hi"));
    let outcome = ask(VOLUME, Method::Get, "/vol/notes.txt", Some("bytes=0-0"));
    assert_eq!((outcome.response().unwrap().status, text(&outcome).as_str()), (206, "h"));
}

#[test]
fn a_file_that_is_too_large_for_memory_breaks_off() {
    let outcome = ask(VOLUME, Method::Get, "/vol/models/vae/ae.safetensors", None);
    let Outcome::Truncated(response, bytes) = outcome else {
        panic!("{bytes:?}", bytes = outcome.response().is_some())
    };
    assert_eq!((response.header("content-length"), bytes), (Some("335304388"), 64 << 20));
}

#[test]
fn a_folder_is_listed_with_its_files_and_its_folders() {
    let listing = text(&ask(VOLUME, Method::Get, "/vol?list-type=2&prefix=models%2F&delimiter=%2F", None));
    for part in [
        "<Prefix>models/unet/</Prefix>",
        "<Prefix>models/vae/</Prefix>",
        "<KeyCount>2</KeyCount>",
        "<IsTruncated>false",
    ] {
        assert!(listing.contains(part), "{part} in {listing}");
    }
    let listing = text(&ask(VOLUME, Method::Get, "/vol/?list-type=2&prefix=models/unet/&delimiter=/", None));
    assert!(
        listing.contains("<Key>models/unet/a &amp; b.safetensors</Key>") && listing.contains("<Size>300</Size>"),
        "{listing}"
    );
    assert!(text(&ask(VOLUME, Method::Get, "/vol?list-type=2&prefix=none/", None)).contains("<KeyCount>0</KeyCount>"));
}

#[test]
fn a_long_listing_comes_in_pages_and_may_never_end() {
    let keys = |listing: &str| listing.matches("<Key>").count();
    let first = text(&ask(VOLUME, Method::Get, "/vol?list-type=2&max-keys=3", None));
    let token = "models/vae/cut.safetensors";
    assert!(
        first.contains(&format!("<NextContinuationToken>{token}</NextContinuationToken>")) && keys(&first) == 3,
        "{first}"
    );
    let target = format!("/vol?list-type=2&max-keys=3&continuation-token={token}");
    let second = text(&ask(VOLUME, Method::Get, &target, None));
    assert!(second.contains("<IsTruncated>false") && keys(&second) == 2, "{second}");
    let repeats = VOLUME.replace("data-center", "repeats-token = true\ndata-center");
    let second = text(&ask(&repeats, Method::Get, &target, None));
    assert!(second.contains(&format!("<NextContinuationToken>{token}</NextContinuationToken>")), "{second}");
}

#[test]
fn a_missing_file_is_an_error_in_xml() {
    for (target, status, code) in [("/other?list-type=2", 404, "NoSuchBucket"), ("/vol/none", 404, "NoSuchKey")] {
        let outcome = ask(VOLUME, Method::Get, target, None);
        assert_eq!(outcome.response().unwrap().status, status);
        assert!(text(&outcome).contains(&format!("<Code>{code}</Code>")), "{target}");
    }
    assert_eq!(ask(VOLUME, Method::Get, "/vol/notes.txt", Some("bytes=9-")).response().unwrap().status, 416);
    assert_eq!(ask(VOLUME, Method::Post, "/vol/notes.txt", None).response().unwrap().status, 405);
}
