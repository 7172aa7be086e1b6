//! Finds out what a machine has. Reads only; installs and fetches nothing.

use crate::{Places, Probes, TARGET, Version};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

/// Finds out what a machine has. What cannot be found out counts as absent.
#[must_use]
pub fn probe(places: &Places) -> Probes {
    let system_rustc = places.system_rustc();
    let sysroot = |rustc: &Path| ask(rustc, &["--print", "sysroot"]).map(PathBuf::from);
    Probes {
        active_library: ask(&places.rustc, &["--print", "target-libdir", "--target", TARGET]).is_some_and(has_library),
        system_rustc: ask(&system_rustc, &["--version"]).and_then(|text| Version::parse(text.split(' ').nth(1)?)),
        system_cargo: places.system_cargo().is_file(),
        // The manifest of the library's workspace, which is what `-Z build-std` reads.
        system_source: sysroot(&system_rustc)
            .is_some_and(|root| root.join("lib/rustlib/src/rust/library/Cargo.toml").is_file()),
        linker: sysroot(&places.rustc).and_then(|root| linker_of(&root)).or_else(linker_on_path),
    }
}

/// What a compiler answers, or none if it fails or is not there.
fn ask(rustc: &Path, args: &[&str]) -> Option<String> {
    let output = Command::new(rustc).args(args).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let answer = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
    Some(answer.trim_end().to_owned())
}

/// Whether a folder holds the standard library. A compiler names the folder whether it
/// exists or not.
fn has_library(folder: String) -> bool {
    fs::read_dir(folder).is_ok_and(|files| {
        files.flatten().any(|file| {
            let name = file.file_name();
            let name = name.to_string_lossy();
            name.starts_with("libstd-") && name.ends_with(".rlib")
        })
    })
}

/// The folder of a toolchain that holds `rust-lld`; it is named for the toolchain's host.
fn linker_of(sysroot: &Path) -> Option<PathBuf> {
    let hosts = fs::read_dir(sysroot.join("lib/rustlib")).ok()?;
    hosts.flatten().map(|host| host.path().join("bin")).find(|bin| has_linker(bin))
}

fn linker_on_path() -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).find(|bin| has_linker(bin))
}

fn has_linker(bin: &Path) -> bool {
    bin.join(format!("rust-lld{}", env::consts::EXE_SUFFIX)).is_file()
}
