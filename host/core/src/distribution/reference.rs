//! Names of artifacts in OCI registries, such as `ghcr.io/acme/prompt-rules:1.2`.
//!
//! The rules are those of the OCI distribution specification, version 1.1. A name without a tag means `latest` to other tools.
//! Here it is refused: a suite should say which version it wants.

use crate::address::is_loopback;
use crate::digest::sha256_hex;
use std::fmt;
use std::str::FromStr;
use url::Url;

/// An artifact in a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The host and the port, as written.
    pub registry: String,
    /// Such as `acme/prompt-rules`.
    pub repository: String,
    pub version: Version,
}

/// Which version of an artifact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Version {
    Tag(String),
    /// Of the manifest: `sha256:` and 64 digits of lower-case hex.
    Digest(String),
}

/// Why a text is not a reference. It follows "is not a reference of a registry: ".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    #[error("it has no registry, such as `ghcr.io`")]
    Registry,
    #[error("its repository can only have lower-case words with `.`, `_`, `-` and `/`")]
    Repository,
    #[error("it has no tag and no digest, such as `:1.0`")]
    Version,
    #[error("its tag can only have 128 letters, digits, `.`, `_` and `-`")]
    Tag,
    #[error("its digest must be `sha256:` and 64 digits of lower-case hex")]
    Digest,
}

/// The host of Docker Hub's API. Its name in references has none.
const DOCKER_HUB: &str = "docker.io";
const DOCKER_HUB_API: &str = "registry-1.docker.io";
/// The longest name of a repository, in bytes.
const LONGEST_REPOSITORY: usize = 255;

impl Reference {
    /// The base of the registry's API, without a final `/`. Over TLS, unless the registry is on this machine.
    pub fn api(&self) -> String {
        let host = if self.registry == DOCKER_HUB { DOCKER_HUB_API } else { &self.registry };
        let is_local = Url::parse(&format!("http://{host}")).is_ok_and(|url| is_loopback(&url));
        format!("{}://{host}/v2", if is_local { "http" } else { "https" })
    }

    /// The same repository at another version.
    #[must_use]
    pub fn at(&self, version: Version) -> Self {
        Self { version, ..self.clone() }
    }
}

impl Version {
    /// The word for it in addresses.
    pub fn word(&self) -> &str {
        let (Self::Tag(word) | Self::Digest(word)) = self;
        word
    }
}

impl FromStr for Reference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        let (registry, rest) = text.split_once('/').ok_or(ReferenceError::Registry)?;
        if !is_registry(registry) {
            return Err(ReferenceError::Registry);
        }
        let (repository, version) = match (rest.split_once('@'), rest.split_once(':')) {
            (Some((named, digest)), _) => {
                // A tag beside a digest says nothing more.
                let repository = named.split_once(':').map_or(named, |(repository, _)| repository);
                (repository, Version::Digest(digest.to_owned()))
            }
            (None, Some((repository, tag))) => (repository, Version::Tag(tag.to_owned())),
            (None, None) => return Err(ReferenceError::Version),
        };
        if repository.len() > LONGEST_REPOSITORY || !repository.split('/').all(is_repository_part) {
            return Err(ReferenceError::Repository);
        }
        match &version {
            Version::Tag(tag) if !is_tag(tag) => Err(ReferenceError::Tag),
            Version::Digest(digest) if !is_digest(digest) => Err(ReferenceError::Digest),
            _ => Ok(Self { registry: registry.to_owned(), repository: repository.to_owned(), version }),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { registry, repository, version } = self;
        match version {
            Version::Tag(tag) => write!(f, "{registry}/{repository}:{tag}"),
            Version::Digest(digest) => write!(f, "{registry}/{repository}@{digest}"),
        }
    }
}

/// A host name or an address, with a port or without.
fn is_registry(text: &str) -> bool {
    let is_plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte));
    let is_named = text.contains(['.', ':']) || text == "localhost";
    let parsed = || Url::parse(&format!("https://{text}"));
    is_plain && is_named && parsed().is_ok_and(|url| url.host().is_some() && url.path() == "/")
}

/// Words of letters and digits with separators between them: `.`, `_`, `__` or any number of `-`.
fn is_repository_part(part: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_separator = |text: &str| matches!(text, "." | "_" | "__") || text.bytes().all(|byte| byte == b'-');
    let ends_in_words = part.bytes().next().is_some_and(is_word) && part.bytes().last().is_some_and(is_word);
    let mut separators = part.split(|char: char| char.is_ascii_lowercase() || char.is_ascii_digit());
    ends_in_words && separators.all(is_separator)
}

fn is_tag(tag: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    (1..=128).contains(&tag.len()) && tag.bytes().all(is_inner) && !tag.starts_with(['.', '-'])
}

/// Whether a text is `sha256:` and 64 digits of lower-case hex.
pub fn is_digest(text: &str) -> bool {
    let is_hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    text.strip_prefix("sha256:").is_some_and(|hex| hex.len() == 64 && hex.bytes().all(is_hex))
}

/// The digest of bytes as registries write it: `sha256:` and hex.
pub fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", sha256_hex(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_read_and_written_the_same() {
        let digest = format!("ghcr.io/acme/rules@sha256:{}", "0a".repeat(32));
        for (text, api, repository) in [
            ("ghcr.io/acme/prompt-rules:1.2", "https://ghcr.io/v2", "acme/prompt-rules"),
            ("docker.io/acme/rules:latest", "https://registry-1.docker.io/v2", "acme/rules"),
            ("localhost:5000/a:1", "http://localhost:5000/v2", "a"),
            ("127.0.0.1:5000/a/b__c/d.e:v1_x", "http://127.0.0.1:5000/v2", "a/b__c/d.e"),
            ("[::1]:5000/a:1", "http://[::1]:5000/v2", "a"),
            (&digest, "https://ghcr.io/v2", "acme/rules"),
        ] {
            let reference: Reference = text.parse().unwrap();
            assert_eq!(reference.to_string(), text);
            assert_eq!((reference.api().as_str(), reference.repository.as_str()), (api, repository), "{text}");
        }
        let both: Reference = format!("ghcr.io/acme/rules:1.0@sha256:{}", "0a".repeat(32)).parse().unwrap();
        assert_eq!(both.to_string(), digest);
    }

    #[test]
    fn what_is_not_a_reference_is_refused() {
        let upper = format!("ghcr.io/acme/rules@sha256:{}", "0A".repeat(32));
        let long = format!("ghcr.io/{}:1", "a".repeat(256));
        for (text, error) in [
            ("", ReferenceError::Registry),
            ("rules:1", ReferenceError::Registry),
            ("acme/rules:1", ReferenceError::Registry),
            ("user:password@ghcr.io/rules:1", ReferenceError::Registry),
            ("ghcr.io?x/rules:1", ReferenceError::Registry),
            ("ghcr.io/rules", ReferenceError::Version),
            ("ghcr.io/Rules:1", ReferenceError::Repository),
            ("ghcr.io/a..b:1", ReferenceError::Repository),
            ("ghcr.io/a//b:1", ReferenceError::Repository),
            ("ghcr.io/../b:1", ReferenceError::Repository),
            ("ghcr.io/a%2fb:1", ReferenceError::Repository),
            (&long, ReferenceError::Repository),
            ("ghcr.io/rules:", ReferenceError::Tag),
            ("ghcr.io/rules:.1", ReferenceError::Tag),
            ("ghcr.io/rules:a/b", ReferenceError::Tag),
            ("ghcr.io/rules:1?x=2", ReferenceError::Tag),
            ("ghcr.io/rules@sha256:12", ReferenceError::Digest),
            (&upper, ReferenceError::Digest),
        ] {
            assert_eq!(text.parse::<Reference>(), Err(error), "{text}");
        }
    }
}
