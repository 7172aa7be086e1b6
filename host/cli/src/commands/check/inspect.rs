//! `comfycheck check inspect`: describes a check and its permissions.

use super::add::remote;
use super::build::grants_line;
use crate::args::InspectArguments;
use crate::checks::{Checks, ComponentRequest};
use crate::failure::Failure;
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::nearest::did_you_mean;
use comfycheck_core::report::ExitCode;
use comfycheck_core::wording::{bytes, limit};
use comfycheck_runtime::sandbox::{Component, Limits};
use std::fmt::Write;
use std::path::Path;

/// Describes a built-in check or a component file without running the check.
pub(crate) fn inspect(
    InspectArguments { component: named, since }: &InspectArguments,
    checks: &Checks,
    terminal: Terminal,
) -> Result<ExitCode, Failure> {
    let mut requests = vec![request(named, checks)?];
    requests.extend(since.as_deref().map(|old| request(old, checks)).transpose()?);
    match checks.load(&requests)?.as_slice() {
        [new, old] => {
            terminal.print(&changes(old, new))?;
            let old = old.surface().grants();
            let is_wider = new.surface().grants().iter().any(|grant| !old.contains(grant));
            Ok(if is_wider { ExitCode::Failed } else { ExitCode::Passed })
        }
        components => {
            components.iter().try_for_each(|component| terminal.print(&describe(component, named)))?;
            Ok(ExitCode::Passed)
        }
    }
}

/// What changes for the users of a check, line by line: `+` is new, `-` is gone.
fn changes(old: &Component, new: &Component) -> String {
    let title = |component: &Component| format!("{} {}", component.manifest().name, component.manifest().version);
    let mut text = format!("{} -> {}\n", title(old), title(new));
    let (old, new) = (facts(old), facts(new));
    let gone = old.iter().filter(|line| !new.contains(line)).map(|line| format!("- {line}\n"));
    let added = new.iter().filter(|line| !old.contains(line)).map(|line| format!("+ {line}\n"));
    let changed: String = gone.chain(added).collect();
    text.push_str(if changed.is_empty() { "no change of grants, scopes, rules and settings\n" } else { &changed });
    text
}

/// What a suite depends on: grants, scopes, rules and settings.
fn facts(component: &Component) -> Vec<String> {
    let manifest = component.manifest();
    let grants = component.surface().grants().into_iter().map(|grant| format!("grant    {grant}"));
    let scopes = manifest.scopes.iter().map(|scope| format!("scope    {}", scope.word()));
    let rules = manifest.rules.iter().map(|rule| format!("rule     {} ({})", rule.id, rule.default_severity.word()));
    let properties = manifest.settings_schema.get("properties").and_then(serde_json::Value::as_object);
    let settings = properties.into_iter().flatten().map(|(name, schema)| format!("setting  {name}: {schema}"));
    grants.chain(scopes).chain(rules).chain(settings).collect()
}

/// A built-in check by its name, else what an address or a file has.
fn request<'a>(named: &'a Path, checks: &Checks) -> Result<(String, ComponentRequest<'a>), Failure> {
    let name = named.display().to_string();
    if let Some(remote) = remote(&name)? {
        let wasm = checks.components().offer(&remote, None)?.wasm;
        return Ok((name.clone(), ComponentRequest::Verified { source: name, wasm }));
    }
    let is_name = !name.contains(['/', '\\', '.']);
    if let Some(check) = comfycheck_checks::check(&name).filter(|_| is_name) {
        return Ok((name, ComponentRequest::Bundled(check)));
    }
    if is_name && !named.exists() {
        let what = format!("there is no built-in check `{name}`, and no file of this name");
        let help = did_you_mean(&name, comfycheck_checks::CHECKS.iter().map(|check| check.name));
        return Err(Diagnostic { help, ..Diagnostic::new(what) }.into());
    }
    let name = named.file_name().map_or(name, |name| name.to_string_lossy().into_owned());
    Ok((name, ComponentRequest::File(named)))
}

fn describe(component: &Component, named: &Path) -> String {
    let manifest = component.manifest();
    let mut text = String::new();
    let scopes: Vec<_> = manifest.scopes.iter().map(|scope| scope.word()).collect();
    let mut line = |line: std::fmt::Arguments<'_>| {
        // Writing to a string cannot fail.
        let _ = text.write_fmt(line);
        text.push('\n');
    };
    line(format_args!("{} {}: {}", manifest.name, manifest.version, manifest.summary));
    line(format_args!("sha256  {}  ({})", component.sha256(), bytes(component.size() as u64)));
    line(format_args!("scopes  {}", scopes.join(", ")));
    let gates =
        if manifest.gates { "yes: an error before the samples stops the run, and no jobs are submitted" } else { "no" };
    line(format_args!("gates   {gates}"));

    line(format_args!("\nPermissions (imports, granted by a suite):"));
    for import in component.imports() {
        let always = if import.interface.is_always_granted() { " (always granted)" } else { "" };
        let (name, summary) = (format!("{}@{}", import.interface.name(), import.version), import.interface.summary());
        line(format_args!("  {name:23}  {summary}{always}"));
    }
    if component.imports().is_empty() {
        line(format_args!("  none"));
    }
    if let Some(grants) = grants_line(component) {
        line(format_args!("  {grants}"));
    }

    let is_file = comfycheck_checks::CHECKS.iter().all(|check| check.sha256 != component.sha256());
    let of_file = if is_file { format!(" --component {}", named.display()) } else { String::new() };
    line(format_args!("\nRules (details: `comfycheck explain RULE{of_file}`):"));
    let width = manifest.rules.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    for rule in &manifest.rules {
        line(format_args!("  {:width$}  {:7}  {}", rule.id, rule.default_severity.word(), rule.summary));
    }

    let limits = Limits::default();
    line(format_args!("\nLimits (defaults; a suite can change them):"));
    line(format_args!("  memory      {}", bytes(limits.memory_bytes)));
    line(format_args!("  CPU time    {}", limit(limits.cpu.as_secs_f64(), "s")));
    line(format_args!("  wall time   {}, including waiting", limit(limits.wall.as_secs_f64(), "s")));
    line(format_args!("  findings    {}", limits.findings));
    line(format_args!("  message     {}", bytes(limits.message_bytes as u64)));
    line(format_args!("  data        {}", bytes(limits.data_bytes as u64)));
    line(format_args!("  log         {}", bytes(limits.log_bytes as u64)));
    line(format_args!("  host calls  {}", limits.host_calls));
    line(format_args!("  handles     {}", limits.handles));

    let schema = serde_json::to_string_pretty(&manifest.settings_schema).unwrap_or_default();
    line(format_args!("\nSettings (JSON Schema):\n{schema}"));
    text
}
