//! The sandbox: loads components once, and runs them in isolation, within limits.
//!
//! A guest has no clock, no randomness, no files and no network. It can only use interfaces of the
//! contract, one file each.
//! It gets the ones that it imports, and does not run unless all of them were granted.

mod answer;
mod audit;
mod built_in;
mod cache;
mod code;
mod compiler;
mod component;
mod contract;
mod cpu;
mod decoder;
mod dry_run;
mod endpoint;
mod engine;
mod files;
mod guest;
mod guest_log;
mod handle;
mod held;
mod http;
mod imports;
mod inputs;
mod interface;
mod inventory;
mod limits;
mod link;
mod load;
mod load_error;
mod log;
mod manifest;
mod outputs;
mod parallel;
mod pictures;
mod precompile;
mod run;
mod samples;
mod stop;
mod store;
mod stub;
mod surface;
mod ticker;
mod volume;
mod watch;
mod watcher;
mod workflow;

pub use audit::{AuditEvent, AuditSink};
pub use built_in::BuiltIn;
pub use cache::{Cache, CacheError};
pub use compiler::{Compiler, compile_in_this_process};
pub use component::{Check, Component, GrantError};
pub use guest_log::{LogLevel, LogSink};
pub use imports::Import;
pub use interface::Interface;
pub use limits::{
    COMPONENT_BYTES, DATA_BYTES, HANDLES, LOG_BYTES, Limits, MESSAGE_BYTES, NAME_BYTES, PICTURE_BYTES, STACK_BYTES,
    TABLE_ELEMENTS, TRANSFER_BYTES,
};
pub use load::{ComponentSource, LoadEvent};
pub use load_error::{CompileError, LoadError, LoadErrorKind};
pub use precompile::PrecompiledCheck;
pub use run::Call;
pub use surface::Surface;

pub(crate) use engine::places;

use cache::EngineHash;
use decoder::LinkedDecoder;
use engine::decoder_places;
use std::fmt;
use std::sync::{Arc, OnceLock};
use ticker::Ticker;
use tokio::sync::Semaphore;
use wasmtime::Engine;

/// Loads and runs components. Cheap to clone; one per process.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    engine_hash: EngineHash,
    ticker: Ticker,
    /// How many guests can exist at once.
    places: Semaphore,
    /// How many images can be decoded at once.
    decoder_places: Semaphore,
    /// Set before the first run, or never.
    decoder: OnceLock<BuiltIn>,
    /// Set at the first image.
    linked_decoder: OnceLock<Result<LinkedDecoder, String>>,
    cache: Option<Cache>,
    /// Compiles components that are not comfycheck's own.
    compiler: Option<Compiler>,
    /// Set before the first run, or never.
    audit: OnceLock<AuditSink>,
}

#[derive(Debug, thiserror::Error)]
#[error("cannot set up the sandbox on this machine")]
pub struct SandboxError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl Sandbox {
    /// Without a cache, components are compiled in every run.
    pub fn new(cache: Option<Cache>) -> Result<Self, SandboxError> {
        Self::with_compiler(cache, None)
    }

    /// The same with a process that compiles components whose SHA-256 is not known. Without one, they are compiled here.
    pub fn with_compiler(cache: Option<Cache>, compiler: Option<Compiler>) -> Result<Self, SandboxError> {
        Self::with_engine(engine::engine().map_err(|error| SandboxError(error.into()))?, cache, compiler)
    }

    /// Records every call of the host and every run from now on. The first sink stays.
    pub fn audit(&self, sink: AuditSink) {
        // A second sink would get a part of the calls.
        let _ = self.inner.audit.set(sink);
    }

    fn with_engine(engine: Engine, cache: Option<Cache>, compiler: Option<Compiler>) -> Result<Self, SandboxError> {
        let ticker = Ticker::new(&engine).map_err(|error| SandboxError(error.into()))?;
        let engine_hash = EngineHash::of(&engine);
        Ok(Self {
            inner: Arc::new(Inner {
                engine,
                engine_hash,
                ticker,
                places: Semaphore::new(places()),
                decoder_places: Semaphore::new(decoder_places()),
                decoder: OnceLock::new(),
                linked_decoder: OnceLock::new(),
                cache,
                compiler,
                audit: OnceLock::new(),
            }),
        })
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("cache", &self.inner.cache).finish_non_exhaustive()
    }
}
