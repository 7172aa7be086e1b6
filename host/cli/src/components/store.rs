//! Components that were fetched, by digest, in the cache folder. What is read from it is verified again.

use crate::write::replace;
use comfycheck_core::distribution::digest;
use comfycheck_runtime::distribution::Signature;
use comfycheck_runtime::file;
use comfycheck_runtime::sandbox::COMPONENT_BYTES;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The most files. Components of Python have 18 MB.
const MOST_FILES: usize = 60;
/// The largest proof, in bytes: a manifest and its signatures.
const PROOF_BYTES: u64 = 8 << 20;

/// A folder of components. Without one, each run fetches them again.
pub(super) struct Store(Option<PathBuf>);

/// What shows that a key has signed a manifest.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Proof {
    pub(super) manifest: String,
    pub(super) signatures: Vec<Signature>,
}

impl Store {
    pub(super) fn new(cache: Option<&Path>) -> Self {
        Self(cache.map(|folder| folder.join("components")))
    }

    /// The component with a digest, `sha256:` and hex.
    pub(super) fn find(&self, digest: &str) -> Option<Vec<u8>> {
        let wasm = file::read(&self.path(digest, "wasm")?, COMPONENT_BYTES as u64).ok()?;
        is_of(digest, &wasm).then_some(wasm)
    }

    pub(super) fn keep(&self, digest: &str, wasm: &[u8]) {
        self.write(digest, "wasm", wasm);
    }

    /// The proof of a manifest. Its signatures are not verified.
    pub(super) fn find_proof(&self, manifest: &str) -> Option<Proof> {
        let bytes = file::read(&self.path(manifest, "json")?, PROOF_BYTES).ok()?;
        let proof: Proof = serde_json::from_slice(&bytes).ok()?;
        is_of(manifest, proof.manifest.as_bytes()).then_some(proof)
    }

    pub(super) fn keep_proof(&self, manifest: &str, proof: &Proof) {
        self.write(manifest, "json", &serde_json::to_vec(proof).unwrap_or_default());
    }

    fn write(&self, digest: &str, ending: &str, bytes: &[u8]) {
        let Some(path) = self.path(digest, ending) else { return };
        // Without it, the next run fetches the file again.
        if replace(&path, bytes).is_ok()
            && let Some(folder) = path.parent()
        {
            prune(folder);
        }
    }

    fn path(&self, digest: &str, ending: &str) -> Option<PathBuf> {
        let hex = digest.strip_prefix("sha256:")?;
        Some(self.0.as_ref()?.join(format!("{hex}.{ending}")))
    }
}

fn is_of(digest: &str, bytes: &[u8]) -> bool {
    self::digest(bytes) == digest
}

/// Removes the oldest files.
fn prune(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let dated = |entry: std::fs::DirEntry| Some((entry.metadata().ok()?.modified().ok()?, entry.path()));
    let mut files: Vec<_> = entries.flatten().filter_map(dated).collect();
    files.sort_unstable();
    for (_, path) in files.iter().rev().skip(MOST_FILES) {
        // Another process may have removed it.
        let _ = std::fs::remove_file(path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_changed_on_disk_is_not_found() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(Some(folder.path()));
        let component = digest(b"\0asm");
        assert!(store.find(&component).is_none());
        store.keep(&component, b"\0asm");
        assert_eq!(store.find(&component).as_deref(), Some(&b"\0asm"[..]));
        std::fs::write(store.path(&component, "wasm").unwrap(), "evil").unwrap();
        assert!(store.find(&component).is_none());

        let manifest = digest(b"{}");
        store.keep_proof(&manifest, &Proof { manifest: "{}".to_owned(), signatures: Vec::new() });
        assert!(store.find_proof(&manifest).is_some());
        store.keep_proof(&manifest, &Proof { manifest: "[]".to_owned(), signatures: Vec::new() });
        assert!(store.find_proof(&manifest).is_none());
    }

    #[test]
    fn the_oldest_files_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::new(Some(folder.path()));
        for nth in 0..MOST_FILES + 5 {
            let bytes = nth.to_string();
            store.keep(&digest(bytes.as_bytes()), bytes.as_bytes());
        }
        assert_eq!(std::fs::read_dir(folder.path().join("components")).unwrap().count(), MOST_FILES);
        Store::new(None).keep("sha256:00", b"nothing");
        assert!(Store::new(None).find("sha256:00").is_none());
    }
}
