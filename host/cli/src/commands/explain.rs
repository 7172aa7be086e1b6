//! `comfycheck explain`: what a rule reports, why it matters, and how to fix it.

use crate::args::ExplainArguments;
use crate::checks::{Checks, ComponentRequest};
use crate::examination::CHECK;
use crate::failure::Failure;
use crate::reflow::reflowed;
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::manifest::{Manifest, Rule};
use comfycheck_core::nearest::nearest;
use comfycheck_core::render::wrap;
use comfycheck_core::report::ExitCode;
use comfycheck_core::validation::request_rule;
use serde_json::{Value, json};

/// What reports say of the run itself. No check reports it, so it has no severity that a suite can change.
const OF_RUN: [(&str, &str); 4] = [
    (
        "samples",
        "Samples failed or have no result, and no error of a check explains them. The run is inconclusive.\n\nThe block has \
         the reason. Raise the budget if that ended them. Run again if RunPod did not answer.",
    ),
    (
        "checks",
        "No check ran, so nothing was judged. The run is inconclusive.\n\nThe rows of the checks have the reasons.",
    ),
    (
        "budget",
        "Jobs cost more than `max-cost`, or their cost may be higher. Jobs that run when the limit is reached are \
         cancelled, and are billed until then. Lower `concurrency` to come closer to the limit.",
    ),
    (
        "waivers",
        "A waiver of the suite accepted nothing: its finding is gone, or its rule or subject is misspelled. Remove it, or \
         fix it.",
    ),
];

/// Explains a rule, `rule` or `check/rule`, of the built-in checks or of one component; lists the rules of a check, or all.
pub(crate) fn explain(arguments: &ExplainArguments, checks: &Checks, terminal: Terminal) -> Result<ExitCode, Failure> {
    let components = match &arguments.component {
        None => checks.bundled()?,
        Some(path) => checks.load(&[(path.display().to_string(), ComponentRequest::File(path))])?,
    };
    let mut manifests: Vec<_> = components.iter().map(|component| component.manifest().clone()).collect();
    if arguments.component.is_none() {
        for manifest in manifests.iter_mut().filter(|manifest| manifest.name == CHECK) {
            manifest.rules.push(request_rule());
        }
    }
    let manifests: Vec<&Manifest> = manifests.iter().collect();
    let of_run = arguments.name.as_deref().and_then(|name| OF_RUN.iter().find(|(known, _)| *known == name));
    if let Some((name, text)) = of_run.filter(|_| arguments.component.is_none() && !arguments.json) {
        terminal.print(&format!("# {name}\n\n{}\n", reflowed(text, terminal.width())))?;
        return Ok(ExitCode::Passed);
    }
    let (text, value) = match &arguments.name {
        None => list(manifests.iter().copied(), terminal.width()),
        Some(name) => match manifests.iter().find(|manifest| manifest.name == *name) {
            Some(check) => list([*check], terminal.width()),
            None => pages(name, &manifests, terminal.width())?,
        },
    };
    if arguments.json {
        let text = serde_json::to_string_pretty(&json!({ "version": "comfycheck.rules/1", "rules": value }));
        terminal.print(&(text.unwrap_or_default() + "\n"))?;
    } else {
        terminal.print(&text)?;
    }
    Ok(ExitCode::Passed)
}

fn path(check: &Manifest, rule: &Rule) -> String {
    format!("{}/{}", check.name, rule.id)
}

fn value(check: &Manifest, rule: &Rule) -> Value {
    json!({
        "check": check.name,
        "rule": rule.id,
        "severity": rule.default_severity.word(),
        "summary": rule.summary,
        "explanation": rule.explanation,
    })
}

/// The rules of each check below its name: as text, and as JSON.
fn list<'a>(checks: impl IntoIterator<Item = &'a Manifest>, columns: usize) -> (String, Vec<Value>) {
    let (mut sections, mut values) = (Vec::new(), Vec::new());
    for check in checks {
        let width = check.rules.iter().map(|rule| path(check, rule).len()).max().unwrap_or_default();
        let lines = |rule: &Rule| {
            let label = format!("  {:width$}  {:7}  ", path(check, rule), rule.default_severity.word());
            // On a narrow page the text has more room below the label.
            let rest = if label.len() * 2 > columns { 4 } else { label.len() };
            wrap(&label, rest, &rule.summary, columns)
        };
        let lines: String = check.rules.iter().flat_map(lines).map(|line| line + "\n").collect();
        sections.push(format!(
            "{}\n{lines}",
            wrap("", 0, &format!("{}: {}", check.name, check.summary), columns).join("\n")
        ));
        values.extend(check.rules.iter().map(|rule| value(check, rule)));
    }
    (sections.join("\n"), values)
}

/// The explanation of every rule of that name: as text, and as JSON.
fn pages(name: &str, checks: &[&Manifest], columns: usize) -> Result<(String, Vec<Value>), Failure> {
    let all = || checks.iter().flat_map(|check| check.rules.iter().map(move |rule| (*check, rule)));
    let named: Vec<_> = all().filter(|(check, rule)| rule.id == name || path(check, rule) == name).collect();
    if named.is_empty() {
        let paths: Vec<_> = all().map(|(check, rule)| path(check, rule)).collect();
        let ids = all().map(|(_, rule)| rule.id.as_str());
        let of_checks = checks.iter().map(|check| check.name.as_str());
        let diagnostic = Diagnostic::new(format!("there is no rule or check `{name}`"));
        // A check's name in the singular is near to no other word.
        let of_check =
            || checks.iter().map(|check| check.name.as_str()).find(|check| check.trim_end_matches('s') == name);
        return Err(match of_check()
            .or_else(|| nearest(name, paths.iter().map(String::as_str).chain(ids).chain(of_checks)))
        {
            Some(name) => diagnostic.help(format!("did you mean `{name}`?")),
            None => diagnostic.help("run `comfycheck explain` without a rule to list all rules"),
        }
        .into());
    }
    let page = |(check, rule): &(&Manifest, &Rule)| {
        let severity = rule.default_severity.word();
        let (summary, explanation) = (reflowed(&rule.summary, columns), reflowed(&rule.explanation, columns));
        format!("# {} ({severity})\n\n{summary}\n\n{explanation}\n", path(check, rule))
    };
    let text: Vec<_> = named.iter().map(page).collect();
    Ok((text.join("\n"), named.iter().map(|(check, rule)| value(check, rule)).collect()))
}
