//! The samples that an instance sees, and its reads of their images.

use crate::guest::{Trial, errors};
use crate::offer::{sampled, sampled_from, sampled_with, sampled_with_file};
use comfycheck_core::execution::{ErrorKind, Outcome};
use comfycheck_core::manifest::Scope;
use comfycheck_core::media::FileKind;
use comfycheck_core::request::InputFacts;
use comfycheck_runtime::sandbox::Limits;

#[track_caller]
fn check_seen(scope: Scope, sample: Option<u32>, expected: u8) {
    let trial = Trial { scope, sample, capabilities: sampled(&[&[], &[], &[]]), ..Trial::default() };
    let (findings, _) = trial.completed("counts_samples");
    let value = findings[0].measurement.as_ref().unwrap().value;
    assert!((value - f64::from(expected)).abs() < f64::EPSILON, "{value} is not {expected}");
}

#[test]
fn each_scope_sees_its_samples() {
    check_seen(Scope::Deployment, None, 0);
    check_seen(Scope::Sample, Some(2), 1);
    check_seen(Scope::Run, None, 3);
}

#[test]
fn in_a_shard_a_sample_is_found_by_its_index() {
    let trial = |sample| {
        let capabilities = sampled_from(2, &[&[b"of the third"], &[b"of the fourth"]]);
        let trial = Trial { scope: Scope::Sample, sample: Some(sample), capabilities, ..Trial::default() };
        trial.completed("counts_samples").0[0].measurement.as_ref().unwrap().value.to_string()
    };
    assert_eq!([trial(0), trial(2), trial(3), trial(4)], ["0", "1", "1", "0"]);
    let capabilities = sampled_from(2, &[&[b"of the third"], &[b"of the fourth"]]);
    assert_eq!(capabilities.files(3)[0], &b"of the fourth"[..]);
    assert!(capabilities.files(0).is_empty() && capabilities.files(1).is_empty());
}

#[test]
fn samples_have_room_of_their_own_in_a_guests_memory() {
    let outcome = |memory_bytes: u64, workflow: usize| {
        let limits = Limits { memory_bytes, ..Limits::default() };
        let capabilities = sampled_with("x".repeat(workflow));
        Trial { scope: Scope::Run, capabilities, limits, ..Trial::default() }.run("counts_samples").outcome
    };
    let enough = outcome(256 << 10, 8 << 20);
    assert!(matches!(enough, Outcome::Completed { .. }), "{enough:?}");
    let own = outcome(64 << 10, 8 << 20);
    assert!(matches!(own, Outcome::Errored { kind: ErrorKind::Limit, .. }), "the guest's own memory counts: {own:?}");
}

#[track_caller]
fn check_read(guest: &str, expected: &str) {
    let trial = Trial { scope: Scope::Run, capabilities: sampled(&[&[b"a picture"]]), ..Trial::default() };
    assert_eq!(trial.completed(guest).0[0].message, expected);
}

#[test]
fn an_image_is_read_from_an_offset() {
    check_read("reads_an_image", "pic");
}

#[test]
fn beyond_an_image_there_is_nothing() {
    check_read("reads_beyond_an_image", "nothing");
}

#[test]
fn an_instance_has_no_images_of_other_samples() {
    // The guest takes the first image of sample 0, which it cannot see, so it reads through an
    // unknown handle.
    let trial = Trial {
        scope: Scope::Sample,
        sample: Some(1),
        capabilities: sampled(&[&[b"of another"], &[]]),
        ..Trial::default()
    };
    insta::assert_snapshot!(errors(&trial, ErrorKind::Contract, &["reads_an_image"]));
}

#[test]
fn files_of_other_kinds_come_after_the_images() {
    let capabilities = sampled_with_file(FileKind::Audio, b"a sound");
    let trial = Trial { scope: Scope::Run, capabilities, ..Trial::default() };
    let (findings, _) = trial.completed("reads_a_file");
    assert_eq!(findings[0].message, "sou");
    // The third kind of the contract.
    assert_eq!(findings[0].measurement.as_ref().map(|measured| measured.value.to_string()).as_deref(), Some("2"));
    // Images do not count them.
    trial.completed("reads_an_image");
}

#[test]
fn input_files_are_those_of_the_suite_and_of_each_sample() {
    let input = |name: &str, of_request| InputFacts {
        name: name.to_owned(),
        media_type: None,
        size: 1,
        sha256: String::new(),
        of_request,
    };
    let inputs = [input("a.png", false), input("b.png", false), input("c.png", true)];
    let workflow = r#"{"1": {"class_type": "LoadImage", "inputs": {"image": "b.png"}}}"#;
    let measured = |scope, sample| {
        let capabilities = sampled_with(workflow.to_owned()).with_inputs(inputs.clone().into());
        let trial = Trial { scope, sample, capabilities, ..Trial::default() };
        trial.completed("counts_inputs").0[0].measurement.as_ref().unwrap().value.to_string()
    };
    assert_eq!(measured(Scope::Sample, Some(0)), "23");
    assert_eq!(measured(Scope::Run, None), "23");
    // Before the samples there is none.
    assert_eq!(measured(Scope::Deployment, None), "3");
}

#[test]
fn handles_are_limited() {
    let trial = Trial { scope: Scope::Run, capabilities: sampled(&[&[b"a picture"]]), ..Trial::default() };
    insta::assert_snapshot!(errors(&trial, ErrorKind::Limit, &["leaks_handles"]));
    // Dropped handles do not count.
    trial.completed("drops_handles");
    let few = Limits { handles: 5, ..Limits::default() };
    let trial = Trial { limits: few, scope: Scope::Run, capabilities: sampled(&[&[b"a picture"]]), ..Trial::default() };
    insta::assert_snapshot!(errors(&trial, ErrorKind::Limit, &["leaks_handles"]));
}
