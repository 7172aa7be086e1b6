//! A component of every published version of the contract still runs. `fixtures/README.md` says how they were made.

#![expect(clippy::unwrap_used, reason = "a missing value fails the test")]

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

const SCENARIO: &str = r#"
endpoint = { workers-min = 1 }
comfyui = { served = true }

[[volumes]]
id = "vol7f3k2m9q"
data-center = "EU-RO-1"
files = { "models/vae/a.txt" = { bytes = 10, text = "synthetic" } }
"#;

/// The functions of 0.1.0, and those that later versions added.
const FUNCTIONS: [&str; 19] = [
    "check/workflow",
    "comfyui/inventory.sources",
    "comfyui/inventory.system",
    "comfyui/inventory.node-classes",
    "comfyui/inventory.node-class",
    "comfyui/inventory.node-replacements",
    "comfyui/inventory.model-folders",
    "comfyui/inventory.models",
    "comfyui/inventory.packs",
    "runpod/endpoint.reach",
    "runpod/endpoint.health",
    "runpod/endpoint.observations",
    "runpod/endpoint.configuration",
    "runpod/endpoint.workers",
    "runpod/endpoint.stock",
    "runpod/volume.volumes",
    "runpod/volume.stat",
    "runpod/volume.list",
    "runpod/volume.read",
];
const SINCE_0_1_1: [&str; 4] = [
    "runpod/endpoint.environment",
    "runpod/endpoint.network-volumes",
    "runpod/endpoint.releases",
    "runpod/endpoint.worker-logs",
];
const SINCE_0_1_2: [&str; 1] = ["runpod/dry-run.workflow"];
const SINCE_0_1_3: [&str; 2] = ["runpod/endpoint.whole-log", "runpod/endpoint.builds"];
const SINCE_0_1_4: [&str; 1] = ["runpod/inputs.of-suite"];
const AFTER_THE_SAMPLES: [&str; 4] =
    ["runpod/samples.samples", "runpod/samples.images", "runpod/samples.price", "runpod/endpoint.observations"];
const AFTER_THE_SAMPLES_SINCE_0_1_3: [&str; 2] = ["runpod/samples.attempts", "runpod/samples.submission"];
const AFTER_THE_SAMPLES_SINCE_0_1_4: [&str; 2] = ["runpod/outputs.files", "runpod/inputs.of-sample"];
const SINCE_0_1_5: [&str; 1] = ["comfyui/http.get"];
const AFTER_THE_SAMPLES_SINCE_0_1_5: [&str; 1] = ["runpod/pictures.decode"];

/// Runs the check against a simulated endpoint: every function has its answer, and every value of the answer arrives.
#[track_caller]
fn check(version: &str, added: &[&str], added_after: &[&str]) {
    let report = run(version);
    let executions = report["executions"].as_array().unwrap();
    let of_scope = |scope: &str| executions.iter().find(|execution| execution["scope"] == scope).unwrap();
    let (before, after) = (of_scope("deployment"), of_scope("run"));

    let functions = [&FUNCTIONS[..], added].concat();
    assert_eq!(calls(before), answered(&functions), "{version}");
    let functions = [&AFTER_THE_SAMPLES[..], added_after].concat();
    assert_eq!(calls(after), answered(&functions), "{version}");

    let values: Vec<&Value> = findings(before).filter(|finding| finding["rule"] == "value").collect();
    let types = |values: &[&Value], path: &str| -> Vec<String> {
        values.iter().map(|value| value.pointer(path).unwrap().as_str().unwrap().to_owned()).collect()
    };
    let subjects: Vec<&Value> = values[0]["subjects"].as_array().unwrap().iter().collect();
    let subject_types = ["node", "node", "model", "sample", "image", "pack", "worker", "other"];
    assert_eq!(types(&subjects, "/type"), subject_types, "{version}");
    let limit_types = ["below", "at-most", "at-least", "above"];
    assert_eq!(types(&values[1..], "/measurement/limit/type"), limit_types, "{version}");
    assert_eq!(values[0]["severity"], "warning", "{version}");
    assert_eq!(values[0]["data"]["a"][0], 1, "{version}");
    assert_eq!(of_scope("sample")["outcome"], "skipped", "{version}");
    assert_eq!(report["summary"]["verdict"], "passed", "{version}");
}

/// The report of a run with the component.
#[track_caller]
fn run(version: &str) -> Value {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let component = fixtures().join(format!("components/contract-{version}.wasm"));
    std::fs::copy(component, folder.path().join("contract.wasm")).unwrap();
    std::fs::copy(fixtures().join("workflows/denrisi.json"), folder.path().join("workflow.json")).unwrap();
    write("scenario.toml", SCENARIO);
    let dry_run = if version >= "0.1.2" { ", \"runpod/dry-run\"" } else { "" };
    let files = if version >= "0.1.4" { ", \"runpod/outputs\", \"runpod/inputs\"" } else { "" };
    let (new, paths) = if version >= "0.1.5" {
        (", \"comfyui/http\", \"runpod/pictures\"", "http-paths = [\"/queue\"]\n")
    } else {
        ("", "")
    };
    let others = format!("{dry_run}{files}{new}");
    let grants = format!("\"comfyui/inventory\", \"runpod/endpoint\", \"runpod/volume\", \"runpod/samples\"{others}");
    let suite = "workflow = \"workflow.json\"\nsamples = 1\n[deployment]\ndry-run = 4\n[checks.contract]\nuse = \"contract.wasm\"";
    write("comfycheck.toml", &format!("{suite}\ngrants = [{grants}]\n{paths}"));
    let output = Command::new(env!("CARGO_BIN_EXE_comfycheck"))
        .args(["run", "--simulate", "scenario.toml", "--format", "json"])
        .current_dir(folder.path())
        .env_clear()
        .env("COMFYCHECK_CACHE_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("contract-cache"))
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{version}: {stderr}{}", String::from_utf8_lossy(&output.stdout));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn findings(execution: &Value) -> impl Iterator<Item = &Value> {
    execution["findings"].as_array().unwrap().iter()
}

/// The functions that were called, with their results.
fn calls(execution: &Value) -> Vec<(&str, &str)> {
    let calls = findings(execution).filter(|finding| finding["rule"] == "call");
    calls.map(|call| (call["data"]["function"].as_str().unwrap(), call["data"]["result"].as_str().unwrap())).collect()
}

/// The functions with the results of the simulated endpoint, which is not built from GitHub.
fn answered<'a>(functions: &[&'a str]) -> Vec<(&'a str, &'a str)> {
    const NO_BUILDS: &str =
        "Error::NotOffered(\"RunPod's management API lists no builds of this endpoint (status 404)\")";
    let result = |function| if function == "runpod/endpoint.builds" { NO_BUILDS } else { "ok" };
    functions.iter().map(|function| (*function, result(*function))).collect()
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures")
}

#[test]
fn a_component_of_version_0_1_0_runs() {
    check("0.1.0", &[], &[]);
}

#[test]
fn a_component_of_version_0_1_1_runs() {
    check("0.1.1", &SINCE_0_1_1, &[]);
}

#[test]
fn a_component_of_version_0_1_2_runs() {
    check("0.1.2", &[&SINCE_0_1_1[..], &SINCE_0_1_2].concat(), &[]);
}

#[test]
fn a_component_of_version_0_1_3_runs() {
    let added = [&SINCE_0_1_1[..], &SINCE_0_1_2, &SINCE_0_1_3].concat();
    check("0.1.3", &added, &AFTER_THE_SAMPLES_SINCE_0_1_3);
}

#[test]
fn a_component_of_version_0_1_4_runs() {
    let added = [&SINCE_0_1_1[..], &SINCE_0_1_2, &SINCE_0_1_3, &SINCE_0_1_4].concat();
    check("0.1.4", &added, &[AFTER_THE_SAMPLES_SINCE_0_1_3, AFTER_THE_SAMPLES_SINCE_0_1_4].concat());
}

#[test]
fn a_component_of_version_0_1_5_runs() {
    let added = [&SINCE_0_1_1[..], &SINCE_0_1_2, &SINCE_0_1_3, &SINCE_0_1_4, &SINCE_0_1_5].concat();
    let after =
        [&AFTER_THE_SAMPLES_SINCE_0_1_3[..], &AFTER_THE_SAMPLES_SINCE_0_1_4, &AFTER_THE_SAMPLES_SINCE_0_1_5].concat();
    check("0.1.5", &added, &after);
}

#[test]
fn the_example_of_the_contracts_readme_has_the_current_versions() {
    let read = |file: &str| std::fs::read_to_string(fixtures().join("../wit").join(file)).unwrap();
    let packages = ["check.wit", "deps/comfyui/inventory.wit", "deps/runpod/endpoint.wit"].map(read).concat();
    let readme = read("README.md");
    let names = readme.split_whitespace().filter(|word| word.starts_with("comfycheck:") && word.contains('@'));
    let names: Vec<&str> = names.collect();
    assert!(names.len() >= 3, "{names:?}");
    for name in names {
        let (package, interface_and_version) = name.trim_end_matches(';').split_once('/').unwrap();
        let (_, version) = interface_and_version.split_once('@').unwrap();
        assert!(packages.contains(&format!("package {package}@{version};")), "{name}");
    }
}
