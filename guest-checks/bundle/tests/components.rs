//! The embedded checks are components of the contract, and import nothing else.

use comfycheck_checks::{BundledCheck, CHECKS, check};
use sha2::{Digest, Sha256};
use wit_component::DecodedWasm;

/// The names of what a component imports and exports, in its own order.
#[track_caller]
fn imports_and_exports(check: &BundledCheck) -> (Vec<String>, Vec<String>) {
    match wit_component::decode(&check.component()) {
        Ok(DecodedWasm::Component(contract, world)) => {
            let world = &contract.worlds[world];
            let names = |items: Vec<_>| items.into_iter().map(|item| contract.name_world_key(item)).collect();
            (names(world.imports.keys().collect()), names(world.exports.keys().collect()))
        }
        Ok(DecodedWasm::WitPackage(..)) => panic!("`{}` is a WIT package", check.name),
        Err(err) => panic!("`{}` is not a component: {err:#}", check.name),
    }
}

/// Every check may log. Its other imports are a promise to its users.
#[track_caller]
fn check_permissions(name: &str, expected: &[&str]) {
    let (imports, _) = imports_and_exports(check(name).expect("a check of this name"));
    let (log, permissions): (Vec<_>, Vec<_>) = imports.iter().partition(|import| import.contains("/log@"));
    assert_eq!(log, ["comfycheck:check/log@0.1.2"], "`{name}`");
    assert_eq!(permissions, expected, "`{name}`");
}

#[test]
fn every_check_imports_only_what_it_needs() {
    const WORKFLOW: &str = "comfycheck:check/workflow@0.1.2";
    const FILES: &str = "comfycheck:check/files@0.1.2";
    const INVENTORY: &str = "comfycheck:comfyui/inventory@0.1.1";
    const ENDPOINT: &str = "comfycheck:runpod/endpoint@0.1.5";
    const VOLUME: &str = "comfycheck:runpod/volume@0.1.5";
    const SAMPLES: &str = "comfycheck:runpod/samples@0.1.5";
    const DRY_RUN: &str = "comfycheck:runpod/dry-run@0.1.5";
    const INPUTS: &str = "comfycheck:runpod/inputs@0.1.5";
    const OUTPUTS: &str = "comfycheck:runpod/outputs@0.1.5";
    check_permissions("endpoint", &[WORKFLOW, ENDPOINT, SAMPLES]);
    check_permissions("nodes", &[WORKFLOW, INVENTORY, SAMPLES, DRY_RUN]);
    check_permissions("models", &[WORKFLOW, INVENTORY, ENDPOINT, VOLUME, SAMPLES, DRY_RUN]);
    check_permissions("workflow", &[WORKFLOW, INVENTORY, SAMPLES, INPUTS]);
    check_permissions("image", &[FILES, SAMPLES, OUTPUTS]);
    check_permissions("media", &[SAMPLES, OUTPUTS]);
    check_permissions("performance", &[SAMPLES, OUTPUTS]);
    check_permissions("denrisi", &[WORKFLOW, INVENTORY, SAMPLES]);
}

#[test]
fn no_check_imports_a_system_interface() {
    for check in CHECKS {
        let (imports, _) = imports_and_exports(check);
        for import in imports {
            assert!(import.starts_with("comfycheck:"), "`{}` imports `{import}`", check.name);
        }
    }
}

#[test]
fn every_check_exports_the_checker_and_few_export_more() {
    for check in CHECKS {
        let (_, exports) = imports_and_exports(check);
        let (checker, others): (Vec<_>, Vec<_>) = exports.iter().partition(|export| export.contains("/checker@"));
        assert_eq!(checker, ["comfycheck:check/checker@0.1.2"], "`{}`", check.name);
        let more: &[&str] = match check.name {
            "endpoint" => &["comfycheck:check/watcher@0.1.2"],
            // The host has it decode images for others.
            "image" => &["comfycheck:decoder/pictures@0.1.0"],
            _ => &[],
        };
        assert_eq!(others, more, "`{}`", check.name);
    }
}

#[test]
fn the_digest_is_that_of_the_bytes() {
    for check in CHECKS {
        let digest: Vec<String> = Sha256::digest(check.component()).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(check.sha256, digest.concat(), "`{}`", check.name);
    }
}

#[test]
fn functions_keep_their_names_for_backtraces() {
    for check in CHECKS {
        // Only a mangled name contains the crate's name.
        let name = format!("comfycheck_check_{}", check.name);
        let named = check.component().windows(name.len()).any(|window| window == name.as_bytes());
        assert!(named, "`{}` has no names", check.name);
    }
}

#[test]
fn checks_are_in_the_order_of_reports() {
    let names: Vec<_> = CHECKS.iter().map(|check| check.name).collect();
    assert_eq!(names, ["endpoint", "nodes", "models", "workflow", "image", "media", "performance", "denrisi"]);
}

#[test]
fn a_check_is_found_by_its_name() {
    assert_eq!(check("nodes").map(|check| check.name), Some("nodes"));
    assert_eq!(check("Nodes"), None);
    assert_eq!(check(""), None);
}
