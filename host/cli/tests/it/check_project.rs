//! Projects for checks: what `check new` writes builds, and its own tests pass. Rust alone: the other languages need tools
//! from the network (`scripts/examples`).

use crate::binary;
use comfycheck_guest_build::{Guest, Optimize, Places, compile, usable_way};
use serde_json::Value;
use std::path::Path;
use std::process::Output;
use wit_component::ComponentEncoder;

fn comfycheck(arguments: &[&str], folder: &Path) -> Output {
    binary::comfycheck(folder).args(arguments).output().unwrap()
}

#[track_caller]
fn code(arguments: &[&str], folder: &Path) -> (Option<i32>, String) {
    let output = comfycheck(arguments, folder);
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    (output.status.code(), text.concat())
}

/// Builds a project in Rust with the compiler of this machine.
fn build(project: &Path, name: &str) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let places = Places::of_this_machine();
    let way = usable_way(&places).unwrap();
    let (manifest, target_dir) = (project.join("Cargo.toml"), root.join("target/guests"));
    let guest =
        Guest { manifest: &manifest, package: name, features: &[], optimize: Optimize::Size, target_dir: &target_dir };
    let module = std::fs::read(compile(guest, &way, &places).unwrap().module).unwrap();
    let component = ComponentEncoder::default().module(&module).unwrap().validate(true).encode().unwrap();
    std::fs::create_dir_all(project.join("build")).unwrap();
    std::fs::write(project.join("build/check.wasm"), component).unwrap();
}

#[test]
fn a_new_project_passes_its_own_tests_and_finds_what_changed() {
    // The same folder every time: Cargo keeps what it built of each folder.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("check-project");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    let (status, text) = code(&["check", "new", "prompt-rules"], &folder);
    assert_eq!(status, Some(0), "{text}");
    let project = folder.join("prompt-rules");
    build(&project, "prompt-rules");

    let tested = comfycheck(&["check", "test", "--no-build"], &project);
    assert_eq!(tested.status.code(), Some(0), "{}", String::from_utf8_lossy(&tested.stderr));
    insta::assert_snapshot!(String::from_utf8(tested.stdout).unwrap());

    // The suite of the project uses the check.
    let output = comfycheck(&["run", "--simulate", "healthy", "--format", "json", "--audit", "audit.ndjson"], &project);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["executions"][0]["findings"][0]["rule"], "long-prompt");
    let audit = std::fs::read_to_string(project.join("audit.ndjson")).unwrap();
    let lines: Vec<Value> = audit.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let functions: Vec<_> = lines.iter().filter_map(|line| line["function"].as_str()).collect();
    assert_eq!(functions, ["api-json", "log"]);
    assert!(lines[0]["bytes"].as_u64().unwrap() > 100, "{audit}");
    assert_eq!((lines[2]["event"].as_str(), lines[2]["calls"].as_u64()), (Some("end"), Some(2)));

    // An answer that differs from its file fails, and `--bless` accepts it.
    let case = project.join("cases/short-limit/case.toml");
    std::fs::write(&case, std::fs::read_to_string(&case).unwrap().replace("max-words = 8", "max-words = 3")).unwrap();
    let (status, text) = code(&["check", "test", "--no-build"], &project);
    assert_eq!(status, Some(1), "{text}");
    assert_eq!(code(&["check", "test", "--no-build", "--bless"], &project).0, Some(0));
    assert_eq!(code(&["check", "test", "--no-build"], &project).0, Some(0));

    // Settings that the schema refuses are an error of the case.
    std::fs::write(&case, "scenario = \"healthy\"\n[settings]\nmax-words = \"many\"\n").unwrap();
    assert_eq!(code(&["check", "test", "--no-build"], &project).0, Some(2));

    let (status, text) = code(&["check", "bench", "--runs", "2"], &project);
    assert_eq!(status, Some(0), "{text}");
    let (status, text) = code(&["check", "inspect", "build/check.wasm", "--since", "build/check.wasm"], &project);
    assert_eq!(status, Some(0), "{text}");
}

#[test]
fn a_folder_with_files_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("mine")).unwrap();
    std::fs::write(folder.path().join("mine/notes.txt"), "mine").unwrap();
    assert_eq!(code(&["check", "new", "mine", "--lang", "python"], folder.path()).0, Some(2));
    assert_eq!(std::fs::read_dir(folder.path().join("mine")).unwrap().count(), 1);
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    assert_eq!(code(&["check", "new", "empty", "--lang", "js"], folder.path()).0, Some(0));
    assert!(folder.path().join("empty/comfycheck.js").is_file());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2, "nothing else remains");
}

#[test]
fn a_tool_that_is_missing_is_named_with_the_line_that_installs_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut texts = String::new();
    for (language, name) in [("python", "in-python"), ("javascript", "in-javascript")] {
        assert_eq!(code(&["check", "new", name, "--lang", language], folder.path()).0, Some(0));
        let (status, text) = code(&["check", "build", name], folder.path());
        assert_eq!(status, Some(2), "{text}");
        texts.push_str(&text);
    }
    let (status, text) = code(&["check", "test"], folder.path());
    assert_eq!(status, Some(2), "{text}");
    insta::assert_snapshot!(texts + &text);
}
