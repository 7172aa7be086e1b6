//! Finds a compiler for [`TARGET`] and compiles guests with it.
//!
//! There are two ways to compile, and [`choose`] decides which one a machine can go:
//! its active toolchain has the target's standard library, or Debian's compiler makes
//! that library from its source. The same choice serves the build of the bundle, which
//! only compiles, and `scripts/wasm-target`, which brings what is missing.

mod compile;
mod places;
mod probe;
mod sources;
mod way;

pub use compile::{CompileError, Compiled, Guest, compile};
pub use places::Places;
pub use probe::probe;
pub use way::{NoWay, Probes, Version, Way, choose};

/// What guests are compiled for. It has no system interface: a component of it can
/// import nothing but what it names.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// The way that this machine can go.
///
/// Fails with what every way lacks.
pub fn usable_way(places: &Places) -> Result<Way, NoWay> {
    choose(&probe(places), Version::needed())
}
