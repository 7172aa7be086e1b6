//! Why a component is not loaded.

use super::interface::{Interface, VERSION};
use super::limits::COMPONENT_BYTES;
use super::stop::bytes;
use std::error::Error;
use std::fmt;

/// A component that is not loaded: which, and why.
#[derive(Debug)]
pub struct LoadError {
    /// The check's name in the suite.
    pub check: String,
    /// Why.
    pub refused: Refused,
}

/// Why a component is not loaded. Reads after the check's name.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// More than [`COMPONENT_BYTES`].
    #[error("has {}; the largest component that is loaded has {}", bytes(*.size as u64), bytes(COMPONENT_BYTES as u64))]
    TooLarge {
        /// In bytes.
        size: usize,
    },
    /// Something else.
    #[error("is not WebAssembly")]
    NotWasm,
    /// It cannot be read to its end, for a reason in the parser's words.
    #[error("is broken: {0}")]
    Broken(String),
    /// A core module.
    #[error("is a core WebAssembly module, not a component")]
    CoreModule,
    /// Imports that comfycheck does not offer, as the component names them, in its order.
    #[error("imports what comfycheck does not offer: {}", list(.0))]
    UnknownImports(Vec<String>),
    /// It does not export what makes a component a check.
    #[error("does not export `comfycheck:check/checker@{VERSION}`, so it is not a check")]
    NotACheck,
    /// It is not valid, or has more of something than a component may have.
    #[error("cannot be compiled")]
    Compile(#[source] Box<dyn Error + Send + Sync>),
    /// An interface or a type differs from the host's.
    #[error("was built for another version of the contract")]
    Link(#[source] Box<dyn Error + Send + Sync>),
    /// It trapped, exceeded a limit or called the host.
    #[error("{0}, when it was asked what it is")]
    Describe(String),
    /// Its description of itself is not valid.
    #[error("has a manifest that is not valid: {0}")]
    Manifest(String),
}

impl LoadError {
    pub(super) fn new(check: &str, refused: Refused) -> Self {
        Self { check: check.to_owned(), refused }
    }

    /// What the reader can do, as one sentence.
    pub fn help(&self) -> Option<String> {
        let offered = || {
            let names = Interface::ALL.map(|interface| format!("{}@{}", interface.id(), interface.version()));
            list(&names)
        };
        match &self.refused {
            Refused::CoreModule => Some("make it a component with `wasm-tools component new`".to_owned()),
            Refused::UnknownImports(names) if names.iter().all(|name| name.starts_with("wasi:")) => Some(
                "build it without WASI (`componentize-py --stub-wasi`, `componentize-qjs --sync --stub-wasi`, \
                 `wasm32-unknown-unknown` for Rust): a check has no files, no clock and no network"
                    .to_owned(),
            ),
            Refused::UnknownImports(_) => Some(format!("import nothing but {}", offered())),
            Refused::Link(_) => Some(format!("build it against version {VERSION} of the contract in `wit/`")),
            Refused::TooLarge { .. }
            | Refused::NotWasm
            | Refused::Broken(_)
            | Refused::NotACheck
            | Refused::Compile(_)
            | Refused::Describe(_)
            | Refused::Manifest(_) => None,
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.check, self.refused)
    }
}

impl Error for LoadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.refused.source()
    }
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
