//! Common mistakes on the command line and in files: each is refused with exit code 2, and says what to do.

use crate::binary::comfycheck;
use crate::wording::Wording;
use insta::assert_snapshot;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Output;

/// A folder with a workflow, and with what mistakes are about.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let workflow = r#"{"1": {"class_type": "KSampler", "inputs": {"seed": 1}}}"#;
    fs::write(path("workflow.json"), workflow).unwrap();
    for name in ["empty", "suites"] {
        fs::create_dir(path(name)).unwrap();
    }
    let suite = "workflow = \"workflow.json\"\nsamples = 1\n";
    fs::write(path("suites/comfycheck.toml"), suite.replace("workflow.json", "../workflow.json")).unwrap();
    let own_check =
        format!("{suite}\n[checks.mine]\nuse = \"mine.wasm\"\n\n[checks.yours]\nuse = \"empty/yours.wasm\"\n");
    fs::write(path("own-check.toml"), own_check).unwrap();
    fs::write(path("suite.toml"), format!("{suite}[checks.nodes]\n")).unwrap();
    fs::write(path("nothing.toml"), "\n").unwrap();
    let rate = format!("{suite}[checks.performance]\nsettings = {{ min-success-rate = 0.95 }}\n");
    fs::write(path("rate.toml"), rate).unwrap();
    folder
}

#[track_caller]
fn refused(folder: &Path, line: &str) -> Output {
    let output = comfycheck(folder).args(line.split(' ')).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{line}: {stderr}");
    assert!(output.stdout.is_empty(), "{line}: {}", String::from_utf8_lossy(&output.stdout));
    output
}

#[test]
fn every_mistake_is_refused_with_what_to_do() {
    let folder = folder();
    let mut words = Wording::default().folder(folder.path());
    for line in [
        "run",
        "run empty",
        "run nothing.toml --simulate healthy",
        "run suite.toml --simulate healthy --check a,b",
        "run suite.toml --simulate healthy --baseline gone.json",
        "run suite.toml --format slack",
        "explain node",
        "golden diff",
        "golden accept --simulate healthy",
        "run suite.toml --simulate healthy --skip nodes",
        "run suite.toml --simulate healthy --input a.png=workflow.json",
        "run rate.toml --simulate healthy",
        "bench suite.toml --simulate healthy --limit success-rate>=0.95",
        "history prune --older-than 90d",
        "validate -",
        "check new models",
        "run suites",
        "run own-check.toml --simulate healthy",
        "run suite.toml",
        "run suite.toml --endpoint ep1",
        "run suite.toml --replay gone",
        "run suite.toml --replay empty",
        "run suite.toml --simulate helthy",
        "run suite.toml --simulate weather",
        "run suite.toml --simulate healthy --check image",
        "run suite.toml --simulate healthy --skip nods",
        "run suite.toml --simulate healthy --format json:empty/none/../../workflow.json/r.json",
        "inspect modles",
        "inspect mine.wasm",
        "explain modles",
        "mock weather",
        "mock healthy --listen 0.0.0.0:0",
        "report merge empty",
    ] {
        words.output(line, &refused(folder.path(), line));
    }
    let ignored = refused(&folder.path().join("suites"), "run --no-suite --simulate healthy");
    words.output("run --no-suite --simulate healthy, beside a suite", &ignored);
    assert_snapshot!(words);
}

#[test]
fn an_output_never_replaces_an_input_of_the_command() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    fs::hard_link(path("workflow.json"), path("linked.json")).unwrap();
    let bench = comfycheck(folder.path())
        .args("bench suite.toml --simulate healthy --jobs 2 --progress none --save b.json".split(' '))
        .output()
        .unwrap();
    assert!(path("b.json").exists(), "{}", String::from_utf8_lossy(&bench.stderr));
    let texts = || ["workflow.json", "suite.toml", "b.json"].map(|name| fs::read(path(name)).unwrap());
    let before = texts();
    for line in [
        "convert workflow.json -o workflow.json",
        "convert workflow.json -o linked.json",
        "run suite.toml --simulate healthy --format json:workflow.json",
        "run suite.toml --simulate healthy --format json:./suite.toml",
        "bench suite.toml --simulate healthy --save workflow.json",
    ] {
        let output = refused(folder.path(), line);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(stderr.contains("is an input of this command"), "{line}: {stderr}");
    }
    // A benchmark is a report, but not that of a run.
    let output = refused(folder.path(), "report render b.json");
    assert!(String::from_utf8_lossy(&output.stderr).contains("the report of a benchmark"));
    assert_eq!(texts(), before);
}

#[test]
fn a_port_that_is_taken_is_refused_with_how_to_find_a_free_one() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let folder = folder();
    let output = refused(folder.path(), &format!("mock healthy --listen {address}"));
    let mut words = Wording::default().mask(&address, "{address}");
    words.output("taken", &output);
    assert_snapshot!(words);
}

/// A report that cannot be written is refused before the run, wherever its answers come from.
#[test]
fn a_report_that_cannot_be_written_stops_the_run_before_it_starts() {
    let folder = folder();
    std::os::unix::fs::symlink("nowhere", folder.path().join("link")).unwrap();
    let output = refused(folder.path(), "run suite.toml --simulate healthy --format json:link/report.json");
    let mut words = Wording::default();
    words.output("a link that leads nowhere", &output);
    assert_snapshot!(words);
}
