//! What a dry run tells of nodes.

use crate::{told, verdict, workflow};
use comfycheck_check_nodes::rules::dry_run;
use comfycheck_sdk::dry_run::{MissingClass, Verdict};

#[track_caller]
fn check(verdict: &Verdict, expected: &str) {
    assert_eq!(told(&dry_run::told(&workflow(&[]), verdict)), expected);
}

fn missing(names: &[&str], unknown: Option<&str>) -> Verdict {
    let missing = |class: &&str| MissingClass { class: (*class).to_owned(), worker: Some("w".to_owned()) };
    let classes = unknown.map_or(verdict().classes, |why| Err(why.to_owned()));
    Verdict { missing: names.iter().map(missing).collect(), classes, ..verdict() }
}

const OF_A_REFUSAL: &str = "as a worker's ComfyUI said of a job that it refused";

#[test]
fn a_worker_that_has_all_classes_closes_the_question_and_is_named() {
    let has = "dry-run: worker `0kokz22uv2vryy` has 10 node classes of the workflow";
    check(&verdict(), &format!("{has}, {OF_A_REFUSAL} (2 jobs) [Subject::Worker(\"0kokz22uv2vryy\")]\n"));
}

#[test]
fn a_class_that_comfyui_named_is_missing_and_marked() {
    let is_missing = format!("missing-node: class `Sigmas Rescale` of node `8` is not installed, {OF_A_REFUSAL}");
    let about = "[node 8, Subject::Worker(\"w\")]";
    let help = "help: install the pack `RES4LYF`, which provides it, and rebuild the worker's image\n";
    let others = "dry-run: worker `0kokz22uv2vryy` has 9 other node classes of the workflow";
    check(
        &missing(&["Sigmas Rescale"], None),
        &format!(
            "{is_missing} {about}\n{help}{others}, {OF_A_REFUSAL} (2 jobs) [Subject::Worker(\"0kokz22uv2vryy\")]\n"
        ),
    );
    let open = "open missing-node: whether the other classes are installed is not known: the budget allows 1 job\n\
                help: raise `dry-run` in the suite's deployment, or install what is missing first\n";
    check(
        &missing(&["Sigmas Rescale"], Some("the budget allows 1 job")),
        &format!("{is_missing} {about}\n{help}{open}"),
    );
    let data = dry_run::told(&workflow(&[]), &missing(&["Sigmas Rescale"], None)).findings[0].data.clone();
    assert_eq!(data.as_deref(), Some(r#"{"source":"dry-run","jobs":2}"#));
}
