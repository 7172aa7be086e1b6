//! Checks that were compiled when the program was built.

use crate::guest::{SANDBOX, Trial, check_of, component, runtime};
use comfycheck_core::execution::{Execution, Outcome};
use comfycheck_runtime::sandbox::{BuiltIn, ComponentSource, Interface, LoadErrorKind, PrecompiledCheck, Sandbox};
use std::sync::LazyLock;

static PORTABLE: LazyLock<Sandbox> = LazyLock::new(|| Sandbox::portable(None).unwrap().unwrap());

/// A guest as a program embeds it.
fn built_in(guest: &str) -> BuiltIn {
    let wasm = component(guest);
    let source = ComponentSource { name: guest, wasm: &wasm, sha256: None };
    let PrecompiledCheck { manifest, code } = PORTABLE.precompile(source).unwrap();
    // It is verified by nothing but the cache, which this sandbox does not have.
    BuiltIn { wasm: wasm.leak(), sha256: "", manifest: manifest.leak(), code: code.leak() }
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
    let mut other_version = check.code.to_vec();
    // wasmtime names the architecture in the code's header.
    let architecture = std::env::consts::ARCH.as_bytes();
    let place = check.code.windows(architecture.len()).position(|bytes| bytes == architecture);
    other_version[place.unwrap()] = b'?';
    for code in [&*other_version.leak(), b"", b"not code"] {
        assert_eq!(run(BuiltIn { code, ..check }).outcome, expected);
    }
}

#[test]
fn nothing_is_compiled_to_describe_it() {
    // Neither the code nor the modules of the component are read.
    let check = BuiltIn { code: b"", ..built_in("answers") };
    assert_eq!(SANDBOX.built_in("answers", check).unwrap().manifest().name, "guest");
    let check = BuiltIn { manifest: "{}", ..check };
    assert!(matches!(SANDBOX.built_in("answers", check).unwrap_err().kind, LoadErrorKind::Manifest(_)));
}
