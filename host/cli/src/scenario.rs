//! Loads scenarios named on the command line.

use crate::failure::Failure;
use crate::files;
use comfycheck_simulator::scenario::{Scenario, bundled};
use std::path::Path;

/// Loads a built-in scenario by name, or a scenario file.
pub(crate) fn load(named: &Path) -> Result<Scenario, Failure> {
    let is_name = |text: &&str| !text.contains(['/', '\\', '.']);
    match named.to_str().filter(is_name) {
        Some(name) => Ok(bundled(name)?),
        None => Ok(Scenario::parse(&files::named(named)?)?),
    }
}
