//! The rules of the house for workflows and actions, which no linter has to be installed for.

use crate::runner::root;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;

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
    let actions = ["action.yml", ".github/actions/install/action.yml"].map(|path| root().join(path));
    for path in files().into_iter().chain(actions) {
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

/// What predeploy.yml writes as a comment where the report is this; none if it refuses.
fn commented(report: Option<&str>) -> Option<String> {
    let (_, workflow) = read(&root().join(".github/workflows/predeploy.yml"));
    let steps = workflow["jobs"]["comment"]["steps"].as_array().unwrap();
    let script = steps.iter().find_map(|step| step["run"].as_str().map(|run| (run, &step["env"]))).unwrap();
    let folder = tempfile::tempdir().unwrap();
    if let Some(report) = report {
        std::fs::create_dir(folder.path().join("report")).unwrap();
        std::fs::write(folder.path().join("report/report.md"), report).unwrap();
    }
    let gh = r#"gh() { if [ "$2" = --paginate ]; then echo 7; else cp report/report.md "comment-$3"; fi; }"#;
    let status = Command::new("bash")
        .args(["-ec", &format!("{gh}\n{}", script.0)])
        .current_dir(folder.path())
        .env("MARKER", script.1["MARKER"].as_str().unwrap())
        .envs([("COMMIT", "c0ffee"), ("RUN", "https://github.com/run"), ("COMMENTS", "of"), ("COMMENT", "comments")])
        .status()
        .unwrap();
    let comment = std::fs::read_to_string(folder.path().join("comment-PATCH")).ok();
    assert_eq!(comment.is_some(), status.success());
    comment
}

#[test]
fn a_comment_is_replaced_also_where_there_is_no_report() {
    let report = "<!-- comfycheck:denrisi -->\n### all is well\n";
    assert_eq!(commented(Some(report)).as_deref(), Some(report));
    let none = commented(None).unwrap();
    assert!(none.starts_with("<!-- comfycheck:denrisi -->\n### ❌ comfycheck did not run\n"), "{none}");
    assert!(none.contains("c0ffee") && none.contains("(https://github.com/run)"), "{none}");
    for other in ["", "\n### all is well\n", "<!-- comfycheck:other -->\n"] {
        assert_eq!(commented(Some(other)), None, "{other:?}");
    }
}

/// pre-commit installs the repository as a Python package, which brings the wheel of the same release.
#[test]
fn the_hook_installs_the_wheel_of_its_own_version() {
    let manifest = std::fs::read_to_string(root().join("pyproject.toml")).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    for line in [format!("version = \"{version}\""), format!("dependencies = [\"comfycheck=={version}\"]")] {
        assert!(manifest.lines().any(|found| found == line), "pyproject.toml has no line `{line}`");
    }
    let hooks = std::fs::read_to_string(root().join(".pre-commit-hooks.yaml")).unwrap();
    let hooks: Value = serde_saphyr::from_str(&hooks).unwrap();
    assert_eq!(hooks[0]["language"], "python");
}

/// A release is tested before anything of it is built or published.
#[test]
fn nothing_is_published_without_the_tests() {
    let (_, workflow) = read(&root().join(".github/workflows/release.yml"));
    let needs = |job: &str| -> Vec<String> {
        match &workflow["jobs"][job]["needs"] {
            Value::String(one) => vec![one.clone()],
            needs => needs.as_array().unwrap().iter().map(|need| need.as_str().unwrap().to_owned()).collect(),
        }
    };
    for job in ["publish", "image"] {
        for needed in ["test", "build", "sbom"] {
            assert!(needs(job).contains(&needed.to_owned()), "{job} does not need {needed}");
        }
    }
    assert_eq!(needs("pypi"), ["publish"]);
}
