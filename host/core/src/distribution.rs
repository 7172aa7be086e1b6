//! Components of others: where they come from, and what a lock file pins.

mod lock;
mod reference;
mod source;

pub use lock::{LOCK, Lock, LockError, LockedComponent};
pub use reference::{Reference, ReferenceError, Version, digest, is_digest};
pub use source::{RemoteSource, SourceError, has_login, is_component_file, is_remote};
