//! The first-party checks of comfycheck, compiled and embedded.
//!
//! The build script compiles them, so they are never older than their source. Without a
//! compiler for them it prints what to do. This crate holds only bytes: no code of a check is
//! linked into the host.

use comfycheck_packed::Packed;

/// A check of comfycheck.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BundledCheck {
    /// Its name in a suite's `use` and in its manifest.
    pub name: &'static str,
    /// Whether it runs in a suite that names no checks.
    pub by_default: bool,
    /// The component, compressed.
    pub packed: Packed,
    /// The SHA-256 of the component, in lower-case hexadecimal.
    pub sha256: &'static str,
    /// The ids of its rules, in the order of its README.
    pub rules: &'static [&'static str],
}

impl BundledCheck {
    /// The component, in WebAssembly's binary format.
    ///
    /// # Panics
    ///
    /// If the binary is damaged.
    #[must_use]
    pub fn component(&self) -> Vec<u8> {
        self.packed.unpack().expect("what the build script compressed")
    }
}

/// Every first-party check, in the order in which they are listed and reported.
///
/// A `static` instead of a `const`, so a program holds the bytes once.
pub static CHECKS: &[BundledCheck] = include!(concat!(env!("OUT_DIR"), "/checks.rs"));

/// The first-party check of a name.
#[must_use]
pub fn check(name: &str) -> Option<&'static BundledCheck> {
    CHECKS.iter().find(|check| check.name == name)
}
