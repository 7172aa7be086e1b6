//! `runpod/pictures`: images that the decoder of the bundled check `image` decodes for others.

use crate::guest::{Trial, component, runtime};
use crate::offer::sampled;
use comfycheck_core::execution::{ErrorKind, Outcome};
use comfycheck_core::manifest::Scope;
use comfycheck_packed::Packed;
use comfycheck_runtime::sandbox::{AuditEvent, BuiltIn, Check, ComponentSource, Interface, Limits, Sandbox};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

/// A sandbox with the decoder, whose code is compiled here.
static DECODING: LazyLock<Sandbox> = LazyLock::new(|| {
    let sandbox = Sandbox::new(None).unwrap();
    let image = comfycheck_checks::check("image").unwrap();
    sandbox.lend_decoder(BuiltIn { wasm: image.packed, sha256: image.sha256, description: "", code: Packed::NOTHING });
    sandbox
});

/// 32 × 32 pixels, whose mean is 200 in red, 100 in green and 50 in blue.
const PNG: &[u8] = include_bytes!("../images/red.png");
const CUT: &[u8] = PNG.split_at(60).0;
const JPEG: &[u8] = include_bytes!("../../../../guest-checks/image/tests/images/baseline.jpg");

fn check(sandbox: &Sandbox, name: &str) -> Check {
    let wasm = component(name);
    let component = sandbox.load(ComponentSource { name, wasm: &wasm, sha256: None }).unwrap();
    component.grant(&Interface::ALL.map(Interface::name)).unwrap()
}

/// What the guest measures of an image, and its message.
fn decoded(sandbox: &Sandbox, images: &'static [&'static [u8]], settings: &'static str) -> (f64, String) {
    let trial = Trial { scope: Scope::Run, capabilities: sampled(&[images]), settings, ..Trial::default() };
    let check = check(sandbox, "decodes_an_image");
    match runtime().block_on(trial.execute("decodes_an_image", &check)).outcome {
        Outcome::Completed { findings, .. } => {
            (findings[0].measurement.as_ref().unwrap().value, findings[0].message.clone())
        }
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn assert_measured(images: &'static [&'static [u8]], settings: &'static str, expected: u32) {
    let (value, message) = decoded(&DECODING, images, settings);
    assert!((value - f64::from(expected)).abs() < 0.5, "{value}: {message}");
}

#[test]
fn a_check_without_a_decoder_sees_thumbnails() {
    assert_measured(&[PNG], "0", 200);
    let (value, message) = decoded(&DECODING, &[b"first", JPEG], "1");
    assert!((0.0..256.0).contains(&value), "{value}: {message}");
}

#[test]
fn what_is_not_decoded_has_a_case_of_its_own() {
    assert_measured(&[PNG], "1", 1_000);
    assert_measured(&[b"hello"], "0", 1_001);
    assert_measured(&[CUT], "0", 1_002);
    assert_measured(&[include_bytes!("../images/claims-400-megapixels.png")], "0", 1_003);
    assert_eq!(decoded(&Sandbox::new(None).unwrap(), &[PNG], "0").0.to_string(), "1004");
}

#[test]
fn an_instance_has_no_pictures_of_other_samples() {
    let capabilities = sampled(&[&[PNG], &[PNG]]);
    let (scope, sample, settings) = (Scope::Sample, Some(1), "0");
    let trial = Trial { scope, sample, settings, capabilities, ..Trial::default() };
    let check = check(&DECODING, "decodes_an_image");
    let Outcome::Completed { findings, .. } = runtime().block_on(trial.execute("x", &check)).outcome else { panic!() };
    assert_eq!(findings[0].measurement.as_ref().unwrap().value.to_string(), "1000");
}

#[test]
fn the_time_of_decoding_counts_for_the_check() {
    let limits = Limits { cpu: Duration::from_millis(200), handles: 1_000_000, ..Limits::default() };
    let trial = Trial { scope: Scope::Run, capabilities: sampled(&[&[PNG]]), limits, ..Trial::default() };
    let check = check(&DECODING, "decodes_again_and_again");
    let outcome = runtime().block_on(trial.execute("decodes", &check)).outcome;
    assert!(matches!(&outcome, Outcome::Errored { kind: ErrorKind::Limit, .. }), "{outcome:?}");
}

#[test]
fn more_guests_than_places_can_wait_for_a_picture() {
    let trial = Trial { scope: Scope::Run, capabilities: sampled(&[&[PNG]]), settings: "0", ..Trial::default() };
    let check = check(&DECODING, "decodes_an_image");
    let all = (0..50).map(|_| trial.execute("decodes", &check));
    let ended = runtime().block_on(futures_util::future::join_all(all));
    assert!(ended.iter().all(|execution| matches!(execution.outcome, Outcome::Completed { .. })), "{ended:?}");
}

#[test]
fn a_decoding_is_one_line_of_the_audit() {
    let sandbox = Sandbox::new(None).unwrap();
    let events = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&events);
    sandbox.audit(Arc::new(move |_, event| sink.lock().unwrap().push(event)));
    decoded(&sandbox, &[PNG], "0");
    let events = events.lock().unwrap().clone();
    let calls = events.iter().filter_map(|event| match event {
        AuditEvent::Call { function, .. } => Some(*function),
        AuditEvent::End { .. } => None,
    });
    assert_eq!(calls.collect::<Vec<_>>(), ["runpod/pictures.decode"]);
}
