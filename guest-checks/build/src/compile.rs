//! Compiles one guest.

use crate::{Places, TARGET, Way, sources};
use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

/// A package to compile.
#[derive(Clone, Copy, Debug)]
pub struct Guest<'a> {
    /// The manifest of the package or of its workspace.
    pub manifest: &'a Path,
    pub package: &'a str,
    /// The enabled features.
    pub features: &'a [&'a str],
    pub optimize: Optimize,
    /// Cargo's target folder. Not that of a build that waits for this one and holds its
    /// lock.
    pub target_dir: &'a Path,
}

/// What the compiler optimizes a guest for. What many guests depend on has its level in the workspace's profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Optimize {
    /// For guests that decode images, or search long logs.
    Speed,
    /// For the others. The binary embeds their code, which is about a sixth smaller this way.
    Size,
}

/// A compiled guest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompiledGuest {
    /// The core module's file.
    pub module: PathBuf,
    /// Its source files in the workspace, with included files and those of the contract,
    /// without manifests. Not sorted.
    pub sources: Vec<PathBuf>,
}

#[derive(Debug)]
pub enum CompileError {
    /// Cargo could not be started.
    Start { cargo: PathBuf, source: io::Error },
    /// Cargo failed, and printed the reason on stderr.
    Failed { package: String, status: ExitStatus },
    /// The list of source files could not be read.
    Sources { list: PathBuf, source: io::Error },
}

/// Compiles a guest, optimized, to a core module.
///
/// Cargo's output, with compiler messages, goes to stderr.
pub fn compile(guest: Guest<'_>, way: &Way, places: &Places) -> Result<CompiledGuest, CompileError> {
    let mut cargo = cargo(way, places);
    cargo
        .args(["rustc", "--lib", "--release", "--target", TARGET])
        // The profile of the workspace saves time for what is less hot.
        .args(["--config", "profile.release.opt-level='s'", "--config", "profile.release.lto=false"])
        // Not in the manifest: a `cdylib` has no hash in its file name. The same package as a
        // dependency, with other features, would overwrite it, and both would be compiled
        // again in every build.
        .args(["--crate-type", "cdylib"])
        .args(["--package", guest.package, "--features", &guest.features.join(",")])
        .arg("--manifest-path")
        .arg(guest.manifest)
        .arg("--target-dir")
        .arg(guest.target_dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    if guest.optimize == Optimize::Speed {
        // For this crate alone, so that its dependencies are built once for all guests.
        cargo.args(["--", "-Copt-level=3"]);
    }
    let status =
        cargo.status().map_err(|source| CompileError::Start { cargo: PathBuf::from(cargo.get_program()), source })?;
    if !status.success() {
        return Err(CompileError::Failed { package: guest.package.to_owned(), status });
    }
    let file = format!("{TARGET}/release/{}.wasm", guest.package.replace('-', "_"));
    let module = guest.target_dir.join(file);
    let list = module.with_extension("d");
    let sources = sources::read(&list).map_err(|source| CompileError::Sources { list, source })?;
    Ok(CompiledGuest { module, sources })
}

/// The `cargo` of a way, with an environment that only this crate controls.
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
        // Twice as fast for pixels. Every runtime with components supports it.
        .env("CARGO_ENCODED_RUSTFLAGS", "-Ctarget-feature=+simd128")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "s")
        // A seventh smaller than by default, and as fast to build. LTO adds nothing.
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "1")
        .env("CARGO_PROFILE_RELEASE_DEBUG", "none")
        // Keeps the names of functions, which a trap's backtrace shows.
        .env("CARGO_PROFILE_RELEASE_STRIP", "debuginfo");
    cargo
}

/// Removes the variables that Cargo or a user set for the outer build, which has another
/// target and perhaps another compiler.
fn without_leaks(command: &mut Command) -> &mut Command {
    for (name, _) in env::vars_os().filter(|(name, _)| is_leak(name)) {
        command.env_remove(name);
    }
    command
}

/// Whether a variable belongs to the outer build, and not to this machine and its network.
fn is_leak(name: &OsStr) -> bool {
    const OF_THE_MACHINE: [&str; 6] =
        ["CARGO_HOME", "CARGO_HTTP_", "CARGO_NET_", "CARGO_REGISTRIES_", "CARGO_REGISTRY_", "CARGO_SOURCE_"];
    // The jobserver: without it, two builds would each use all cores.
    const JOBSERVER: &str = "CARGO_MAKEFLAGS";
    let name = name.to_string_lossy();
    let of_a_build = ["CARGO", "RUSTC", "RUSTDOC", "RUSTFLAGS"].iter().any(|prefix| name.starts_with(prefix));
    of_a_build && name != JOBSERVER && !OF_THE_MACHINE.iter().any(|prefix| name.starts_with(prefix))
}

/// PATH with a folder at its front.
fn path_with(folder: &Path) -> OsString {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.to_owned()).chain(env::split_paths(&path));
    // Fails only for a folder that cannot be in PATH; PATH alone is the best fallback.
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
    fn variables_of_the_outer_build_are_removed() {
        check_leak(&["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_RUSTFLAGS", "RUSTDOCFLAGS"], true);
        check_leak(&["RUSTC", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "RUSTC_LINKER", "RUSTC_BOOTSTRAP"], true);
        check_leak(&["CARGO", "CARGO_MANIFEST_DIR", "CARGO_PKG_NAME", "CARGO_TARGET_DIR", "CARGO_BUILD_TARGET"], true);
        check_leak(&["CARGO_PROFILE_RELEASE_LTO", "CARGO_INCREMENTAL", "CARGO_FEATURE_X", "CARGO_CFG_UNIX"], true);
    }

    #[test]
    fn variables_of_the_machine_stay() {
        check_leak(&["PATH", "HOME", "HTTPS_PROXY", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN", "RUST_BACKTRACE"], false);
        check_leak(&["CARGO_HOME", "CARGO_NET_OFFLINE", "CARGO_HTTP_CAINFO", "CARGO_REGISTRIES_X_INDEX"], false);
        check_leak(&["CARGO_MAKEFLAGS"], false);
    }
}
