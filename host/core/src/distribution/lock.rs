//! `comfycheck.lock`: the components of others that suites in a folder use, and what the user accepted of each.
//!
//! The file belongs into version control. A change of a component's digest or permissions is a change of this file.

use super::reference::is_digest;
use crate::manifest::GRANTABLE;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The name of the file, in the folder of the suite.
pub const LOCK: &str = "comfycheck.lock";

const VERSION: u32 = 1;
const HEAD: &str = "# The checks of others that suites in this folder use, and the permissions that were accepted.\n# Written by \
                    `comfycheck check add` and `comfycheck check update`.\n\n";

/// What a lock file pins. Sorted by source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lock {
    components: Vec<LockedComponent>,
}

/// A component that the user accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedComponent {
    /// As the suite writes it after `use`.
    pub source: String,
    /// Of the component: `sha256:` and 64 digits of lower-case hex.
    pub digest: String,
    /// In bytes.
    pub size: u64,
    /// The interfaces that need a grant, sorted.
    pub permissions: Vec<String>,
    /// The version of the contract that it was built with.
    pub contract: String,
    /// The digest of the artifact's manifest, which signatures name. Only in a registry.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub manifest: Option<String>,
    /// The public key that must have signed it, as PEM without its first and last line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
}

/// Why a lock file cannot be used. The text follows the path of the file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LockError {
    /// The line, and what the parser says.
    #[error(":{line}: {what}")]
    Syntax { line: usize, what: String },
    #[error(" has version {0}, and this comfycheck reads version {VERSION}")]
    Version(u32),
    #[error(" has `{0}` twice")]
    Twice(String),
    /// The source of the entry and the member.
    #[error(": `{member}` of `{entry}` is not valid")]
    Member { entry: String, member: &'static str },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LockFile {
    version: u32,
    #[serde(default, rename = "component")]
    components: Vec<LockedComponent>,
}

impl Lock {
    pub fn parse(text: &str) -> Result<Self, LockError> {
        let file: LockFile = toml::from_str(text).map_err(|error| {
            let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            LockError::Syntax { line, what: error.message().trim().to_owned() }
        })?;
        if file.version != VERSION {
            return Err(LockError::Version(file.version));
        }
        let mut lock = Self::default();
        for component in file.components {
            component.verify()?;
            if lock.find(&component.source).is_some() {
                return Err(LockError::Twice(component.source));
            }
            lock.set(component);
        }
        Ok(lock)
    }

    /// Sorted by source.
    pub fn components(&self) -> &[LockedComponent] {
        &self.components
    }

    /// The entry of a source.
    pub fn find(&self, source: &str) -> Option<&LockedComponent> {
        self.components.iter().find(|component| component.source == source)
    }

    /// Adds an entry, or replaces that of the same source.
    pub fn set(&mut self, component: LockedComponent) {
        self.remove(&component.source);
        let at = self.components.partition_point(|other| other.source < component.source);
        self.components.insert(at, component);
    }

    pub fn remove(&mut self, source: &str) {
        self.components.retain(|component| component.source != source);
    }

    /// The text of the file. Equal locks give equal bytes.
    pub fn to_toml(&self) -> String {
        let file = LockFile { version: VERSION, components: self.components.clone() };
        // Strings, numbers and lists of them can always be written.
        format!("{HEAD}{}", toml::to_string(&file).unwrap_or_default())
    }
}

impl LockedComponent {
    /// The same as [`Self::permission_changes`] in words that follow a colon.
    pub fn permission_summary(&self, others: &[&str]) -> String {
        let changes = self.permission_changes(others);
        if changes.is_empty() { "the same permissions".to_owned() } else { changes.join(", ") }
    }

    /// What an entry says and another one of the same component does not: permissions, size and contract.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let permissions: Vec<_> = other.permissions.iter().map(String::as_str).collect();
        let mut differences = self.permission_changes(&permissions);
        if self.size != other.size {
            differences.push(format!("size {}, not {}", other.size, self.size));
        }
        if self.contract != other.contract {
            differences.push(format!("contract {}, not {}", other.contract, self.contract));
        }
        differences
    }

    /// What another version of the component asks for and this one does not, and the reverse: `+ grant …`, `- grant …`.
    pub fn permission_changes(&self, others: &[&str]) -> Vec<String> {
        let old: BTreeSet<_> = self.permissions.iter().map(String::as_str).collect();
        let new: BTreeSet<_> = others.iter().copied().collect();
        let gone = old.difference(&new).map(|grant| format!("- grant {grant}"));
        let added = new.difference(&old).map(|grant| format!("+ grant {grant}"));
        gone.chain(added).collect()
    }

    fn verify(&self) -> Result<(), LockError> {
        let refused = |member| Err(LockError::Member { entry: self.source.clone(), member });
        if !is_digest(&self.digest) {
            return refused("digest");
        }
        if self.manifest.as_ref().is_some_and(|digest| !is_digest(digest)) {
            return refused("manifest");
        }
        if !self.permissions.iter().all(|grant| GRANTABLE.contains(&grant.as_str())) {
            return refused("permissions");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(source: &str) -> LockedComponent {
        LockedComponent {
            source: source.to_owned(),
            digest: format!("sha256:{}", "ab".repeat(32)),
            size: 21_000,
            permissions: vec!["comfyui/inventory".to_owned()],
            contract: "0.1.1".to_owned(),
            manifest: None,
            key: None,
        }
    }

    #[test]
    fn a_lock_is_sorted_and_read_again_as_it_was_written() {
        let mut lock = Lock::default();
        let signed = LockedComponent {
            manifest: Some(format!("sha256:{}", "cd".repeat(32))),
            key: Some("MFkwEw".to_owned()),
            ..component("oci://b.example/x:1")
        };
        lock.set(signed);
        lock.set(component("https://a.example/x.wasm"));
        lock.set(component("https://a.example/x.wasm"));
        let text = lock.to_toml();
        assert_eq!(Lock::parse(&text).unwrap(), lock);
        insta::assert_snapshot!(text);
        lock.remove("oci://b.example/x:1");
        assert!(lock.find("oci://b.example/x:1").is_none() && lock.find("https://a.example/x.wasm").is_some());
    }

    #[test]
    fn what_was_edited_by_hand_is_refused_with_its_place() {
        let mut lock = Lock::default();
        lock.set(component("a.wasm"));
        let text = lock.to_toml();
        assert_eq!(Lock::parse(&text.replace("version = 1", "version = 2")), Err(LockError::Version(2)));
        let twice = format!("{text}{}", &text[text.find("\n[[").unwrap()..]);
        assert_eq!(Lock::parse(&twice), Err(LockError::Twice("a.wasm".to_owned())));
        for (from, to, member) in
            [("sha256:ab", "sha256:XX", "digest"), ("comfyui/inventory", "comfyui/shell", "permissions")]
        {
            let entry = "a.wasm".to_owned();
            assert_eq!(Lock::parse(&text.replace(from, to)), Err(LockError::Member { entry, member }));
        }
        assert!(matches!(Lock::parse(&format!("{text}shell = 1\n")), Err(LockError::Syntax { line: 12, .. })));
        assert!(matches!(Lock::parse("<<<<<<< HEAD\n"), Err(LockError::Syntax { line: 1, .. })));
    }

    #[test]
    fn a_change_of_permissions_is_named() {
        let old = component("a.wasm");
        assert_eq!(
            old.permission_changes(&["runpod/samples"]),
            ["- grant comfyui/inventory", "+ grant runpod/samples"]
        );
        assert!(old.permission_changes(&["comfyui/inventory"]).is_empty());
    }
}
