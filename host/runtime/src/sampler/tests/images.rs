//! Images and other files, in the output or to be downloaded.

use super::recording::Recording;
use super::{check, line, reason, sampling};
use crate::testing::wording;
use crate::transport::testing::exchange;
use bytes::Bytes;
use comfycheck_core::media::FileKind;
use comfycheck_core::sample::{Encoding, FileFacts};
use serde_json::{Value, json};

#[test]
fn images_that_lie_elsewhere_are_fetched() {
    let image = |url: &str| json!({"filename": "a.png", "type": "s3_url", "data": url});
    let done = json!({"status": "COMPLETED", "output": {"images": [
        image("https://b.example/j/a.png?X-Amz-Signature=x"),
        image("https://b.example/j/gone.png"),
        {"filename": "b.png", "type": "base64", "data": "aGVsbG8="},
    ]}});
    let recording = Recording::new()
        .health(0, 1)
        .accepted(0)
        .status(0, 0, &done)
        .with(exchange(
            "result",
            "sampling",
            "GET b.example/j/a.png",
            [0, 500],
            &json!({"status": 200, "body": {"text": "bytes"}}),
        ))
        .with(exchange("result", "sampling", "GET b.example/j/gone.png", [0, 100], &json!({"status": 403})));
    let run = recording.replay(1, &sampling(1));
    let sample = &run.samples[0];
    assert_eq!(run.files[0], [Bytes::from_static(b"bytes"), Bytes::from_static(b"hello")]);
    assert_eq!(sample.images[0].size, 5);
    let lost = sample.lost_images.iter().map(|lost| (lost.name.as_str(), lost.reason.as_str()));
    insta::assert_snapshot!(wording(lost));
    // Downloads do not count as time of the sample.
    assert_eq!(line(sample), "succeeded 100 800 800");
    assert_eq!(sample.output.as_ref().unwrap()["images"][0]["data"], "https://b.example/j/a.png?…");
}

#[test]
fn an_image_of_another_host_is_not_fetched() {
    let data = "https://elsewhere.example/a.png";
    let done = json!({"status": "COMPLETED", "output": {"images": [{"filename": "a.png", "data": data}]}});
    let run = Recording::new().health(0, 1).accepted(0).status(0, 0, &done).replay(1, &sampling(1));
    check(&run, &["unknown 100 800 800"]);
    insta::assert_snapshot!(reason(&run));
}

#[test]
fn an_image_that_only_we_may_not_get_is_not_lost_but_proves_nothing() {
    let run = |url: &str, outcome: &Value| {
        let images = json!([{"filename": "a.png", "data": "aGVsbG8="}, {"filename": "b.png", "data": url}]);
        let done = json!({"status": "COMPLETED", "output": {"images": images}});
        let path = url.split_once("://").unwrap().1;
        let recording = Recording::new().health(0, 1).accepted(0).status(0, 0, &done).with(exchange(
            "result",
            "sampling",
            &format!("GET {path}"),
            [0, 100],
            outcome,
        ));
        let run = recording.replay(1, &sampling(1));
        assert_eq!((run.samples[0].images.len(), &*run.samples[0].lost_images), (1, &[][..]), "{outcome}");
        check(&run, &["unknown 100 800 800"]);
        (format!("{url} {outcome}"), reason(&run))
    };
    let outcomes = [
        json!("unresolved"),
        json!("refused"),
        json!("timeout"),
        json!("too-large"),
        json!({"status": 302}),
        json!({"status": 408}),
        json!({"status": 425}),
        json!({"status": 429}),
        json!({"status": 503}),
    ];
    let mut reasons: Vec<_> = outcomes.iter().map(|outcome| run("https://b.example/b.png", outcome)).collect();
    reasons.push(run("http://b.example/b.png", &json!({"status": 200})));
    insta::assert_snapshot!(wording(reasons));
}

#[test]
fn files_of_every_kind_are_collected() {
    let mp4 = b"\0\0\0\x20ftypisom and more";
    let output = json!({
        "images": [{"filename": "a.png", "type": "base64", "data": "aGVsbG8="}],
        "9": {"videos": [{"filename": "a.mp4", "data": base64_simd::STANDARD.encode_to_string(mp4)}]},
        "audio_url": "https://b.example/j/a.flac?sig=1",
        "text": ["a caption with rpa_secret in it"],
    });
    let done = json!({"status": "COMPLETED", "output": output});
    let flac = json!({"status": 200, "body": {"text": "fLaC"}});
    let recording = Recording::new().health(0, 1).accepted(0).status(0, 0, &done).with(exchange(
        "result",
        "sampling",
        "GET b.example/j/a.flac",
        [0, 100],
        &flac,
    ));
    let run = recording.replay(1, &sampling(1));
    let sample = &run.samples[0];
    let facts = |files: &[FileFacts]| -> Vec<_> {
        files.iter().map(|file| (file.name.clone(), file.node.clone(), file.kind, file.encoding)).collect()
    };
    assert_eq!(facts(&sample.images), [("a.png".to_owned(), None, FileKind::Image, Encoding::Base64)]);
    assert_eq!(
        facts(&sample.files),
        [
            ("a.mp4".to_owned(), Some("9".to_owned()), FileKind::Video, Encoding::Base64),
            ("a.flac".to_owned(), None, FileKind::Audio, Encoding::Url),
            (String::new(), None, FileKind::Text, Encoding::Text),
        ]
    );
    let texts: Vec<_> = run.files[0].iter().map(|bytes| String::from_utf8_lossy(bytes).into_owned()).collect();
    assert_eq!((texts[0].as_str(), texts[2].as_str()), ("hello", "fLaC"));
    assert!(sample.delivered());
    assert_eq!(recording.replay(1, &sampling(1)), run, "the same recording gives the same files");
}

#[test]
fn downloads_of_a_sample_take_ten_minutes_together() {
    // Each takes a minute.
    let run = |images: u32| {
        let name = |image: u32| format!("b.example/{image}.png");
        let listed: Vec<_> = (0..images).map(|image| json!({"data": format!("https://{}", name(image))})).collect();
        let done = json!({"status": "COMPLETED", "output": {"images": listed}});
        let answer = json!({"status": 200, "body": {"text": "bytes"}});
        let recording =
            (0..images).fold(Recording::new().health(0, 1).accepted(0).status(0, 0, &done), |recording, image| {
                recording.with(exchange("result", "sampling", &format!("GET {}", name(image)), [0, 60_000], &answer))
            });
        let run = recording.replay(1, &sampling(1));
        (run.samples[0].ending.word(), run.samples[0].images.len())
    };
    assert_eq!([run(9), run(11)], [("succeeded", 9), ("unknown", 10)]);
}
