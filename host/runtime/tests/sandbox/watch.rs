//! The optional watcher of a component.

use crate::guest::{SANDBOX, Trial, check_of, component, load_error, runtime};
use comfycheck_core::execution::{CheckInstance, Outcome};
use comfycheck_core::manifest::Scope;
use comfycheck_core::secret::Secrets;
use comfycheck_runtime::facts::WaitingSample;
use comfycheck_runtime::sandbox::{Call, ComponentSource, LoadErrorKind};
use std::sync::Arc;
use std::time::Duration;

/// The rules of the findings that a guest has while these samples wait.
fn watched(name: &str, waiting: &[WaitingSample]) -> Vec<String> {
    let trial = Trial::default();
    let call = Call {
        instance: CheckInstance { check: name.to_owned(), scope: Scope::Run, sample: None },
        settings: trial.settings,
        severity: &trial.severity,
        capabilities: trial.capabilities.for_instance(),
        limits: trial.limits.clone(),
        secrets: Secrets::default(),
        log: Arc::new(|_, _| ()),
    };
    let execution = runtime().block_on(check_of(name).watch(call, Duration::from_secs(30), waiting));
    match execution.outcome {
        Outcome::Completed { findings, .. } => findings.into_iter().map(|finding| finding.rule).collect(),
        other => panic!("{other:?}"),
    }
}

fn waiting(index: u32) -> WaitingSample {
    WaitingSample { index, status: Some("IN_QUEUE".to_owned()), submitted: Duration::ZERO, first_running: None }
}

#[test]
fn a_watcher_sees_the_samples_that_wait_and_may_find_that_it_is_hopeless() {
    assert!(check_of("ends_a_wait").watches());
    assert_eq!(watched("ends_a_wait", &[]), Vec::<String>::new());
    assert_eq!(watched("ends_a_wait", &[waiting(0), waiting(7)]), ["a-rule"]);
}

#[test]
fn a_component_without_a_watcher_finds_nothing() {
    assert!(!check_of("answers").watches());
    assert_eq!(watched("answers", &[waiting(0)]), Vec::<String>::new());
}

#[test]
fn a_watcher_needs_the_scope_in_which_its_finding_is_reported() {
    let wasm = component("watches_without_a_run");
    let error = SANDBOX.load(ComponentSource { name: "guest", wasm: &wasm, sha256: None }).unwrap_err();
    assert!(matches!(error.kind, LoadErrorKind::Manifest(_)), "{error:?}");
    insta::assert_snapshot!(load_error("guest", &wasm));
}
