//! The threads of a command.

use crate::failure::Failure;
use std::num::{NonZeroU32, NonZeroUsize};
use tokio::runtime::{Builder, Runtime};

/// The runtime for requests and timers. It needs no thread of its own: the one that waits for them drives them, which costs a
/// load of thousands of jobs a fifth less than handing each answer to another thread.
pub(crate) fn tokio() -> Result<Runtime, Failure> {
    of_threads(Builder::new_current_thread())
}

/// The runtime of a server: it uses all cores.
pub(crate) fn tokio_of_server() -> Result<Runtime, Failure> {
    of_threads(Builder::new_multi_thread())
}

fn of_threads(mut builder: Builder) -> Result<Runtime, Failure> {
    builder.enable_all().build().map_err(|error| Failure::machine("cannot start threads", &error))
}

/// How many check instances run in parallel.
pub(crate) fn threads(wanted: Option<NonZeroU32>) -> NonZeroUsize {
    let wanted = wanted.and_then(|wanted| NonZeroUsize::try_from(wanted).ok());
    wanted.or_else(|| std::thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN)
}
