//! `validate --fix` and `--diff` on files that are easy to damage.

use crate::binary::comfycheck;
use insta::assert_snapshot;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

/// A workflow of ComfyUI's own classes, with a sampler, a note and a decoder.
pub(crate) fn workflow(sampler: &str, vae: &str, rest: &str) -> String {
    format!(
        r#"{{
  "1": {{"class_type": "CheckpointLoaderSimple", "inputs": {{"ckpt_name": "a.safetensors"}}}},
  "2": {{"class_type": "CLIPTextEncode", "inputs": {{"clip": ["1", 1], "text": "\"sampler_name\": \"Euler\", é"}}}},
  "3": {{"class_type": "EmptyLatentImage", "inputs": {{"width": 512, "height": 512, "batch_size": 1}}}},
  "4": {{
    "inputs": {{
      "seed": 1, "steps": 20, "cfg": 8.50, "sampler_name": "{sampler}", "scheduler":"normal", "denoise": 1,
      "model": ["1", 0], "positive": ["2", 0], "negative": ["2", 0], "latent_image": ["3", 0]
    }},
    "class_type": "KSampler"
  }},
  "5": {{"class_type": "VAEDecode", "inputs": {{"samples": ["4", 0], "vae": {vae}}}}},
  "6": {{"class_type": "SaveImage", "inputs": {{"images": ["5", 0], "filename_prefix": "x"}}}}{rest}
}}
"#
    )
}

const NOTE: &str = ",\n  \"7\": {\"class_type\": \"Note\", \"inputs\": {}}";
pub(crate) const LINK: &str = "[\"1\", 2]";

fn broken() -> String {
    workflow("Euler", LINK, NOTE)
}

fn healthy() -> String {
    workflow("euler", LINK, "")
}

fn validate(folder: &Path, line: &str) -> Output {
    comfycheck(folder).arg("validate").args(line.split(' ')).output().unwrap()
}

/// What the command writes to stderr, without what a build without compiled checks says.
fn stderr(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    text.lines().filter(|line| !line.starts_with("compiling ")).fold(String::new(), |text, line| text + line + "\n")
}

/// What the command writes to stdout.
fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Fixes a file. Checks its bytes and the exit code afterwards.
#[track_caller]
fn check(bytes: &[u8], flags: &str, expected: &[u8], code: i32) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("w.json");
    fs::write(&path, bytes).unwrap();
    let output = validate(folder.path(), &format!("w.json {flags}"));
    let fixed = fs::read(&path).unwrap();
    assert!(fixed == expected, "{}", String::from_utf8_lossy(&fixed));
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else remains");
    output
}

#[test]
fn safe_fixes_change_the_bytes_of_the_values_only() {
    let output = check(broken().as_bytes(), "--fix", healthy().as_bytes(), 0);
    assert_snapshot!(format!("{}{}", stdout(&output), stderr(&output)));
}

#[test]
fn line_ends_the_byte_order_mark_and_what_is_around_stay() {
    let windows = |text: String| format!("\u{feff}{}", text.replace('\n', "\r\n"));
    check(windows(broken()).as_bytes(), "--fix", windows(healthy()).as_bytes(), 0);
    let request = |text: String| {
        format!("{{\"é\": \"w\", \"input\": {{\"workflow\": {}, \"images\": []}}, \"policy\": {{}}}}", text.trim())
    };
    check(request(broken()).as_bytes(), "--fix", request(healthy()).as_bytes(), 0);
    let one_line = |text: String| text.replace('\n', "");
    check(one_line(broken()).as_bytes(), "--fix", one_line(healthy()).as_bytes(), 0);
}

#[test]
fn guesses_need_their_own_flag() {
    let file = workflow("eulr", "[\"1\", 1]", "");
    check(file.as_bytes(), "--fix", file.as_bytes(), 1);
    check(file.as_bytes(), "--fix --unsafe-fixes", healthy().as_bytes(), 0);
    check(file.as_bytes(), "--unsafe-fixes", file.as_bytes(), 2);
}

#[test]
fn a_fix_can_make_others_possible_or_obsolete() {
    // Only under its right name, the input has a list of values. The reroute is removed before the link is corrected.
    let file =
        workflow("EULER", "[\"8\", 0]", ",\n  \"8\": {\"class_type\": \"Reroute\", \"inputs\": {\"\": [\"1\", 1]}}");
    let file = file.replace("\"sampler_name\": \"EULER\"", "\"sampler_nam\": \"EULER\"");
    check(file.as_bytes(), "--fix --unsafe-fixes", healthy().as_bytes(), 0);
}

#[test]
fn what_appears_twice_is_left_alone() {
    let file = broken().replace("\"sampler_name\": \"Euler\"", "\"sampler_name\": \"x\", \"sampler_name\": \"Euler\"");
    let expected = file.replace(NOTE, "");
    let output = check(file.as_bytes(), "--fix", expected.as_bytes(), 1);
    assert!(stderr(&output).contains("w.json"));
}

#[test]
fn other_encodings_and_formats_are_left_alone() {
    let utf16: Vec<u8> = format!("\u{feff}{}", broken()).encode_utf16().flat_map(u16::to_le_bytes).collect();
    let output = check(&utf16, "--fix", &utf16, 1);
    assert_snapshot!(stderr(&output));
    let editor = r#"{"nodes": [{"id": 1, "type": "Note"}], "links": [], "7": {"class_type": "Note"}}"#;
    check(editor.as_bytes(), "--fix", editor.as_bytes(), 1);
}

#[test]
fn a_diff_shows_the_fixes_and_writes_nothing() {
    let output = check(broken().as_bytes(), "--diff", broken().as_bytes(), 1);
    assert_snapshot!(format!("{}{}", stdout(&output), stderr(&output)));
    // The diff is a patch.
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("w.json"), broken()).unwrap();
    fs::write(folder.path().join("patch"), &output.stdout).unwrap();
    let git = Command::new("git").args(["apply", "-p0", "patch"]).current_dir(folder.path()).status().unwrap();
    assert!(git.success());
    assert_eq!(fs::read_to_string(folder.path().join("w.json")).unwrap(), healthy());
    let output = check(healthy().as_bytes(), "--diff", healthy().as_bytes(), 0);
    assert!(output.stdout.is_empty());
}

#[test]
fn links_pipes_and_read_only_folders_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("w.json"), broken()).unwrap();
    symlink("w.json", at("link.json")).unwrap();
    let output = validate(folder.path(), "link.json --fix");
    assert_eq!(output.status.code(), Some(1));
    assert!(at("link.json").is_symlink());
    assert_eq!(fs::read_to_string(at("w.json")).unwrap(), broken());
    assert_snapshot!(stderr(&output));

    assert!(Command::new("mkfifo").arg(at("pipe.json")).status().unwrap().success());
    assert_eq!(validate(folder.path(), "pipe.json --fix").status.code(), Some(2));

    fs::create_dir(at("shut")).unwrap();
    fs::write(at("shut/w.json"), broken()).unwrap();
    for (name, mode) in [(".", 0o755), ("shut", 0o555), ("shut/w.json", 0o644)] {
        fs::set_permissions(at(name), PermissionsExt::from_mode(mode)).unwrap();
    }
    let mut command = comfycheck(folder.path());
    // The superuser can write everywhere.
    if fs::metadata(at("w.json")).is_ok_and(|file| std::os::unix::fs::MetadataExt::uid(&file) == 0) {
        command.uid(65_534).gid(65_534).env("COMFYCHECK_CACHE_DIR", "/nonexistent");
    }
    let output = command.args(["validate", "shut/w.json", "--fix"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert_eq!(fs::read_to_string(at("shut/w.json")).unwrap(), broken());
    assert!(stderr(&output).contains("shut/w.json"));
}

#[test]
fn a_file_that_is_named_twice_is_fixed_once() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("w.json"), broken()).unwrap();
    let output = validate(folder.path(), "w.json ./w.json --fix");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    assert_eq!(fs::read_to_string(folder.path().join("w.json")).unwrap(), healthy());
}

#[test]
fn programs_get_the_fixes_with_their_places() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("w.json"), workflow("Euler", LINK, "")).unwrap();
    let value: Value = serde_json::from_str(&stdout(&validate(folder.path(), "w.json --format json"))).unwrap();
    let findings = value["workflows"][0]["findings"].as_array().unwrap();
    let fix = findings.iter().find_map(|finding| finding.get("fix")).unwrap();
    let edit = serde_json::json!({"line": 7, "column": 60, "end_line": 7, "end_column": 67, "text": "\"euler\""});
    assert_eq!((&fix["safe"], &fix["edits"]), (&Value::Bool(true), &Value::Array(vec![edit])));
    let value: Value = serde_json::from_str(&stdout(&validate(folder.path(), "w.json --format sarif"))).unwrap();
    let result = &value["runs"][0]["results"][0];
    let replacement = &result["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(replacement["insertedContent"]["text"], "\"euler\"");
}
