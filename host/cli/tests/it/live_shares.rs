//! Shares of a live run, over HTTP: each sample is submitted once, and together they are what one machine finds out.

use crate::binary::comfycheck;
use crate::endpoint::Endpoint;
use crate::signal;
use comfycheck_simulator::scenario::bundled;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// The only key that the endpoint knows.
const KEY: &str = "any-key";

/// An endpoint with three warm workers, and a suite for it.
struct Scene {
    folder: TempDir,
    endpoint: Endpoint,
}

impl Scene {
    fn new(suite: &str) -> Self {
        let mut scenario = bundled("healthy").unwrap();
        scenario.endpoint.workers_min = 3;
        scenario.access.keys = Some(vec![KEY.to_owned()]);
        let folder = tempfile::tempdir().unwrap();
        let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/workflows/denrisi.json");
        std::fs::copy(workflow, folder.path().join("workflow.json")).unwrap();
        let text = format!(
            "name = \"parted\"\nworkflow = \"workflow.json\"\nsamples = 9\nconcurrency = 3\n[deployment]\n\
             price-per-second = 0.0003\n[checks.endpoint]\n[checks.image]\n[checks.performance]\n{suite}"
        );
        std::fs::write(folder.path().join("comfycheck.toml"), text).unwrap();
        Self { folder, endpoint: Endpoint::serve(scenario) }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = comfycheck(self.folder.path());
        command
            .args(arguments)
            .env("RUNPOD_ENDPOINT_BASE_URL", &self.endpoint.base)
            .env("RUNPOD_ENDPOINT_ID", "simulated");
        command.env("RUNPOD_API_KEY", KEY);
        command
    }

    fn comfycheck(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    fn share(&self, share: &str, seed: &str) -> Child {
        self.share_with(KEY, share, seed)
    }

    fn share_with(&self, key: &str, share: &str, seed: &str) -> Child {
        let out = share.replace('/', "-of-");
        let mut command = self.command(&[
            "run",
            "--partition",
            share,
            "--out",
            &out,
            "--seed",
            seed,
            "--concurrency",
            "1",
            "--progress",
            "plain",
        ]);
        command.env("RUNPOD_API_KEY", key).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Three machines, at the same time.
    #[track_caller]
    fn three_shares(&self, seed: &str) {
        let shares: Vec<_> = ["1/3", "2/3", "3/3"].map(|share| self.share(share, seed)).into();
        for share in shares {
            let Output { status, stderr, .. } = share.wait_with_output().unwrap();
            let told = String::from_utf8_lossy(&stderr);
            assert!(status.success() && told.contains(", 3 of 9 samples\n"), "{told}");
        }
    }

    fn merge(&self, folders: &[&str], seed: &str) -> Output {
        let mut arguments =
            vec!["report", "merge", "--format", "json", "--seed", seed, "--concurrency", "1", "comfycheck.toml"];
        arguments.extend(folders);
        self.comfycheck(&arguments)
    }

    #[track_caller]
    fn merged(&self, seed: &str) -> Value {
        report(&self.merge(&ALL, seed))
    }

    #[track_caller]
    fn refused(&self, folders: &[&str], seed: &str) -> String {
        let Output { status, stderr, .. } = self.merge(folders, seed);
        assert_eq!(status.code(), Some(2));
        String::from_utf8(stderr).unwrap().lines().next().unwrap_or_default().to_owned()
    }
}

const ALL: [&str; 3] = ["3-of-3", "1-of-3", "2-of-3"];

#[track_caller]
fn report(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

/// What each sample was, and how it ended, without what was measured.
fn samples(report: &Value) -> Vec<Value> {
    let samples = report["samples"].as_array().unwrap().iter();
    let images = |sample: &Value| -> Vec<_> {
        sample["images"].as_array().unwrap().iter().map(|image| image["sha256"].clone()).collect()
    };
    let brief = |sample: &Value| {
        json!([sample["index"], sample["seed"], sample["workflow"], sample["ending"], sample["reason"], images(sample)])
    };
    samples.map(brief).collect()
}

/// What came of each check instance, without what was measured.
fn executions(report: &Value) -> Vec<Value> {
    let executions = report["executions"].as_array().unwrap().iter();
    let told = |list: &Value| -> Vec<_> {
        let all = list.as_array().into_iter().flatten();
        // Where time goes by so fast, cold starts and the workers of one reading are a matter of milliseconds.
        let is_timing = |one: &Value| one["rule"] == "cold-start" || one["rule"] == "workers";
        let same = all.filter(|one| one["measurement"].is_null() && !is_timing(one));
        same.map(|one| json!([one["rule"], one["message"]])).collect()
    };
    let brief = |one: &Value| {
        json!([one["check"], one["scope"], one["sample"], one["outcome"], told(&one["findings"]), told(&one["open"])])
    };
    executions.map(brief).collect()
}

#[test]
fn shares_of_a_live_run_submit_each_sample_once_and_are_the_whole() {
    let scene = Scene::new("");
    scene.three_shares("5000");
    let merged = scene.merged("5000");
    let jobs: BTreeSet<_> =
        merged["samples"].as_array().unwrap().iter().map(|sample| sample["job"].to_string()).collect();
    assert_eq!((jobs.len(), merged["summary"]["succeeded"].as_u64()), (9, Some(9)), "{}", merged["summary"]);
    let other = Scene::new("");
    let whole = report(&other.comfycheck(&["run", "--seed", "5000", "--format", "json"]));
    assert_eq!(samples(&merged), samples(&whole));
    assert_eq!(executions(&merged), executions(&whole));
    for (what, key) in [("summary", "verdict"), ("summary", "errors"), ("summary", "open"), ("origin", "endpoint")] {
        assert_eq!(merged[what][key], whole[what][key], "{what}.{key}");
    }
    assert_eq!(merged["date"], whole["date"]);
    // A worker is met cold once, whichever share met it.
    let workers = |report: &Value| -> BTreeSet<_> {
        report["samples"].as_array().unwrap().iter().map(|sample| sample["worker"].to_string()).collect()
    };
    let warm = merged["samples"].as_array().unwrap().iter().filter(|sample| sample["start"] == "warm").count();
    assert_eq!(warm, 9 - workers(&merged).len(), "{merged:#}");

    let begin = "error: cannot merge the shards: ";
    assert_eq!(scene.refused(&ALL[..2], "5000"), format!("{begin}1 of 3 shards is missing: 2/3"));
    let other_seed = format!("{begin}`3-of-3` is a shard of another run: the seed differs");
    assert_eq!(scene.refused(&ALL, "5001"), other_seed);
    assert!(scene.refused(&ALL[1..2], "5001").ends_with("the seed differs"));
    let elsewhere = Scene { folder: scene.folder, ..other };
    let endpoint = format!("{begin}`3-of-3` is a shard of another run: the deployment differs");
    assert_eq!(elsewhere.refused(&ALL, "5000"), endpoint);
}

#[test]
fn the_budget_is_that_of_all_shares_together() {
    let scene = Scene::new("[budget]\nmax-jobs = 4\nmax-cost = 1.0\n");
    scene.three_shares("7000");
    let merged = scene.merged("7000");
    let told: Vec<_> = samples(&merged).into_iter().map(|sample| sample[4].clone()).collect();
    let left = json!("`max-jobs` allows 4 jobs");
    assert_eq!(told, [vec![Value::Null; 4], vec![left; 5]].concat());
    assert_eq!(merged["summary"]["verdict"], "inconclusive");
}

#[test]
fn a_live_share_needs_a_seed_and_is_not_recorded() {
    let scene = Scene::new("");
    for (arguments, expected) in [
        (vec![], "error: the shards of a live run need a common seed\n"),
        (vec!["--seed", "1", "--record", "cassette"], "error: a shard cannot be recorded\n"),
    ] {
        let output = scene.comfycheck(&[&["run", "--partition", "1/2", "--out", "out"], &arguments[..]].concat());
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), told.starts_with(expected)), (Some(2), true), "{told}");
        assert!(!scene.folder.path().join("out").exists());
    }
}

#[test]
fn a_share_that_was_interrupted_is_written_and_leaves_the_whole_inconclusive() {
    let scene = Scene::new("");
    let mut share = scene.share("1/1", "1");
    let mut told = BufReader::new(share.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(told.any(|line| line.starts_with("running 9 samples")));
    signal::send("TERM", &share);
    assert!(told.any(|line| line.starts_with("wrote shard 1/1 to 1-of-1")));
    assert_eq!(share.wait().unwrap().code(), Some(143));
    let merged = scene.merge(&["1-of-1"], "1");
    // Nobody interrupted the merge.
    assert_eq!(merged.status.code(), Some(3));
    let whole = report(&merged);
    assert_eq!((&whole["summary"]["verdict"], &whole["interrupted"]), (&json!("inconclusive"), &Value::Null));
    let told = whole["summary"]["inconclusive"].to_string();
    assert!(told.contains(": shard 1/1 was interrupted"), "{told}");
}

#[test]
fn a_gate_that_closes_in_any_share_is_told_by_it_and_by_the_whole() {
    let scene = Scene::new("");
    for (share, key) in [("1/3", KEY), ("2/3", "another"), ("3/3", KEY)] {
        let Output { status, stderr, .. } = scene.share_with(key, share, "9000").wait_with_output().unwrap();
        let told = String::from_utf8(stderr).unwrap();
        let closed = "shard 2/3 ran no samples: check `endpoint` found an error before the samples (`";
        assert!(status.success() && told.contains(closed) == (share == "2/3"), "{told}");
    }
    let merged = scene.merge(&ALL, "9000");
    let whole = report(&merged);
    assert_eq!((merged.status.code(), &whole["summary"]["verdict"]), (Some(1), &json!("failed")), "{whole:#}");
    let gates: Vec<_> =
        whole["executions"].as_array().unwrap().iter().filter(|one| one["check"] == "endpoint").collect();
    let errors = |one: &Value| one["findings"].as_array().unwrap().iter().any(|finding| finding["severity"] == "error");
    assert!(gates.iter().any(|one| one["scope"] == "deployment" && errors(one)), "{gates:#?}");
    assert_eq!(whole["summary"]["succeeded"], 6);
}

#[test]
fn shares_that_began_long_after_each_other_are_merged_with_a_warning() {
    let scene = Scene::new("");
    scene.three_shares("3000");
    let path = scene.folder.path().join("2-of-3/share.json");
    let mut share: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    share["began"]["secs"] = json!(share["began"]["secs"].as_u64().unwrap() + 4 * 3_600);
    std::fs::write(&path, share.to_string()).unwrap();
    let told = String::from_utf8(scene.merge(&ALL, "3000").stderr).unwrap();
    let warning = "warning: shards `1-of-3` and `2-of-3` started ";
    let other = "warning: shards `3-of-3` and `2-of-3` started ";
    assert!(told.contains(warning) || told.contains(other), "{told}");
}

#[test]
fn nothing_is_bought_for_a_report_that_cannot_be_written() {
    let scene = Scene::new("");
    std::os::unix::fs::symlink("nowhere", scene.folder.path().join("link")).unwrap();
    let output = scene.comfycheck(&["run", "--format", "json:link/report.json", "--record", "cassette"]);
    let told = String::from_utf8(output.stderr).unwrap();
    let refused = told.starts_with("error: cannot write `link/report.json`: ") && !told.contains("running 9 samples");
    assert_eq!((output.status.code(), refused), (Some(2), true), "{told}");
    assert!(!scene.folder.path().join("cassette").exists());
}
