//! The answers of the models check: facts in the tests, words in snapshots. `recorded/` is cut
//! from the responses of a ComfyUI 0.33.0 and from the result of a worker-comfyui 5.8.5.

/// Compares the facts of answers with the test, and their words with a snapshot.
macro_rules! assert_answers {
    ($cases:expr) => {{
        let answers = comfycheck_sdk::testing::table(&$cases, &comfycheck_check_models::rules::RULES);
        insta::assert_snapshot!(answers);
    }};
}

mod attached;
mod content;
mod description;
mod dry_run;
mod embeddings;
mod found;
mod missing;
mod near_miss;
mod readme;
mod required;
mod samples;
mod volume;

use comfycheck_check_models::rules::description::Description;
use comfycheck_sdk::Workflow;
use comfycheck_sdk::samples::{Ending, Sample};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The Denrisi workflow, with replacements in its text.
fn workflow(replaced: &[(&str, &str)]) -> Workflow {
    Workflow::parse(&workflow_text(replaced)).expect("a workflow")
}

fn workflow_text(replaced: &[(&str, &str)]) -> String {
    let mut text = include_str!("../../../../fixtures/workflows/denrisi.json").to_owned();
    for (old, new) in replaced {
        assert!(text.contains(old), "the workflow has no {old}");
        text = text.replace(old, new);
    }
    text
}

fn object_info() -> Map<String, Value> {
    serde_json::from_str(include_str!("../recorded/object_info.json")).expect("an object")
}

/// The recorded classes, with replacements in their text.
fn classes(replaced: &[(&str, &str)]) -> BTreeMap<String, Description> {
    let describe = |(class, entry): (String, Value)| {
        let text = replaced.iter().fold(entry.to_string(), |text, (old, new)| text.replace(old, new));
        (class, Description::parse(&text).expect("a description"))
    };
    object_info().into_iter().map(describe).collect()
}

/// A sample that succeeded with one image.
fn sample(index: u32) -> Sample {
    Sample { workflow: workflow_text(&[]), image_count: 1, ..Sample::new(index, Ending::Succeeded) }
}

fn failed(index: u32, error: &str) -> Sample {
    Sample { workflow: workflow_text(&[]), error: Some(error.into()), ..Sample::new(index, Ending::Failed) }
}
