//! Where a component of others comes from: a registry or a web server.

use super::reference::{Reference, ReferenceError, is_digest};
use crate::address::{AddressError, may_be_asked};
use std::fmt;
use std::path::Path;
use std::str::FromStr;
use url::Url;

/// A component that is not on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RemoteSource {
    /// `oci://…`: an artifact of a registry.
    Registry(Reference),
    /// `https://…`, or `http://` on this machine.
    Web(Url),
}

/// Why a text is not the source of a component. It follows the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    #[error("is not a reference of a registry: {0}")]
    Reference(#[from] ReferenceError),
    #[error("is {0}")]
    Address(#[from] AddressError),
}

const REGISTRY: &str = "oci://";

/// Whether a text names a component that is not on this machine.
pub fn is_remote(text: &str) -> bool {
    text.contains("://")
}

/// Whether a text that is not remote can be an address with a user name or a password, whose scheme was forgotten or misspelt:
/// `name:password@host/…`, `https:/name@host/…`, `token@host.example/…`. No message shows such a text.
pub fn has_login(text: &str) -> bool {
    let Some((before, after)) = text.rsplit_once('@').filter(|(_, after)| !is_digest(after)) else { return false };
    let host = after.split(['/', '\\', ':', '?', '#']).next().unwrap_or_default();
    let (_, top) = host.rsplit_once('.').unwrap_or(("", host));
    // A scoped package has nothing before the `@`, and a version has no top-level domain.
    let is_host =
        top.starts_with(|first: char| first.is_ascii_alphabetic()) && (host.contains('.') || host == "localhost");
    let is_file = top == "wasm" && after == host;
    let starts_text = !before.contains(['/', '\\']) && !before.is_empty();
    before.contains(':') || before.to_ascii_lowercase().contains("%3a") || (starts_text && is_host && !is_file)
}

/// Whether a text that is not remote names the file of a component. Everything else is the name of a built-in check.
pub fn is_component_file(text: &str) -> bool {
    Path::new(text).extension().is_some_and(|extension| extension == "wasm")
}

impl RemoteSource {
    /// Whether another source can be a version of this one: the same repository, or the same folder of a host.
    pub fn is_beside(&self, other: &Self) -> bool {
        let folder = |url: &Url| url.path().rsplit_once('/').map(|(folder, _)| folder.to_owned());
        match (self, other) {
            (Self::Registry(one), Self::Registry(other)) => {
                (&one.registry, &one.repository) == (&other.registry, &other.repository)
            }
            (Self::Web(one), Self::Web(other)) => one.origin() == other.origin() && folder(one) == folder(other),
            _ => false,
        }
    }
}

impl SourceError {
    pub fn help(self) -> &'static str {
        match self {
            Self::Reference(_) => "write a reference such as `oci://ghcr.io/acme/rules:1.0`",
            Self::Address(AddressError::Scheme) => "write `oci://…`, `https://…` or the path of a `.wasm` file",
            Self::Address(error) => error.help(),
        }
    }
}

impl FromStr for RemoteSource {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        if let Some(reference) = text.strip_prefix(REGISTRY) {
            return Ok(Self::Registry(reference.parse()?));
        }
        let url = Url::parse(text).map_err(|_| AddressError::NotUrl)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(AddressError::Credentials.into());
        }
        may_be_asked(&url)?;
        // A lock file, reports and logs show the address. A query often is a signature.
        if url.query().is_some() || url.fragment().is_some() {
            return Err(AddressError::Query.into());
        }
        Ok(Self::Web(url))
    }
}

impl fmt::Display for RemoteSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Registry(reference) => write!(f, "{REGISTRY}{reference}"),
            Self::Web(url) => write!(f, "{url}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_a_registry_or_an_address_over_tls() {
        for text in ["oci://ghcr.io/acme/rules:1", "https://example.org/rules.wasm", "http://127.0.0.1:8000/rules.wasm"]
        {
            assert!(is_remote(text));
            assert_eq!(text.parse::<RemoteSource>().unwrap().to_string(), text);
        }
        assert!(!is_remote("checks/rules.wasm"));
    }

    #[test]
    fn a_login_is_found_however_its_address_is_spelt() {
        for text in [
            "bob:pw@host/x",
            "bob:pw@host/x.wasm",
            "//bob:pw@host/x",
            "https:/bob:pw@host/x",
            "https:bob:pw@host/x.wasm",
            "https:\\\\bob@host\\x",
            "oci:bob:pw@ghcr.io/acme/rules:1",
            ":pw@host",
            "bob%3Apw@host/x",
            "bob%3apw@host",
            "token@ghcr.io/acme/rules:1",
            "token@ghcr.io/acme/rules.wasm",
            "token@localhost/x",
            "a:b@c@host",
        ] {
            assert!(has_login(text), "{text}");
        }
        let digest = format!("ghcr.io:443/acme/rules@sha256:{}", "ab".repeat(32));
        for text in [
            "rules.wasm",
            "checks/rules@1.wasm",
            "rules@1.0",
            "rules@1.2.3/check.wasm",
            "node_modules/@acme/rules/check.wasm",
            "@acme/rules.wasm",
            "rules@next",
            "rules@v2.wasm",
            &digest,
            "C:\\checks\\rules.wasm",
            "nodes",
        ] {
            assert!(!has_login(text), "{text}");
        }
    }

    #[test]
    fn what_could_leak_or_cannot_be_sent_is_refused() {
        for (text, error) in [
            ("http://example.org/rules.wasm", AddressError::NotEncrypted),
            ("https://user:secret@example.org/rules.wasm", AddressError::Credentials),
            ("https://example.org/rules.wasm?token=1", AddressError::Query),
            ("file:///etc/passwd", AddressError::NotUrl),
            ("ftp://example.org/rules.wasm", AddressError::Scheme),
        ] {
            assert_eq!(text.parse::<RemoteSource>(), Err(error.into()), "{text}");
        }
        assert_eq!("oci://ghcr.io/rules".parse::<RemoteSource>(), Err(ReferenceError::Version.into()));
    }
}
