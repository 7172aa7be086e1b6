//! The sandbox: components are loaded once, and carried out in isolation, within limits.
//!
//! A guest has no clock, no randomness, no files and no network. What it may ask are the
//! interfaces of the contract, one file each; of those it gets what it imports, and it is
//! not run unless all of that was granted.

mod answer;
mod cache;
mod component;
mod contract;
mod cpu;
mod dry_run;
mod endpoint;
mod engine;
mod guest;
mod interface;
mod inventory;
mod limits;
mod load;
mod load_error;
mod log;
mod manifest;
mod parallel;
mod run;
mod samples;
mod stop;
mod store;
mod ticker;
mod volume;
mod workflow;

pub use cache::{Cache, CacheError};
pub use component::{Component, NotGranted};
pub use interface::{Import, Interface};
pub use limits::{
    COMPONENT_BYTES, DATA_BYTES, HANDLES, LOG_BYTES, Limits, MESSAGE_BYTES, NAME_BYTES, STACK_BYTES, TABLE_ELEMENTS,
    TRANSFER_BYTES,
};
pub use load::{LoadEvent, Source};
pub use load_error::{LoadError, Refused};
pub use log::{LogLevel, LogSink};
pub use run::{Call, Check};

use cache::EngineHash;
use std::fmt;
use std::sync::Arc;
use ticker::Ticker;
use tokio::sync::Semaphore;
use wasmtime::Engine;

/// Where components are loaded and carried out. Cheap to clone; one for each process.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    engine_hash: EngineHash,
    ticker: Ticker,
    /// How many guests may be alive at once.
    places: Semaphore,
    cache: Option<Cache>,
}

/// A sandbox that this machine cannot have.
#[derive(Debug, thiserror::Error)]
#[error("the sandbox cannot be set up on this machine")]
pub struct SandboxError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl Sandbox {
    /// Sets the sandbox up. Without a cache, components are compiled in every run.
    pub fn new(cache: Option<Cache>) -> Result<Self, SandboxError> {
        let engine = engine::engine().map_err(|error| SandboxError(error.into()))?;
        let ticker = Ticker::new(&engine).map_err(|error| SandboxError(error.into()))?;
        let engine_hash = EngineHash::of(&engine);
        let places = Semaphore::new(engine::places());
        Ok(Self { inner: Arc::new(Inner { engine, engine_hash, ticker, places, cache }) })
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox").field("cache", &self.inner.cache).finish_non_exhaustive()
    }
}
