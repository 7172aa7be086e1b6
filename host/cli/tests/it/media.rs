//! Workflows with input files, video, audio and 3D: simulated, served over HTTP, recorded and replayed.

use crate::binary::comfycheck;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Output;

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures");

/// The images of the fixtures begin so in base64.
const PNG_IN_BASE64: &str = "iVBORw0KGgo";

/// A suite of a workflow, with the images that it loads in a folder. They can be left out.
fn folder(workflow: &str, with_images: bool) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let copy = |from: &str, to: &str| fs::copy(Path::new(FIXTURES).join(from), folder.path().join(to)).unwrap();
    copy(&format!("workflows/{workflow}.json"), "workflow.json");
    fs::create_dir(folder.path().join("inputs")).unwrap();
    if with_images {
        copy("media/photo.png", "inputs/photo.png");
        copy("media/style.png", "inputs/style.png");
    }
    let suite = "workflow = \"workflow.json\"\nsamples = 2\ninputs.folder = \"inputs\"\n[deployment]\n\
                 endpoint = { env = \"RUNPOD_ENDPOINT_ID\" }\n[checks.workflow]\n[checks.image]\n[checks.media]\n";
    fs::write(folder.path().join("comfycheck.toml"), suite).unwrap();
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    comfycheck(folder).args(["run", "--format", "json", "--progress", "none"]).args(arguments).output().unwrap()
}

/// The exit code, and the rules of errors and warnings.
fn facts(output: &Output) -> (Option<i32>, BTreeSet<String>) {
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)));
    let executions = report["executions"].as_array().unwrap().iter();
    let findings = executions.flat_map(|execution| execution["findings"].as_array().into_iter().flatten());
    let rules = findings.filter(|finding| finding["severity"] != "note");
    (output.status.code(), rules.map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect())
}

fn rules(rules: &[&str]) -> BTreeSet<String> {
    rules.iter().map(|rule| (*rule).to_owned()).collect()
}

/// All that a cassette says, in one text.
fn text(folder: &Path) -> String {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths
        .map(
            |path| {
                if path.is_dir() { text(&path) } else { String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned() }
            },
        )
        .collect()
}

/// Runs a workflow in a simulation, then over HTTP with a recording, and replays that without the images.
#[track_caller]
fn check(workflow: &str, exit_code: i32, found: &[&str]) {
    let folder = folder(workflow, true);
    let simulated = run(folder.path(), &["--simulate", "healthy"]);
    let (code, all) = facts(&simulated);
    assert_eq!(code, Some(exit_code), "{workflow}: {all:?}");
    // Other rules can follow from these, and none from nothing.
    assert!(all.is_superset(&rules(found)) && all.is_empty() == found.is_empty(), "{workflow}: {all:?}");
    let program = env!("CARGO_BIN_EXE_comfycheck");
    let mock = ["mock", "healthy", "--listen", "127.0.0.1:0", "--speed", "60", "--", program];
    let record = ["run", "--format", "json", "--progress", "none", "--record", "cassette"];
    let recorded = comfycheck(folder.path()).env("PATH", "/usr/bin:/bin").args(mock).args(record).output().unwrap();
    assert_eq!(facts(&recorded), facts(&simulated), "{workflow}: {}", String::from_utf8_lossy(&recorded.stderr));
    let cassette = folder.path().join("cassette");
    let submitted = text(&cassette);
    let sends_files = ["edit", "model"].contains(&workflow);
    assert_eq!(
        submitted.contains(r#"\"photo.png\",\"image\":{\"sha256\""#)
            || submitted.contains(r#""photo.png","image":{"sha256""#),
        sends_files,
        "{workflow}"
    );
    assert!(!submitted.contains(&format!("data:image/png;base64,{PNG_IN_BASE64}")), "{workflow}");
    let empty = self::folder(workflow, false);
    let replay = || run(empty.path(), &["--replay", cassette.to_str().unwrap()]);
    let replayed = replay();
    assert_eq!(facts(&replayed), facts(&simulated), "{workflow}: {}", String::from_utf8_lossy(&replayed.stderr));
    assert_eq!(replayed.stdout, replay().stdout, "{workflow}");
}

#[test]
fn two_input_images_are_sent_and_recorded_by_their_digests() {
    check("edit", 0, &[]);
}

#[test]
fn a_video_comes_back_in_the_size_frames_and_time_of_the_workflow() {
    check("video", 0, &[]);
}

#[test]
fn audio_and_a_model_are_dropped_as_the_worker_drops_them() {
    check("audio", 1, &["output-not-returned", "missing-file"]);
    check("model", 1, &["output-not-returned", "missing-file"]);
}

#[test]
fn a_worker_refuses_images_that_are_not_sent() {
    let folder = folder("edit", false);
    let (code, found) = facts(&run(folder.path(), &["--simulate", "healthy"]));
    assert_eq!(code, Some(1));
    assert!(!found.is_empty());
}
