//! Finds a compiler for [`TARGET`] and compiles guests with it.
//!
//! There are two ways to compile. Either the active toolchain has the target's standard
//! library, or Debian's compiler builds that library from its source. [`choose`] picks the
//! way for the build of the bundle, which only compiles, and for `scripts/wasm-target`,
//! which installs what is missing.

mod compile;
mod places;
mod probe;
mod sources;
mod way;

pub use compile::{CompileError, CompiledGuest, Guest, Optimize, compile};
pub use places::Places;
pub use probe::probe;
pub use way::{NoWay, Probes, Version, Way, choose};

/// The target of guests. It has no system interface, so a component imports only what it
/// names.
pub const TARGET: &str = "wasm32-unknown-unknown";

/// The way to compile on this machine, or what each way lacks.
pub fn usable_way(places: &Places) -> Result<Way, NoWay> {
    choose(&probe(places), Version::needed())
}
