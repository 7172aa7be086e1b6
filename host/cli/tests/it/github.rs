//! In GitHub Actions, annotations go to stderr and the summary to the step's file, without being asked for.

use crate::binary::comfycheck;
use std::path::Path;
use std::process::Output;

/// Runs a suite that fails, as a step of a job whose workspace is the repository.
fn step(arguments: &[&str], summary: &Path, outputs: Option<&Path>) -> Output {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the repository");
    comfycheck(&root.join("fixtures"))
        .args(["run", "suites/denrisi.toml", "--replay", "cassettes/denrisi-missing", "--progress", "none"])
        .args(arguments)
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_WORKSPACE", &root)
        .env("GITHUB_STEP_SUMMARY", summary)
        .envs(outputs.map(|outputs| ("GITHUB_OUTPUT", outputs)))
        .output()
        .expect("the binary runs")
}

#[test]
fn a_step_is_annotated_from_the_root_of_the_workspace_and_summarized() {
    let folder = tempfile::tempdir().unwrap();
    let summary = folder.path().join("summary.md");
    std::fs::write(&summary, "what another command wrote\n").unwrap();
    let output = step(&[], &summary, None);
    let stderr = String::from_utf8(output.stderr).unwrap();
    let place = "::error file=fixtures/workflows/denrisi.json,line=84,";
    assert_eq!(stderr.lines().filter(|line| line.starts_with(place)).count(), 1, "twins are one annotation: {stderr}");
    assert!(!String::from_utf8(output.stdout).unwrap().contains("::error"));
    let summary = std::fs::read_to_string(&summary).unwrap();
    assert!(summary.starts_with("what another command wrote\n<!-- comfycheck:denrisi -->\n"), "{summary}");
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_verdict_its_numbers_and_the_cost_are_outputs_of_the_step() {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("output");
    std::fs::write(&output, "what=another command wrote\n").unwrap();
    assert_eq!(step(&[], &folder.path().join("summary.md"), Some(&output)).status.code(), Some(1));
    let expected = "what=another command wrote\nverdict=failed\nerrors=6\nwarnings=0\nopen=2\nsamples=12\nsucceeded=0\n\
                    cost-low=\ncost-high=\n";
    assert_eq!(std::fs::read_to_string(&output).unwrap(), expected);
}

#[test]
fn annotations_are_written_once_where_they_are_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let output = step(&["--format", "github"], &folder.path().join("summary.md"), None);
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("::error file=fixtures/"));
    assert!(!String::from_utf8(output.stderr).unwrap().contains("::error"));
}

#[test]
fn a_summary_that_cannot_be_written_changes_no_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let output = step(&[], folder.path(), None);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("warning: cannot write the step summary: "), "{stderr}");
    assert_eq!(output.status.code(), Some(1));
}

/// What comfycheck says in GitHub Actions to arguments that are not understood: exit code, stderr, and the step's summary.
fn refused(arguments: &[&str]) -> (Option<i32>, String, String) {
    let folder = tempfile::tempdir().unwrap();
    let summary = folder.path().join("summary.md");
    let output = comfycheck(folder.path())
        .args(arguments)
        .envs([("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", summary.to_str().unwrap())])
        .output()
        .expect("the binary runs");
    let summary = std::fs::read_to_string(summary).unwrap_or_default();
    (output.status.code(), String::from_utf8(output.stderr).unwrap(), summary)
}

#[test]
fn nothing_that_is_quoted_is_a_command_and_what_failed_is_annotated_once() {
    for arguments in [
        &["run", "--format", "zz\n::error::pwn"][..],
        &["run", "\n::error::pwn ##[error]pwn"],
        &["run", "--replay", "x\r::error::pwn", "##[error]pwn"],
        &["run", "--\n  ::error::pwn"],
        &["::error::pwn\u{1b}[2J"],
        &["report", "render", "##[error]pwn"],
        &["explain", "\n ::error::pwn"],
    ] {
        let (code, stderr, summary) = refused(arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {stderr}");
        let (own, others): (Vec<_>, Vec<_>) =
            stderr.split(['\n', '\r']).partition(|line| line.starts_with("::error title=comfycheck::"));
        assert_eq!(own.len(), 1, "{arguments:?}: {stderr}");
        for line in others {
            assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{arguments:?}: {stderr}");
            assert!(!line.contains('\u{1b}'), "{arguments:?}: {stderr}");
        }
        assert!(summary.lines().count() == 1 && summary.starts_with("❌ comfycheck: "), "{arguments:?}: {summary}");
    }
}
