//! A loaded component: what it says of itself, and what it may be granted.

use super::Sandbox;
use super::contract::CheckPre;
use super::guest::Guest;
use super::interface::{Import, Interface};
use super::run::Check;
use comfycheck_core::manifest::Manifest;
use std::fmt;
use std::sync::Arc;

/// A component that is compiled, linked and described by itself. Cheap to clone.
#[derive(Clone)]
pub struct Component {
    loaded: Arc<Loaded>,
}

pub(super) struct Loaded {
    pub(super) sandbox: Sandbox,
    pub(super) name: String,
    pub(super) manifest: Manifest,
    pub(super) imports: Vec<Import>,
    pub(super) sha256: String,
    pub(super) size: usize,
    /// Linked with what it imports and nothing else.
    pub(super) linked: CheckPre<Guest>,
}

impl Component {
    pub(super) fn new(loaded: Loaded) -> Self {
        Self { loaded: Arc::new(loaded) }
    }

    /// The check's name in the suite.
    pub fn name(&self) -> &str {
        &self.loaded.name
    }

    /// What it says of itself, verified.
    pub fn manifest(&self) -> &Manifest {
        &self.loaded.manifest
    }

    /// What it imports, in its own order: the permissions that it needs.
    pub fn imports(&self) -> &[Import] {
        &self.loaded.imports
    }

    /// SHA-256 of the component, in lower-case hex.
    pub fn sha256(&self) -> &str {
        &self.loaded.sha256
    }

    /// The component's size in bytes.
    pub fn size(&self) -> usize {
        self.loaded.size
    }

    pub(super) fn sandbox(&self) -> &Sandbox {
        &self.loaded.sandbox
    }

    pub(super) fn linked(&self) -> &CheckPre<Guest> {
        &self.loaded.linked
    }

    /// Grants the component interfaces, by their names in suites. Only what a component
    /// imports is ever linked, so that with all of it granted nothing else exists for it.
    pub fn grant(&self, granted: &[&str]) -> Result<Check, NotGranted> {
        let is_granted = |interface: Interface| interface.is_always_granted() || granted.contains(&interface.name());
        let mut missing: Vec<_> = self.imports().iter().map(|import| import.interface).collect();
        missing.retain(|interface| !is_granted(*interface));
        missing.sort_unstable();
        missing.dedup();
        if missing.is_empty() {
            Ok(Check::new(self.clone()))
        } else {
            Err(NotGranted { check: self.name().to_owned(), missing })
        }
    }
}

impl fmt::Debug for Component {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Component").field("name", &self.name()).field("sha256", &self.sha256()).finish_non_exhaustive()
    }
}

/// A component imports more than it was granted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{check}` imports what it was not granted: {}", list(.missing))]
pub struct NotGranted {
    /// The check's name.
    pub check: String,
    /// All that is missing, in the order of the contract.
    pub missing: Vec<Interface>,
}

fn list(interfaces: &[Interface]) -> String {
    let names: Vec<_> = interfaces.iter().map(|interface| format!("`{}`", interface.name())).collect();
    names.join(", ")
}
