//! `--json` of `list`, `doctor` and `explain`: what scripts read.

use crate::binary::comfycheck;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::Path;

#[track_caller]
fn printed(line: &str, code: i32) -> Value {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let output = comfycheck(&fixtures).args(line.split(' ')).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{line}: {stderr}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{line}: {stderr}"))
}

#[test]
fn list_prints_the_plan() {
    let plan = printed("list suites/dry-run.toml --simulate healthy --json", 0);
    assert_eq!(plan["version"], "comfycheck.plan/1");
    let members = ["suite", "file", "workflow", "samples", "concurrency", "dry-run-jobs"];
    let members: Vec<_> = members.iter().map(|member| plan[member].clone()).collect();
    assert_eq!(json!(members), json!(["dry-run", "suites/dry-run.toml", "workflows/denrisi.json", 2, 1, 4]));
    assert_eq!(plan["budget"], json!({"max-jobs": 6, "max-cost-usd": null}));
    assert!(plan["at-most-usd"].as_f64() > Some(1.0), "{plan}");
    let nodes = &plan["checks"][0];
    assert_eq!(
        json!([nodes["name"], nodes["scopes"], nodes["instances"], nodes["gates"]]),
        json!(["nodes", ["deployment", "run"], 2, true])
    );
    assert!(nodes["grants"].as_array().unwrap().contains(&json!("runpod/samples")), "{nodes}");
    let plan = printed("list suites/waivers.toml --replay cassettes/denrisi-missing --json", 0);
    assert_eq!(plan["waivers"][0]["rule"], "nodes/missing-node");
    assert_eq!(plan["waivers"][0]["expires"], "2026-11-20");
}

#[test]
fn doctor_prints_every_item_and_the_exit_code() {
    let doctor = printed("doctor suites/denrisi.toml --simulate unauthorized --json", 1);
    assert_eq!((&doctor["version"], &doctor["exit-code"]), (&json!("comfycheck.doctor/1"), &json!(1)));
    let items: BTreeSet<_> = doctor["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| [item["state"].as_str().unwrap(), item["about"].as_str().unwrap()].join(" "))
        .collect();
    for item in ["ok suite", "ok workflow", "ok responses", "wrong endpoint", "optional management", "optional comfyui"]
    {
        assert!(items.contains(item), "{item}: {items:?}");
    }
    assert!(doctor["next"].is_string());
    let doctor = printed("doctor suites/denrisi.toml --json", 2);
    assert_eq!(doctor["environment"]["set"], json!([]));
    assert!(doctor["environment"]["not-set"].as_array().unwrap().contains(&json!("RUNPOD_API_KEY")), "{doctor}");
}

#[test]
fn explain_prints_rules() {
    let all = printed("explain --json", 0);
    assert_eq!(all["version"], "comfycheck.rules/1");
    let ids = |document: &Value| -> Vec<_> {
        let rules = document["rules"].as_array().unwrap().iter();
        rules.map(|rule| format!("{}/{}", rule["check"].as_str().unwrap(), rule["rule"].as_str().unwrap())).collect()
    };
    // What completions offer is what the checks describe. `validate` adds one.
    let bundled: Vec<_> = comfycheck_checks::CHECKS
        .iter()
        .flat_map(|check| check.rules.iter().map(|rule| format!("{}/{rule}", check.name)))
        .chain(["workflow/request".to_owned()])
        .collect();
    assert_eq!(ids(&all).into_iter().collect::<BTreeSet<_>>(), bundled.into_iter().collect::<BTreeSet<_>>());
    let models = printed("explain models --json", 0);
    assert!(ids(&models).len() > 5 && ids(&models).iter().all(|id| id.starts_with("models/")), "{models}");
    let rule = printed("explain models/missing-model --json", 0);
    assert_eq!(ids(&rule), ["models/missing-model"]);
    assert!(rule["rules"][0]["explanation"].as_str().unwrap().contains("### What to do"), "{rule}");
}
