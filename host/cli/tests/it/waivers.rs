//! One defect that two checks report needs one waiver.

use crate::binary::comfycheck;
use serde_json::Value;
use std::path::Path;
use std::process::Output;

const SUITE: &str = r#"
name = "waivers"
workflow = "custom.json"
samples = 2

[checks.nodes]
[checks.models]
[checks.workflow]

[[waivers]]
rule = "nodes/missing-node"
subject = "ClownsharKSampler_Beta"
reason = "RES4LYF comes with the next image"
expires = "2026-12-31"
"#;

/// What a ComfyUI serves that has no custom nodes.
const SCENARIO: &str = r#"
about = "no custom nodes are installed"

[comfyui]
served = true
nodes = "core"
models = { baked = { checkpoints = ["v1-5-pruned-emaonly.safetensors"] } }
"#;

const WORKFLOW: &str = r#"{
  "1": { "class_type": "CheckpointLoaderSimple", "inputs": { "ckpt_name": "v1-5-pruned-emaonly.safetensors" } },
  "2": { "class_type": "ClownsharKSampler_Beta", "inputs": { "model": ["1", 0] } },
  "3": { "class_type": "SaveImage", "inputs": { "images": ["2", 0], "filename_prefix": "a" } }
}
"#;

fn run(folder: &Path, suite: &str) -> (Output, Value) {
    for (name, text) in [("suite.toml", suite), ("scenario.toml", SCENARIO), ("custom.json", WORKFLOW)] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let arguments = ["run", "suite.toml", "--simulate", "scenario.toml", "--format", "json:report.json"];
    let output = comfycheck(folder).args(arguments).output().unwrap();
    let report = std::fs::read(folder.join("report.json"));
    let report = report.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    (output, serde_json::from_slice(&report).unwrap())
}

/// The rules of errors that count, and those of findings that are waived.
fn rules(report: &Value, waived: bool) -> Vec<String> {
    let mut rules = Vec::new();
    for execution in report["executions"].as_array().unwrap() {
        for finding in execution["findings"].as_array().into_iter().flatten() {
            let is_waived = finding["waiver"]["effect"] == "waived";
            if is_waived == waived && finding["severity"] == "error" {
                rules.push(format!("{}/{}", execution["check"].as_str().unwrap(), finding["rule"].as_str().unwrap()));
            }
        }
    }
    rules
}

#[test]
fn a_waiver_of_one_check_covers_what_another_reports_of_the_same_node() {
    let folder = tempfile::tempdir().unwrap();
    let without = SUITE.split("[[waivers]]").next().unwrap();
    let (refused, report) = run(folder.path(), without);
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(rules(&report, false), ["nodes/missing-node", "workflow/missing-node-type"]);
    let not_submitted = |report: &Value| {
        report["samples"].as_array().unwrap().iter().filter(|sample| sample["ending"] == "not-submitted").count()
    };
    assert_eq!(not_submitted(&report), 2);

    let folder = tempfile::tempdir().unwrap();
    let (waived, report) = run(folder.path(), SUITE);
    assert_eq!(rules(&report, false), [""; 0]);
    assert_eq!(rules(&report, true)[..2], ["nodes/missing-node", "workflow/missing-node-type"]);
    assert_eq!(not_submitted(&report), 0, "the gate is open");
    // The samples fail for want of the node, and nothing else is wrong.
    assert_eq!(waived.status.code(), Some(3));
}
