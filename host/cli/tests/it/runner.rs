//! A stand-in for GitHub's runner: it reads a composite action as it is, and runs its steps from a checked-out workspace to
//! the folders that would be uploaded.
//!
//! It knows the few expressions that the action uses, and stops at any other.

use crate::signal;
use serde_json::Value;
use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A runner with a checked-out workspace.
pub(crate) struct Runner {
    folder: TempDir,
    /// By the name of the variable.
    environment: BTreeMap<String, String>,
}

/// What came of a job of one step, which uses the action.
#[derive(Debug)]
pub(crate) struct Done {
    /// Of the first step that failed; 0 if none did.
    pub(crate) exit_code: i32,
    /// Of the action.
    pub(crate) outputs: BTreeMap<String, String>,
    /// What all steps wrote to stdout and stderr.
    pub(crate) log: String,
    /// What the steps wrote into the job's summary.
    pub(crate) summary: String,
    /// The key of the cache.
    pub(crate) cache_key: Option<String>,
    /// What code scanning was sent.
    pub(crate) code_scanning: Option<String>,
}

impl Done {
    pub(crate) fn output(&self, name: &str) -> &str {
        self.outputs.get(name).unwrap_or_else(|| panic!("the action has no output `{name}`"))
    }
}

/// What expressions may name.
#[derive(Default)]
struct Context {
    inputs: BTreeMap<String, String>,
    /// By step and name.
    outputs: BTreeMap<(String, String), String>,
}

impl Runner {
    /// Checks out the repository's fixtures and the action.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["bin", "home", "temp", "uploads", "releases"] {
            std::fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        let runner = Self { folder, environment: BTreeMap::new() };
        let workspace = runner.path("workspace");
        for part in [
            "suites",
            "workflows",
            "cassettes/denrisi-healthy",
            "cassettes/denrisi-missing",
            "cassettes/denrisi-unavailable",
        ] {
            copy(&root().join("fixtures").join(part), &workspace.join(part));
        }
        let action = runner.path("actions/comfycheck");
        copy(&root().join(".github/actions"), &action.join(".github/actions"));
        for file in ["action.yml", "Cargo.toml"] {
            std::fs::copy(root().join(file), action.join(file)).unwrap();
        }
        runner
    }

    /// A path in the runner's own folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Sets a variable of the job.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    /// Puts a program on the PATH, before all others.
    pub(crate) fn program(&self, name: &str, script: &str) {
        let path = self.path("bin").join(name);
        std::fs::write(&path, format!("#!/usr/bin/env bash\nset -euo pipefail\n{script}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Runs the action with these inputs.
    pub(crate) fn run(&self, given: &[(&str, &str)]) -> Done {
        self.run_action("action.yml", given)
    }

    /// Runs the action in this file of the repository.
    pub(crate) fn run_action(&self, action: &str, given: &[(&str, &str)]) -> Done {
        let file = self.path("actions/comfycheck").join(action);
        let action: Value = serde_saphyr::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
        let mut context = Context::default();
        for (name, input) in action["inputs"].as_object().unwrap() {
            let default = context.expand(input["default"].as_str().unwrap());
            context.inputs.insert(name.clone(), default);
        }
        for (name, value) in given {
            assert!(
                context.inputs.insert((*name).to_owned(), (*value).to_owned()).is_some(),
                "there is no input `{name}`"
            );
        }
        let mut done = Done {
            exit_code: 0,
            outputs: BTreeMap::new(),
            log: String::new(),
            summary: String::new(),
            cache_key: None,
            code_scanning: None,
        };
        for (index, step) in action["runs"]["steps"].as_array().unwrap().iter().enumerate() {
            if context.is_to_run(step["if"].as_str(), done.exit_code != 0) {
                self.step(index, step, file.parent().unwrap(), &mut context, &mut done);
            }
        }
        for (name, output) in action["outputs"].as_object().unwrap() {
            done.outputs.insert(name.clone(), context.expand(output["value"].as_str().unwrap()));
        }
        done.summary = std::fs::read_to_string(self.path("summary")).unwrap_or_default();
        done
    }

    fn step(&self, index: usize, step: &Value, action: &Path, context: &mut Context, done: &mut Done) {
        let with = |name: &str| context.expand(step["with"][name].as_str().unwrap());
        let uses = step["uses"].as_str().map(|uses| uses.split_once('@').unwrap().0);
        match uses {
            None => self.shell(index, step, action, context, done),
            Some("actions/cache") => {
                assert_eq!(with("path").trim_end(), "~/.cache/comfycheck\n~/AppData/Local/comfycheck");
                done.cache_key = Some(with("key"));
            }
            Some("github/codeql-action/upload-sarif") => {
                done.code_scanning = Some(std::fs::read_to_string(with("sarif_file")).unwrap());
            }
            Some("actions/upload-artifact") => copy(Path::new(&with("path")), &self.path("uploads").join(with("name"))),
            Some(other) => panic!("no stand-in for {other}"),
        }
    }

    /// As the runner runs it: the text in a file, whose name takes the place of `{0}`.
    fn shell(&self, index: usize, step: &Value, action: &Path, context: &mut Context, done: &mut Done) {
        assert_eq!(step["shell"], "bash");
        let file = |name: &str| self.path(&format!("{name}-{index}"));
        let script = step["run"].as_str().unwrap();
        assert!(!script.contains("${{"), "an expression stands in a script: {script}");
        std::fs::write(file("script"), script).unwrap();
        std::fs::write(file("output"), "").unwrap();
        let added = std::fs::read_to_string(self.path("path")).unwrap_or_default();
        let mut path: Vec<_> = added.lines().rev().map(PathBuf::from).collect();
        path.push(self.path("bin"));
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap()));
        signal::pass_on();
        let mut command = Command::new("bash");
        command
            .args(["--noprofile", "--norc", "-e", "-o", "pipefail"])
            .arg(file("script"))
            .current_dir(self.path("workspace"))
            .env_clear()
            .envs(&self.environment)
            .env("PATH", std::env::join_paths(path).unwrap())
            .env("HOME", self.path("home"))
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_ACTION_PATH", action)
            .env("GITHUB_OUTPUT", file("output"))
            .env("GITHUB_PATH", self.path("path"))
            .env("GITHUB_STEP_SUMMARY", self.path("summary"))
            .env("GITHUB_WORKSPACE", self.path("workspace"))
            .env("RUNNER_TEMP", self.path("temp"));
        for (name, value) in step["env"].as_object().unwrap() {
            command.env(name, context.expand(value.as_str().unwrap()));
        }
        let output = command.output().unwrap();
        done.log += &String::from_utf8_lossy(&output.stdout);
        done.log += &String::from_utf8_lossy(&output.stderr);
        if done.exit_code == 0 {
            done.exit_code = output.status.code().unwrap();
        }
        let id = step["id"].as_str().unwrap();
        for line in std::fs::read_to_string(file("output")).unwrap().lines() {
            let (name, value) = line.split_once('=').unwrap();
            context.outputs.insert((id.to_owned(), name.to_owned()), value.to_owned());
        }
    }
}

impl Context {
    /// The text with the values of its expressions.
    fn expand(&self, text: &str) -> String {
        let mut parts = text.split("${{");
        let mut expanded = parts.next().unwrap().to_owned();
        for part in parts {
            let (expression, rest) = part.split_once("}}").unwrap();
            expanded += &self.value(expression);
            expanded += rest;
        }
        expanded
    }

    /// The first of several values that is not empty.
    fn value(&self, expression: &str) -> String {
        let values = expression.split("||").map(|name| match name.trim().split('.').collect::<Vec<_>>()[..] {
            ["inputs", name] => self.inputs.get(name).unwrap_or_else(|| panic!("there is no input `{name}`")).clone(),
            ["steps", step, "outputs", name] => {
                self.outputs.get(&(step.to_owned(), name.to_owned())).cloned().unwrap_or_default()
            }
            ["runner", "os"] => "Linux".to_owned(),
            ["runner", "arch"] => "X64".to_owned(),
            ["strategy", "job-index"] => "0".to_owned(),
            ["github", "job"] => "replay".to_owned(),
            _ => panic!("`{expression}` is beyond this runner"),
        });
        values.into_iter().find(|value| !value.is_empty()).unwrap_or_default()
    }

    fn is_to_run(&self, condition: Option<&str>, failed: bool) -> bool {
        let Some(condition) = condition else { return !failed };
        let condition = condition.strip_prefix("${{").unwrap().strip_suffix("}}").unwrap();
        let mut always = false;
        let holds = condition.split("&&").all(|part| match part.trim() {
            "always()" => {
                always = true;
                true
            }
            part => match part.split_once(" == ") {
                Some((name, value)) => self.value(name) == value.trim_matches('\''),
                None => !self.value(part.strip_suffix("!= ''").unwrap()).is_empty(),
            },
        });
        holds && (always || !failed)
    }
}

/// The repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Copies a folder with all that is in it.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).unwrap();
        }
    }
}
