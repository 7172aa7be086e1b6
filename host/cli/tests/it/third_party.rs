//! A check that was built outside the workspace, against the SDK alone, is run by the unmodified binary.

use crate::binary;
use comfycheck_guest_build::{Guest, Optimize, Places, compile, usable_way};
use serde_json::Value;
use std::path::Path;
use std::process::Output;
use wit_component::ComponentEncoder;

#[test]
fn a_third_party_check_runs_with_its_grants_and_is_refused_without() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("prompts.wasm"), component()).unwrap();
    let workflow = root().join("fixtures/workflows/denrisi.json");
    std::fs::copy(workflow, folder.path().join("workflow.json")).unwrap();

    let inspected = comfycheck(&["inspect", "prompts.wasm"], folder.path());
    let text = String::from_utf8(inspected.stdout).unwrap();
    assert!(text.contains("grants = [\"runpod/samples\"]"), "{text}");

    let suite = |line: &str| {
        format!(
            "workflow = \"workflow.json\"\nsamples = 0\n\n[checks.prompts]\nuse = \"prompts.wasm\"\n{line}\n\
             settings = {{ max-words = 3 }}\n"
        )
    };
    std::fs::write(folder.path().join("comfycheck.toml"), suite("")).unwrap();
    let cassette = root().join("fixtures/cassettes/denrisi-unavailable");
    let arguments = ["run", "--format", "json", "--replay", cassette.to_str().unwrap()];
    let refused = comfycheck(&arguments, folder.path());
    assert_eq!(refused.status.code(), Some(2));
    let stderr = String::from_utf8(refused.stderr).unwrap();
    assert!(stderr.contains("grants = [\"runpod/samples\"]"), "{stderr}");
    assert!(refused.stdout.is_empty());

    std::fs::write(folder.path().join("comfycheck.toml"), suite("grants = [\"runpod/samples\"]")).unwrap();
    let output = comfycheck(&arguments, folder.path());
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{stderr}");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let findings: Vec<_> = report["executions"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|execution| execution["findings"].as_array().unwrap())
        .map(|finding| finding["rule"].as_str().unwrap())
        .collect();
    assert_eq!(findings, ["long-prompt", "workers"]);
}

/// Builds the check as its author would, and makes it a component.
fn component() -> Vec<u8> {
    let places = Places::of_this_machine();
    let way = usable_way(&places).unwrap();
    let manifest = root().join("fixtures/third-party/Cargo.toml");
    let target_dir = root().join("target/guests");
    let guest = Guest {
        manifest: &manifest,
        package: "acme-prompts",
        features: &[],
        optimize: Optimize::Size,
        target_dir: &target_dir,
    };
    let module = std::fs::read(compile(guest, &way, &places).unwrap().module).unwrap();
    ComponentEncoder::default().module(&module).unwrap().validate(true).encode().unwrap()
}

fn comfycheck(arguments: &[&str], folder: &Path) -> Output {
    binary::comfycheck(folder)
        .args(arguments)
        .env("COMFYCHECK_CACHE_DIR", folder.join("compiled-checks"))
        .output()
        .unwrap()
}

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}
