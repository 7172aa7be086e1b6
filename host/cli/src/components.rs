//! Components of others: fetched, verified and pinned.

mod lock_file;
mod store;

pub(crate) use lock_file::LockFile;

use crate::environment::environment;
use crate::executor::tokio;
use crate::failure::Failure;
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::{Diagnostic, inert};
use comfycheck_core::distribution::{LockedComponent, Reference, RemoteSource, Version, digest};
use comfycheck_runtime::distribution::{
    Credentials, Distribution, FetchError, Fetched, FetchedManifest, PublicKey, component_of_manifest,
};
use comfycheck_runtime::file;
use comfycheck_runtime::sandbox::{COMPONENT_BYTES, Surface};
use std::cell::OnceCell;
use std::path::{Path, PathBuf};
use store::{Proof, Store};
use tokio::runtime::Runtime;

/// The largest file of Docker's logins, in bytes.
const DOCKER_CONFIG_BYTES: u64 = 1 << 20;

/// Where components of others come from.
pub(crate) struct Components {
    store: Store,
    /// Whether nothing may be fetched.
    offline: bool,
    /// Made for the first request.
    connection: OnceCell<Connection>,
    terminal: Terminal,
}

struct Connection {
    tokio: Runtime,
    distribution: Distribution,
}

/// A component as its source has it now.
pub(crate) struct Offer {
    pub(crate) wasm: Vec<u8>,
    /// What the lock file will have if the user accepts it.
    pub(crate) entry: LockedComponent,
    /// Only in a registry.
    manifest: Option<FetchedManifest>,
    proof: Option<Proof>,
}

impl Offer {
    /// A component in a file.
    pub(crate) fn of_file(source: &str, path: &Path) -> Result<Self, Failure> {
        let wasm = read(path)?;
        Ok(Self { entry: entry(source.to_owned(), digest(&wasm), &wasm)?, wasm, manifest: None, proof: None })
    }
}

impl Components {
    /// `cache` is a folder that only this user can write.
    pub(crate) fn new(cache: Option<&Path>, offline: bool, terminal: Terminal) -> Self {
        Self { store: Store::new(cache), offline, connection: OnceCell::new(), terminal }
    }

    /// A component as its source has it now. With a key, it must be signed.
    pub(crate) fn offer(&self, source: &RemoteSource, key: Option<&PublicKey>) -> Result<Offer, Failure> {
        let shown = source.to_string();
        let Fetched { wasm, manifest } = self.fetch(&shown, source)?;
        let mut entry = entry(shown.clone(), digest(&wasm), &wasm)?;
        entry.manifest = manifest.as_ref().map(|manifest| manifest.digest.clone());
        let offer = Offer { wasm: wasm.into(), entry, manifest, proof: None };
        match key {
            Some(key) => self.signed_by(offer, source, key),
            None => Ok(offer),
        }
    }

    /// The same component with the signature of a key. Refused without one.
    pub(crate) fn signed_by(&self, offer: Offer, source: &RemoteSource, key: &PublicKey) -> Result<Offer, Failure> {
        let (RemoteSource::Registry(reference), Some(manifest)) = (source, &offer.manifest) else {
            let what = format!("`{source}` cannot be signed: only a registry has signatures");
            return Err(Diagnostic::new(what).help("publish it with `comfycheck check publish`").into());
        };
        let proof = Some(self.proof(&offer.entry.source, reference, manifest.clone(), key)?);
        let entry = LockedComponent { key: Some(key.text().to_owned()), ..offer.entry };
        Ok(Offer { entry, proof, ..offer })
    }

    /// Keeps an accepted component, so that later runs need no network.
    pub(crate) fn keep(&self, offer: &Offer) {
        self.store.keep(&offer.entry.digest, &offer.wasm);
        if let (Some(manifest), Some(proof)) = (&offer.entry.manifest, &offer.proof) {
            self.store.keep_proof(manifest, proof);
        }
    }

    /// The component that a lock file pins.
    pub(crate) fn pinned(&self, source: &RemoteSource, entry: &LockedComponent) -> Result<Vec<u8>, Failure> {
        let wasm = if let Some(wasm) = self.store.find(&entry.digest) {
            wasm
        } else {
            let fetched: Vec<u8> = self.fetch(&entry.source, &exact(source, entry))?.wasm.into();
            same(entry, &fetched)?;
            self.store.keep(&entry.digest, &fetched);
            fetched
        };
        as_listed(entry, &wasm)?;
        if entry.key.is_some() {
            self.signed(source, entry)?;
        }
        Ok(wasm)
    }

    /// Publishes a component in a registry, and returns the digest of its manifest.
    pub(crate) fn publish(&self, reference: &Reference, wasm: Vec<u8>, surface: &Surface) -> Result<String, Failure> {
        let source = RemoteSource::Registry(reference.clone()).to_string();
        let failed = |error: FetchError| failure(&source, &error);
        self.online(&source)?;
        let Connection { tokio, distribution } = self.connection(&source)?;
        let (imports, exports) = (surface.import_names(), surface.exports.clone());
        let publishing = distribution.publish(reference, wasm.into(), [&imports, &exports]);
        Ok(tokio.block_on(publishing).map_err(failed)?.digest)
    }

    /// Verifies that the pinned manifest names the pinned component and is signed.
    fn signed(&self, source: &RemoteSource, entry: &LockedComponent) -> Result<(), Failure> {
        let refused = |what: &str| {
            let what = format!("`{}` {what}", entry.source);
            Failure::from(Diagnostic::new(what).help(accept(&entry.source)))
        };
        let (Some(key), Some(manifest), RemoteSource::Registry(reference)) =
            (pinned_key(entry)?, &entry.manifest, source)
        else {
            return Err(refused("has a key in `comfycheck.lock`, but no signed manifest"));
        };
        let proof = match self.store.find_proof(manifest) {
            Some(proof) if key.has_signed(manifest, &proof.signatures) => proof,
            _ => {
                let exact = reference.at(Version::Digest(manifest.clone()));
                let fetched = self.fetch(&entry.source, &RemoteSource::Registry(exact))?.manifest;
                let fetched = fetched.ok_or_else(|| refused("has no manifest"))?;
                let proof = self.proof(&entry.source, reference, fetched, &key)?;
                self.store.keep_proof(manifest, &proof);
                proof
            }
        };
        let named = component_of_manifest(proof.manifest.as_bytes());
        match named {
            Ok(named) if named == entry.digest => Ok(()),
            _ => Err(refused("has a signed manifest of another component than `comfycheck.lock`")),
        }
    }

    fn fetch(&self, shown: &str, source: &RemoteSource) -> Result<Fetched, Failure> {
        self.online(shown)?;
        self.terminal.say(inert(&format!("fetching {shown}")));
        let Connection { tokio, distribution } = self.connection(shown)?;
        tokio.block_on(distribution.fetch(source)).map_err(|error| failure(shown, &error))
    }

    /// The signatures of a manifest, one of which is of the key.
    fn proof(
        &self,
        source: &str,
        reference: &Reference,
        FetchedManifest { digest, bytes }: FetchedManifest,
        key: &PublicKey,
    ) -> Result<Proof, Failure> {
        let Connection { tokio, distribution } = self.connection(source)?;
        let signatures = tokio.block_on(distribution.signatures(reference, &digest));
        let signatures = signatures.map_err(|error| failure(source, &error))?;
        if !key.has_signed(&digest, &signatures) {
            let what = match signatures.len() {
                0 => format!("`{source}` has no signature of {digest}"),
                _ => format!("`{source}` has no signature of this key: {digest}"),
            };
            return Err(Diagnostic::new(what).help("ask the author to sign it, or for the right key").into());
        }
        let manifest = String::from_utf8(bytes.into()).map_err(|error| Failure::invalid("invalid manifest", &error))?;
        Ok(Proof { manifest, signatures })
    }

    fn connection(&self, shown: &str) -> Result<&Connection, Failure> {
        if let Some(connection) = self.connection.get() {
            return Ok(connection);
        }
        let distribution = Distribution::new(credentials()).map_err(|error| failure(shown, &error))?;
        let connection = Connection { tokio: tokio()?, distribution };
        Ok(self.connection.get_or_init(|| connection))
    }

    fn online(&self, shown: &str) -> Result<(), Failure> {
        if !self.offline {
            return Ok(());
        }
        let what = format!("`{shown}` is not in the cache, and `--offline` fetches nothing");
        Err(Diagnostic::new(what).help("run once without `--offline`").into())
    }
}

/// The component in a file that a lock file pins.
pub(crate) fn pinned_file(path: &Path, entry: &LockedComponent) -> Result<Vec<u8>, Failure> {
    let wasm = read(path)?;
    same(entry, &wasm)?;
    as_listed(entry, &wasm)?;
    Ok(wasm)
}

/// The key that must have signed each version of a component.
pub(crate) fn pinned_key(entry: &LockedComponent) -> Result<Option<PublicKey>, Failure> {
    entry.key.as_deref().map(PublicKey::from_text).transpose().map_err(|error| {
        let what = format!("the key of `{}` in `comfycheck.lock` {error}", entry.source);
        Diagnostic::new(what).help("add the check again with `--key`").into()
    })
}

/// What a lock file has of a component with this digest.
fn entry(source: String, digest: String, wasm: &[u8]) -> Result<LockedComponent, Failure> {
    let surface = surface(&source, wasm)?;
    Ok(LockedComponent {
        digest,
        size: wasm.len() as u64,
        permissions: surface.grants().into_iter().map(str::to_owned).collect(),
        contract: surface.contract().unwrap_or_default().to_owned(),
        manifest: None,
        key: None,
        source,
    })
}

fn surface(source: &str, wasm: &[u8]) -> Result<Surface, Failure> {
    Surface::read(wasm).map_err(|kind| Diagnostic::new(format!("`{source}` {kind}")).into())
}

/// The pinned version of a source: a tag can move.
fn exact(source: &RemoteSource, entry: &LockedComponent) -> RemoteSource {
    match (source, &entry.manifest) {
        (RemoteSource::Registry(reference), Some(manifest)) => {
            RemoteSource::Registry(reference.at(Version::Digest(manifest.clone())))
        }
        _ => source.clone(),
    }
}

/// Refuses another component than the pinned one, and names the permissions that differ.
fn same(entry: &LockedComponent, wasm: &[u8]) -> Result<(), Failure> {
    let now = digest(wasm);
    if now == entry.digest {
        return Ok(());
    }
    let surface = surface(&entry.source, wasm)?;
    let changes = entry.permission_summary(&surface.grants());
    let what = format!(
        "`{}` changed: it has the digest {now}, and `comfycheck.lock` has {}; {changes}",
        entry.source, entry.digest
    );
    Err(Diagnostic::new(what).help(accept(&entry.source)).into())
}

/// Refuses a component that has the pinned digest, and is not what the lock file shows to reviewers: its permissions, its size
/// and its contract.
fn as_listed(listed: &LockedComponent, wasm: &[u8]) -> Result<(), Failure> {
    let differences = listed.differences(&entry(listed.source.clone(), listed.digest.clone(), wasm)?);
    if differences.is_empty() {
        return Ok(());
    }
    let what = format!("`{}` is not what `comfycheck.lock` lists: {}", listed.source, differences.join(", "));
    Err(Diagnostic::new(what).help(accept(&listed.source)).into())
}

/// How to accept what a source has now.
pub(crate) fn accept(source: &str) -> String {
    format!("if you trust it, accept it: `comfycheck check add {source}`")
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let shown = inert(&path.display().to_string());
    file::read(path, COMPONENT_BYTES as u64)
        .map_err(|error| Failure::invalid(format!("cannot read the component `{shown}`"), &error))
}

fn failure(source: &str, error: &FetchError) -> Failure {
    let diagnostic = Diagnostic::new(format!("cannot use `{source}`: {error}"));
    let diagnostic = Diagnostic { help: error.help().map(str::to_owned), ..diagnostic };
    if error.is_passing() { Failure::Machine(diagnostic.into()) } else { diagnostic.into() }
}

/// The logins of registries on this machine.
fn credentials() -> Credentials {
    let folder = std::env::var_os("DOCKER_CONFIG").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let folder = folder.or_else(|| Some(std::env::home_dir()?.join(".docker")));
    let file = folder.and_then(|folder| file::read(&folder.join("config.json"), DOCKER_CONFIG_BYTES).ok());
    Credentials::new(&environment, file.as_deref())
}
