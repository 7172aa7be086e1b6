//! What the nodes check says, as tables over its core. `recorded/` is cut from the answers
//! of a ComfyUI 0.33.0 with RES4LYF 1.1.0 and ComfyUI-Manager 4.2.2.

mod dry_run;
mod missing;
mod packs;
mod readme;
mod requirements;
mod samples;

use comfycheck_sdk::dry_run::Verdict;
use comfycheck_sdk::inventory::Pack;
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::{Answer, Subject, Workflow};
use std::collections::BTreeSet;

/// An answer as text: a line for each finding and open question, and one for its help.
fn told(answer: &Answer) -> String {
    let help = |help: &Option<String>| help.as_ref().map_or(String::new(), |help| format!("help: {help}\n"));
    let findings = answer.findings.iter().map(|finding| {
        let subjects: Vec<_> = finding.subjects.iter().map(subject).collect();
        format!("{}: {} [{}]\n{}", finding.rule, finding.message, subjects.join(", "), help(&finding.help))
    });
    let open = answer.open.iter().map(|open| format!("open {}: {}\n{}", open.rule, open.reason, help(&open.help)));
    findings.chain(open).collect()
}

fn subject(subject: &Subject) -> String {
    match subject {
        Subject::Node(node) => format!("node {}", node.id),
        Subject::Sample(index) => format!("sample {index}"),
        Subject::Pack(name) => format!("pack {name}"),
        other => format!("{other:?}"),
    }
}

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

/// A dry run of one worker, which has nothing against the workflow.
fn verdict() -> Verdict {
    let values = Err("not asked".to_owned());
    Verdict { jobs: 2, missing: Vec::new(), classes: Ok(Some("0kokz22uv2vryy".to_owned())), values }
}
