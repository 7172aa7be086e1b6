//! The HTTP clients: for other machines, for this one, and for what a job names.

use super::super::address;
use comfycheck_core::address::is_loopback;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::time::Duration;
use url::Url;

pub(super) struct Clients {
    /// For other machines, by way of a proxy if there is one.
    remote: reqwest::Client,
    /// For this machine.
    local: reqwest::Client,
    /// For downloads that a job names: it reaches public addresses only, and goes by no proxy. None if it cannot be made.
    results: OnceLock<Option<reqwest::Client>>,
}

const CONNECT: Duration = Duration::from_secs(10);

impl Clients {
    /// With `secure` false for a deployment that is reached over plain HTTP on this machine, which then needs no trusted
    /// certificates.
    pub(super) fn new(secure: bool) -> Result<Self, reqwest::Error> {
        // Another one may have been installed before us, which is just as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            let builder = client_builder().dns_resolver(Resolver { public_only: false });
            if secure { builder } else { builder.tls_certs_only([]) }
        };
        Ok(Self { remote: builder().build()?, local: builder().no_proxy().build()?, results: OnceLock::new() })
    }

    pub(super) fn api(&self, base: &Url) -> &reqwest::Client {
        if is_loopback(base) { &self.local } else { &self.remote }
    }

    pub(super) fn results(&self, local: bool) -> Option<&reqwest::Client> {
        // Without a proxy, also where the environment names one: it would resolve the name itself, and a job could have
        // it fetch what only the proxy's network can reach. Where a machine reaches nobody but the proxy, these downloads
        // fail, and the sampler says that it was this machine that could not fetch them.
        let build = || client_builder().no_proxy().dns_resolver(Resolver { public_only: !local }).build().ok();
        self.results.get_or_init(build).as_ref()
    }
}

pub(super) fn client_builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("comfycheck/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .redirect(Policy::none())
        .referer(false)
}

/// Finds the addresses of a name, and tells by the types of its errors what is wrong with it.
pub(super) struct Resolver {
    pub(super) public_only: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("the name cannot be resolved")]
pub(super) struct Unresolved;

#[derive(Debug, thiserror::Error)]
#[error("the name has no public address")]
pub(super) struct NotPublic;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let public_only = self.public_only;
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|_| Unresolved)?.collect();
            if found.is_empty() {
                return Err(Unresolved.into());
            }
            // All of them: which one is connected to is not ours to choose.
            if public_only && !found.iter().all(|found| address::is_public(found.ip())) {
                return Err(NotPublic.into());
            }
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}
