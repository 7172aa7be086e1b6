//! Loading a component: reasons to refuse it, and what is read of it.

use crate::guest::{SANDBOX, check_of, component, load_error};
use comfycheck_runtime::sandbox::{COMPONENT_BYTES, ComponentSource, Interface, LoadErrorKind, LoadEvent};
use std::sync::Mutex;

/// Checks why a component is refused. Its words are a snapshot.
macro_rules! check {
    ($wasm:expr, $reason:pat) => {{
        let wasm: Vec<u8> = $wasm;
        let error = SANDBOX.load(ComponentSource { name: "guest", wasm: &wasm, sha256: None }).unwrap_err();
        assert!(matches!(error.kind, $reason), "{error:?}");
        insta::assert_snapshot!(load_error("guest", &wasm));
    }};
}

fn text(component: &str) -> Vec<u8> {
    wat::parse_str(component).unwrap()
}

#[test]
fn what_is_not_wasm_is_refused() {
    check!(Vec::new(), LoadErrorKind::NotWasm);
    check!(b"#!/bin/sh".to_vec(), LoadErrorKind::NotWasm);
}

#[test]
fn a_core_module_is_refused() {
    check!(text("(module)"), LoadErrorKind::CoreModule);
}

#[test]
fn a_large_component_is_refused_unread() {
    check!(vec![0; COMPONENT_BYTES + 1], LoadErrorKind::TooLarge { .. });
}

#[test]
fn a_component_of_the_largest_size_is_read() {
    let zeros = vec![0; COMPONENT_BYTES];
    let error = SANDBOX.load(ComponentSource { name: "guest", wasm: &zeros, sha256: None }).unwrap_err();
    assert!(matches!(error.kind, LoadErrorKind::NotWasm), "{error:?}");
}

#[test]
fn a_truncated_component_does_no_harm() {
    let whole = component("answers");
    let load = |wasm| SANDBOX.load(ComponentSource { name: "guest", wasm, sha256: None });
    assert!(matches!(load(&whole[..20]).unwrap_err().kind, LoadErrorKind::Malformed(_)));
    // A cut at the very end may only lose names.
    let loaded = (0..whole.len()).filter(|&length| load(&whole[..length]).is_ok()).count();
    assert!(loaded < whole.len() / 10);
}

#[test]
fn wasi_is_refused_with_all_of_it_named() {
    let component = text(
        r#"(component
             (import "wasi:cli/environment@0.2.0" (instance))
             (import "comfycheck:check/log@0.1.0" (instance))
             (import "wasi:clocks/monotonic-clock@0.2.9" (instance)))"#,
    );
    check!(component, LoadErrorKind::UnknownImports(_));
}

#[test]
fn unknown_imports_are_refused_with_what_is_offered() {
    let component = text(
        r#"(component
             (import "acme:gpu/burn@1.0.0" (instance))
             (import "comfycheck:runpod/samples@0.2.0" (instance))
             (import "do-it" (func)))"#,
    );
    check!(component, LoadErrorKind::UnknownImports(_));
}

#[test]
fn imports_of_a_nested_component_are_its_own_affair() {
    check!(
        text(r#"(component (component (import "wasi:cli/environment@0.2.0" (instance))))"#),
        LoadErrorKind::NotACheck
    );
}

#[test]
fn an_invalid_component_is_refused() {
    check!(text("(component (core module (func (result i32))))"), LoadErrorKind::Compile(_));
}

#[test]
fn a_function_of_a_newer_contract_is_refused() {
    let component = text(
        r#"(component
             (import "comfycheck:check/log@0.1.7" (instance (export "flush" (func))))
             (instance $checker)
             (export "comfycheck:check/checker@0.1.0" (instance $checker)))"#,
    );
    check!(component, LoadErrorKind::Newer { .. });
}

#[test]
fn a_later_contract_is_refused_with_both_versions() {
    check!(text(r#"(component (import "comfycheck:runpod/samples@0.2.0" (instance)))"#), LoadErrorKind::Newer { .. });
    let export = r#"(component (instance $checker) (export "comfycheck:check/checker@1.0.0" (instance $checker)))"#;
    check!(text(export), LoadErrorKind::Newer { .. });
}

#[test]
fn a_panic_in_describe_keeps_its_message() {
    check!(component("panics_in_describe"), LoadErrorKind::Describe(_));
}

#[test]
fn an_interface_without_its_functions_is_refused() {
    let component = text(
        r#"(component
             (instance $checker)
             (export "comfycheck:check/checker@0.1.0" (instance $checker)))"#,
    );
    check!(component, LoadErrorKind::Link(_));
}

#[test]
fn a_call_in_describe_is_refused() {
    check!(component("calls_in_describe"), LoadErrorKind::Describe(_));
}

#[test]
fn a_component_with_too_many_memories_is_refused() {
    check!(component("has_five_memories"), LoadErrorKind::Compile(_));
}

#[test]
fn a_manifest_that_is_not_valid_is_refused() {
    check!(component("has_no_name"), LoadErrorKind::Manifest(_));
    check!(component("has_a_schema_that_is_not_json"), LoadErrorKind::Manifest(_));
}

#[test]
fn a_component_tells_what_it_is() {
    let check = check_of("floods_the_log");
    let component = check.component();
    assert_eq!(component.name(), "floods_the_log");
    assert_eq!(component.manifest().name, "guest");
    assert_eq!(component.manifest().rules[0].id, "a-rule");
    assert_eq!(component.imports().iter().map(|import| import.interface).collect::<Vec<_>>(), [Interface::Log]);
    assert_eq!(component.imports()[0].version, "0.1.2");
    assert_eq!(component.sha256().len(), 64);
}

#[test]
fn what_was_not_granted_is_named_at_once() {
    let wasm = component("reads_an_image");
    let component = SANDBOX.load(ComponentSource { name: "reads", wasm: &wasm, sha256: None }).unwrap();
    let error = component.grant(&["comfyui/inventory"]).unwrap_err();
    assert_eq!(error.missing, [Interface::Samples]);
    insta::assert_snapshot!(error);
    component.grant(&["runpod/samples"]).unwrap();
}

#[test]
fn several_are_loaded_in_order_and_report_their_compilation() {
    let (good, bad) = (component("answers"), b"#!".to_vec());
    let sources =
        [("a", &good), ("b", &bad), ("c", &good)].map(|(name, wasm)| ComponentSource { name, wasm, sha256: None });
    let events = Mutex::new(Vec::new());
    let loaded = SANDBOX.load_all(&sources, &|event| match event {
        LoadEvent::Compiling { nth, of, .. } => events.lock().unwrap().push((nth, of)),
        LoadEvent::NotCached { error, .. } => panic!("{error}"),
    });
    let names: Vec<_> = loaded
        .iter()
        .map(|loaded| loaded.as_ref().map(|component| component.name().to_owned()).map_err(|error| error.check.clone()))
        .collect();
    assert_eq!(names, [Ok("a".to_owned()), Err("b".to_owned()), Ok("c".to_owned())]);
    let mut events = events.into_inner().unwrap();
    events.sort_unstable();
    assert_eq!(events, [(1, 2), (2, 2)]);
}
