//! Machine code and descriptions of the first-party checks, so the first run compiles nothing.
//!
//! `comfycheck-precompile` writes them before comfycheck is built, and this crate embeds them. Without them everything works:
//! comfycheck then compiles its checks when they first run.

use comfycheck_packed::Packed;

/// A check that was compiled when comfycheck was built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrecompiledCheck {
    /// The SHA-256 of the component, in lower-case hexadecimal.
    pub sha256: &'static str,
    /// What the check is, as JSON.
    pub description: &'static str,
    /// As wasmtime serialized it, compressed.
    pub code: Packed,
}

static PRECOMPILED: &[PrecompiledCheck] = include!(concat!(env!("OUT_DIR"), "/precompiled.rs"));

/// The code and the description of a component, by its SHA-256. None if it was not compiled before.
#[must_use]
pub fn precompiled(sha256: &str) -> Option<&'static PrecompiledCheck> {
    PRECOMPILED.iter().find(|check| check.sha256 == sha256)
}
