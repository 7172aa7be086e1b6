//! Writes the tables that the binary embeds: the recordings of `comfycheck demo`, which `commands/demo/recordings.rs` includes, and
//! the files of `comfycheck check new`, which `commands/check/new.rs` includes. A published package has the latter already: it is built
//! outside of the repository.

#[path = "build/project.rs"]
mod project;

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// The cassettes that are embedded.
const RECORDINGS: [&str; 6] = [
    "denrisi-healthy",
    "denrisi-missing",
    "denrisi-no-worker",
    "denrisi-corrupt-image",
    "denrisi-wrong-handler",
    "denrisi-unavailable",
];

fn main() -> io::Result<()> {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let cassettes = here.join("demo/cassettes").canonicalize()?;
    let mut recordings = String::new();
    // Recordings share most of their bodies, whose names are their hashes.
    let mut bodies = BTreeMap::new();
    for name in RECORDINGS {
        let folder = cassettes.join(name);
        let cassette = text(&folder.join("cassette.json"));
        line(&mut recordings, &format!("Recording {{ name: {name:?}, cassette: include_bytes!({cassette:?}) }}"));
        for path in files(&folder.join("bodies"))? {
            let hash = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            bodies.insert(hash, path);
        }
        println!("cargo::rerun-if-changed={}", folder.display());
    }
    let mut table = String::new();
    for (hash, path) in bodies {
        let path = text(&path);
        line(&mut table, &format!("({hash:?}, include_bytes!({path:?}) as &[u8])"));
    }
    let source = format!(
        "const RECORDINGS: &[Recording] = &[\n{recordings}];\n\nstatic BODIES: &[(&str, &[u8])] = &[\n{table}];\n"
    );
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("recordings.rs"), source)?;
    let repository = here.join("../..").canonicalize()?;
    let project_files = if repository.join("host/cli/build.rs").exists() {
        project::table(&repository)?
    } else {
        fs::read_to_string(here.join("packaged/project_files.txt"))?
    };
    fs::write(out.join("project_files.rs"), project_files)
}

fn line(source: &mut String, item: &str) {
    // Writing to a string does not fail.
    let _ = writeln!(source, "    {item},");
}

/// A path for a literal.
fn text(path: &Path) -> String {
    path.display().to_string()
}

/// The files of a folder; none if there is no such folder.
fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect()
}
