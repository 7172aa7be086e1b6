//! What a dry run shows of node classes.

use crate::{verdict, workflow};
use comfycheck_check_nodes::rules::dry_run;
use comfycheck_sdk::Answer;
use comfycheck_sdk::dry_run::{MissingClass, Verdict};

fn answer(verdict: &Verdict) -> Answer {
    dry_run::answer(&workflow(&[]), verdict)
}

/// `unknown`: why it is not known whether the other classes are installed.
fn missing(names: &[&str], unknown: Option<&str>) -> Verdict {
    let missing = |class: &&str| MissingClass { class: (*class).to_owned(), worker: Some("w".to_owned()) };
    let classes = unknown.map_or(verdict().classes, |why| Err(why.to_owned()));
    Verdict { missing: names.iter().map(missing).collect(), classes, ..verdict() }
}

#[test]
fn a_dry_run_names_missing_classes_and_its_worker() {
    let budget = Some("the budget allows 1 job");
    assert_answers!([
        ("all installed", answer(&verdict()), &["dry-run: worker 0kokz22uv2vryy"]),
        (
            "one missing, others installed",
            answer(&missing(&["Sigmas Rescale"], None)),
            &["missing-node: node 8, worker w", "dry-run: worker 0kokz22uv2vryy"],
        ),
        (
            "one missing, others unknown",
            answer(&missing(&["Sigmas Rescale"], budget)),
            &["missing-node: node 8, worker w", "missing-node?"],
        ),
        (
            "class of two nodes",
            answer(&missing(&["CLIPTextEncode"], budget)),
            &["missing-node: node 4, node 5, worker w", "missing-node?"],
        ),
    ]);
}

#[test]
fn findings_of_a_dry_run_are_marked_in_their_data() {
    let answer = answer(&missing(&["Sigmas Rescale"], None));
    let data: Vec<_> = answer.findings.iter().map(|finding| finding.data.as_deref()).collect();
    assert_eq!(data, [Some(r#"{"source":"dry-run","jobs":2}"#); 2]);
}
