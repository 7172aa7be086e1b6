//! Why a component was not fetched or published.

use crate::transport::exchange::Failure;
use comfycheck_core::wording::bytes;

/// Why a component was not fetched or published. No message contains a login.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("no response of `{host}`: {failure}")]
    Failed { host: String, failure: Failure },
    /// A redirect to an address that cannot be used, or too many of them.
    #[error("`{host}` redirects to an address that is not allowed")]
    Redirected { host: String },
    #[error("the response of `{host}` is larger than {}", bytes(crate::sandbox::COMPONENT_BYTES as u64))]
    TooLarge { host: String },
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
    /// A file name or a media type.
    #[error("`{0}` is native code; comfycheck takes WebAssembly only, and compiles it on this machine")]
    Native(String),
    #[error("not WebAssembly")]
    NotWasm,
    #[error("`{host}` returned other bytes than those of the digest {expected}")]
    Digest { host: String, expected: String },
}

impl FetchError {
    pub(super) fn of(host: &str, failure: Failure) -> Self {
        let host = host.to_owned();
        match failure {
            Failure::TooLarge => Self::TooLarge { host },
            Failure::Forbidden => Self::Redirected { host },
            failure => Self::Failed { host, failure },
        }
    }

    /// Whether the network or a server failed, so that the same request can succeed later.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Failed { .. } => true,
            Self::Status { status, .. } => *status == 429 || *status >= 500,
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
