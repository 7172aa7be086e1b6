//! What a new user can try without an account, and how the program leads there.

use crate::binary::comfycheck;
use insta::assert_snapshot;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Output;

fn run(folder: &Path, line: &str) -> Output {
    comfycheck(folder).args(line.split(' ')).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[track_caller]
fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)))
}

fn fixtures() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures").canonicalize().unwrap()
}

/// In an empty folder, the demo gives the report of the recording that it plays.
#[test]
fn the_demo_needs_no_files_and_gives_the_report_of_its_recording() {
    let folder = tempfile::tempdir().unwrap();
    for (recording, cassette) in [
        ("healthy", "denrisi-healthy"),
        ("missing", "denrisi-missing"),
        ("no-worker", "denrisi-no-worker"),
        ("corrupt-image", "denrisi-corrupt-image"),
        ("wrong-handler", "denrisi-wrong-handler"),
        ("unavailable", "denrisi-unavailable"),
    ] {
        let demo = run(folder.path(), &format!("demo {recording} --progress none --format json"));
        let line = format!("run suites/denrisi.toml --replay cassettes/{cassette} --progress none --format json");
        let replay = run(&fixtures(), &line);
        assert_eq!(json(&demo), json(&replay), "{recording}");
        assert_eq!(demo.status.code(), replay.status.code(), "{recording}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is written");
}

#[test]
fn the_demo_says_what_to_try_next() {
    let folder = tempfile::tempdir().unwrap();
    let lines = ["healthy", "missing"]
        .map(|recording| text(&run(folder.path(), &format!("demo {recording} --progress none")).stderr));
    assert_snapshot!(lines.concat());
}

#[test]
fn the_scenarios_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), "mock");
    assert_eq!(output.status.code(), Some(0));
    let listed = text(&output.stdout);
    let is_listed = |name: &&str| listed.lines().any(|line| line.split_whitespace().next() == Some(*name));
    let names: Vec<_> = comfycheck_simulator::scenario::BUNDLED.iter().map(|(name, _)| *name).collect();
    assert!(names.iter().all(is_listed), "{listed}");
    // What happens in each is the scenario's own text.
    let others = listed.lines().filter(|line| !names.iter().any(|name| line.split_whitespace().next() == Some(name)));
    assert_snapshot!(others.collect::<Vec<_>>().join("\n"));
}

/// A suite of three samples, and a workflow for it and another.
fn folder_with_a_suite() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(fixtures().join("workflows/denrisi.json"), folder.path().join("workflow.json")).unwrap();
    let suite = "name = \"ours\"\nworkflow = \"workflow.json\"\nsamples = 3\n[checks.endpoint]\n[checks.performance]\n";
    fs::write(folder.path().join("comfycheck.toml"), suite).unwrap();
    folder
}

#[test]
fn a_suite_that_is_picked_up_is_named_and_can_be_ignored() {
    let folder = folder_with_a_suite();
    let options = "--endpoint ep1 --workflow workflow.json --simulate healthy --progress none --format json";
    let picked_up = run(folder.path(), &format!("run {options}"));
    let report = json(&picked_up);
    assert_eq!((&report["suite"], report["samples"].as_array().unwrap().len()), (&"ours".into(), 3));
    assert_snapshot!(text(&picked_up.stderr));
    let ignored = run(folder.path(), &format!("run --no-suite {options}"));
    let report = json(&ignored);
    assert_eq!((&report["suite"], report["samples"].as_array().unwrap().len()), (&"comfycheck".into(), 1));
    assert_eq!(text(&ignored.stderr), "");
    let named = run(folder.path(), &format!("run comfycheck.toml {options}"));
    assert_eq!(text(&named.stderr), "", "a suite that is named needs no mention");
}

#[test]
fn checks_are_left_out_and_costs_are_limited_on_the_command_line() {
    let folder = folder_with_a_suite();
    let list = |options: &str| json(&run(folder.path(), &format!("list --json --simulate healthy{options}")));
    let names = |plan: &Value| -> Vec<_> {
        plan["checks"].as_array().unwrap().iter().map(|check| check["name"].as_str().unwrap().to_owned()).collect()
    };
    let plan = list("");
    assert_eq!(
        (names(&plan), &plan["budget"]["max-cost-usd"]),
        (vec!["endpoint".into(), "performance".into()], &Value::Null)
    );
    let plan = list(" --skip endpoint --max-cost 0.5");
    assert_eq!((names(&plan), &plan["budget"]["max-cost-usd"]), (vec!["performance".to_owned()], &0.5.into()));
    let plan = list(" --no-suite --workflow workflow.json --check endpoint,nodes --skip nodes");
    assert_eq!((names(&plan), &plan["samples"]), (vec!["endpoint".to_owned()], &1.into()));
}
