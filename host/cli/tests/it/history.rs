//! The history of live runs: what is kept, and that it never decides a run.

use crate::binary::comfycheck;
use crate::endpoint::Endpoint;
use comfycheck_simulator::scenario::bundled;
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

const SUITE: &str = "name = \"kept\"\nworkflow = \"workflow.json\"\nsamples = 2\n[deployment]\n[checks.endpoint]\n[checks.performance]\n";

/// An endpoint that works, a suite for it, and a place for the history.
struct Scene {
    folder: TempDir,
    endpoint: Endpoint,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let workflow = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/workflows/denrisi.json");
        std::fs::copy(workflow, folder.path().join("workflow.json")).unwrap();
        std::fs::write(folder.path().join("comfycheck.toml"), SUITE).unwrap();
        Self { folder, endpoint: Endpoint::serve(bundled("healthy").unwrap()) }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = comfycheck(self.folder.path());
        command
            .args(arguments)
            .env("XDG_STATE_HOME", self.folder.path().join("state"))
            .env("RUNPOD_ENDPOINT_BASE_URL", &self.endpoint.base)
            .env("RUNPOD_ENDPOINT_ID", "simulated")
            .env("RUNPOD_API_KEY", "any-key");
        command
    }

    #[track_caller]
    fn comfycheck(&self, arguments: &[&str], code: i32) -> Output {
        let output = self.command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        output
    }

    fn list(&self) -> Value {
        serde_json::from_slice(&self.comfycheck(&["history", "list", "--json"], 0).stdout).unwrap()
    }

    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap()
    }
}

#[test]
fn live_runs_are_kept_listed_compared_and_pruned() {
    let scene = Scene::new();
    assert_eq!(scene.list()["runs"], serde_json::json!([]));
    scene.comfycheck(&["run"], 0);
    scene.comfycheck(&["run", "--baseline", "last", "--format", "second.md"], 0);
    scene.comfycheck(&["run", "--no-history"], 0);
    scene.comfycheck(&["run", "--simulate", "healthy"], 0);
    let list = scene.list();
    let runs = list["runs"].as_array().unwrap();
    assert_eq!(runs.iter().map(|run| run["id"].as_u64().unwrap()).collect::<Vec<_>>(), [2, 1]);
    assert_eq!((&runs[0]["verdict"], &runs[0]["succeeded"]), (&Value::from("passed"), &Value::from(2)));
    assert!(scene.read("second.md").contains("baseline: passed"));
    scene.comfycheck(&["history", "compare", "1", "last", "--html", "changes.html"], 0);
    scene.comfycheck(&["history", "list", "--html", "trend.html"], 0);
    for page in ["changes.html", "trend.html"] {
        assert!(scene.read(page).contains("default-src 'none'"), "{page}");
    }
    let shown = scene.comfycheck(&["history", "show", "1", "--format", "json"], 0);
    let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(shown["summary"]["samples"], 2);
    scene.comfycheck(&["history", "show", "7"], 2);
    scene.comfycheck(&["history", "prune"], 2);
    scene.comfycheck(&["history", "prune", "--keep", "1"], 0);
    assert_eq!(scene.list()["runs"][0]["id"], 2);
    assert_eq!(scene.list()["runs"].as_array().unwrap().len(), 1);
    let kept = scene.read("state/comfycheck/history/2.json");
    let workflow: Value = serde_json::from_str(&scene.read("workflow.json")).unwrap();
    let texts = workflow.as_object().unwrap().values().filter_map(|node| node["inputs"]["text"].as_str());
    for start in texts.filter_map(|text| text.get(..20)) {
        assert!(!kept.contains(start), "the history has a prompt");
    }
}

#[test]
fn a_broken_history_costs_a_warning() {
    let scene = Scene::new();
    let folder = scene.folder.path().join("state/comfycheck");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("history"), "not a folder").unwrap();
    let output = scene.comfycheck(&["run"], 0);
    assert!(String::from_utf8_lossy(&output.stderr).contains("warning: "));
    scene.comfycheck(&["history", "list"], 3);
}
