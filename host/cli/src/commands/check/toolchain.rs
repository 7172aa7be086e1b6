//! What builds a check in each language: the tools, where they are, and how they are installed.

use super::project::Project;
use crate::args::Language;
use crate::failure::Failure;
use comfycheck_core::diagnostic::Diagnostic;
use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use wit_component::ComponentEncoder;

/// The target of checks in Rust. It has no system interface, so a check imports only what it names.
const TARGET: &str = "wasm32-unknown-unknown";

/// The word for a language in templates and messages.
pub(super) fn word(language: Language) -> &'static str {
    match language {
        Language::Rust => "rust",
        Language::Python => "python",
        Language::Javascript => "javascript",
    }
}

/// The line that installs the tools of a project. None if they belong to the language.
pub(super) fn setup(language: Language) -> Option<&'static str> {
    match language {
        Language::Rust => None,
        Language::Python => Some("python3 -m venv .venv && .venv/bin/pip install -r requirements.txt"),
        Language::Javascript => Some("npm install"),
    }
}

/// The same in a workflow of GitHub, whose machines have no target for WebAssembly.
pub(super) fn setup_on_ci(language: Language) -> &'static str {
    setup(language).unwrap_or("rustup target add wasm32-unknown-unknown")
}

/// Runs the unit tests of a project.
pub(super) fn unit_tests(language: Language) -> &'static str {
    match language {
        Language::Rust => "cargo test",
        Language::Python => "python3 -m unittest",
        Language::Javascript => "npm test",
    }
}

/// What `check build` does, for the README of a project.
pub(super) fn summary(language: Language) -> &'static str {
    match language {
        Language::Rust => "cargo, for wasm32-unknown-unknown",
        Language::Python => "componentize-py of .venv",
        Language::Javascript => "componentize-qjs of node_modules",
    }
}

/// Builds the component of a project. The errors of the tools go to stderr.
pub(super) fn component(project: &Project) -> Result<Vec<u8>, Failure> {
    match project.language {
        Language::Rust => rust(project),
        Language::Python => {
            let mut tool = Command::new(tool(project, &[".venv/bin"], "componentize-py")?);
            let out = project.scratch()?;
            tool.args(["-q", "-d", "wit", "componentize", "--stub-wasi", "check", "-p", ".", "-o"]).arg(&out);
            componentized(project, tool, &out)
        }
        Language::Javascript => {
            let mut tool = Command::new(tool(project, &["node_modules/.bin"], "componentize-qjs")?);
            let out = project.scratch()?;
            tool.args(["--wit", "wit", "--js", "component.js", "--sync", "--stub-wasi", "-o"]).arg(&out);
            componentized(project, tool, &out)
        }
    }
}

/// Runs a tool that writes a component.
fn componentized(project: &Project, tool: Command, out: &Path) -> Result<Vec<u8>, Failure> {
    // What they print of a build that works is not about the check.
    run(project, tool, Stdio::null())?;
    let component = std::fs::read(out).map_err(|error| Failure::machine("the tool wrote no component", &error));
    // It is written again under its own name.
    let _ = std::fs::remove_file(out);
    component
}

/// A tool in one of the project's folders, in the active virtual environment or in `PATH`.
fn tool(project: &Project, folders: &[&str], name: &str) -> Result<PathBuf, Failure> {
    let own = folders.iter().map(|folder| project.folder.join(folder));
    let active = env::var_os("VIRTUAL_ENV").map(|folder| Path::new(&folder).join("bin"));
    let path = env::var_os("PATH").unwrap_or_default();
    let places = own.chain(active).chain(env::split_paths(&path));
    let found = places.map(|folder| folder.join(name)).find(|path| path.is_file());
    // The tool runs in the project's folder.
    found.and_then(|path| std::path::absolute(path).ok()).ok_or_else(|| {
        let help = setup(project.language).map(|line| format!("in `{}`, run: {line}", project.shown()));
        Diagnostic { help, ..Diagnostic::new(format!("`{name}` is not installed")) }.into()
    })
}

/// The core module that cargo builds, as a component.
fn rust(project: &Project) -> Result<Vec<u8>, Failure> {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["build", "--lib", "--release", "--target", TARGET, "--message-format", "json-render-diagnostics"]);
    let messages = run(project, cargo, Stdio::piped())?;
    let module = module(&messages).ok_or_else(|| {
        let what = "cargo built no WebAssembly module of this project";
        Failure::from(Diagnostic::new(what).help("add `crate-type = [\"cdylib\"]` to `[lib]` in Cargo.toml"))
    })?;
    let module = std::fs::read(&module)
        .map_err(|error| Failure::machine(format!("cannot read `{}`", module.display()), &error))?;
    encoded(&module)
}

/// The last module that cargo built: dependencies come before the project.
fn module(messages: &[u8]) -> Option<PathBuf> {
    let text = String::from_utf8_lossy(messages);
    let artifacts = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let mut files = artifacts.filter(|message| message["reason"] == "compiler-artifact").flat_map(|message| {
        let files = message["filenames"].as_array().cloned().unwrap_or_default();
        files.into_iter().filter_map(|file| file.as_str().map(PathBuf::from))
    });
    files.rfind(|file| file.extension().is_some_and(|ending| ending == "wasm"))
}

/// Makes a core module a component. The types of its imports and exports are in a section of its own.
fn encoded(module: &[u8]) -> Result<Vec<u8>, Failure> {
    let component = ComponentEncoder::default().module(module).and_then(|encoder| encoder.validate(true).encode());
    component.map_err(|error| {
        let what = format!("the module is not a check: {error:#}");
        Diagnostic::new(what).help("export the check with `comfycheck_sdk::export_check!`").into()
    })
}

/// Runs a tool in the project's folder, and returns what it prints if that is piped.
fn run(project: &Project, mut tool: Command, stdout: Stdio) -> Result<Vec<u8>, Failure> {
    let name = Path::new(tool.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let output = tool
        .current_dir(&project.folder)
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| Failure::invalid(format!("cannot start `{name}`"), &error))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let help =
        (project.language == Language::Rust && !has_target()).then(|| format!("run: rustup target add {TARGET}"));
    Err(Diagnostic { help, ..Diagnostic::new(format!("`{name}` failed: {}", output.status)) }.into())
}

/// Whether the active Rust compiler has the standard library of checks.
fn has_target() -> bool {
    let compiler = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(compiler).args(["--print", "target-libdir", "--target", TARGET]).output();
    output.is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).is_dir())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_of_the_project_is_the_last_one() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","filenames":["/t/deps/libserde.rlib"]}"#,
            "\nnot JSON\n",
            r#"{"reason":"compiler-artifact","filenames":["/t/other.wasm"]}"#,
            "\n",
            r#"{"reason":"compiler-artifact","filenames":["/t/mine.wasm","/t/mine.d"]}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        assert_eq!(module(messages.as_bytes()), Some("/t/mine.wasm".into()));
        assert_eq!(module(b""), None);
    }

    #[test]
    fn what_is_no_module_is_the_users_error() {
        assert!(matches!(encoded(b"text"), Err(Failure::Invalid(_))));
    }
}
