//! Why a component was not fetched or published.

use crate::backoff::is_temporary;
use crate::transport::exchange::Failure;
use crate::transport::live::{MOST_REDIRECTS, WebError};
use comfycheck_core::wording::bytes;

/// Why a component was not fetched or published. No message contains a login.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("no response of `{host}`: {failure}")]
    Failed { host: String, failure: Failure },
    /// A redirect to an address that cannot be used.
    #[error("`{host}` redirects to an address that is not allowed")]
    Redirected { host: String },
    #[error("`{host}` redirects more than {MOST_REDIRECTS} times")]
    Redirects { host: String },
    /// The limit in bytes.
    #[error("the response of `{host}` is larger than {}", bytes(*largest as u64))]
    TooLarge { host: String, largest: usize },
    #[error("`{host}` has no `{what}`")]
    Missing { host: String, what: String },
    /// Whether a login was sent.
    #[error("`{host}` refuses access to `{what}`{}", if *.with_login { " with this login" } else { " without a login" })]
    Access { host: String, what: String, with_login: bool },
    #[error("`{host}` answered `{what}` with status {status}")]
    Status { host: String, what: String, status: u16 },
    /// The words follow "it".
    #[error("not a WebAssembly artifact: it {0}")]
    NotArtifact(String),
    /// What holds it: a file name or a media type in backticks, or words.
    #[error("{0} is native code; comfycheck takes WebAssembly only, and compiles it on this machine")]
    Native(String),
    #[error("not WebAssembly")]
    NotWasm,
    #[error("`{host}` returned other bytes than those of the digest {expected}")]
    Digest { host: String, expected: String },
}

impl FetchError {
    pub(super) fn of(host: &str, error: WebError) -> Self {
        let host = host.to_owned();
        match error {
            WebError::TooLarge(largest) => Self::TooLarge { host, largest },
            WebError::Redirected => Self::Redirected { host },
            WebError::Redirects => Self::Redirects { host },
            WebError::Failed(failure) => Self::Failed { host, failure },
        }
    }

    /// Whether the network or a server failed, so that the same request can succeed later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Failed { .. } => true,
            Self::Status { status, .. } => is_temporary(*status),
            _ => false,
        }
    }

    /// What the reader can do.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Access { with_login: false, .. } => Some("log in with `docker login`"),
            Self::Access { with_login: true, .. } => Some("log in again with `docker login`, or ask for access"),
            Self::Native(_) => Some("ask the author for the component, a `.wasm` file"),
            _ => None,
        }
    }
}
