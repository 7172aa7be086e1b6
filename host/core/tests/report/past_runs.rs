//! Runs of the past: the list, two of them beside each other, the page, and the machines that fail.

use crate::reports::{failed, passed};
use crate::scene::Scene;
use comfycheck_core::past_runs::{PastRun, machines};
use comfycheck_core::render::{html_history, human_comparison, human_history, json_history};
use comfycheck_core::report::Report;
use comfycheck_core::sample::Ending;
use insta::assert_snapshot;

fn run(id: u64, report: Report) -> PastRun {
    PastRun { id, started: format!("2026-09-{id:02}T10:00:00.5Z"), report }
}

#[test]
fn runs_as_a_list_and_beside_each_other() {
    let runs = [run(12, failed()), run(11, passed())];
    assert_snapshot!("runs_as_a_list", human_history(&runs, 80));
    assert_snapshot!("two_runs_beside_each_other", human_comparison(&runs[1], &runs[0], 80));
    assert_eq!(human_history(&[], 80), "no runs\n");
}

#[test]
fn runs_for_programs() {
    let json: serde_json::Value = serde_json::from_str(&json_history(&[run(12, failed()), run(11, passed())])).unwrap();
    let verdicts: Vec<_> =
        json["runs"].as_array().unwrap().iter().map(|run| run["verdict"].as_str().unwrap()).collect();
    assert_eq!(verdicts, ["failed", "passed"]);
    assert_eq!(json["runs"][1]["succeeded"], 3);
    assert!(json["runs"][1]["execution-median-s"].as_f64().is_some_and(|median| (9.0..10.0).contains(&median)));
}

/// Each number that two runs have is a chart with a row for each run.
#[test]
fn runs_as_a_page() {
    let page = html_history(&[run(11, passed()), run(12, failed()), run(13, passed())]);
    assert!(page.contains("default-src 'none'") && !page.contains("<script"));
    assert_eq!(page.matches("<figure class=\"chart\">").count(), 4);
    let runs = page.split("aria-label=\"Runs\"").nth(1).unwrap().split("</table>").next().unwrap();
    assert_eq!(runs.matches("<tr>").count(), 1 + 3);
    // One run is no trend, and no run is a page all the same.
    assert!(!html_history(&[run(11, passed())]).contains("<figure"));
    assert!(html_history(&[]).contains("0 runs"));
}

/// A worker whose samples fail in run after run stands out; others, and samples that ran nowhere, do not.
#[test]
fn a_machine_that_fails_again_and_again_stands_out() {
    let report = || {
        let scene = Scene::new().samples(8).every_sample(|sample| {
            let bad = sample.index < 2;
            sample.worker = Some(if bad { "bad" } else { "good" }.into());
            sample.ending = if bad { Ending::Failed } else { Ending::Succeeded };
        });
        let scene = scene.sample(7, |sample| {
            sample.ending = Ending::NeverStarted;
            sample.worker = None;
        });
        scene.report()
    };
    let machines = machines(&[run(1, report()), run(2, report())]);
    let of = |name: &str| machines.iter().find(|machine| machine.name == name).unwrap();
    let (bad, good) = (of("bad"), of("good"));
    assert_eq!((bad.runs, bad.samples, bad.failed, bad.stands_out), (2, 4, 4, true));
    assert_eq!((good.runs, good.samples, good.failed, good.stands_out), (2, 10, 0, false));
    assert_eq!(machines[0].name, "bad");
}
