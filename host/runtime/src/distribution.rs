//! Fetches components of others from registries and web servers, and publishes them.
//!
//! The layout in a registry is that of WebAssembly's OCI artifacts, which `wkg` writes and reads: one layer of type
//! `application/wasm`.
//!
//! The few calls of the OCI distribution API are made here and not by `oci-client` 0.18. That crate would be a second HTTP client
//! beside that of `transport/live/`, with its own redirects and limits, and 22 more crates. Here each response has a limit, and a
//! login stays with its host.
//!
//! **Invariant:** only WebAssembly is taken. Native code is refused by its name and by its first bytes.

mod artifact;
mod challenge;
mod credentials;
mod error;
mod helper;
mod registry;
mod signature;

pub use credentials::{Credentials, Login};
pub use error::FetchError;
pub use signature::{KeyError, PublicKey, Signature};

use crate::sandbox::COMPONENT_BYTES;
use crate::transport::live::{Web, WebRequest};
use bytes::Bytes;
use comfycheck_core::distribution::{Reference, RemoteSource, digest};
use registry::Session;
use std::time::Duration;

/// The most time for a component.
const TIME: Duration = Duration::from_mins(5);

/// What a source has.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// WebAssembly by its first bytes. Nothing else of it was verified.
    pub wasm: Bytes,
    /// Only in a registry.
    pub manifest: Option<FetchedManifest>,
}

/// The manifest of an artifact. It names the component by its digest.
#[derive(Clone, Debug)]
pub struct FetchedManifest {
    /// `sha256:` and hex.
    pub digest: String,
    pub bytes: Bytes,
}

/// What a published artifact is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Of the manifest: `sha256:` and hex.
    pub digest: String,
    /// Of the component.
    pub component: String,
}

/// Registries and web servers.
pub struct Distribution {
    web: Web,
    credentials: Credentials,
}

impl Distribution {
    pub fn new(credentials: Credentials) -> Result<Self, FetchError> {
        let web = Web::new().map_err(|failure| FetchError::Failed { host: "any host".to_owned(), failure })?;
        Ok(Self { web, credentials })
    }

    /// What a source has now. Needs a tokio runtime.
    pub async fn fetch(&self, source: &RemoteSource) -> Result<Fetched, FetchError> {
        match source {
            RemoteSource::Registry(reference) => self.session(reference).fetch(reference).await,
            RemoteSource::Web(url) => {
                let request = WebRequest {
                    accept: "application/wasm, */*",
                    largest: COMPONENT_BYTES,
                    time: TIME,
                    ..WebRequest::get(url.clone())
                };
                let host = url.host_str().unwrap_or_default().to_owned();
                let response = self.web.send(request).await.map_err(|failure| FetchError::of(&host, failure))?;
                if response.status != 200 {
                    return Err(FetchError::Status { host, what: url.path().to_owned(), status: response.status });
                }
                let name = url.path_segments().and_then(Iterator::last).unwrap_or_default();
                artifact::only_wasm(&response.body, name)?;
                Ok(Fetched { wasm: response.body, manifest: None })
            }
        }
    }

    /// The signatures of an artifact by the digest of its manifest. Not verified. None of them is an empty list.
    pub async fn signatures(&self, reference: &Reference, manifest: &str) -> Result<Vec<Signature>, FetchError> {
        self.session(reference).signatures(reference, manifest).await
    }

    /// Publishes a component. The same component gives the same digest. `imports` and `exports` are the names of its interfaces.
    pub async fn publish(
        &self,
        reference: &Reference,
        wasm: Bytes,
        [imports, exports]: [&[String]; 2],
    ) -> Result<Published, FetchError> {
        let artifact = artifact::Artifact::new(&wasm, imports, exports);
        let manifest = artifact.manifest_digest();
        let component = digest(&wasm);
        self.session(reference).publish(reference, wasm, artifact).await?;
        Ok(Published { digest: manifest, component })
    }

    fn session<'a>(&'a self, reference: &'a Reference) -> Session<'a> {
        Session::new(&self.web, &self.credentials, reference)
    }
}

/// The component that a manifest names, as `sha256:` and hex.
pub fn component_of_manifest(manifest: &[u8]) -> Result<String, FetchError> {
    Ok(artifact::layer(manifest)?.digest)
}
