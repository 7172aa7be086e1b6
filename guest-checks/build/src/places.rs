//! Where compilers are.

use std::env;
use std::path::PathBuf;

/// Where compilers are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places {
    /// The active toolchain's `cargo`: a path, or a name in PATH.
    pub cargo: PathBuf,
    /// The active toolchain's `rustc`: a path, or a name in PATH.
    pub rustc: PathBuf,
    /// The folder whose `bin` holds the system's compiler.
    pub system: PathBuf,
}

impl Places {
    /// The compilers of this machine. In a build script, the active toolchain is that of the
    /// running Cargo, also under `cargo +nightly`.
    #[must_use]
    pub fn of_this_machine() -> Self {
        let program = |variable: &str, name: &str| env::var_os(variable).unwrap_or_else(|| name.into()).into();
        Self { cargo: program("CARGO", "cargo"), rustc: program("RUSTC", "rustc"), system: "/usr".into() }
    }

    pub(crate) fn system_cargo(&self) -> PathBuf {
        self.system.join("bin/cargo")
    }

    pub(crate) fn system_rustc(&self) -> PathBuf {
        self.system.join("bin/rustc")
    }
}
