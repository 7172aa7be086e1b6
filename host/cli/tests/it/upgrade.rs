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
fn what_only_one_of_the_versions_around_another_refuses_is_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let loader = |kind: &str| {
        let loader = json!({"class_type": "CLIPLoader", "inputs": {"clip_name": "a.safetensors", "type": kind}});
        let text = json!({"class_type": "CLIPTextEncode", "inputs": {"text": "a cat", "clip": ["1", 0]}});
        let saver = json!({"class_type": "SaveImage", "inputs": {"images": ["9", 0], "filename_prefix": "x"}});
        json!({"1": loader, "2": text, "3": saver,
            "9": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 64, "batch_size": 1, "color": 0}},
            "4": {"class_type": "PreviewAny", "inputs": {"source": ["2", 0]}}})
    };
    for (kind, version, code, ok) in [
        ("krea2", "0.25", 1, json!(true)),
        ("krea2", "0.30", 3, json!(true)),
        ("krea2", "0.33", 0, json!(true)),
        ("none of them", "0.30", 1, json!(true)),
    ] {
        std::fs::write(folder.path().join("w.json"), loader(kind).to_string()).unwrap();
        let output = comfycheck(folder.path())
            .args(["validate", "w.json", "--format", "json", "--comfyui-version", version])
            .output()
            .unwrap();
        let value: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            (output.status.code(), &value["workflows"][0]["ok"]),
            (Some(code), &ok),
            "{kind} {version}: {value}"
        );
    }
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
    for line in [
        "--from 0.17 --to gone.json",
        "--from x --to 0.33",
        "--from 0.17",
        "--from 0.1 --to 0.33",
        "--from 0.17 --to 9.9",
    ] {
        let (output, text) = upgrade("euler", line);
        assert_eq!((output.status.code(), text.as_str()), (Some(2), ""), "{line}");
    }
}

#[test]
fn a_version_outside_of_the_known_ones_is_refused_by_every_command() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("w.json"), workflow("euler", LINK, "")).unwrap();
    for (arguments, version, code, notes) in [
        (["validate", "w.json"], "9.9", 2, 0),
        (["validate", "w.json"], "0.1", 2, 0),
        (["convert", "w.json"], "9.9", 2, 0),
        (["validate", "w.json"], "0.19", 0, 1),
        (["validate", "w.json"], "v0.33", 0, 0),
    ] {
        let mut command = comfycheck(folder.path());
        let output = command.args(arguments).args(["--comfyui-version", version]).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?} {version}: {stderr}");
        assert_eq!(stderr.matches("note: ").count(), notes, "{stderr}");
        assert_eq!(code == 2, stderr.contains("0.3.64 to 0.33.0"), "{stderr}");
    }
}

#[test]
fn classes_that_neither_version_has_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let text = workflow("euler", LINK, "").replace("\"SaveImage\"", "\"Sigmas Rescale\"");
    std::fs::write(folder.path().join("w.json"), text).unwrap();
    let run = |format: &str| {
        let line = ["upgrade", "w.json", "--from", "0.17", "--to", "0.33", "--format", format];
        let output = comfycheck(folder.path()).args(line).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, page) = run("human");
    assert_eq!(
        (code, page.matches("`Sigmas Rescale`").count(), page.matches("help: ").count()),
        (Some(3), 1, 1),
        "{page}"
    );
    let value: Value = serde_json::from_str(&run("json").1).unwrap();
    assert_eq!(value["workflows"][0]["unknown"][0]["rule"], "missing-node-type");
}
