//! The tests of the RunPod Hub as a suite: simulated, run over HTTP, recorded and replayed.

use crate::binary::comfycheck;
use crate::endpoint::Endpoint;
use comfycheck_simulator::scenario::bundled;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/workflows");

fn workflow(name: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(Path::new(FIXTURES).join(name)).unwrap()).unwrap()
}

/// A folder with `.runpod/tests.json`: an image, a video, and a workflow of two nodes.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let empty = json!({
        "1": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 255}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "plain"}},
    });
    let tests = json!({
        "tests": [
            {"name": "image", "input": {"workflow": workflow("denrisi.json")}, "timeout": 600_000},
            {"name": "video", "input": {"workflow": workflow("video.json")}, "timeout": 900_000},
            {"name": "plain", "input": {"workflow": empty}},
        ],
        "config": {"gpuTypeId": "NVIDIA GeForce RTX 4090", "gpuCount": 1},
    });
    std::fs::create_dir(folder.path().join(".runpod")).unwrap();
    std::fs::write(folder.path().join(".runpod/tests.json"), tests.to_string()).unwrap();
    let hub = r#"{"title": "ComfyUI", "config": {"gpuIds": "AMPERE_80"}}"#;
    std::fs::write(folder.path().join(".runpod/hub.json"), hub).unwrap();
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = comfycheck(folder);
    command.args(["run", ".runpod/tests.json", "--progress", "none"]).args(arguments);
    command
}

fn results(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

fn verdicts(results: &Value) -> Vec<(&str, &str)> {
    let runs = results["runs"].as_array().unwrap();
    runs.iter().map(|run| (run["name"].as_str().unwrap(), run["verdict"].as_str().unwrap())).collect()
}

const PASSED: [(&str, &str); 3] =
    [("ComfyUI / image", "passed"), ("ComfyUI / video", "passed"), ("ComfyUI / plain", "passed")];

#[test]
fn each_test_is_a_run_of_one_sample() {
    let folder = folder();
    let simulated = run(folder.path(), &["--simulate", "healthy", "--format", "json"]).output().unwrap();
    let results = results(&simulated);
    assert_eq!(verdicts(&results), PASSED, "{}", String::from_utf8_lossy(&simulated.stderr));
    assert_eq!((results["fleet"].as_str(), simulated.status.code()), (Some("ComfyUI"), Some(0)));
    let samples: Vec<_> = results["runs"].as_array().unwrap().iter().map(|run| run["samples"].as_u64()).collect();
    assert_eq!(samples, [Some(1); 3]);
    let page = run(folder.path(), &["--simulate", "healthy"]).output().unwrap();
    let page = String::from_utf8(page.stdout).unwrap();
    assert_eq!(page.matches("PASSED  1 of 1 sample").count(), 3, "the page of each test: {page}");
    assert!(page.trim_end().lines().last().unwrap().starts_with("PASSED  3 runs: 3 passed"), "{page}");
}

#[test]
fn the_doctor_reads_the_tests_in_place_of_a_suite() {
    let folder = folder();
    let output =
        comfycheck(folder.path()).args(["doctor", ".runpod/tests.json", "--simulate", "healthy"]).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("suite (.runpod/tests.json: 7 checks, 3 samples)"), "{text}");
}

#[test]
fn a_test_that_fails_fails_all() {
    let folder = folder();
    let failed = run(folder.path(), &["--simulate", "job-oom", "--format", "json"]).output().unwrap();
    assert_eq!((results(&failed)["verdict"].as_str(), failed.status.code()), (Some("failed"), Some(1)));
}

#[test]
fn what_is_recorded_over_http_is_replayed_byte_for_byte() {
    let folder = folder();
    let endpoint = Endpoint::serve(bundled("healthy").unwrap());
    let live = run(folder.path(), &["--endpoint", "ep1", "--record", "recorded", "--format", "json"])
        .env("RUNPOD_ENDPOINT_BASE_URL", &endpoint.base)
        .env("RUNPOD_API_KEY", "any-key")
        .output()
        .unwrap();
    assert_eq!(verdicts(&results(&live)), PASSED, "{}", String::from_utf8_lossy(&live.stderr));
    for slug in ["image", "video", "plain"] {
        assert!(folder.path().join("recorded").join(slug).join("cassette.json").exists(), "{slug}");
    }
    drop(endpoint);
    let replay = |format: &str| {
        let output = run(folder.path(), &["--replay", "recorded", "--format", format]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    };
    assert_eq!(verdicts(&serde_json::from_slice(&replay("json")).unwrap()), PASSED);
    for format in ["human", "json", "junit", "markdown"] {
        assert!(replay(format) == replay(format), "{format}");
    }
}

#[test]
fn the_timeout_and_the_gpu_of_a_test_are_in_its_plan() {
    let folder = folder();
    let list = comfycheck(folder.path()).args(["list", ".runpod/tests.json"]).output().unwrap();
    let text = String::from_utf8(list.stdout).unwrap();
    let costs: Vec<_> = text.lines().filter(|line| line.starts_with("cost ")).collect();
    let times = ["600 s", "900 s", "600 s"];
    assert_eq!(costs.len(), 3, "{text}{}", String::from_utf8_lossy(&list.stderr));
    assert!(costs.iter().zip(times).all(|(cost, time)| cost.contains(time)), "{costs:?}");
    let json = comfycheck(folder.path()).args(["list", ".runpod/tests.json", "--json"]).output().unwrap();
    let plans: Value = serde_json::from_slice(&json.stdout).unwrap();
    let names: Vec<_> = plans.as_array().unwrap().iter().map(|plan| plan["workflow"].as_str().unwrap()).collect();
    assert_eq!(names, [".runpod/tests.json"; 3]);
}

#[test]
fn the_workflow_of_each_test_is_validated_at_its_place() {
    let folder = folder();
    let path = folder.path().join(".runpod/tests.json");
    let broken = std::fs::read_to_string(&path).unwrap().replacen("SaveImage", "SaveImageTypo", 1);
    std::fs::write(&path, broken).unwrap();
    let validate = |arguments: &[&str]| {
        comfycheck(folder.path()).args(["validate", ".runpod/tests.json"]).args(arguments).output().unwrap()
    };
    let output = validate(&["--format", "json"]);
    let validated = results(&output);
    let tests: Vec<_> = validated["workflows"].as_array().unwrap().iter().map(|file| file["test"].as_str()).collect();
    assert_eq!(tests, [Some("image"), Some("video"), Some("plain")]);
    for format in ["human", "junit", "ctrf", "markdown"] {
        let text = String::from_utf8(validate(&["--format", format]).stdout).unwrap();
        for test in ["image", "video", "plain"] {
            assert!(text.contains(&format!(".runpod/tests.json (test `{test}`)")), "{format}: {text}");
        }
    }
    let before = std::fs::read(&path).unwrap();
    validate(&["--fix", "--unsafe-fixes"]);
    assert!(std::fs::read(&path).unwrap() == before, "tests are not edited");
}

#[test]
fn what_does_not_fit_is_refused_before_the_first_job() {
    let folder = folder();
    for arguments in [
        &["--workflow", "x.json"][..],
        &["--partition", "1/2", "--out", "shard"],
        &["--format", "sarif"],
        &["--format", "ndjson:events.ndjson"],
    ] {
        let output = run(folder.path(), &["--simulate", "healthy"]).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    assert!(!folder.path().join("shard").exists() && !folder.path().join("events.ndjson").exists());
}
