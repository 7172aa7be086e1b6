//! The threads of a command.

use crate::failure::Failure;
use std::num::{NonZeroU32, NonZeroUsize};
use tokio::runtime::Runtime;

/// The runtime for requests, timers and signals.
pub(crate) fn tokio() -> Result<Runtime, Failure> {
    Runtime::new().map_err(|error| Failure::machine("cannot start threads", &error))
}

/// How many check instances run in parallel.
pub(crate) fn threads(wanted: Option<NonZeroU32>) -> NonZeroUsize {
    let wanted = wanted.and_then(|wanted| NonZeroUsize::try_from(wanted).ok());
    wanted.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN)
}
