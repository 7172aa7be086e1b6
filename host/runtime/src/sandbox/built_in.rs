//! Checks that were compiled and described when this program was built. They are linked when they first run.

use super::Sandbox;
use super::cache::Key;
use super::code::{Code, load};
use super::component::{Component, Linked, LoadedComponent};
use super::contract::CheckPre;
use super::guest::Guest;
use super::imports::Import;
use super::load_error::{LoadError, LoadErrorKind};
use super::surface::Surface;
use comfycheck_core::manifest::Manifest;
use std::sync::LazyLock;

/// A check of this program.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    pub wasm: &'static [u8],
    /// The SHA-256 of `wasm` in lower-case hex.
    pub sha256: &'static str,
    /// The manifest as JSON, as [`Sandbox::precompile`] returned it.
    pub manifest: &'static str,
    /// The code, as [`Sandbox::precompile`] returned it. It runs unchecked, so it must never come from outside.
    pub code: &'static [u8],
}

impl Sandbox {
    /// A check of this program. Neither compiles nor links it.
    pub fn built_in(&self, name: &str, check: BuiltIn) -> Result<Component, LoadError> {
        let error = |kind| LoadError::new(name, kind);
        let manifest: Manifest =
            serde_json::from_str(check.manifest).map_err(|cause| error(LoadErrorKind::Manifest(cause.to_string())))?;
        let surface = Surface::read(check.wasm).map_err(error)?;
        let (sandbox, linked) = (self.clone(), surface.imports.clone());
        let link = move || sandbox.link_built_in(check, &linked).map_err(|error| error.to_string());
        Ok(Component::new(LoadedComponent {
            sandbox: self.clone(),
            name: name.to_owned(),
            manifest,
            surface,
            sha256: check.sha256.to_owned(),
            size: check.wasm.len(),
            linked: Linked::AtFirstUse(LazyLock::new(Box::new(link))),
        }))
    }

    /// Links a check of this program. If its code is for another processor, compiles it.
    pub(super) fn link_built_in(&self, check: BuiltIn, imports: &[Import]) -> Result<CheckPre<Guest>, LoadErrorKind> {
        let code = match load(&self.inner.engine, Code::Embedded(check.code)) {
            Ok(code) => code,
            Err(_for_another_machine) => {
                let key = Key::new(check.sha256, self.inner.engine_hash);
                match self.cached(&key) {
                    Some(code) => code,
                    // The next run compiles it again if it cannot be cached.
                    None => self.compile(check.wasm, &key, |_not_cached| ())?,
                }
            }
        };
        self.link(&code, imports)
    }
}
