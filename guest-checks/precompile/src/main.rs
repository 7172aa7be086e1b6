//! Compiles every first-party check to machine code and writes it, with its description, to a folder. `comfycheck-precompiled`
//! embeds what is there.
//!
//! Usage: `comfycheck-precompile FOLDER`. The code is for this machine's architecture and operating system.
#![expect(clippy::print_stderr, reason = "a build step reports to its terminal")]

use anyhow::{Context, bail};
use comfycheck_checks::CHECKS;
use comfycheck_packed::pack;
use comfycheck_runtime::sandbox::{Cache, ComponentSource, PrecompiledCheck, Sandbox};
use std::env::consts::{ARCH, OS};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> anyhow::Result<()> {
    let mut arguments = env::args_os().skip(1);
    let (Some(folder), None) = (arguments.next().map(PathBuf::from), arguments.next()) else {
        bail!("usage: comfycheck-precompile FOLDER");
    };
    // Checks that did not change are not compiled again.
    let cache =
        Cache::open(folder.join("cache")).inspect_err(|error| eprintln!("note: nothing is cached: {error}")).ok();
    let Some(sandbox) = Sandbox::portable(cache)? else {
        eprintln!("note: no code is embedded on {ARCH}-{OS}; comfycheck compiles its checks when they first run");
        return Ok(());
    };
    let folder = folder.join(format!("{ARCH}-{OS}"));
    fs::create_dir_all(&folder).with_context(|| format!("cannot create `{}`", folder.display()))?;
    let mut compiled = Vec::new();
    for check in CHECKS {
        let component = check.component();
        let source = ComponentSource { name: check.name, wasm: &component, sha256: Some(check.sha256) };
        compiled.push((check.sha256, sandbox.precompile(source)?));
    }
    let mut current = Vec::new();
    let is_base = |sha256: &str| CHECKS.iter().any(|check| check.sha256 == sha256 && check.packed.base.is_none());
    let (_, base) = compiled.iter().find(|(sha256, _)| is_base(sha256)).context("no check is the base")?;
    for (sha256, PrecompiledCheck { description, code }) in &compiled {
        let (ending, code) = if is_base(sha256) { ("base", pack(code, &[])) } else { ("code", pack(code, &base.code)) };
        for (ending, bytes) in [("json", description.as_bytes()), (ending, &code)] {
            let path = folder.join(format!("{sha256}.{ending}"));
            write_if_changed(&path, bytes).with_context(|| format!("cannot write `{}`", path.display()))?;
            current.push(path);
        }
    }
    remove_others(&folder, &current)
}

/// Leaves an equal file alone: Cargo builds again what depends on a newer one.
fn write_if_changed(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::read(path).is_ok_and(|present| present == bytes) { Ok(()) } else { fs::write(path, bytes) }
}

/// Removes the code of checks that have changed since.
fn remove_others(folder: &Path, current: &[PathBuf]) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if !current.contains(&path) {
            fs::remove_file(&path).with_context(|| format!("cannot remove `{}`", path.display()))?;
        }
    }
    Ok(())
}
