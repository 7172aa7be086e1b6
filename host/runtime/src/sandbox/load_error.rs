//! Why a component is not loaded.

use super::interface::{Interface, VERSION};
use super::limits::{COMPILE_CPU, COMPILE_MEMORY, COMPILE_TIME, COMPONENT_BYTES};
use comfycheck_core::wording::{self, bytes, bytes_beside, limit};
use std::error::Error;
use std::fmt;
use std::io;

/// A component that is not loaded.
#[derive(Debug)]
pub struct LoadError {
    /// The check's name in the suite.
    pub check: String,
    pub kind: LoadErrorKind,
}

/// Why a component is not loaded. The text follows the check's name.
#[derive(Debug, thiserror::Error)]
pub enum LoadErrorKind {
    /// More than [`COMPONENT_BYTES`].
    #[error("has {}", size_and_limit(*.size))]
    TooLarge { size: usize },
    #[error("is not WebAssembly")]
    NotWasm,
    /// The parser's message.
    #[error("is not valid WebAssembly: {0}")]
    Malformed(String),
    #[error("is a core WebAssembly module, not a component")]
    CoreModule,
    /// As the component names them, in its order.
    #[error("imports interfaces that comfycheck does not offer: {}", names(.0))]
    UnknownImports(Vec<String>),
    /// It imports or exports a version that this comfycheck does not know.
    #[error("was built for a newer contract: it has {}, and this comfycheck has {}", names(.theirs), names(.ours))]
    Newer { theirs: Vec<String>, ours: Vec<String> },
    #[error("does not export `comfycheck:check/checker@{VERSION}`, so it is not a check")]
    NotACheck,
    /// It is invalid, or has more of something than a component can have.
    #[error("cannot be compiled")]
    Compile(#[source] Box<dyn Error + Send + Sync>),
    /// The compiler refused it or exceeded a limit.
    #[error(transparent)]
    Limit(CompileError),
    /// An interface or a type differs from the host's.
    #[error("was built for another version of the contract")]
    Link(#[source] Box<dyn Error + Send + Sync>),
    /// This machine has no memory for it.
    #[error("could not start on this machine: {0}")]
    NoMemory(String),
    /// It trapped, exceeded a limit or called the host.
    #[error("{0} while it described itself")]
    Describe(String),
    #[error("has an invalid manifest: {0}")]
    Manifest(String),
}

/// Why a component was not compiled. The text follows the check's name.
#[derive(Debug, thiserror::Error)]
pub enum CompileError {
    /// The compiler's words.
    #[error("cannot be compiled: {0}")]
    Refused(String),
    #[error("takes more than {} of CPU time to compile", limit(COMPILE_CPU.as_secs_f64(), "s"))]
    Cpu,
    #[error("takes more than {} to compile", limit(COMPILE_TIME.as_secs_f64(), "s"))]
    Time,
    #[error("needs more than {} of memory to compile, or more than this machine has", bytes(COMPILE_MEMORY))]
    Memory,
    #[error("cannot be compiled in a process of its own")]
    Process(#[from] io::Error),
}

impl LoadError {
    pub(super) fn new(check: &str, kind: LoadErrorKind) -> Self {
        Self { check: check.to_owned(), kind }
    }

    /// What the reader can do.
    pub fn help(&self) -> Option<String> {
        let offered = || {
            let names = Interface::ALL.map(|interface| format!("{}@{}", interface.id(), interface.version()));
            self::names(&names)
        };
        match &self.kind {
            LoadErrorKind::CoreModule => {
                Some("make it a component: `comfycheck check build` in its project".to_owned())
            }
            LoadErrorKind::Newer { .. } => {
                Some("update comfycheck, or build the check against an older SDK".to_owned())
            }
            LoadErrorKind::UnknownImports(names) if names.iter().all(|name| name.starts_with("wasi:")) => Some(
                "build it without WASI (`componentize-py --stub-wasi`, `componentize-qjs --sync --stub-wasi`, \
                 `wasm32-unknown-unknown` for Rust): a check has no files, no clock and no network"
                    .to_owned(),
            ),
            LoadErrorKind::UnknownImports(_) => Some(format!("import only {}", offered())),
            LoadErrorKind::NoMemory(_) => {
                Some("free memory, or raise the limit of the address space (`ulimit -v`)".to_owned())
            }
            LoadErrorKind::Link(_) => {
                Some("build it against the contract of this comfycheck, which `comfycheck check new` writes".to_owned())
            }
            LoadErrorKind::TooLarge { .. }
            | LoadErrorKind::NotWasm
            | LoadErrorKind::Malformed(_)
            | LoadErrorKind::NotACheck
            | LoadErrorKind::Compile(_)
            | LoadErrorKind::Limit(_)
            | LoadErrorKind::Describe(_)
            | LoadErrorKind::Manifest(_) => None,
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` {}", self.check, self.kind)
    }
}

impl Error for LoadError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.kind.source()
    }
}

fn size_and_limit(size: usize) -> String {
    let (size, limit) = bytes_beside(size as u64, COMPONENT_BYTES as u64);
    format!("{size} (limit: {limit})")
}

fn names(names: &[String]) -> String {
    wording::names(names.iter().map(String::as_str))
}
