//! A loaded component: its manifest and its grants.

use super::Sandbox;
use super::contract::CheckPre;
use super::guest::Guest;
use super::imports::Import;
use super::interface::Interface;
use super::surface::Surface;
use super::watcher::watch_export;
use comfycheck_core::manifest::Manifest;
use comfycheck_core::wording;
use std::fmt;
use std::sync::{Arc, LazyLock};
use wasmtime::component::ComponentExportIndex;

/// A component that is compiled, linked and described. Cheap to clone.
#[derive(Clone)]
pub struct Component {
    loaded: Arc<LoadedComponent>,
}

pub(super) struct LoadedComponent {
    pub(super) sandbox: Sandbox,
    pub(super) name: String,
    pub(super) manifest: Manifest,
    pub(super) surface: Surface,
    pub(super) sha256: String,
    pub(super) size: usize,
    pub(super) linked: Linked,
}

/// A component, linked with its imports only.
pub(super) enum Linked {
    Now(Box<CheckPre<Guest>>),
    AtFirstUse(LazyLock<LinkResult, Box<dyn FnOnce() -> LinkResult + Send>>),
}

/// A linked component, or the words that follow its name.
pub(super) type LinkResult = Result<CheckPre<Guest>, String>;

impl Component {
    pub(super) fn new(loaded: LoadedComponent) -> Self {
        Self { loaded: Arc::new(loaded) }
    }

    /// The check's name in the suite.
    pub fn name(&self) -> &str {
        &self.loaded.name
    }

    /// Verified.
    pub fn manifest(&self) -> &Manifest {
        &self.loaded.manifest
    }

    /// In the component's order: the permissions that it needs.
    pub fn imports(&self) -> &[Import] {
        &self.loaded.surface.imports
    }

    /// Everything that it imports and exports.
    pub fn surface(&self) -> &Surface {
        &self.loaded.surface
    }

    /// In lower-case hex.
    pub fn sha256(&self) -> &str {
        &self.loaded.sha256
    }

    /// In bytes.
    pub fn size(&self) -> usize {
        self.loaded.size
    }

    pub(super) fn sandbox(&self) -> &Sandbox {
        &self.loaded.sandbox
    }

    /// The linked component, or the words that follow its name. Links a built-in check at the first call.
    pub(super) fn linked(&self) -> Result<&CheckPre<Guest>, &str> {
        match &self.loaded.linked {
            Linked::Now(linked) => Ok(linked),
            Linked::AtFirstUse(linked) => linked.as_ref().map_err(String::as_str),
        }
    }

    /// The linked component and the function of its watcher, if it has one.
    pub(super) fn watcher(&self) -> Option<(&CheckPre<Guest>, ComponentExportIndex)> {
        let linked = self.linked().ok()?;
        Some((linked, watch_export(linked.instance_pre().component())?))
    }

    /// Grants interfaces, by their names in suites. Only imports are ever linked, so a component
    /// whose imports are all granted can use nothing else.
    pub fn grant(&self, granted: &[&str]) -> Result<Check, GrantError> {
        let is_granted = |interface: Interface| interface.is_always_granted() || granted.contains(&interface.name());
        let mut missing: Vec<_> = self.imports().iter().map(|import| import.interface).collect();
        missing.retain(|interface| !is_granted(*interface));
        missing.sort_unstable();
        missing.dedup();
        if missing.is_empty() {
            Ok(Check { component: self.clone() })
        } else {
            Err(GrantError { check: self.name().to_owned(), missing })
        }
    }
}

impl fmt::Debug for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Component").field("name", &self.name()).field("sha256", &self.sha256()).finish_non_exhaustive()
    }
}

/// A component that was granted everything that it imports.
#[derive(Clone, Debug)]
pub struct Check {
    component: Component,
}

impl Check {
    pub fn component(&self) -> &Component {
        &self.component
    }
}

/// A component imports interfaces that it was not granted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{check}` imports capabilities that it is not granted: {}", names(.missing))]
pub struct GrantError {
    pub check: String,
    /// In the order of the contract.
    pub missing: Vec<Interface>,
}

fn names(interfaces: &[Interface]) -> String {
    wording::names(interfaces.iter().map(|interface| interface.name()))
}
