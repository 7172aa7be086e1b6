//! The HTTP clients: for other machines, for this one, and for downloads.

use super::super::address;
use comfycheck_core::address::is_loopback;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;
use std::net::{IpAddr, SocketAddr};
use std::sync::OnceLock;
use std::time::Duration;
use url::Url;

pub(super) struct Clients {
    /// For other machines, through a proxy if one is set.
    remote: reqwest::Client,
    /// For this machine.
    local: reqwest::Client,
    /// For downloads named by a job: public addresses only, and no proxy. None if it cannot be
    /// created.
    results: OnceLock<Option<reqwest::Client>>,
}

const CONNECT: Duration = Duration::from_secs(10);

impl Clients {
    /// Without `secure`, trusted certificates are not needed: the deployment uses plain HTTP on
    /// this machine.
    pub(super) fn new(secure: bool) -> Result<Self, reqwest::Error> {
        // If another provider is installed already, it serves as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = || {
            let builder = client_builder().dns_resolver(Resolver(Reachable::All));
            if secure { builder } else { builder.tls_certs_only([]) }
        };
        Ok(Self { remote: builder().build()?, local: builder().no_proxy().build()?, results: OnceLock::new() })
    }

    pub(super) fn api(&self, base: &Url) -> &reqwest::Client {
        if is_loopback(base) { &self.local } else { &self.remote }
    }

    pub(super) fn results(&self, local: bool) -> Option<&reqwest::Client> {
        // Never through a proxy: a proxy resolves names itself, and a job could make it fetch from
        // its internal network (SSRF). If a machine reaches only the proxy, these downloads fail,
        // and the report says that this machine could not download them.
        let reachable = if local { Reachable::PublicOrLoopback } else { Reachable::Public };
        let build = || client_builder().no_proxy().dns_resolver(Resolver(reachable)).build().ok();
        self.results.get_or_init(build).as_ref()
    }
}

pub(super) fn client_builder() -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("comfycheck/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT)
        .redirect(Policy::none())
        // Requests are repeated in one place (see `retry.rs`). Otherwise each is copied for this.
        .retry(reqwest::retry::never().max_retries_per_request(0))
        .referer(false)
}

/// Resolves names. The types of its errors show what is wrong with a name.
pub(super) struct Resolver(pub(super) Reachable);

/// Which addresses a name may have.
#[derive(Clone, Copy)]
pub(super) enum Reachable {
    /// Any: the suite names it.
    All,
    /// Those of the internet: a job names it.
    Public,
    /// Those of the internet and of this machine: a job on this machine names it.
    PublicOrLoopback,
}

impl Reachable {
    fn includes(self, address: IpAddr) -> bool {
        match self {
            Self::All => true,
            Self::Public => address::is_public(address),
            Self::PublicOrLoopback => address::is_public(address) || address.is_loopback(),
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the name cannot be resolved")]
pub(super) struct Unresolved;

#[derive(Debug, thiserror::Error)]
#[error("the name has no public address")]
pub(super) struct NotPublic;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reachable = self.0;
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await.map_err(|_| Unresolved)?.collect();
            if found.is_empty() {
                return Err(Unresolved.into());
            }
            // All addresses must be allowed: which one is used is not our choice.
            if !found.iter().all(|found| reachable.includes(found.ip())) {
                return Err(NotPublic.into());
            }
            let addresses: Addrs = Box::new(found.into_iter());
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_only_addresses_that_its_source_may_reach() {
        for (address, of_job, of_local_job) in [
            ("93.184.216.34", true, true),
            ("127.0.0.1", false, true),
            ("::1", false, true),
            ("10.9.9.9", false, false),
            ("169.254.169.254", false, false),
            ("::ffff:10.9.9.9", false, false),
            ("fd00::1", false, false),
        ] {
            let address = address.parse().unwrap();
            assert!(Reachable::All.includes(address), "{address}");
            assert_eq!(Reachable::Public.includes(address), of_job, "{address}");
            assert_eq!(Reachable::PublicOrLoopback.includes(address), of_local_job, "{address}");
        }
    }
}
