//! Probes of all kinds of workflows.

use super::super::nodes;
use super::super::probe::Probe;
use super::WORKFLOW;
use serde_json::{Map, Value, json};

/// Checks the nodes of a probe, one line each.
#[track_caller]
fn check_values(workflow: &str, expected: &[&str]) {
    let probe = Probe::of_values(&nodes(workflow), &[], 3);
    let described: Vec<_> = probe.iter().flat_map(|probe| classes_and_inputs(&probe.nodes)).collect();
    assert_eq!(described, expected);
}

fn classes_and_inputs(nodes: &Map<String, Value>) -> Vec<String> {
    let described = |(id, node): (&String, &Value)| {
        format!("{id}: {} {}", node["class_type"].as_str().unwrap_or_default(), node["inputs"])
    };
    nodes.iter().map(described).collect()
}

#[test]
fn a_probe_of_values_has_only_loaders_and_outputs_without_required_inputs() {
    // Links, outputs and other nodes do not matter: none of them is sent.
    check_values(
        r#"{"9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "x", "more": ["1", 0]}},
            "8": {"class_type": "Any Switch (rgthree)", "inputs": {"any_01": ["1", 0]}},
            "57:1": {"class_type": "VAELoader", "inputs": {"vae_name": "a.safetensors", "x": ["8", 0], "y": {"z": 1}}},
            "5": {"class_type": "MinimaxTextToVideoNode", "inputs": {"prompt": "a.safetensors"}}}"#,
        &[
            r#"1: VAELoader {"vae_name":"comfycheck-dry-run-3"}"#,
            r#"2: VAEDecode {"vae":["1",0]}"#,
            r#"3: SaveImage {"images":["2",0]}"#,
            r#"4: VAELoader {"vae_name":"a.safetensors"}"#,
            r#"5: VAEDecode {"vae":["4",0]}"#,
            r#"6: SaveImage {"images":["5",0]}"#,
        ],
    );
    check_values(r#"{"1": {"class_type": "Power Lora Loader (rgthree)", "inputs": {"lora_1": "a.safetensors"}}}"#, &[]);
    // All inputs are links.
    check_values(r#"{"1": {"class_type": "VAELoader", "inputs": {"vae_name": ["2", 0]}}}"#, &[]);
    check_values(r#"{"1": {"class_type": "VAELoader"}, "2": 7, "3": {"class_type": []}}"#, &[]);
}

#[test]
fn every_loader_leads_to_an_output_that_lacks_its_prefix() {
    let loaders = [
        "CheckpointLoaderSimple",
        "CLIPLoaderGGUF",
        "VAELoader",
        "CLIPVisionLoader",
        "ControlNetLoader",
        "StyleModelLoader",
        "GLIGENLoader",
        "UpscaleModelLoader",
    ];
    for class in loaders {
        let workflow = json!({"1": {"class_type": class, "inputs": {"name": "a.safetensors"}}});
        let probe = Probe::of_values(workflow.as_object().unwrap(), &[], 0).unwrap();
        assert_eq!(probe.loaders.len(), 2);
        for loader in &probe.loaders {
            let mut from = &loader.id;
            for taker in &loader.takers {
                let inputs = probe.nodes[taker]["inputs"].as_object().unwrap();
                assert!(inputs.values().any(|value| *value == json!([from, 0])), "{class}: {taker}");
                from = taker;
            }
            assert_eq!(
                probe.nodes[from],
                json!({"class_type": "SaveImage", "inputs": {"images": [loader.takers[loader.takers.len() - 2], 0]}})
            );
        }
    }
}

#[test]
fn of_classes_the_last_one_is_missing_everywhere() {
    let probe = Probe::of_classes(&nodes(WORKFLOW), &["Missing One"], 1);
    let classes = ["LoadImage", "SaveImage", "UNETLoader", "VAEDecode", "VAELoader", "comfycheck-dry-run-1"];
    let described: Vec<_> = probe.nodes.values().map(|node| node["class_type"].as_str().unwrap()).collect();
    assert_eq!(described, classes);
    // Even if the nodes get sorted.
    assert!(probe.nodes.keys().all(|id| id.as_str() <= "~") && probe.nodes.keys().next_back().unwrap() == "~");
    assert!(probe.nodes.values().all(|node| node["inputs"] == json!({})));
}
