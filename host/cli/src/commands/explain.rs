//! `comfycheck explain`: what a rule reports, why it matters, and how to fix it.

use crate::checks::{Checks, ComponentRequest};
use crate::failure::Failure;
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::manifest::Rule;
use comfycheck_core::nearest::nearest;
use comfycheck_core::report::ExitCode;
use std::path::Path;

/// Explains a rule, `rule` or `check/rule`, of the bundled checks or of one component. Without a rule, lists all.
pub(crate) fn explain(
    rule: Option<&str>,
    component: Option<&Path>,
    checks: &Checks,
    terminal: Terminal,
) -> Result<ExitCode, Failure> {
    let components = match component {
        None => checks.bundled()?,
        Some(path) => checks.load(&[(path.display().to_string(), ComponentRequest::File(path))])?,
    };
    let known: Vec<(String, &Rule)> = components
        .iter()
        .map(comfycheck_runtime::sandbox::Component::manifest)
        .flat_map(|manifest| manifest.rules.iter().map(|rule| (format!("{}/{}", manifest.name, rule.id), rule)))
        .collect();
    let width = known.iter().map(|(path, _)| path.len()).max().unwrap_or_default();
    let line = |(path, rule): &(String, &Rule)| {
        format!("{path:width$}  {:7}  {}\n", rule.default_severity.word(), rule.summary)
    };
    let Some(rule) = rule else {
        let lines: String = known.iter().map(line).collect();
        terminal.print(&lines)?;
        return Ok(ExitCode::Passed);
    };
    if components.iter().any(|component| component.manifest().name == rule) {
        let prefix = format!("{rule}/");
        let of_check = known.iter().filter(|(path, _)| path.starts_with(&prefix));
        terminal.print(&of_check.map(line).collect::<String>())?;
        return Ok(ExitCode::Passed);
    }
    let meant: Vec<_> = known.iter().filter(|(path, known)| path == rule || known.id == rule).collect();
    if meant.is_empty() {
        let names = known.iter().flat_map(|(path, known)| [path.as_str(), known.id.as_str()]);
        let diagnostic = Diagnostic::new(format!("there is no rule `{rule}`"));
        return Err(match nearest(rule, names) {
            Some(name) => diagnostic.help(format!("did you mean `{name}`?")),
            None => diagnostic.help("run `comfycheck explain` without a rule to list all rules"),
        }
        .into());
    }
    let pages: Vec<_> = meant
        .iter()
        .map(|(path, rule)| {
            let severity = rule.default_severity.word();
            format!("# {path} ({severity})\n\n{}\n\n{}\n", rule.summary, rule.explanation)
        })
        .collect();
    terminal.print(&pages.join("\n"))?;
    Ok(ExitCode::Passed)
}
