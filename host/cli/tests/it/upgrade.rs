//! `upgrade`: what changes for a workflow between two versions of ComfyUI.

use crate::binary::comfycheck;
use crate::fixes::{LINK, workflow};
use insta::assert_snapshot;
use serde_json::{Value, json};
use std::process::Output;

fn upgrade(sampler: &str, line: &str) -> (Output, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("w.json"), workflow(sampler, LINK, "")).unwrap();
    let output = comfycheck(folder.path()).args(["upgrade", "w.json"]).args(line.split(' ')).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    (output, text)
}

#[test]
fn a_value_that_a_version_brings_decides_the_verdict() {
    let (output, text) = upgrade("exp_heun_2_x0", "--from 0.3.64 --to 0.33");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let (back, back_text) = upgrade("exp_heun_2_x0", "--from 0.33 --to 0.3.64");
    assert_eq!(back.status.code(), Some(1), "{back:?}");
    assert_snapshot!(format!("{text}\n{back_text}"));
}

#[test]
fn programs_get_the_changes_and_both_verdicts() {
    let (_, text) = upgrade("euler", "--from 0.25 --to 0.33 --format json");
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["version"], "comfycheck.upgrade/1");
    let workflow = &value["workflows"][0];
    assert_eq!([&workflow["from"]["ok"], &workflow["to"]["ok"]], [true, true]);
    let change = json!({"kind": "outputs", "name": "SaveImage", "change": "changed", "from": "none", "to": "IMAGE", "nodes": ["6"]});
    assert!(workflow["changes"].as_array().unwrap().contains(&change), "{text}");
}

#[test]
fn what_is_neither_a_version_nor_an_inventory_is_refused() {
    for line in ["--from 0.17 --to gone.json", "--from x --to 0.33", "--from 0.17"] {
        let (output, text) = upgrade("euler", line);
        assert_eq!((output.status.code(), text.as_str()), (Some(2), ""), "{line}");
    }
}
