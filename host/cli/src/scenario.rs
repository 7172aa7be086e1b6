//! Loads scenarios named on the command line.

use crate::failure::Failure;
use crate::files;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::nearest::nearest;
use comfycheck_simulator::scenario::{BUNDLED, Scenario, bundled};
use std::path::Path;

/// Loads a built-in scenario by name, or a scenario file.
pub(crate) fn load(path: &Path) -> Result<Scenario, Failure> {
    let is_name = |text: &&str| !text.contains(['/', '\\', '.']);
    let Some(name) = path.to_str().filter(is_name) else { return Ok(Scenario::parse(&files::named(path)?)?) };
    let names = || BUNDLED.iter().map(|(name, _)| *name);
    if names().any(|known| known == name) {
        return Ok(bundled(name)?);
    }
    let help = match nearest(name, names()) {
        Some(name) => format!("did you mean `{name}`? `comfycheck mock` lists all scenarios"),
        None => "list the scenarios with `comfycheck mock`".to_owned(),
    };
    Err(Diagnostic::new(format!("there is no scenario `{name}`")).help(help).into())
}
