//! Files of a pull request that never end: links to devices, and pipes.

use crate::binary::comfycheck;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

/// Replaces a file by something that never ends.
fn replace(path: &Path, kind: &str) {
    std::fs::remove_file(path).unwrap();
    match kind {
        "device" => symlink("/dev/zero", path).unwrap(),
        _ => assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
    }
}

#[test]
fn a_file_that_never_ends_is_refused() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let cassette = fixtures.join("cassettes/denrisi-healthy");
    for kind in ["device", "pipe"] {
        for part in ["cassette.json", "bodies", "suite.toml", "workflow.json", "check.wasm"] {
            let folder = tempfile::tempdir().unwrap();
            let path = |name: &str| folder.path().join(name);
            std::fs::create_dir_all(path("recording/bodies")).unwrap();
            std::fs::copy(cassette.join("cassette.json"), path("recording/cassette.json")).unwrap();
            for body in std::fs::read_dir(cassette.join("bodies")).unwrap().map(Result::unwrap) {
                std::fs::copy(body.path(), path("recording/bodies").join(body.file_name())).unwrap();
            }
            std::fs::copy(fixtures.join("workflows/denrisi.json"), path("workflow.json")).unwrap();
            std::fs::write(path("suite.toml"), "workflow = \"workflow.json\"\n[checks.nodes]\n").unwrap();
            std::fs::write(path("check.wasm"), "").unwrap();
            let replaced = match part {
                "cassette.json" => path("recording/cassette.json"),
                "bodies" => std::fs::read_dir(path("recording/bodies")).unwrap().next().unwrap().unwrap().path(),
                part => path(part),
            };
            replace(&replaced, kind);
            let commands: &[&[&str]] = match part {
                "cassette.json" => &[
                    &["cassette", "verify", "recording"],
                    &["run", "suite.toml", "--replay", "recording"],
                    &["cassette", "to-har", "recording"],
                ],
                "bodies" => &[&["run", "suite.toml", "--replay", "recording"], &["cassette", "to-har", "recording"]],
                "check.wasm" => &[&["inspect", "check.wasm"]],
                _ => &[&["run", "suite.toml", "--replay", "recording"], &["list", "suite.toml"]],
            };
            for arguments in commands {
                let output = comfycheck(folder.path()).args(*arguments).output().unwrap();
                let stderr = String::from_utf8_lossy(&output.stderr);
                assert_eq!(output.status.code(), Some(2), "{kind} {part} {arguments:?}: {stderr}");
            }
        }
    }
}
