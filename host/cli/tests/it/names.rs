//! Hostile names of files and folders.

use crate::binary::comfycheck;
use std::fs;
use std::path::Path;

/// Clears the screen, and begins a line that GitHub takes for a command.
const HOSTILE: &str = "a\u{1b}[2J\n::error::x";

#[test]
fn a_name_moves_no_cursor_and_begins_no_line() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(HOSTILE);
    fs::create_dir(&path).unwrap();
    fs::copy(fixtures.join("workflows/denrisi.json"), path.join(format!("{HOSTILE}.json"))).unwrap();
    let workflow = serde_json::Value::from(format!("{HOSTILE}.json")).to_string();
    fs::write(path.join(format!("{HOSTILE}.toml")), format!("workflow = {workflow}\n")).unwrap();
    fs::copy(fixtures.join("cassettes/denrisi-unavailable/cassette.json"), path.join("cassette.json")).unwrap();
    let suite = format!("{HOSTILE}/{HOSTILE}.toml");
    for arguments in [
        &["list", &suite][..],
        &["doctor", &suite],
        &["run", &suite, "--simulate", "healthy", "--progress", "none"],
        &["cassette", "verify", HOSTILE],
        &["man", HOSTILE],
    ] {
        let output = comfycheck(folder.path()).args(arguments).output().unwrap();
        let written = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(written.contains("a␛[2J"), "{arguments:?} does not name it: {written:?}");
        assert!(!written.contains('\u{1b}') && !written.contains("\n::"), "{arguments:?}: {written:?}");
    }
}
