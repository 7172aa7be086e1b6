//! Finds the compilers of a machine. Reads only: installs and downloads nothing.

use crate::{Places, Probes, TARGET, Version};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

/// Finds the compilers of a machine. Failures count as absent.
#[must_use]
pub fn probe(places: &Places) -> Probes {
    let system_rustc = places.system_rustc();
    let sysroot = |rustc: &Path| output_of(rustc, &["--print", "sysroot"]).map(PathBuf::from);
    Probes {
        active_library: output_of(&places.rustc, &["--print", "target-libdir", "--target", TARGET])
            .is_some_and(has_library),
        system_rustc: output_of(&system_rustc, &["--version"]).and_then(|text| Version::parse(text.split(' ').nth(1)?)),
        system_cargo: places.system_cargo().is_file(),
        // `-Z build-std` reads the manifest of the library's workspace.
        system_source: sysroot(&system_rustc)
            .is_some_and(|root| root.join("lib/rustlib/src/rust/library/Cargo.toml").is_file()),
        linker: sysroot(&places.rustc).and_then(|root| linker_of(&root)).or_else(linker_on_path),
    }
}

/// The output of a compiler; none if it fails or is missing.
fn output_of(rustc: &Path, args: &[&str]) -> Option<String> {
    let output = Command::new(rustc).args(args).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok().filter(|_| output.status.success())?;
    Some(text.trim_end().to_owned())
}

/// Whether a folder holds the standard library. A compiler names the folder even if it does
/// not exist.
fn has_library(folder: String) -> bool {
    fs::read_dir(folder).is_ok_and(|files| {
        files.flatten().any(|file| {
            let name = file.file_name();
            let name = name.to_string_lossy();
            name.starts_with("libstd-") && name.ends_with(".rlib")
        })
    })
}

/// The folder of a toolchain with `rust-lld`, which depends on the toolchain's host.
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
