//! `comfycheck init`: what it writes is whole, is valid, and overwrites nothing.

use crate::binary;
use crate::wording::Wording;
use insta::assert_snapshot;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

fn comfycheck(arguments: &[&str], folder: &Path) -> Output {
    binary::comfycheck(folder)
        .args(arguments)
        .env("RUNPOD_API_KEY", "a-key")
        .env("RUNPOD_ENDPOINT_ID", "4m7x2k9q")
        .output()
        .unwrap()
}

fn workflow() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/workflows/denrisi.json")
}

/// A repository with a workflow, and with JSON that is none.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    fs::copy(workflow(), folder.path().join("portrait.json")).unwrap();
    fs::write(folder.path().join("package.json"), r#"{"name": "x", "scripts": {}}"#).unwrap();
    fs::write(folder.path().join("inventory.json"), r#"{"KSampler": {"input": {}}}"#).unwrap();
    folder
}

fn read(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn the_suite_that_is_written_can_be_run() {
    for arguments in [&["init"][..], &["init", "--endpoint", "abc"], &["init", "--workflow", "./portrait.json"]] {
        let folder = folder();
        let written = comfycheck(arguments, folder.path());
        assert_eq!(written.status.code(), Some(0), "{}", String::from_utf8_lossy(&written.stderr));
        let listed = comfycheck(&["list", "--json"], folder.path());
        assert_eq!(listed.status.code(), Some(0), "{}", String::from_utf8_lossy(&listed.stderr));
        let plan: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
        assert_eq!((&plan["workflow"], &plan["samples"]), (&"portrait.json".into(), &3.into()));
        let ran = comfycheck(&["run", "--simulate", "healthy"], folder.path());
        assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stdout));
        assert_eq!(
            read(folder.path(), "comfycheck.toml").contains("\nendpoint = \"abc\"\n"),
            arguments.contains(&"abc")
        );
    }
}

#[test]
fn files_of_loader_nodes_beside_the_workflow_are_sent() {
    let folder = folder();
    let loaders = r#"{"1": {"class_type": "LoadImage", "inputs": {"image": "a.gif"}},
        "2": {"class_type": "VHS_LoadVideo", "inputs": {"video": "b \"x\".gif", "format": "None"}},
        "3": {"class_type": "LoadImage", "inputs": {"image": "text.gif"}},
        "4": {"class_type": "LoadImage", "inputs": {"image": "gone.gif"}},
        "5": {"class_type": "LoadImage", "inputs": {"image": "../above.gif"}},
        "6": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}}}"#;
    fs::create_dir_all(folder.path().join("flow/inputs")).unwrap();
    fs::write(folder.path().join("flow/loaders.json"), loaders).unwrap();
    for (name, text) in [
        ("flow/a.gif", "GIF89a"),
        ("flow/inputs/b \"x\".gif", "GIF89a"),
        ("flow/text.gif", "text"),
        ("above.gif", "GIF89a"),
    ] {
        fs::write(folder.path().join(name), text).unwrap();
    }
    init(folder.path(), &["--workflow", "flow/loaders.json"]);
    let written = read(folder.path(), "comfycheck.toml");
    let files = written.lines().skip_while(|line| !line.starts_with("[inputs.files]")).skip(1);
    let (left, files): (Vec<_>, Vec<_>) =
        files.take_while(|line| !line.is_empty()).partition(|line| line.starts_with('#'));
    assert_eq!(files, [r#""a.gif" = "flow/a.gif""#, r#""b \"x\".gif" = "flow/inputs/b \"x\".gif""#]);
    // No path of theirs is inside the suite's folder, or they are no media.
    let names: Vec<_> = left.iter().filter_map(|line| line.split('"').nth(1)).collect();
    assert_eq!(names, ["../above.gif", "gone.gif", "text.gif"]);
    let listed = comfycheck(&["list"], folder.path());
    assert_eq!(listed.status.code(), Some(0), "{}", String::from_utf8_lossy(&listed.stderr));
    assert_eq!(String::from_utf8_lossy(&listed.stdout).matches("\ninput ").count(), 2);
}

/// What `init` says on stdout, where it does not fail.
#[track_caller]
fn init(folder: &Path, arguments: &[&str]) -> String {
    let output = comfycheck(&[&["init"], arguments].concat(), folder);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The member of the suite in a folder that is written in this line.
fn member(folder: &Path, key: &str) -> String {
    let text = read(folder, "comfycheck.toml");
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{key} = ")));
    line.unwrap_or_default().to_owned()
}

#[test]
fn a_suite_is_called_as_its_folder_whatever_the_workflow_is_called() {
    let folder = folder();
    fs::rename(folder.path().join("portrait.json"), folder.path().join("{endpoint}.json")).unwrap();
    init(folder.path(), &["--endpoint", "abc"]);
    let name = folder.path().file_name().unwrap().to_string_lossy().into_owned();
    assert_eq!(member(folder.path(), "name"), format!("\"{name}\""));
    assert_eq!(member(folder.path(), "workflow"), "\"{endpoint}.json\"");
    assert_eq!(comfycheck(&["list"], folder.path()).status.code(), Some(0));
}

#[test]
fn below_the_root_of_a_repository_the_workflow_goes_where_github_looks() {
    let folder = folder();
    let sub = folder.path().join("checks/por trait");
    fs::create_dir_all(&sub).unwrap();
    let written = init(&sub, &["--workflow", folder.path().join("portrait.json").to_str().unwrap()]);
    assert_snapshot!(written);
    assert_eq!(member(&sub, "workflow"), "\"../../portrait.json\"", "an absolute path is nowhere in CI");
    assert!(!sub.join(".github").exists() && sub.join(".gitignore").exists());
    let workflow: serde_json::Value =
        serde_saphyr::from_str(&read(folder.path(), ".github/workflows/comfycheck.yml")).unwrap();
    assert_eq!(workflow["jobs"]["comfycheck"]["steps"][1]["with"]["working-directory"], "checks/por trait");
    assert_eq!(comfycheck(&["list"], &sub).status.code(), Some(0));
}

#[test]
fn a_suite_that_exists_is_kept_and_its_arguments_are_shown_as_lines_for_it() {
    let folder = folder();
    init(folder.path(), &[]);
    let before = read(folder.path(), "comfycheck.toml");
    let mut words = Wording::default();
    for arguments in [&[][..], &["--endpoint", "abc"], &["--endpoint", "abc", "--workflow", "portrait.json"]] {
        words.add(&arguments.join(" "), &init(folder.path(), arguments));
    }
    for arguments in [&["init", "--endpoint", "a b"][..], &["init", "--workflow", "gone.json"]] {
        words.output(&arguments[1..].join(" "), &check_refused(folder.path(), arguments));
    }
    assert_eq!(read(folder.path(), "comfycheck.toml"), before);
    assert_snapshot!(words);
}

#[test]
fn the_workflow_of_github_names_this_version_and_no_secret() {
    let folder = folder();
    comfycheck(&["init"], folder.path());
    let text = read(folder.path(), ".github/workflows/comfycheck.yml");
    let action = format!("uses: comfycheck/comfycheck@v{}\n", env!("CARGO_PKG_VERSION"));
    assert!(text.contains(&action), "{text}");
    // The action is an ordinary workflow's step, with the checkout that this repository has in its own.
    let workflow: serde_json::Value = serde_saphyr::from_str(&text).unwrap();
    assert_eq!(workflow["permissions"], serde_json::json!({}));
    // Three samples wait for five minutes and run for ten.
    assert!(workflow["jobs"]["comfycheck"]["timeout-minutes"].as_u64() > Some(45), "{text}");
    let checkout = text.lines().find(|line| line.contains("actions/checkout@")).unwrap();
    let ours = read(Path::new(env!("CARGO_MANIFEST_DIR")), "../../.github/workflows/ci.yml");
    assert!(ours.contains(checkout), "{checkout}");
    assert!(!text.contains("a-key") && !text.contains("{version}"), "{text}");
}

#[test]
fn files_that_exist_are_kept() {
    let folder = folder();
    fs::write(folder.path().join("comfycheck.toml"), "samples = 0\n").unwrap();
    fs::write(folder.path().join(".gitignore"), b"\xe4\ntarget").unwrap();
    fs::hard_link(folder.path().join(".gitignore"), folder.path().join("linked")).unwrap();
    let first = comfycheck(&["init"], folder.path());
    assert_eq!(first.status.code(), Some(0));
    assert_eq!(read(folder.path(), "comfycheck.toml"), "samples = 0\n");
    // It is the same file, with a line more, whatever it is encoded in.
    assert_eq!(fs::read(folder.path().join("linked")).unwrap(), b"\xe4\ntarget\n/report\n");

    let second = comfycheck(&["init"], folder.path());
    assert_eq!(second.status.code(), Some(0));
    let mut words = Wording::default();
    words.output("a suite and a .gitignore exist", &first);
    words.output("all exist", &second);
    assert_snapshot!(words);
    assert_eq!(fs::read(folder.path().join(".gitignore")).unwrap(), b"\xe4\ntarget\n/report\n");
}

#[test]
fn a_link_that_leads_nowhere_stays() {
    let folder = folder();
    std::os::unix::fs::symlink("elsewhere.toml", folder.path().join("comfycheck.toml")).unwrap();
    assert_eq!(comfycheck(&["init"], folder.path()).status.code(), Some(0));
    assert!(!folder.path().join("elsewhere.toml").exists());
}

/// Refuses with exit code 2, and writes nothing.
#[track_caller]
fn check_refused(folder: &Path, arguments: &[&str]) -> Output {
    let before = fs::read_dir(folder).unwrap().count();
    let output = comfycheck(arguments, folder);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(fs::read_dir(folder).unwrap().count(), before, "something was written");
    output
}

#[test]
fn what_no_run_would_accept_is_refused_before_anything_is_written() {
    let folder = folder();
    let path = folder.path();
    let mut words = Wording::default();
    for arguments in [
        &["init", "--endpoint", "a b"][..],
        &["init", "--workflow", "package.json"],
        &["init", "--workflow", "gone.json"],
    ] {
        words.output(&arguments.join(" "), &check_refused(path, arguments));
    }
    fs::copy(path.join("portrait.json"), path.join("landscape.json")).unwrap();
    words.output("init with two workflows", &check_refused(path, &["init"]));
    fs::remove_file(path.join("portrait.json")).unwrap();
    fs::remove_file(path.join("landscape.json")).unwrap();
    words.output("init without a workflow", &check_refused(path, &["init"]));
    let editor = r#"{"nodes": [], "links": [], "version": 0.4}"#;
    fs::write(path.join("editor.json"), editor).unwrap();
    words.output("init with a workflow in editor format", &check_refused(path, &["init"]));
    assert_snapshot!(words);
}

/// What is in the way of a file that would be written.
fn in_the_way(path: &Path, what: &str) {
    match what {
        "folder" => fs::create_dir(path).unwrap(),
        "file" => fs::write(path, "").unwrap(),
        "link to nowhere" => std::os::unix::fs::symlink("nowhere", path).unwrap(),
        "link to a device" => std::os::unix::fs::symlink("/dev/zero", path).unwrap(),
        "pipe" => assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success()),
        other => panic!("{other}"),
    }
}

#[test]
fn where_something_is_in_the_way_nothing_is_written() {
    let mut words = Wording::default();
    for (name, what) in [
        (".gitignore", "folder"),
        (".gitignore", "pipe"),
        (".gitignore", "link to nowhere"),
        (".gitignore", "link to a device"),
        (".github", "file"),
        (".github", "link to nowhere"),
    ] {
        let folder = folder();
        in_the_way(&folder.path().join(name), what);
        words.output(&format!("{name} is a {what}"), &check_refused(folder.path(), &["init"]));
    }
    assert_snapshot!(words);
}
