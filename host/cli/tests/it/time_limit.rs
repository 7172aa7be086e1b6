//! No test hangs, however the tests were started.

use std::path::Path;
use std::process::{Command, Output};
use std::time::Instant;

fn root() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs a test of this program by what Cargo runs it with, after shell commands.
fn run_test(before: &str, name: &str) -> Output {
    let program = std::env::current_exe().unwrap();
    let line = format!("{before} exec scripts/test-program \"$0\" --exact \"$1\" --include-ignored");
    Command::new("sh").args(["-c", &line]).arg(program).arg(name).current_dir(root()).output().unwrap()
}

#[test]
fn cargo_runs_every_test_with_a_time_limit() {
    let config: toml::Value =
        toml::from_str(&std::fs::read_to_string(root().join(".cargo/config.toml")).unwrap()).unwrap();
    assert_eq!(config["target"]["cfg(unix)"]["runner"].as_str(), Some("scripts/test-program"));
}

#[test]
#[ignore = "it never ends; another test runs it with a time limit"]
fn a_test_that_never_ends() {
    loop {
        std::thread::park();
    }
}

#[test]
fn a_test_that_never_ends_is_ended() {
    let started = Instant::now();
    let output = run_test("export COMFYCHECK_TEST_LIMIT=1;", "time_limit::a_test_that_never_ends");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(124), "{stderr}");
    assert!(stderr.contains("was ended") && started.elapsed().as_secs() < 60, "{stderr}");
}

#[test]
fn a_test_that_interrupts_a_command_ends_although_interrupts_are_ignored() {
    // As a shell starts a job in the background.
    let before = "trap '' INT QUIT; export COMFYCHECK_TEST_LIMIT=120;";
    for name in ["rollout::a_signal_ends_it", "doctor::a_signal_ends_it_and_what_is_known_is_reported"] {
        let output = run_test(before, name);
        let stdout = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && stdout.contains("1 passed"), "{name}: {stdout}");
    }
}
