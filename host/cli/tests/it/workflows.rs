//! The rules of the house for workflows and actions, which no linter has to be installed for.

use crate::runner::root;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn files() -> Vec<PathBuf> {
    let workflows = std::fs::read_dir(root().join(".github/workflows")).unwrap();
    let mut files: Vec<_> = workflows.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(files.len() >= 3, "{files:?}");
    files
}

fn read(path: &Path) -> (String, Value) {
    let text = std::fs::read_to_string(path).unwrap();
    let value = serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    (text, value)
}

#[test]
fn every_action_is_named_by_a_commit_with_its_version_beside_it() {
    for path in files().into_iter().chain([root().join(".github/actions/run/action.yml")]) {
        for line in read(&path).0.lines() {
            let Some((_, uses)) = line.split_once("uses: ") else { continue };
            if uses.starts_with("./") {
                continue;
            }
            let (action, version) = uses.split_once(" # v").unwrap_or_else(|| panic!("{}: {line}", path.display()));
            let (_, commit) = action.split_once('@').unwrap();
            assert!(
                commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()),
                "{}: {line}",
                path.display()
            );
            assert!(version.split('.').count() == 3, "{}: {line}", path.display());
        }
    }
}

#[test]
fn a_workflow_may_nothing_that_a_job_does_not_ask_for() {
    for path in files() {
        let (_, workflow) = read(&path);
        let shown = path.display();
        assert!(workflow["permissions"].as_object().is_some_and(serde_json::Map::is_empty), "{shown}");
        assert!(workflow["concurrency"].is_object(), "{shown}");
        for (name, job) in workflow["jobs"].as_object().unwrap() {
            assert!(job["permissions"].is_object(), "{shown}: {name}");
            assert!(job["timeout-minutes"].is_u64(), "{shown}: {name}");
            for step in job["steps"].as_array().unwrap() {
                if step["uses"].as_str().is_some_and(|uses| uses.starts_with("actions/checkout@")) {
                    assert_eq!(step["with"]["persist-credentials"], false, "{shown}: {name}");
                }
                assert!(!step["run"].as_str().unwrap_or_default().contains("${{"), "{shown}: {name}: {step}");
            }
        }
    }
}
