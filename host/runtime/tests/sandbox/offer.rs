//! Capabilities for these tests: from a cassette, or with made-up samples.

use comfycheck_core::media::FileKind;
use comfycheck_core::sample::{FileFacts, Sample};
use comfycheck_core::secret::Secrets;
use comfycheck_core::suite::Deployment;
use comfycheck_runtime::capabilities::{Capabilities, Offer, WorkflowText};
use comfycheck_runtime::facts::Samples;
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::cassette::Cassette;
use comfycheck_runtime::transport::exchange::{Phase, Round};
use comfycheck_runtime::transport::replay::Replay;
use serde_json::{Value, json};
use std::sync::Arc;

/// The answers of a cassette with these exchanges, and a ComfyUI server.
pub(crate) fn recorded(exchanges: &Value) -> Capabilities {
    offered(exchanges, None)
}

/// The second attempt of a run whose recording was cut off in the first one.
pub(crate) fn cut_off() -> Capabilities {
    let exchanges = json!([{
        "api": "jobs", "phase": "deployment", "request": {"method": "GET", "path": "/v2/{endpoint}/health"},
        "sent-ms": 0, "answered-ms": 100, "failure": "timeout",
    }]);
    let mut cassette = cassette(&exchanges);
    cassette["note"] = json!("cut off: in test");
    answers(&cassette, Round { attempt: 2, ..Phase::Deployment.into() }, None)
}

/// Samples with images of these bytes.
pub(crate) fn sampled(images: &[&[&'static [u8]]]) -> Capabilities {
    sampled_from(0, images)
}

/// The same, with the first sample's index, as in a shard.
pub(crate) fn sampled_from(first: u32, images: &[&[&'static [u8]]]) -> Capabilities {
    let sample = |(index, images): (u32, &&[&'static [u8]])| {
        let mut sample = Sample::not_submitted(index, None, "{}".to_owned(), "in test");
        let facts = |bytes: &&[u8]| FileFacts { size: bytes.len() as u64, ..FileFacts::default() };
        sample.images = images.iter().map(facts).collect();
        sample
    };
    let samples = Samples {
        samples: (first..).zip(images).map(sample).collect(),
        files: images.iter().map(|images| images.iter().map(|bytes| (*bytes).into()).collect()).collect(),
        ..Samples::default()
    };
    offered(&json!([]), Some(samples))
}

/// One sample with an image and a file of another kind.
pub(crate) fn sampled_with_file(kind: FileKind, bytes: &'static [u8]) -> Capabilities {
    let facts = |kind, bytes: &[u8]| FileFacts { kind, size: bytes.len() as u64, ..FileFacts::default() };
    let mut sample = Sample::not_submitted(0, None, "{}".to_owned(), "in test");
    sample.images = vec![facts(FileKind::Image, b"image")];
    sample.files = vec![facts(kind, bytes)];
    let files = vec![vec![b"image".as_slice().into(), bytes.into()]];
    offered(&json!([]), Some(Samples { samples: vec![sample], files, ..Samples::default() }))
}

/// One sample with a long workflow.
pub(crate) fn sampled_with(workflow: String) -> Capabilities {
    let samples = vec![Sample::not_submitted(0, None, workflow, "in test")];
    offered(&json!([]), Some(Samples { samples, files: vec![Vec::new()], ..Samples::default() }))
}

fn offered(exchanges: &Value, samples: Option<Samples>) -> Capabilities {
    answers(&cassette(exchanges), Phase::Deployment.into(), samples)
}

fn cassette(exchanges: &Value) -> Value {
    json!({
        "version": "comfycheck.cassette/1", "recorded": "2026-11-20", "seed": 1, "sources": ["server"],
        "exchanges": exchanges,
    })
}

fn answers(cassette: &Value, round: Round, samples: Option<Samples>) -> Capabilities {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("cassette.json"), cassette.to_string()).unwrap();
    let deployment = Deployment::default();
    Capabilities::new(Offer {
        transport: Arc::new(Transport::Replay(Replay::new(Cassette::load(folder.path()).unwrap()))),
        round,
        deployment: &deployment,
        saved: None,
        date: None,
        workflow: WorkflowText { source: "{}".into(), is_api: false },
        samples: samples.map(Arc::new),
        price: None,
        secrets: Secrets::default(),
    })
}
