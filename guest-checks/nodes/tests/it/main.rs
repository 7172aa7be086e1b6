//! The answers of the nodes check: facts in the tests, words in snapshots. `recorded/` is cut
//! from the responses of a ComfyUI 0.33.0 with RES4LYF 1.1.0 and ComfyUI-Manager 4.2.2.

/// Compares the facts of answers with the test, and their words with a snapshot.
macro_rules! assert_answers {
    ($cases:expr) => {{
        let answers = comfycheck_sdk::testing::table(&$cases, &comfycheck_check_nodes::rules::RULES);
        insta::assert_snapshot!(answers);
    }};
}

mod dry_run;
mod installed;
mod missing;
mod packs;
mod readme;
mod requirements;
mod samples;

use comfycheck_sdk::Workflow;
use comfycheck_sdk::dry_run::Verdict;
use comfycheck_sdk::inventory::Pack;
use comfycheck_sdk::samples::{Ending, Sample};
use std::collections::BTreeSet;

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

/// The class names of the recorded server that have to do with sampling and loading.
fn classes() -> BTreeSet<String> {
    serde_json::from_str(include_str!("../recorded/classes.json")).expect("a list of classes")
}

fn pack(folder: &str, version: &str) -> Pack {
    Pack {
        folder: folder.into(),
        version: (!version.is_empty()).then(|| version.into()),
        registry_id: None,
        repository: None,
        enabled: true,
    }
}

/// The pack of the recorded `/v2/customnode/installed`.
fn res4lyf() -> Pack {
    Pack {
        repository: Some("ClownsharkBatwing/RES4LYF".into()),
        ..pack("RES4LYF", "022c873c6d198c67b3312a1804336533a050df18")
    }
}

/// A sample that succeeded with one image.
fn sample(index: u32) -> Sample {
    Sample { workflow: workflow_text(&[]), image_count: 1, ..Sample::new(index, Ending::Succeeded) }
}

fn failed(index: u32, error: &str) -> Sample {
    Sample { workflow: workflow_text(&[]), error: Some(error.into()), ..Sample::new(index, Ending::Failed) }
}

/// A dry run of one worker that has every class.
fn verdict() -> Verdict {
    let values = Err("not asked".to_owned());
    Verdict { jobs: 2, missing: Vec::new(), classes: Ok(Some("0kokz22uv2vryy".to_owned())), values }
}
