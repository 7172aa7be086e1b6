//! The first-party checks of comfycheck, compiled and embedded.
//!
//! The build script compiles them, so that they are never older than their source; it
//! says what to do on a machine that has no compiler for them. This crate is bytes only:
//! nothing of a check's code is linked into the host.

/// A check that comes with comfycheck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bundled {
    /// The name by which a suite's `use` names it, which is also its manifest's.
    pub name: &'static str,
    /// The component, in WebAssembly's binary format.
    pub bytes: &'static [u8],
    /// The SHA-256 of `bytes`, in lower-case hexadecimal.
    pub sha256: &'static str,
}

/// Every first-party check, in the order in which they are listed and reported.
///
/// A `static` and no `const`, so that a program holds the bytes once.
pub static CHECKS: &[Bundled] = include!(concat!(env!("OUT_DIR"), "/checks.rs"));

/// The first-party check of a name; none if there is none of that name.
#[must_use]
pub fn check(name: &str) -> Option<&'static Bundled> {
    CHECKS.iter().find(|check| check.name == name)
}
