//! What is refused when a component is loaded, and what is read of one that is not.

use crate::guest::{SANDBOX, check_of, component, refused};
use comfycheck_runtime::sandbox::{COMPONENT_BYTES, Interface, LoadEvent, Refused, Source};
use std::sync::Mutex;

/// Checks why a component is refused. How that is said is a snapshot.
macro_rules! check {
    ($wasm:expr, $reason:pat) => {{
        let wasm = $wasm;
        let error = SANDBOX.load(Source { name: "guest", wasm: &wasm, sha256: None }).unwrap_err();
        assert!(matches!(error.refused, $reason), "{error:?}");
        insta::assert_snapshot!(refused("guest", &wasm));
    }};
}

fn text(component: &str) -> Vec<u8> {
    wat::parse_str(component).unwrap()
}

#[test]
fn what_is_not_wasm_is_refused() {
    check!(b"", Refused::NotWasm);
    check!(b"#!/bin/sh", Refused::NotWasm);
}

#[test]
fn a_core_module_is_refused() {
    check!(text("(module)"), Refused::CoreModule);
}

#[test]
fn a_large_component_is_refused_unread() {
    check!(vec![0; COMPONENT_BYTES + 1], Refused::TooLarge { .. });
}

#[test]
fn a_truncated_component_does_no_harm() {
    let whole = component("answers");
    let load = |wasm| SANDBOX.load(Source { name: "guest", wasm, sha256: None });
    assert!(matches!(load(&whole[..20]).unwrap_err().refused, Refused::Broken(_)));
    // What is cut at its end may have lost no more than names.
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
    check!(component, Refused::UnknownImports(_));
}

#[test]
fn unknown_imports_are_refused_with_what_is_offered() {
    let component = text(
        r#"(component
             (import "acme:gpu/burn@1.0.0" (instance))
             (import "comfycheck:runpod/samples@0.2.0" (instance))
             (import "do-it" (func)))"#,
    );
    check!(component, Refused::UnknownImports(_));
}

#[test]
fn imports_of_a_nested_component_are_its_own_affair() {
    check!(text(r#"(component (component (import "wasi:cli/environment@0.2.0" (instance))))"#), Refused::NotACheck);
}

#[test]
fn an_invalid_component_is_refused() {
    check!(text("(component (core module (func (result i32))))"), Refused::Compile(_));
}

#[test]
fn a_function_of_a_newer_contract_is_refused() {
    let component = text(
        r#"(component
             (import "comfycheck:check/log@0.1.7" (instance (export "flush" (func))))
             (instance $checker)
             (export "comfycheck:check/checker@0.1.0" (instance $checker)))"#,
    );
    check!(component, Refused::Link(_));
}

#[test]
fn an_interface_without_its_functions_is_refused() {
    let component = text(
        r#"(component
             (instance $checker)
             (export "comfycheck:check/checker@0.1.0" (instance $checker)))"#,
    );
    check!(component, Refused::Link(_));
}

#[test]
fn a_call_in_describe_is_refused() {
    check!(component("calls_in_describe"), Refused::Describe(_));
}

#[test]
fn a_component_with_too_many_memories_is_refused() {
    check!(component("has_five_memories"), Refused::Compile(_));
}

#[test]
fn a_manifest_that_is_not_valid_is_refused() {
    check!(component("has_no_name"), Refused::Manifest(_));
    check!(component("has_a_schema_that_is_not_json"), Refused::Manifest(_));
}

#[test]
fn a_component_tells_what_it_is() {
    let check = check_of("floods_the_log");
    let component = check.component();
    assert_eq!(component.name(), "floods_the_log");
    assert_eq!(component.manifest().name, "guest");
    assert_eq!(component.manifest().rules[0].id, "a-rule");
    assert_eq!(component.imports().iter().map(|import| import.interface).collect::<Vec<_>>(), [Interface::Log]);
    assert_eq!(component.imports()[0].version, "0.1.0");
    assert_eq!(component.sha256().len(), 64);
}

#[test]
fn what_was_not_granted_is_named_at_once() {
    let wasm = component("reads_an_image");
    let component = SANDBOX.load(Source { name: "reads", wasm: &wasm, sha256: None }).unwrap();
    let error = component.grant(&["comfyui/inventory"]).unwrap_err();
    assert_eq!(error.missing, [Interface::Samples]);
    insta::assert_snapshot!(error);
    component.grant(&["runpod/samples"]).unwrap();
}

#[test]
fn several_are_loaded_in_order_and_their_compilation_is_told() {
    let (good, bad) = (component("answers"), b"#!".to_vec());
    let sources = [("a", &good), ("b", &bad), ("c", &good)].map(|(name, wasm)| Source { name, wasm, sha256: None });
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
