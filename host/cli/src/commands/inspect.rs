//! `comfycheck inspect`: what a component is, and what it asks for.

use crate::checks::{Checks, Wanted};
use crate::failure::Failure;
use crate::terminal::Terminal;
use comfycheck_core::report::ExitCode;
use comfycheck_runtime::sandbox::{Component, Limits};
use std::fmt::Write;
use std::path::Path;

/// Describes the component in a file. Its check is not run.
pub(crate) fn inspect(file: &Path, checks: &Checks, terminal: Terminal) -> Result<ExitCode, Failure> {
    let name = file.file_name().map_or_else(|| file.display().to_string(), |name| name.to_string_lossy().into_owned());
    let components = checks.load(&[(name, Wanted::File(file))])?;
    for component in &components {
        terminal.print(&describe(component))?;
    }
    Ok(ExitCode::Passed)
}

fn describe(component: &Component) -> String {
    let manifest = component.manifest();
    let mut text = String::new();
    let scopes: Vec<_> = manifest.scopes.iter().map(|scope| scope.word()).collect();
    let mut line = |line: std::fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        let _ = text.write_fmt(line);
        text.push('\n');
    };
    line(format_args!("{} {}: {}", manifest.name, manifest.version, manifest.summary));
    line(format_args!("sha256  {}  ({} bytes)", component.sha256(), component.size()));
    line(format_args!("scopes  {}", scopes.join(", ")));
    let gates = if manifest.gates { "yes: an error before the samples keeps them from being bought" } else { "no" };
    line(format_args!("gates   {gates}"));

    line(format_args!("\nPermissions (its imports; a suite grants them):"));
    let mut grants = Vec::new();
    for import in component.imports() {
        let always = if import.interface.is_always_granted() { "  always granted" } else { "" };
        line(format_args!("  {}@{}{always}", import.interface.name(), import.version));
        if !import.interface.is_always_granted() {
            grants.push(format!("\"{}\"", import.interface.name()));
        }
    }
    if component.imports().is_empty() {
        line(format_args!("  none"));
    }
    if !grants.is_empty() {
        line(format_args!("  grants = [{}]", grants.join(", ")));
    }

    line(format_args!("\nRules (`comfycheck explain RULE --component FILE` tells more):"));
    let width = manifest.rules.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    for rule in &manifest.rules {
        line(format_args!("  {:width$}  {:7}  {}", rule.id, rule.default_severity.word(), rule.summary));
    }

    let limits = Limits::default();
    line(format_args!("\nLimits (defaults; a suite may change them):"));
    line(format_args!("  memory      {} MiB", limits.memory_bytes >> 20));
    line(format_args!("  CPU time    {} s", limits.cpu.as_secs_f64()));
    line(format_args!("  wall time   {} s, waiting included", limits.wall.as_secs_f64()));
    line(format_args!("  findings    {}", limits.findings));
    line(format_args!("  message     {} KiB", limits.message_bytes >> 10));
    line(format_args!("  data        {} KiB", limits.data_bytes >> 10));
    line(format_args!("  log         {} KiB", limits.log_bytes >> 10));
    line(format_args!("  host calls  {}", limits.host_calls));
    line(format_args!("  handles     {}", limits.handles));

    let schema = serde_json::to_string_pretty(&manifest.settings_schema).unwrap_or_default();
    line(format_args!("\nSettings (JSON Schema):\n{schema}"));
    text
}
