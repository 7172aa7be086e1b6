//! A dry run over HTTP: what a recording of it gives again, and that its jobs count.

use crate::binary::comfycheck;
use crate::endpoint::Endpoint;
use comfycheck_simulator::scenario::bundled;
use serde_json::Value;
use std::path::Path;

/// Runs a suite of two samples with a dry run, live against a scenario, and again from the recording. Returns the report, on which
/// both agree, and the progress of the live run.
#[track_caller]
fn recorded(scenario: &str, budget: &str) -> (Value, String) {
    let endpoint = Endpoint::serve(bundled(scenario).unwrap());
    let base = endpoint.base.clone();
    let folder = tempfile::tempdir().unwrap();
    let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/workflows/denrisi.json");
    std::fs::copy(workflow, folder.path().join("workflow.json")).unwrap();
    let text = format!(
        "name = \"dry\"\nworkflow = \"workflow.json\"\nsamples = 2\nseed = 7\n[deployment]\ndry-run = 4\n\
         price-per-second = 0.0003\n{budget}\n[checks.nodes]\n"
    );
    std::fs::write(folder.path().join("comfycheck.toml"), text).unwrap();
    let run = |arguments: &[&str], report: &str| {
        let mut command = comfycheck(folder.path());
        command.args(["run", "--progress", "plain", "--format", &format!("json:{report}")]).args(arguments);
        command.env("RUNPOD_ENDPOINT_BASE_URL", &base).env("RUNPOD_ENDPOINT_ID", "simulated");
        let output = command.env("RUNPOD_API_KEY", "any-key").output().unwrap();
        let progress = String::from_utf8(output.stderr).unwrap();
        let text = std::fs::read(folder.path().join(report)).unwrap_or_else(|_| panic!("{progress}"));
        let mut report: Value = serde_json::from_slice(&text).unwrap();
        let members = report.as_object_mut().unwrap();
        members.remove("machine");
        members.remove("origin");
        // It has the endpoint, which a recording does not hold.
        members.shift_remove("name");
        (report, progress)
    };
    let (live, progress) = run(&["--record", "cassette"], "live.json");
    drop(endpoint);
    let (replay, _) = run(&["--replay", "cassette"], "replay.json");
    let (live_text, replay) = [&live, &replay].map(|report| serde_json::to_string_pretty(report).unwrap()).into();
    for (recorded, replayed) in live_text.lines().zip(replay.lines()) {
        assert_eq!(recorded, replayed, "the recorded run, and its replay");
    }
    assert_eq!(live_text.len(), replay.len());
    (live, progress)
}

fn jobs<'a>(report: &'a Value, member: &str) -> Vec<(&'a str, bool)> {
    let jobs = report[member].as_array().map(Vec::as_slice).unwrap_or_default();
    jobs.iter().map(|job| (job["ending"].as_str().unwrap(), job["job"].is_string())).collect()
}

#[test]
fn a_replay_of_a_dry_run_gives_its_report_again() {
    let (report, progress) = recorded("missing-node", "");
    assert_eq!(report["summary"]["verdict"], "failed");
    let dry_run = jobs(&report, "dry-run");
    assert!(dry_run.len() > 1 && dry_run.iter().all(|job| *job == ("failed", true)), "{dry_run:?}");
    assert_eq!(jobs(&report, "samples"), [("not-submitted", false); 2]);
    assert!(report["summary"]["cost"]["high"].as_f64().unwrap() > 0.0, "the dry run is billed: {report}");
    for job in ["dry run, job 1: ", "dry run, job 2: "] {
        assert!(progress.contains(job), "{progress}");
    }
}

#[test]
fn the_jobs_of_a_dry_run_are_part_of_the_budget() {
    let (report, _) = recorded("healthy", "[budget]\nmax-jobs = 3");
    assert_eq!(jobs(&report, "dry-run"), [("failed", true); 2]);
    assert_eq!(jobs(&report, "samples"), [("succeeded", true), ("not-submitted", false)]);
    let (report, _) = recorded("healthy", "[budget]\nmax-cost = 0.0000001");
    assert_eq!(jobs(&report, "dry-run"), [("failed", true)]);
    assert_eq!(jobs(&report, "samples"), [("not-submitted", false); 2]);
    assert!(report["summary"]["over-budget"].is_string(), "{report}");
}
