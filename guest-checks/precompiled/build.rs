//! Writes the table of the files that `comfycheck-precompile` wrote for this target. Without files the table is empty.

use anyhow::Context;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> anyhow::Result<()> {
    let package = variable("CARGO_MANIFEST_DIR")?;
    let out = Path::new(&variable("OUT_DIR")?).join("precompiled.rs");
    let Some(workspace) = workspace_of(Path::new(&package)) else {
        // As `cargo install` builds it: alone.
        return fs::write(&out, "&[]").with_context(|| format!("cannot write `{}`", out.display()));
    };
    let target = format!("{}-{}", variable("CARGO_CFG_TARGET_ARCH")?, variable("CARGO_CFG_TARGET_OS")?);
    let folder = workspace.join("target/precompiled").join(target);
    // Cargo watches a folder only if it exists.
    fs::create_dir_all(&folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    println!("cargo::rerun-if-changed={}", folder.display());
    println!("cargo::rerun-if-changed=build.rs");

    let mut files: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(&folder)? {
        files.push(entry?.path());
    }
    files.sort();
    let is = |path: &Path, ending: &str| path.extension().is_some_and(|its| its == ending);
    let text = |path: &Path| path.to_str().map(str::to_owned).context("the workspace's path is not Unicode");
    let base = match files.iter().find(|path| is(path, "base")) {
        Some(base) => format!("Some(include_bytes!({:?}))", text(base)?),
        None => "None".to_owned(),
    };
    let mut table = String::from("&[\n");
    for file in files.iter().filter(|path| is(path, "base") || is(path, "code")) {
        let sha256 = text(Path::new(file.file_stem().unwrap_or_default()))?;
        let (description, code) = (text(&file.with_extension("json"))?, text(file)?);
        let base = if is(file, "base") { "None" } else { &base };
        writeln!(
            table,
            "    PrecompiledCheck {{ sha256: {sha256:?}, description: include_str!({description:?}), code: Packed {{ bytes: include_bytes!({code:?}), base: {base} }} }},"
        )?;
    }
    table.push_str("]\n");
    fs::write(&out, table).with_context(|| format!("cannot write `{}`", out.display()))
}

/// The workspace of this repository, if the package is in it.
fn workspace_of(package: &Path) -> Option<&Path> {
    package.ancestors().nth(2).filter(|folder| folder.join("guest-checks/precompiled/build.rs").exists())
}

/// A variable that Cargo sets for build scripts.
fn variable(name: &str) -> anyhow::Result<String> {
    env::var(name).with_context(|| format!("Cargo does not set `{name}`"))
}
