//! `comfycheck bench`: what it decides, from the command line to the exit code.

use crate::binary::comfycheck;
use crate::endpoint::Endpoint;
use comfycheck_simulator::scenario::bundled;
use serde_json::Value;
use std::path::Path;
use tempfile::TempDir;

/// A folder with a suite of the Denrisi workflow.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/workflows/denrisi.json");
    std::fs::copy(workflow, folder.path().join("workflow.json")).unwrap();
    let text = "name = \"flux\"\nworkflow = \"workflow.json\"\nsamples = 2\nconcurrency = 2\nseed = 7\n[deployment]\n\
                price-per-second = 0.0003\n[checks.endpoint]\n";
    std::fs::write(folder.path().join("comfycheck.toml"), text).unwrap();
    let slow = "seed = 1\nlimits = { factor = 0 }\nendpoint = { workers-min = 2, workers-max = 2 }\nworkers = { ready = 2 }\n\
                handler = { execution-s = { low = 9, usual = 10, high = 12 } }\n";
    std::fs::write(folder.path().join("slow.toml"), slow).unwrap();
    std::fs::write(folder.path().join("fast.toml"), slow.replace("9, usual = 10, high = 12", "5, usual = 6, high = 7"))
        .unwrap();
    folder
}

/// The exit code and both outputs.
fn bench(folder: &TempDir, arguments: &[&str]) -> (i32, String, String) {
    let output = comfycheck(folder.path()).args(["bench", "--progress", "none"]).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn json(folder: &TempDir, name: &str) -> Value {
    serde_json::from_slice(&std::fs::read(folder.path().join(name)).unwrap()).unwrap()
}

#[test]
fn a_slower_release_is_worse_than_its_baseline() {
    let folder = folder();
    let run =
        |arguments: &[&str]| bench(&folder, &[&["--jobs", "20", "--format", "json:new.json"], arguments].concat());
    let (code, _, stderr) = run(&["--simulate", "fast.toml", "--save", "old.json"]);
    assert_eq!((code, &json(&folder, "old.json")["decision"]), (0, &Value::from("measured")), "{stderr}");
    assert_eq!(json(&folder, "old.json"), json(&folder, "new.json"));
    // Twenty jobs on two workers show no difference, and cannot exclude one of 5%.
    for (scenario, code, decision) in [("slow.toml", 1, "worse"), ("fast.toml", 3, "inconclusive")] {
        let (exit, _, stderr) = run(&["--simulate", scenario, "--baseline", "old.json"]);
        let new = json(&folder, "new.json");
        assert_eq!(
            (exit, &new["decision"]),
            (code, &Value::from(decision)),
            "{scenario}: {stderr} {}",
            new["comparison"]
        );
    }
}

#[test]
fn limits_are_judged_for_each_level() {
    let folder = folder();
    let limits = ["--limit", "generation.p95 < 8 s", "--limit", "queue < 3 s", "--concurrency", "2,6"];
    let (code, page, stderr) = bench(
        &folder,
        &[&["--simulate", "fast.toml", "--format", "json:b.json", "--format", "human"], &limits[..]].concat(),
    );
    assert_eq!(code, 1, "{page}{stderr}");
    let levels = json(&folder, "b.json")["levels"].clone();
    let rules = |level: usize| -> Vec<String> {
        let findings = levels[level]["findings"].as_array().cloned().unwrap_or_default();
        findings.iter().map(|finding| format!("{} {}", finding["severity"], finding["rule"]).replace('"', "")).collect()
    };
    assert_eq!((rules(0), rules(1)), (vec![], vec!["error broken-limit".to_owned()]), "{levels}");
    insta::assert_snapshot!(page);
}

#[test]
fn a_search_names_the_highest_load() {
    let folder = folder();
    let search = ["--search", "end-to-end.p95 < 9 s", "--jobs", "24", "--simulate", "fast.toml", "--format", "json"];
    let (code, text, stderr) = bench(&folder, &search);
    let report: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}{stderr}"));
    assert_eq!(
        (code, &report["search"]["highest"], &report["search"]["breaks-at"]),
        (0, &2.into(), &3.into()),
        "{}",
        report["search"]
    );
}

#[test]
fn a_search_tries_no_more_jobs_in_flight_than_a_level_has() {
    let folder = folder();
    let search = ["--search", "generation.p95 < 60 s", "--jobs", "24", "--simulate", "fast.toml", "--format", "json"];
    let (code, text, stderr) = bench(&folder, &search);
    let report: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}{stderr}"));
    let lanes: Vec<_> =
        report["levels"].as_array().unwrap().iter().map(|level| &level["load"]["concurrency"]).collect();
    assert_eq!(
        (code, &report["search"]["highest"], lanes),
        (0, &24.into(), vec![&Value::from(1), &2.into(), &4.into(), &8.into(), &16.into(), &24.into()])
    );
    // That of the suite, too.
    let (_, text, stderr) = bench(&folder, &["--jobs", "1", "--simulate", "fast.toml", "--format", "json"]);
    let report: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}{stderr}"));
    assert_eq!(report["levels"][0]["load"]["concurrency"], 1);
}

#[test]
fn cold_starts_are_not_waited_for_where_workers_always_run() {
    let folder = folder();
    let (code, text, stderr) = bench(&folder, &["--cold", "2", "--simulate", "healthy", "--format", "json"]);
    let report: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}{stderr}"));
    let stopped = report["levels"][0]["stopped"].as_str().unwrap();
    assert_eq!((code, report["levels"][0]["submitted"].as_u64()), (3, Some(0)), "{report}");
    assert!(stopped.contains("active workers") && !stopped.contains("30 min"), "{stopped}");
}

#[test]
fn a_closed_gate_keeps_every_job_from_being_submitted() {
    let folder = folder();
    let (code, page, _) = bench(&folder, &["--simulate", "workers-disabled", "--format", "json"]);
    let report: Value = serde_json::from_str(&page).unwrap();
    assert_eq!(
        (code, &report["decision"], report["samples"].as_array().map(Vec::len)),
        (1, &"failed".into(), Some(0)),
        "{page}"
    );
}

#[test]
fn what_cannot_be_run_is_refused() {
    let folder = folder();
    std::fs::write(folder.path().join("run.json"), "{\"version\": \"comfycheck.run/1\"}").unwrap();
    for arguments in [
        &["--limit", "speed < 1"][..],
        &["--rate", "30"],
        &["--rate", "30/h", "--concurrency", "2"],
        &["--jobs", "0"],
        // So many are never in flight.
        &["--concurrency", "2,31"],
        &["--concurrency", "4", "--jobs", "3"],
        &["--search", "generation.p95 < 30 s", "--concurrency", "64"],
        &["--jobs", "100001"],
        &["--format", "junit"],
        &["--baseline", "run.json"],
        &["--baseline", "none.json"],
        &["--save", "a.json", "--format", "json:a.json"],
    ] {
        let (code, _, stderr) = bench(&folder, &[arguments, &["--simulate", "healthy"]].concat());
        assert_eq!(code, 2, "{arguments:?}: {stderr}");
    }
}

#[test]
fn a_replay_of_a_recorded_benchmark_measures_the_same() {
    let folder = folder();
    let endpoint = Endpoint::serve(bundled("healthy").unwrap());
    let load = ["bench", "--progress", "none", "--concurrency", "1,2", "--jobs", "3"];
    let run = |arguments: &[&str], report: &str| {
        let mut command = comfycheck(folder.path());
        command.args(load).args(["--format", &format!("json:{report}")]).args(arguments);
        command.env("RUNPOD_ENDPOINT_BASE_URL", &endpoint.base).env("RUNPOD_ENDPOINT_ID", "simulated");
        let output = command.env("RUNPOD_API_KEY", "any-key").output().unwrap();
        assert!(output.status.success(), "{}{}", String::from_utf8_lossy(&output.stderr), json(&folder, report));
        let report = json(&folder, report);
        let of_platform =
            ["index", "level", "seed", "result", "start", "worker", "delay-s", "execution-s", "generation-s"];
        let samples = report["samples"].as_array().unwrap().iter();
        samples.map(|sample| of_platform.map(|member| sample[member].clone())).collect::<Vec<_>>()
    };
    let live = run(&["--record", "cassette"], "live.json");
    assert_eq!(live.len(), 6);
    assert_eq!(run(&["--replay", "cassette"], "replay.json"), live);
}

#[test]
fn jobs_that_all_fail_the_same_way_end_the_benchmark_with_their_cause() {
    let folder = folder();
    let suite = std::fs::read_to_string(folder.path().join("comfycheck.toml")).unwrap();
    std::fs::write(folder.path().join("comfycheck.toml"), suite + "[checks.nodes]\n").unwrap();
    for (scenario, rule) in [
        ("missing-node", "nodes/missing-node"),
        ("job-oom", "endpoint/out-of-memory"),
        ("no-workers", "endpoint/no-matching-gpu"),
        ("throttled", "endpoint/no-capacity"),
    ] {
        let arguments =
            ["--simulate", scenario, "--concurrency", "1,2", "--format", "json:b.json", "--format", "human"];
        let (code, page, stderr) = bench(&folder, &arguments);
        let report = json(&folder, "b.json");
        let findings = report["findings"].as_array().cloned().unwrap_or_default();
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let id = |finding: &Value| format!("{}/{}", text(&finding["check"]), text(&finding["rule"]));
        let cause = findings.iter().find(|finding| finding["severity"] == "error" && id(finding) == rule);
        let cause = cause.unwrap_or_else(|| panic!("{scenario}: {findings:?} {stderr}"));
        assert!(cause["help"].is_string(), "{cause}");
        assert_eq!((code, &report["decision"]), (1, &Value::from("failed")), "{scenario}: {page}");
        let submitted = report["levels"][0]["submitted"].as_u64().unwrap();
        assert!(submitted <= 5, "{scenario}: {submitted} jobs are billed");
        assert_eq!(report["not-run"]["loads"].as_array().map(Vec::len), Some(1), "{scenario}");
        assert!(page.contains(&format!("error[{rule}]: ")) && page.contains("  = help: "), "{page}");
    }
}

#[test]
fn what_the_jobs_answer_is_not_unknown() {
    let folder = folder();
    let suite = std::fs::read_to_string(folder.path().join("comfycheck.toml")).unwrap();
    let all = "[checks.nodes]\n[checks.models]\n[checks.workflow]\n";
    std::fs::write(folder.path().join("comfycheck.toml"), suite + all).unwrap();
    let (code, _, stderr) = bench(&folder, &["--simulate", "fast.toml", "--jobs", "4", "--format", "json:b.json"]);
    let findings = json(&folder, "b.json")["findings"].clone();
    let unknown = findings.as_array().into_iter().flatten().filter(|finding| finding["severity"] == "unknown");
    assert_eq!((code, unknown.count()), (0, 0), "{findings} {stderr}");
}

#[test]
fn levels_that_the_budget_leaves_out_are_named() {
    let folder = folder();
    let suite = std::fs::read_to_string(folder.path().join("comfycheck.toml")).unwrap();
    std::fs::write(folder.path().join("comfycheck.toml"), suite + "[budget]\nmax-jobs = 3\n").unwrap();
    let arguments =
        ["--simulate", "fast.toml", "--concurrency", "1,2,4", "--format", "json:b.json", "--format", "human"];
    let (code, page, stderr) = bench(&folder, &arguments);
    let report = json(&folder, "b.json");
    let not_run = &report["not-run"];
    let lanes: Vec<_> = not_run["loads"].as_array().unwrap().iter().map(|load| load["concurrency"].clone()).collect();
    assert_eq!((code, lanes), (3, vec![Value::from(2), Value::from(4)]), "{report}");
    for text in [&page, &stderr] {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(["`max-jobs` is 3", "90 jobs"].iter().all(|part| text.contains(part)), "{text}");
    }
}

#[test]
fn failed_jobs_are_counted_in_the_decision_and_explained_by_warnings() {
    let folder = folder();
    for (scenario, jobs, lanes, rule) in [
        ("mixed-gpus", "20", "2", "out-of-memory"),
        ("one-bad-host", "10", "1", "bad-host"),
        ("comfyui-late", "12", "2", "comfyui-down"),
    ] {
        let load = ["--simulate", scenario, "--jobs", jobs, "--concurrency", lanes];
        let reports = ["--format", "json:b.json", "--format", "human"];
        let (code, page, stderr) = bench(&folder, &[&load[..], &reports].concat());
        let report = json(&folder, "b.json");
        assert_eq!((code, &report["decision"]), (0, &"measured".into()), "{scenario}: {page}{stderr}");
        let severities = |check: &str, rule: &str| -> Vec<&str> {
            let findings = report["findings"].as_array().into_iter().flatten();
            let of_rule = findings.filter(|finding| finding["check"] == check && finding["rule"] == rule);
            of_rule.filter_map(|finding| finding["severity"].as_str()).collect()
        };
        assert_eq!(severities("samples", ""), [""; 0], "{scenario}: {page}");
        assert_eq!(severities("endpoint", rule), ["warning"], "{scenario}: {page}");
        let failed = report["levels"][0]["failed"].as_u64().unwrap();
        let last = page.lines().last().unwrap_or_default();
        assert!(failed > 0 && last.contains(&format!("{failed} of {jobs} jobs failed")), "{scenario}: {page}");
        let limited = bench(&folder, &[&load[..], &["--limit", "success-rate >= 95%"]].concat());
        assert_eq!(limited.0, 1, "{scenario}: {}", limited.1);
    }
}

#[test]
fn the_commands_of_the_book_work_with_the_suite_of_init() {
    let folder = tempfile::tempdir().unwrap();
    let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/workflows/denrisi.json");
    std::fs::copy(workflow, folder.path().join("workflow_api.json")).unwrap();
    for (line, expected) in [
        ("init --endpoint abc123", 0),
        ("bench --concurrency 1,2,4 --save old.json --simulate healthy", 0),
        // Equal samples of few workers cannot exclude a change.
        ("bench --concurrency 1,2,4 --baseline old.json --simulate healthy", 3),
        ("forecast --from old.json --load 30/h", 0),
        ("bench --jobs 30 --cold 3 --save bench.json --simulate cold-start", 0),
        ("forecast --from bench.json --load 30/h", 0),
        ("bench --max-jobs 3 --simulate healthy", 3),
    ] {
        let output = comfycheck(folder.path()).args(line.split(' ')).output().unwrap();
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
        assert_eq!(output.status.code(), Some(expected), "{line}: {text}");
        let says_why = text.contains("more jobs on so few workers will hardly show it");
        assert!(!line.contains("--baseline") || says_why, "{text}");
    }
}
