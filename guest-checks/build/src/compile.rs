//! Compiles one guest.

use crate::{Places, TARGET, Way, sources};
use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

/// A package to compile as a guest.
#[derive(Clone, Copy, Debug)]
pub struct Guest<'a> {
    /// The manifest of the package or of its workspace.
    pub manifest: &'a Path,
    /// The package's name.
    pub package: &'a str,
    /// The features to switch on.
    pub features: &'a [&'a str],
    /// Where Cargo builds. Not the target folder of a build that waits for this one,
    /// which holds its lock.
    pub target_dir: &'a Path,
}

/// A guest that was compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compiled {
    /// The core module's file.
    pub module: PathBuf,
    /// The files of the workspace that it was made of, those that its code includes and
    /// the contract's among them; no manifests. Not sorted.
    pub sources: Vec<PathBuf>,
}

/// A guest that was not compiled.
#[derive(Debug)]
pub enum CompileError {
    /// Cargo could not be started.
    Start {
        /// The program.
        cargo: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Cargo ended with an error. It has said why on stderr.
    Failed {
        /// The package.
        package: String,
        /// How it ended.
        status: ExitStatus,
    },
    /// The list of source files could not be read.
    Sources {
        /// The list's file.
        list: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Compiles a guest, optimized, to a core module.
///
/// Cargo's output, compiler messages among it, goes to stderr as it comes.
pub fn compile(guest: Guest<'_>, way: &Way, places: &Places) -> Result<Compiled, CompileError> {
    let mut cargo = cargo(way, places);
    cargo
        .args(["rustc", "--lib", "--release", "--target", TARGET])
        // Asked for here, not in the manifest: a `cdylib` has no hash in its file's name, so
        // that a package and the same package as a dependency, with other features, would
        // overwrite each other and be compiled again in every build.
        .args(["--crate-type", "cdylib"])
        .args(["--package", guest.package, "--features", &guest.features.join(",")])
        .arg("--manifest-path")
        .arg(guest.manifest)
        .arg("--target-dir")
        .arg(guest.target_dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let status =
        cargo.status().map_err(|source| CompileError::Start { cargo: PathBuf::from(cargo.get_program()), source })?;
    if !status.success() {
        return Err(CompileError::Failed { package: guest.package.to_owned(), status });
    }
    let file = format!("{TARGET}/release/{}.wasm", guest.package.replace('-', "_"));
    let module = guest.target_dir.join(file);
    let list = module.with_extension("d");
    let sources = sources::read(&list).map_err(|source| CompileError::Sources { list, source })?;
    Ok(Compiled { module, sources })
}

/// The `cargo` of a way, in an environment that only this crate decides.
fn cargo(way: &Way, places: &Places) -> Command {
    let mut cargo = match way {
        Way::Active => {
            let mut cargo = Command::new(&places.cargo);
            without_leaks(&mut cargo).env("RUSTC", &places.rustc);
            cargo
        }
        Way::Debian { linker } => {
            let mut cargo = Command::new(places.system_cargo());
            without_leaks(&mut cargo)
                .env("RUSTC", places.system_rustc())
                // `-Z build-std` is not stable.
                .env("RUSTC_BOOTSTRAP", "1")
                .env("PATH", path_with(linker))
                .args(["-Z", "build-std=std,panic_abort"]);
            cargo
        }
    };
    cargo
        // Pixels are decoded twice as fast with it, and every runtime that has components has it.
        .env("CARGO_ENCODED_RUSTFLAGS", "-Ctarget-feature=+simd128")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "3")
        // A seventh smaller than with the default, and no slower to build. LTO gives nothing on top.
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "none")
        // Keeps the names of functions, which is all that a trap's backtrace can show.
        .env("CARGO_PROFILE_RELEASE_STRIP", "debuginfo");
    cargo
}

/// Takes from a command what Cargo or a user set for the build that is going on, which
/// is one for another target, and perhaps of another compiler.
fn without_leaks(command: &mut Command) -> &mut Command {
    for (name, _) in env::vars_os().filter(|(name, _)| is_leak(name)) {
        command.env_remove(name);
    }
    command
}

/// Whether a variable is about the build that is going on, rather than about this machine
/// and its network.
fn is_leak(name: &OsStr) -> bool {
    const OF_THE_MACHINE: [&str; 6] =
        ["CARGO_HOME", "CARGO_HTTP_", "CARGO_NET_", "CARGO_REGISTRIES_", "CARGO_REGISTRY_", "CARGO_SOURCE_"];
    // The jobserver: without it, two builds would each take all cores.
    const JOBSERVER: &str = "CARGO_MAKEFLAGS";
    let name = name.to_string_lossy();
    let of_a_build = ["CARGO", "RUSTC", "RUSTDOC", "RUSTFLAGS"].iter().any(|prefix| name.starts_with(prefix));
    of_a_build && name != JOBSERVER && !OF_THE_MACHINE.iter().any(|prefix| name.starts_with(prefix))
}

/// PATH with one more folder at its front.
fn path_with(folder: &Path) -> OsString {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_owned()).chain(env::split_paths(&path));
    // A folder that cannot stand in PATH came from PATH or from the compiler; PATH alone is the best that is left.
    env::join_paths(folders).unwrap_or(path)
}

impl fmt::Display for CompileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start { cargo, .. } => write!(f, "cannot start `{}`", cargo.display()),
            Self::Failed { package, status } => write!(f, "cannot compile `{package}` for {TARGET}: {status}"),
            Self::Sources { list, .. } => write!(f, "cannot read the list of source files `{}`", list.display()),
        }
    }
}

impl std::error::Error for CompileError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Start { source, .. } | Self::Sources { source, .. } => Some(source),
            Self::Failed { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_leak(names: &[&str], expected: bool) {
        for name in names {
            assert_eq!(is_leak(OsStr::new(name)), expected, "{name}");
        }
    }

    #[test]
    fn what_belongs_to_the_outer_build_is_removed() {
        check_leak(&["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS", "RUSTDOCFLAGS"], true);
        check_leak(&["RUSTC", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "RUSTC_LINKER", "RUSTC_BOOTSTRAP"], true);
        check_leak(&["CARGO", "CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "CARGO_TARGET_DIR", "CARGO_BUILD_TARGET"], true);
        check_leak(&["CARGO_PROFILE_RELEASE_LTO", "CARGO_INCREMENTAL", "CARGO_FEATURE_X", "CARGO_CFG_UNIX"], true);
    }

    #[test]
    fn what_belongs_to_the_machine_stays() {
        check_leak(&["PATH", "HOME", "HTTPS_PROXY", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "RUST_BACKTRACE"], false);
        check_leak(&["CARGO_HOME", "CARGO_NET_OFFLINE", "CARGO_HTTP_CAINFO", "CARGO_REGISTRIES_X_INDEX"], false);
        check_leak(&["CARGO_MAKEFLAGS"], false);
    }
}
