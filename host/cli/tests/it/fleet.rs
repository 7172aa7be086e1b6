//! A fleet over HTTP: three endpoints, four workflows, one run for each pair, from the matrix to the verdict.

use crate::binary::comfycheck;
use crate::endpoint::Endpoint;
use comfycheck_simulator::scenario::bundled;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// The folder of a fleet, and its endpoints by their ids.
struct Scene {
    folder: TempDir,
    endpoints: BTreeMap<String, Endpoint>,
}

impl Scene {
    /// Of three endpoints, one lacks a node.
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/workflows/denrisi.json");
        for name in ["a", "b", "c", "d"] {
            std::fs::copy(&workflow, folder.path().join(format!("{name}.json"))).unwrap();
        }
        let fleet = "name = \"prod\"\nworkflows = [\"a.json\", \"b.json\", \"c.json\", \"d.json\"]\n\
                     [endpoints]\neu = \"ep-eu\"\nus = \"ep-us\"\nap = \"ep-ap\"\n";
        std::fs::write(folder.path().join("comfycheck.fleet.toml"), fleet).unwrap();
        let suite = "name = \"smoke\"\nworkflow = \"a.json\"\nsamples = 1\n[checks.endpoint]\n[checks.image]\n";
        std::fs::write(folder.path().join("comfycheck.toml"), suite).unwrap();
        std::fs::create_dir(folder.path().join("reports")).unwrap();
        let serve = |(id, scenario): (&str, &str)| (id.to_owned(), Endpoint::serve(bundled(scenario).unwrap()));
        let endpoints = [("ep-eu", "healthy"), ("ep-us", "job-oom"), ("ep-ap", "healthy")].map(serve).into();
        Self { folder, endpoints }
    }

    fn comfycheck(&self, arguments: &[&str]) -> Output {
        comfycheck(self.folder.path()).args(arguments).output().unwrap()
    }

    /// The pairs, as a CI system reads them.
    fn matrix(&self) -> Vec<Value> {
        let output = self.comfycheck(&["list", "--fleet", "comfycheck.fleet.toml", "--json"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 1);
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// The job of a pair.
    fn job(&self, pair: &Value, report: &str) -> Command {
        let text = |key: &str| pair[key].as_str().unwrap();
        let mut command = comfycheck(self.folder.path());
        command.args(["run", text("suite"), "--endpoint", text("endpoint"), "--workflow", text("workflow")]);
        command.args([
            "--name",
            text("name"),
            "--progress",
            "none",
            "--format",
            &format!("json:reports/{report}.json"),
        ]);
        command
            .env("RUNPOD_ENDPOINT_BASE_URL", &self.endpoints[text("endpoint")].base)
            .env("RUNPOD_API_KEY", "any-key");
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    fn merge(&self, format: &str) -> Output {
        let reports = std::fs::read_dir(self.folder.path().join("reports")).unwrap();
        let mut names: Vec<String> =
            reports.map(|entry| format!("reports/{}", entry.unwrap().file_name().to_string_lossy())).collect();
        names.sort();
        let mut arguments = vec!["report", "merge", "--fleet", "comfycheck.fleet.toml", "--format", format];
        arguments.extend(names.iter().map(String::as_str));
        self.comfycheck(&arguments)
    }
}

#[test]
fn one_killed_one_lost_and_one_repeated_run_leave_a_verdict_for_each_pair() {
    let scene = Scene::new();
    let matrix = scene.matrix();
    assert_eq!(matrix.len(), 12);
    let slug = |index: usize| matrix[index]["slug"].as_str().unwrap();
    // The first is killed before it can write a report, and the second is lost with its machine.
    let mut killed = scene.job(&matrix[0], slug(0)).spawn().unwrap();
    killed.kill().unwrap();
    killed.wait().unwrap();
    let mut running: Vec<_> = (2..12).map(|index| scene.job(&matrix[index], slug(index)).spawn().unwrap()).collect();
    running.push(scene.job(&matrix[2], &format!("{}-again", slug(2))).spawn().unwrap());
    let codes: Vec<_> = running.into_iter().map(|mut job| job.wait().unwrap().code()).collect();
    let merged = scene.merge("json");
    let results: Value = serde_json::from_slice(&merged.stdout)
        .unwrap_or_else(|_| panic!("{codes:?}: {}", String::from_utf8_lossy(&merged.stderr)));
    let verdicts: Vec<_> =
        results["runs"].as_array().unwrap().iter().map(|run| run["verdict"].as_str().unwrap()).collect();
    let expected = [["missing", "missing", "passed", "passed"], ["failed"; 4], ["passed"; 4]].concat();
    assert_eq!(verdicts, expected, "{codes:?}");
    assert_eq!((results["verdict"].as_str(), merged.status.code()), (Some("failed"), Some(1)));
    assert_eq!(results["left-out"].as_array().unwrap().len(), 1, "{}", results["left-out"]);
    let of_folder =
        scene.comfycheck(&["report", "merge", "--fleet", "comfycheck.fleet.toml", "reports", "--format", "json"]);
    assert_eq!(of_folder.stdout, merged.stdout, "a folder stands for its reports");
    let human = String::from_utf8(scene.merge("human").stdout).unwrap();
    assert!(human.contains("FAILED  12 runs: 4 failed, 2 missing, 6 passed"), "{human}");
    assert_eq!(scene.merge("sarif").status.code(), Some(2), "a fleet has no SARIF");
}

#[test]
fn half_a_report_is_left_out() {
    let scene = Scene::new();
    std::fs::write(scene.folder.path().join("reports/half.json"), "{\"version\": \"comfycheck.run/1\"").unwrap();
    let merged = scene.merge("json");
    assert_eq!(merged.status.code(), Some(3), "{}", String::from_utf8_lossy(&merged.stderr));
    let results: Value = serde_json::from_slice(&merged.stdout).unwrap();
    assert_eq!(results["verdict"], "inconclusive");
    assert!(results["left-out"][0].as_str().unwrap().starts_with("`reports/half.json`: "), "{}", results["left-out"]);
}
