//! A deployment that meets every requirement, and ways to break it.

use comfycheck_check_denrisi::before::Inventory;
use comfycheck_check_models::rules::description::Description;
use comfycheck_sdk::Workflow;
use comfycheck_sdk::inventory::{Error, Pack};
use comfycheck_sdk::samples::{Ending, Sample, Start};
use serde_json::{Map, Value};

const WORKFLOW: &str = include_str!("../../../../fixtures/workflows/denrisi.json");
const OBJECT_INFO: &str = include_str!("../../../../fixtures/comfyui/object_info.json");

/// The Denrisi workflow as text, with texts replaced.
pub(crate) fn source(replace: &[(&str, &str)]) -> String {
    replace.iter().fold(WORKFLOW.to_owned(), |workflow, (from, to)| {
        assert!(workflow.contains(from), "the workflow does not hold `{from}`");
        workflow.replace(from, to)
    })
}

pub(crate) fn workflow(replace: &[(&str, &str)]) -> Workflow {
    Workflow::parse(&source(replace)).expect("a workflow")
}

/// The inventory of a real ComfyUI, with texts replaced in the descriptions of its classes, and without some classes.
pub(crate) fn inventory(replace: &[(&str, &str)], without: &[&str]) -> Inventory {
    let object_info: Map<String, Value> = serde_json::from_str(OBJECT_INFO).expect("object info");
    let described = |class: &str| {
        let json = object_info.get(class)?.to_string();
        Description::parse(&replace.iter().fold(json, |json, (from, to)| json.replace(from, to)))
    };
    let loaders = ["UNETLoader", "CLIPLoader", "VAELoader"];
    Inventory {
        classes: Ok(object_info.keys().filter(|class| !without.contains(&class.as_str())).cloned().collect()),
        loaders: Ok(loaders.iter().map(|&class| (class.to_owned(), described(class))).collect()),
        packs: Some(vec![Pack {
            folder: "RES4LYF".into(),
            version: Some("1.1.0".into()),
            registry_id: Some("res4lyf".into()),
            repository: None,
            enabled: true,
        }]),
    }
}

/// What is known of a plain serverless endpoint.
pub(crate) fn no_inventory() -> Inventory {
    let error = || Error::NotOffered("no ComfyUI is configured".into());
    Inventory { classes: Err(error()), loaders: Err(error()), packs: None }
}

/// A sample that succeeded on the one worker that there is: a cold start of 40 s for the first, else 6 s.
pub(crate) fn sample(index: u32) -> Sample {
    let cold = index == 0;
    Sample {
        workflow: WORKFLOW.into(),
        start: if cold { Start::Cold } else { Start::Warm },
        delay: Some(if cold { 32_000 } else { 100 }),
        execution: Some(if cold { 14_000 } else { 6_000 }),
        image_count: 1,
        ..Sample::new(index, Ending::Succeeded)
    }
}

pub(crate) fn twelve() -> Vec<Sample> {
    (0..12).map(sample).collect()
}

/// A sample that failed with this error.
pub(crate) fn failed(index: u32, error: &str) -> Sample {
    Sample { error: Some(error.into()), ending: Ending::Failed, image_count: 0, ..sample(index) }
}
