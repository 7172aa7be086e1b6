//! The bundled checks and the contract.

use crate::guest::SANDBOX;
use comfycheck_checks::{BundledCheck, CHECKS};
use comfycheck_core::digest::sha256_hex;
use comfycheck_runtime::sandbox::{Component, ComponentSource};
use std::fmt::Write;
use std::sync::LazyLock;

/// Loading a component describes it, and any call of the host is then an error. Compiling them takes seconds.
pub(crate) static LOADED: LazyLock<Vec<Component>> = LazyLock::new(|| {
    let components: Vec<_> = CHECKS.iter().map(BundledCheck::component).collect();
    let sources: Vec<_> = CHECKS
        .iter()
        .zip(&components)
        .map(|(check, wasm)| ComponentSource { name: check.name, wasm, sha256: Some(check.sha256) })
        .collect();
    SANDBOX.load_all(&sources, &|_| ()).into_iter().map(Result::unwrap).collect()
});

#[test]
fn every_check_describes_itself_under_its_name_and_without_a_call() {
    for (check, component) in CHECKS.iter().zip(LOADED.iter()) {
        assert_eq!(component.manifest().name, check.name);
    }
}

/// The digest of a bundled check is not verified when it is loaded.
#[test]
fn every_digest_is_the_digest_of_the_bytes() {
    for check in CHECKS {
        let digest = sha256_hex(&check.component());
        assert_eq!(digest, check.sha256, "{}", check.name);
    }
}

/// A rule's id never gets a second meaning, and a new capability must be granted by every suite.
/// Both show here.
#[test]
fn rules_and_imports_are_as_they_were() {
    let mut text = String::new();
    for component in LOADED.iter() {
        let manifest = component.manifest();
        let scopes: Vec<_> = manifest.scopes.iter().map(|scope| scope.word()).collect();
        let imports: Vec<_> = component.imports().iter().map(|import| import.interface.name()).collect();
        let gates = if manifest.gates { "gates" } else { "does not gate" };
        writeln!(text, "{}: {}, {gates}", manifest.name, scopes.join(" ")).unwrap();
        writeln!(text, "  imports {}", imports.join(" ")).unwrap();
        for rule in &manifest.rules {
            writeln!(text, "  {} {}", rule.id, rule.default_severity.word()).unwrap();
        }
    }
    insta::assert_snapshot!(text);
}
