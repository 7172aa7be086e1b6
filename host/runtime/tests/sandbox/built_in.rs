//! Checks that were compiled when the program was built.

use crate::guest::{SANDBOX, Trial, check_of, component, runtime};
use comfycheck_core::execution::{Execution, Outcome};
use comfycheck_runtime::sandbox::{BuiltIn, ComponentSource, Interface, LoadErrorKind, PrecompiledCheck, Sandbox};
use lz4_flex::block::{compress_prepend_size, decompress_size_prepended};
use miniz_oxide::deflate::compress_to_vec_zlib;
use std::sync::LazyLock;

static PORTABLE: LazyLock<Sandbox> = LazyLock::new(|| Sandbox::portable(None).unwrap().unwrap());

/// A guest as a program embeds it.
fn built_in(guest: &str) -> BuiltIn {
    let wasm = component(guest);
    let source = ComponentSource { name: guest, wasm: &wasm, sha256: None };
    let PrecompiledCheck { description, code } = PORTABLE.precompile(source).unwrap();
    // It is verified by nothing but the cache, which this sandbox does not have.
    BuiltIn {
        wasm: compress_to_vec_zlib(&wasm, 6).leak(),
        sha256: "",
        description: description.leak(),
        code: code.leak(),
    }
}

#[track_caller]
fn run(check: BuiltIn) -> Execution {
    let component = SANDBOX.built_in("answers", check).unwrap();
    let check = component.grant(&Interface::ALL.map(Interface::name)).unwrap();
    runtime().block_on(Trial::default().execute("answers", &check))
}

#[test]
fn it_runs_like_a_check_that_is_compiled_here() {
    let check = built_in("answers");
    let (here, before) = (check_of("answers"), SANDBOX.built_in("answers", check).unwrap());
    assert_eq!(before.manifest(), here.component().manifest());
    assert_eq!(before.imports(), here.component().imports());
    assert_eq!(before.size(), here.component().size());
    let execution = run(check);
    assert!(matches!(execution.outcome, Outcome::Completed { .. }), "{execution:?}");
    assert_eq!(execution.outcome, Trial::default().run("answers").outcome);
}

#[test]
fn code_that_this_machine_cannot_use_is_compiled_here() {
    let check = built_in("answers");
    let expected = run(check).outcome;
    let mut other_version = decompress_size_prepended(check.code).unwrap();
    // wasmtime names the architecture in the code's header.
    let architecture = std::env::consts::ARCH.as_bytes();
    let place = other_version.windows(architecture.len()).position(|bytes| bytes == architecture);
    other_version[place.unwrap()] = b'?';
    let pack = compress_prepend_size;
    for code in [pack(&other_version), pack(b"not code"), b"\x09\0\0\0damaged".to_vec(), Vec::new()] {
        let code = code.leak();
        assert_eq!(run(BuiltIn { code, ..check }).outcome, expected);
    }
}

#[test]
fn nothing_is_compiled_to_describe_it() {
    // Neither the code nor the component is unpacked.
    let check = BuiltIn { code: b"", wasm: b"", ..built_in("answers") };
    assert_eq!(SANDBOX.built_in("answers", check).unwrap().manifest().name, "guest");
    let check = BuiltIn { description: "{}", ..check };
    assert!(matches!(SANDBOX.built_in("answers", check).unwrap_err().kind, LoadErrorKind::Manifest(_)));
}
