//! What is refused before the first job: values of variations that an inventory does not allow, and workflows that save nothing.

use crate::binary::comfycheck;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;
use tempfile::TempDir;

/// A text is sampled and an image saved. Every class is in the recorded inventory.
fn workflow() -> Value {
    json!({
        "1": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 255}},
        "2": {"class_type": "ImageScale", "inputs": {
            "image": ["1", 0], "upscale_method": "area", "width": 32, "height": 32, "crop": "disabled",
        }},
        "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "x"}},
    })
}

/// A folder with a suite that varies the scaling.
fn folder(workflow: &Value, more: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("workflow_api.json"), workflow.to_string()).unwrap();
    let inventory = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures/comfyui/object_info.json");
    std::fs::copy(inventory, folder.path().join("object_info.json")).unwrap();
    let suite = format!("workflow = \"workflow_api.json\"\nsamples = 2\n{more}");
    std::fs::write(folder.path().join("comfycheck.toml"), suite).unwrap();
    folder
}

const VARIED: &str = r#"
[deployment]
object-info = "object_info.json"

[[variations]]
node = "2"
input = "upscale_method"
values = ["area", "aera"]

[[variations]]
node = "2"
input = "width"
values = [32, 64, -7]

[checks.workflow]
"#;

fn run(folder: &Path, arguments: &[&str]) -> Output {
    comfycheck(folder).args(arguments).args(["--simulate", "healthy"]).output().unwrap()
}

#[track_caller]
fn refusal(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    text
}

#[test]
fn a_value_of_a_variation_that_the_inventory_does_not_allow_is_refused_at_its_place() {
    let folder = folder(&workflow(), VARIED);
    let refused = refusal(folder.path(), &["run"]);
    insta::assert_snapshot!(refused);
    assert_eq!(refusal(folder.path(), &["list"]), refused);
}

#[test]
fn a_suite_decides_whether_the_check_counts() {
    let lowered = format!(
        "{VARIED}severity = {{ \"value-not-in-list\" = \"warning\", \"value-smaller-than-min\" = \"warning\" }}\n"
    );
    let not_gating = format!("{VARIED}gate = false\n");
    let without = VARIED.replace("[checks.workflow]", "[checks.nodes]");
    let allowed = VARIED.replace("\"aera\"", "\"lanczos\"").replace("-7", "96");
    for suite in [lowered, not_gating, without, allowed] {
        let folder = folder(&workflow(), &suite);
        let output = run(folder.path(), &["list"]);
        assert_eq!(output.status.code(), Some(0), "{suite}{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn a_workflow_that_saves_nothing_is_refused_in_the_words_of_validate() {
    let mut nothing = workflow();
    nothing.as_object_mut().unwrap().remove("3");
    let folder = folder(&nothing, "[checks.workflow]\n");
    let refused = refusal(folder.path(), &["run"]);
    let words = "the workflow has no output node";
    assert!(refused.contains(words), "{refused}");
    let validated = comfycheck(folder.path()).args(["validate", "workflow_api.json"]).output().unwrap();
    assert!(String::from_utf8(validated.stdout).unwrap().contains(words));
    // A class that is not known can be an output.
    nothing["4"] = json!({"class_type": "My Sink", "inputs": {"images": ["2", 0]}});
    std::fs::write(folder.path().join("workflow_api.json"), nothing.to_string()).unwrap();
    assert_ne!(run(folder.path(), &["run"]).status.code(), Some(2));
}
