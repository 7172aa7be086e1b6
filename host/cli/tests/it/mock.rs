//! `mock SCENARIO -- COMMAND`: a command against a simulated endpoint.

use crate::binary;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

fn mock(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = binary::comfycheck(folder);
    command.env("PATH", "/usr/bin:/bin").arg("mock").args(arguments);
    command.output().unwrap()
}

#[test]
fn a_command_gets_the_variables_and_its_exit_code_counts() {
    let folder = tempfile::tempdir().unwrap();
    let script = r#"echo "$RUNPOD_ENDPOINT_BASE_URL $RUNPOD_REST_V2_API_URL $COMFYCHECK_MOCK_SPEED"; exit 7"#;
    let output =
        mock(folder.path(), &["healthy", "--listen", "127.0.0.1:0", "--speed", "60", "--", "sh", "-c", script]);
    assert_eq!(output.status.code(), Some(7));
    let printed = String::from_utf8(output.stdout).unwrap();
    let words: Vec<_> = printed.split_whitespace().collect();
    assert!(words[0].starts_with("http://127.0.0.1:") && words[0].ends_with("/v2"), "{printed}");
    assert_eq!((words[1], words[2]), (words[0], "60"));
}

#[test]
fn a_command_that_cannot_be_run_is_an_error_of_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let output = mock(folder.path(), &["healthy", "--listen", "127.0.0.1:0", "--", "./no-such-command"]);
    assert_eq!(output.status.code(), Some(3));
    assert!(output.stdout.is_empty());
}

/// The verdict, the ending and the start of each sample, and the rules of all errors.
fn facts(report: &[u8]) -> (Value, Vec<(Value, Value)>, Vec<Value>) {
    let report: Value = serde_json::from_slice(report).unwrap();
    let samples = report["samples"].as_array().unwrap().iter();
    let samples = samples.map(|sample| (sample["ending"].clone(), sample["start"].clone())).collect();
    let findings = report["executions"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|execution| execution["findings"].as_array().cloned().unwrap_or_default());
    let errors = findings.filter(|finding| finding["severity"] == "error").map(|finding| finding["rule"].clone());
    (report["summary"]["verdict"].clone(), samples, errors.collect())
}

/// Runs a suite against a mock and in a simulation.
#[track_caller]
fn is_the_same_over_http(scenario: &str) {
    let folder = tempfile::tempdir().unwrap();
    let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/workflows/denrisi.json");
    std::fs::copy(workflow, folder.path().join("workflow.json")).unwrap();
    let suite = "workflow = \"workflow.json\"\nsamples = 2\n[deployment]\nendpoint = { env = \"RUNPOD_ENDPOINT_ID\" }\n\
                 [patience]\nin-queue-s = 120\n[checks.endpoint]\n[checks.image]\n";
    std::fs::write(folder.path().join("suite.toml"), suite).unwrap();
    let program = env!("CARGO_BIN_EXE_comfycheck");
    let run = ["run", "suite.toml", "--format", "json", "--no-notify"];
    let mock = mock(
        folder.path(),
        &[&[scenario, "--listen", "127.0.0.1:0", "--speed", "50", "--", program], run.as_slice()].concat(),
    );
    let mut simulated: Command = binary::comfycheck(folder.path());
    let simulated = simulated.args(run).args(["--simulate", scenario]).output().unwrap();
    let stderr = String::from_utf8_lossy(&mock.stderr);
    assert_eq!(mock.status.code(), simulated.status.code(), "{scenario}: {stderr}");
    assert_eq!(facts(&mock.stdout), facts(&simulated.stdout), "{scenario}: {stderr}");
}

#[test]
fn a_mock_is_the_simulation_over_http() {
    is_the_same_over_http("healthy");
    is_the_same_over_http("job-oom");
    is_the_same_over_http("no-workers");
}

#[test]
fn the_list_names_the_options_that_a_scenario_needs() {
    let folder = tempfile::tempdir().unwrap();
    let output = mock(folder.path(), &[]);
    let list = String::from_utf8(output.stdout).unwrap();
    let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/workflows/denrisi.json");
    let findings = |scenario: &str, options: &str| {
        let mut command = binary::comfycheck(folder.path());
        command.args(["run", "--no-suite", "--progress", "none", "--format", "json", "--simulate", scenario]);
        command.arg("--workflow").arg(&workflow).args(options.split_whitespace());
        let report: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
        report["summary"]["errors"].as_u64().unwrap() + report["summary"]["warnings"].as_u64().unwrap()
    };
    let mut scenario = "";
    let mut needs = Vec::new();
    for line in list.lines() {
        // A name has two spaces before it, and further lines have more.
        if line.starts_with("  ") && !line.starts_with("   ") {
            scenario = line.split_whitespace().next().unwrap();
        }
        needs.extend(line.trim().strip_prefix("needs `").map(|options| (scenario, options.trim_end_matches('`'))));
    }
    assert_eq!(needs.len(), 3, "{list}");
    for (scenario, options) in needs {
        assert!(findings(scenario, "") < findings(scenario, options), "{scenario} {options}");
    }
}
