//! Images that must be downloaded.

use super::recording::Recording;
use super::{check, line, reason, sampling};
use crate::testing::wording;
use crate::transport::testing::exchange;
use bytes::Bytes;
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
    assert_eq!(run.images[0], [Bytes::from_static(b"bytes"), Bytes::from_static(b"hello")]);
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
        json!({"status": 429}),
        json!({"status": 503}),
    ];
    let mut reasons: Vec<_> = outcomes.iter().map(|outcome| run("https://b.example/b.png", outcome)).collect();
    reasons.push(run("http://b.example/b.png", &json!({"status": 200})));
    insta::assert_snapshot!(wording(reasons));
}
