//! What is refused when a component is loaded, and what is read of one that is not.

use crate::guest::{SANDBOX, check_of, component, refused};
use comfycheck_runtime::sandbox::{COMPONENT_BYTES, Interface, LoadEvent, Source};
use std::sync::Mutex;

#[track_caller]
fn check(wasm: &[u8], expected: &str) {
    assert_eq!(refused("guest", wasm), expected);
}

#[track_caller]
fn check_text(component: &str, expected: &str) {
    check(&wat::parse_str(component).unwrap(), expected);
}

#[test]
fn what_is_not_wasm_is_refused() {
    check(b"", "`guest` is not WebAssembly");
    check(b"#!/bin/sh", "`guest` is not WebAssembly");
}

#[test]
fn a_core_module_is_refused() {
    check_text(
        "(module)",
        "`guest` is a core WebAssembly module, not a component\n\
         help: make it a component with `wasm-tools component new`",
    );
}

#[test]
fn a_large_component_is_refused_unread() {
    check(&vec![0; COMPONENT_BYTES + 1], "`guest` has 64.1 MiB; the largest component that is loaded has 64 MiB");
}

#[test]
fn a_truncated_component_does_no_harm() {
    let whole = component("answers");
    let load = |wasm| SANDBOX.load(Source { name: "guest", wasm, sha256: None });
    assert_eq!(load(&whole[..20]).unwrap_err().to_string(), "`guest` is broken: unexpected end");
    // What is cut at its end may have lost no more than names.
    let loaded = (0..whole.len()).filter(|&length| load(&whole[..length]).is_ok()).count();
    assert!(loaded < whole.len() / 10);
}

#[test]
fn wasi_is_refused_with_all_of_it_named() {
    check_text(
        r#"(component
             (import "wasi:cli/environment@0.2.0" (instance))
             (import "comfycheck:check/log@0.1.0" (instance))
             (import "wasi:clocks/monotonic-clock@0.2.9" (instance)))"#,
        "`guest` imports what comfycheck does not offer: `wasi:cli/environment@0.2.0`, `wasi:clocks/monotonic-clock@0.2.9`\n\
         help: build it without WASI (`componentize-py --stub-wasi`, `componentize-qjs --sync --stub-wasi`, \
         `wasm32-unknown-unknown` for Rust): a check has no files, no clock and no network",
    );
}

#[test]
fn unknown_imports_are_refused_with_what_is_offered() {
    check_text(
        r#"(component
             (import "acme:gpu/burn@1.0.0" (instance))
             (import "comfycheck:runpod/samples@0.2.0" (instance))
             (import "do-it" (func)))"#,
        "`guest` imports what comfycheck does not offer: `acme:gpu/burn@1.0.0`, `comfycheck:runpod/samples@0.2.0`, `do-it`\n\
         help: import nothing but `comfycheck:check/log@0.1.0`, `comfycheck:check/workflow@0.1.0`, \
         `comfycheck:comfyui/inventory@0.1.0`, `comfycheck:runpod/endpoint@0.1.2`, `comfycheck:runpod/volume@0.1.2`, \
         `comfycheck:runpod/samples@0.1.2`, `comfycheck:runpod/dry-run@0.1.2`",
    );
}

#[test]
fn imports_of_a_nested_component_are_its_own_affair() {
    check_text(
        r#"(component
             (component (import "wasi:cli/environment@0.2.0" (instance))))"#,
        "`guest` does not export `comfycheck:check/checker@0.1.0`, so it is not a check",
    );
}

#[test]
fn an_invalid_component_is_refused() {
    check_text(
        "(component (core module (func (result i32))))",
        "`guest` cannot be compiled\n  \
         failed to compile: wasm[0]::function[0]\n  \
         WebAssembly translation error\n  \
         Invalid input WebAssembly code at offset 34: type mismatch: expected i32 but nothing on stack",
    );
}

#[test]
fn a_function_of_a_newer_contract_is_refused() {
    check_text(
        r#"(component
             (import "comfycheck:check/log@0.1.7" (instance (export "flush" (func))))
             (instance $checker)
             (export "comfycheck:check/checker@0.1.0" (instance $checker)))"#,
        "`guest` was built for another version of the contract\n  \
         component imports instance `comfycheck:check/log@0.1.7`, but a matching implementation was not found in the linker\n  \
         instance export `flush` has the wrong type\n  \
         function implementation is missing\n\
         help: build it against version 0.1.0 of the contract in `wit/`",
    );
}

#[test]
fn an_interface_without_its_functions_is_refused() {
    check_text(
        r#"(component
             (instance $checker)
             (export "comfycheck:check/checker@0.1.0" (instance $checker)))"#,
        "`guest` was built for another version of the contract\n  \
         instance export `comfycheck:check/checker@0.1.0` does not have export `describe`\n\
         help: build it against version 0.1.0 of the contract in `wit/`",
    );
}

#[test]
fn a_call_in_describe_is_refused() {
    check(&component("calls_in_describe"), "`guest` called `log.log` (in `describe`), when it was asked what it is");
}

#[test]
fn a_component_with_too_many_memories_is_refused() {
    check(
        &component("has_five_memories"),
        "`guest` cannot be compiled\n  \
         module memory does not fit in pooling allocator requirements\n  \
         defined memories count of 5 exceeds the per-instance limit of 4",
    );
}

#[test]
fn a_manifest_that_is_not_valid_is_refused() {
    check(
        &component("has_no_name"),
        "`guest` has a manifest that is not valid: the name, ``, is not lower-case words with `-` between them",
    );
    check(
        &component("has_a_schema_that_is_not_json"),
        "`guest` has a manifest that is not valid: the settings schema is not JSON: expected value at line 1 column 1",
    );
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
    assert_eq!(error.to_string(), "`reads` imports what it was not granted: `runpod/samples`");
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
