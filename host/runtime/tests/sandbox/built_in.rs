//! Checks that were compiled when the program was built.

use crate::guest::{SANDBOX, Trial, check_of, component, runtime};
use comfycheck_core::execution::{Execution, Outcome};
use comfycheck_packed::{Packed, pack};
use comfycheck_runtime::sandbox::{
    BuiltIn, Cache, ComponentSource, Interface, LoadErrorKind, PrecompiledCheck, Sandbox,
};
use std::sync::LazyLock;

static PORTABLE: LazyLock<Sandbox> = LazyLock::new(|| Sandbox::portable(None).unwrap().unwrap());

/// Packed without a base.
fn packed(bytes: &[u8]) -> Packed {
    Packed { bytes: pack(bytes, &[]).leak(), base: None }
}

/// A guest as a program embeds it.
fn built_in(guest: &str) -> BuiltIn {
    let wasm = component(guest);
    let source = ComponentSource { name: guest, wasm: &wasm, sha256: None };
    let PrecompiledCheck { description, code } = PORTABLE.precompile(source).unwrap();
    // It is verified by nothing but the cache, which this sandbox does not have.
    BuiltIn { wasm: packed(&wasm), sha256: "", description: description.leak(), code: packed(&code) }
}

fn run(check: BuiltIn) -> Execution {
    run_in(&SANDBOX, check)
}

#[track_caller]
fn run_in(sandbox: &Sandbox, check: BuiltIn) -> Execution {
    let component = sandbox.built_in("answers", check).unwrap();
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
    let mut other_version = check.code.unpack().unwrap();
    // wasmtime names the architecture in the code's header.
    let architecture = std::env::consts::ARCH.as_bytes();
    let place = other_version.windows(architecture.len()).position(|bytes| bytes == architecture);
    other_version[place.unwrap()] = b'?';
    let damaged = Packed { bytes: b"damaged", base: None };
    for code in [packed(&other_version), packed(b"not code"), damaged, Packed::NOTHING] {
        assert_eq!(run(BuiltIn { code, ..check }).outcome, expected);
    }
}

#[test]
fn nothing_is_compiled_to_describe_it() {
    // Neither the code nor the component is unpacked.
    let check = BuiltIn { code: Packed::NOTHING, wasm: Packed::NOTHING, ..built_in("answers") };
    assert_eq!(SANDBOX.built_in("answers", check).unwrap().manifest().name, "guest");
    let check = BuiltIn { description: "{}", ..check };
    assert!(matches!(SANDBOX.built_in("answers", check).unwrap_err().kind, LoadErrorKind::Manifest(_)));
}

#[test]
fn its_code_is_unpacked_once_if_there_is_a_cache() {
    let folder = tempfile::tempdir().unwrap();
    // Each with a sandbox of its own, like a process.
    let sandbox = || Sandbox::new(Some(Cache::open(folder.path().join("cache")).unwrap())).unwrap();
    let check = built_in("answers");
    let expected = run_in(&sandbox(), check).outcome;
    let without_code = BuiltIn { code: Packed::NOTHING, wasm: Packed::NOTHING, ..check };
    assert_eq!(run_in(&sandbox(), without_code).outcome, expected);
}
