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

#[test]
fn what_is_suggested_without_an_account_works_where_it_is_printed() {
    let (empty, suite) = (tempfile::tempdir().unwrap(), folder_with_a_suite());
    for (folder, commands) in [(&empty, 1), (&suite, 2)] {
        let stdout = text(&run(folder.path(), "doctor").stdout);
        let stdout = stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        let suggested = stdout.rsplit("without an account, try ").next().unwrap_or_default();
        let suggested: Vec<_> = suggested.split('`').filter_map(|part| part.strip_prefix("comfycheck ")).collect();
        assert_eq!(suggested.len(), commands, "{stdout}");
        for line in suggested {
            let output = run(folder.path(), &format!("{line} --progress none"));
            assert_eq!(output.status.code(), Some(0), "{line}: {}", text(&output.stderr));
        }
    }
}

#[test]
fn a_command_without_samples_needs_an_endpoint_only_for_itself() {
    let folder = folder_with_a_suite();
    for line in ["wait-rollout", "purge --yes"] {
        let output = run(folder.path(), line);
        let stderr = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{line}: {stderr}");
        assert!(stderr.contains("--endpoint ID") && !stderr.contains("sample"), "{line}: {stderr}");
    }
}

#[test]
fn quiet_shows_no_progress_unless_it_is_requested() {
    let folder = folder_with_a_suite();
    for (options, has_progress) in [("-q", false), ("-q --progress plain", true), ("", true)] {
        let output = run(folder.path(), format!("run --simulate healthy {options}").trim_end());
        assert_eq!(text(&output.stderr).contains("running 3 samples"), has_progress, "{options}");
    }
}

#[test]
fn a_baseline_that_is_missing_ends_a_run_before_any_job() {
    let folder = folder_with_a_suite();
    let output = run(folder.path(), "run --simulate healthy --baseline none.json --format json:r.json");
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    assert!(!folder.path().join("r.json").exists() && !text(&output.stderr).contains("os error"));
}

#[test]
fn what_is_not_json_is_described_as_a_run_describes_it() {
    let folder = tempfile::tempdir().unwrap();
    for (name, content) in
        [("a.txt", "hello"), ("a.toml", "name = 1"), ("e.json", ""), ("c.json", "{\"1\": {\"a\": 2,}}")]
    {
        fs::write(folder.path().join(name), content).unwrap();
        let validated = run(folder.path(), &format!("validate {name}"));
        let refused = run(folder.path(), &format!("run --no-suite --workflow {name} --simulate healthy"));
        assert_eq!((validated.status.code(), refused.status.code()), (Some(1), Some(2)), "{name}");
        let (page, stderr) = (text(&validated.stdout), text(&refused.stderr));
        let place =
            stderr.lines().find(|line| line.trim_start().starts_with("--> ")).unwrap_or_else(|| panic!("{stderr}"));
        let what = stderr.lines().next().unwrap().trim_start_matches("error: ");
        assert!(page.contains(place.trim()) && page.contains(what), "{name}: {page}{stderr}");
    }
}

#[test]
fn a_refused_key_is_wrong_and_a_silent_server_is_unknown() {
    let folder = tempfile::tempdir().unwrap();
    for (line, code) in [
        ("purge --simulate unauthorized --yes", 1),
        ("inventory save i.json --comfyui http://127.0.0.1:9", 3),
        ("inventory save i.json --comfyui ftp://127.0.0.1", 2),
    ] {
        let output = run(folder.path(), line);
        assert_eq!(output.status.code(), Some(code), "{line}: {}", text(&output.stderr));
    }
}
