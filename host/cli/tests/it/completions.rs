//! Shell completions: the script of each shell, and what it is answered.

use crate::binary::comfycheck;
use std::collections::BTreeSet;

/// The candidates for the last word of a command line.
fn candidates(line: &str) -> BTreeSet<String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("suite.toml"), "").unwrap();
    let mut command = comfycheck(folder.path());
    // As the script of fish asks: one candidate a line, with its help behind a tab.
    command.env("COMFYCHECK_COMPLETE", "fish").args(["--", "comfycheck"]).args(line.split(' '));
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let printed = String::from_utf8(output.stdout).unwrap();
    printed.lines().map(|line| line.split('\t').next().unwrap_or_default().to_owned()).collect()
}

#[track_caller]
fn check(line: &str, expected: &[&str]) {
    let found = candidates(line);
    for candidate in expected {
        assert!(found.contains(*candidate), "`{line}` does not complete `{candidate}`: {found:?}");
    }
}

#[test]
fn commands_options_and_values_are_completed() {
    check("d", &["demo", "doctor"]);
    check("run --sim", &["--simulate"]);
    check("demo ", &["healthy", "no-worker"]);
    check("mock h", &["healthy", "html-from-waf"]);
    check("run --simulate no", &["no-workers"]);
    check("run ", &["suite.toml"]);
    check("explain mod", &["models", "models/missing-model"]);
    check("run --check no", &["nodes"]);
    check("run --check image,no", &["image,nodes"]);
    check("list --skip im", &["image"]);
    check("run --format js", &["json"]);
    check("inspect mo", &["models"]);
    check("completions z", &["zsh"]);
}

#[test]
fn every_shell_has_a_script_that_asks_comfycheck() {
    let folder = tempfile::tempdir().unwrap();
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let output = comfycheck(folder.path()).args(["completions", shell]).output().unwrap();
        let script = String::from_utf8(output.stdout).unwrap();
        assert!(script.contains("COMFYCHECK_COMPLETE"), "{shell}: {script}");
    }
}

#[test]
fn every_command_has_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    let output = comfycheck(folder.path()).args(["man", "pages/man1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let read = |name: &str| std::fs::read_to_string(folder.path().join("pages/man1").join(name)).unwrap();
    let page = read("comfycheck-run.1");
    assert!(page.contains("\\-\\-replay"), "{page}");
    assert!(!page.contains('\u{1b}'), "{page}");
    assert!(read("comfycheck.1").contains("Exit codes"));
}
