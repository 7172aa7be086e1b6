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
use comfycheck_packed::Packed;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::LazyLock;

/// A check of this program.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    /// The component. It is only unpacked to compile it.
    pub wasm: Packed,
    /// The SHA-256 of the component in lower-case hex.
    pub sha256: &'static str,
    /// What it is, as [`Sandbox::precompile`] returned it.
    pub description: &'static str,
    /// The code, as [`Sandbox::precompile`] returned it. It runs unchecked, so it must never come from outside.
    pub code: Packed,
}

impl BuiltIn {
    /// The component.
    pub(super) fn component(&self) -> Result<Vec<u8>, LoadErrorKind> {
        self.wasm.unpack().ok_or_else(|| LoadErrorKind::Malformed("it is damaged".to_owned()))
    }

    /// What it imports and exports. Unpacks the component only if nothing describes it.
    pub(super) fn surface(&self) -> Result<Surface, LoadErrorKind> {
        match self.description {
            "" => Surface::read(&self.component()?),
            described => Description::read(described)?.surface(),
        }
    }
}

/// What a component is, so that it need not be unpacked.
#[derive(Serialize, Deserialize)]
pub(super) struct Description<'a> {
    manifest: Cow<'a, Manifest>,
    /// The names of its imports.
    imports: Vec<String>,
    /// The names of its exports.
    exports: Vec<String>,
    /// In bytes.
    size: usize,
}

impl<'a> Description<'a> {
    pub(super) fn of(component: &'a Component) -> Self {
        let surface = component.surface();
        Self {
            manifest: Cow::Borrowed(component.manifest()),
            imports: surface.import_names(),
            exports: surface.exports.clone(),
            size: component.size(),
        }
    }

    fn read(json: &str) -> Result<Self, LoadErrorKind> {
        serde_json::from_str(json).map_err(|cause| LoadErrorKind::Manifest(cause.to_string()))
    }

    fn surface(&self) -> Result<Surface, LoadErrorKind> {
        let imports = self.imports.iter().map(|name| Import::read(name).ok_or_else(|| vec![name.clone()]));
        let imports = imports.collect::<Result<_, _>>().map_err(LoadErrorKind::UnknownImports)?;
        Ok(Surface { imports, exports: self.exports.clone() })
    }
}

impl Sandbox {
    /// A check of this program. Neither compiles nor links it.
    pub fn built_in(&self, name: &str, check: BuiltIn) -> Result<Component, LoadError> {
        let error = |kind| LoadError::new(name, kind);
        let description = Description::read(check.description).map_err(error)?;
        let surface = description.surface().map_err(error)?;
        let (sandbox, linked) = (self.clone(), surface.imports.clone());
        let link = move || sandbox.link_built_in(check, &linked).map_err(|error| error.to_string());
        Ok(Component::new(LoadedComponent {
            sandbox: self.clone(),
            name: name.to_owned(),
            manifest: description.manifest.into_owned(),
            surface,
            sha256: check.sha256.to_owned(),
            size: description.size,
            linked: Linked::AtFirstUse(LazyLock::new(Box::new(link))),
        }))
    }

    /// Links a check of this program. Maps its code from the cache: unpacking it takes several times as long.
    pub(super) fn link_built_in(&self, check: BuiltIn, imports: &[Import]) -> Result<CheckPre<Guest>, LoadErrorKind> {
        let key = Key::new(check.sha256, self.inner.engine_hash);
        let code = match self.cached(&key) {
            Some(code) => code,
            // What cannot be cached is unpacked or compiled again in the next run.
            None => match self.unpack(check, &key) {
                Some(code) => code,
                None => self.compile(&check.component()?, &key, |_not_cached| ())?,
            },
        };
        self.link(&code, imports)
    }

    /// Unpacks the code of a check of this program, and caches it. None if it is for another processor.
    fn unpack(&self, check: BuiltIn, key: &Key) -> Option<wasmtime::component::Component> {
        let code = check.code.unpack()?;
        let component = load(&self.inner.engine, Code::Embedded(&code)).ok()?;
        if let Some(cache) = &self.inner.cache {
            // The next run unpacks it again.
            let _ = cache.store(key, &code);
        }
        Some(component)
    }
}
