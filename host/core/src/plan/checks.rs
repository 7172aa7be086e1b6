//! A check of the plan: what the suite asks for, held against what its component says.

use super::{ALWAYS_GRANTED, Described, GRANTABLE, PlannedCheck};
use crate::diagnostic::{Diagnostic, Kind};
use crate::manifest::{Manifest, Scope};
use crate::nearest::{did_you_mean, in_words};
use crate::render::plain::one_line;
use crate::suite::problems::Problems;
use crate::suite::{CheckSource, Suite, SuiteCheck};
use crate::violation::{Violation, validator, violations};

/// The planned check. Adds a problem for all that does not go together.
pub(super) fn planned(
    check: &SuiteCheck,
    component: &Described<'_>,
    problems: &mut Problems<'_>,
    warnings: &mut Vec<String>,
) -> PlannedCheck {
    let manifest = component.manifest;
    let grants = grants(check, &component.imports, problems, warnings);
    severities(check, manifest, problems);
    settings(check, manifest, problems);
    if check.gate == Some(true) && !manifest.scopes.contains(&Scope::Deployment) {
        warnings.push(format!("check `{}` gates nothing: it does not look at the deployment", check.name));
    }
    PlannedCheck {
        suite: check.clone(),
        manifest: manifest.clone(),
        grants,
        gates: check.gate.unwrap_or(manifest.gates),
        sha256: component.sha256.to_owned(),
    }
}

/// What the component imports of what can be granted, sorted. A built-in check has it
/// without being granted, unless the suite lists its grants all the same.
fn grants(
    check: &SuiteCheck,
    imports: &[&str],
    problems: &mut Problems<'_>,
    warnings: &mut Vec<String>,
) -> Vec<String> {
    let name = &check.name;
    let imported = |interface: &&str| imports.contains(interface);
    // In the order of `GRANTABLE`, which is sorted.
    let needed: Vec<_> = GRANTABLE.into_iter().filter(imported).collect();
    for unknown in imports.iter().filter(|import| !GRANTABLE.contains(import) && !ALWAYS_GRANTED.contains(import)) {
        let what = format!("check `{name}` imports `{unknown}`, which comfycheck does not offer");
        problems.key(&["checks", name], Diagnostic::of(Kind::UnknownName, what));
    }
    let given: Vec<_> = match (&check.source, &check.grants) {
        (CheckSource::Bundled(_), None) => needed.clone(),
        (_, grants) => grants.iter().flatten().map(String::as_str).collect(),
    };
    let missing: Vec<_> = needed.iter().copied().filter(|interface| !given.contains(interface)).collect();
    if !missing.is_empty() {
        let what = format!("check `{name}` is not granted what it imports: {}", in_words(&missing, "and"));
        let help = format!("if it may have that, put `grants = {needed:?}` into `[checks.{name}]`.");
        problems.key(&["checks", name, "grants"], Diagnostic::of(Kind::NotGranted, what).help(help));
    }
    for unused in given.iter().filter(|grant| !imports.contains(grant)) {
        warnings.push(format!("check `{name}` is granted `{unused}` and does not import it"));
    }
    needed.into_iter().map(str::to_owned).collect()
}

/// Adds a problem for each waiver of a rule that its check does not have.
pub(super) fn waived_rules(suite: &Suite, components: &[Described<'_>], problems: &mut Problems<'_>) {
    for (index, waiver) in suite.waivers.iter().enumerate() {
        let of = suite.checks.iter().zip(components).find(|(check, _)| check.name == waiver.check);
        let Some((_, Described { manifest, .. })) = of else { continue };
        if manifest.rule(&waiver.rule).is_none() {
            let diagnostic = no_rule(&waiver.check, &waiver.rule, manifest);
            problems.value(&["waivers", &index.to_string(), "rule"], diagnostic);
        }
    }
}

fn severities(check: &SuiteCheck, manifest: &Manifest, problems: &mut Problems<'_>) {
    for rule in check.severity.keys().filter(|rule| manifest.rule(rule).is_none()) {
        problems.key(&["checks", &check.name, "severity", rule], no_rule(&check.name, rule, manifest));
    }
}

fn no_rule(check: &str, rule: &str, manifest: &Manifest) -> Diagnostic {
    let help = did_you_mean(rule, manifest.rules.iter().map(|rule| rule.id.as_str()));
    Diagnostic {
        help,
        ..Diagnostic::of(Kind::UnknownName, format!("check `{check}` has no rule `{}`", one_line(rule, 100)))
    }
}

fn settings(check: &SuiteCheck, manifest: &Manifest, problems: &mut Problems<'_>) {
    let name = &check.name;
    let schema = &manifest.settings_schema;
    let Ok(validator) = validator(schema) else {
        let what = format!("check `{name}` has a settings schema that is not valid");
        problems.key(&["checks", name], Diagnostic::new(what));
        return;
    };
    for violation in violations(&validator, schema, &check.settings, "the settings") {
        // The place says it too, unless the settings come from a file.
        let what = match violation.path.len() {
            0 | 1 => format!("check `{name}`: {}", violation.what),
            _ => format!("check `{name}`: {}, at `{}`", violation.what, pointer(&violation.path)),
        };
        problems.violation(&["checks", name, "settings"], Violation { what, ..violation });
    }
}

/// A path as a JSON pointer.
fn pointer(path: &[String]) -> String {
    let steps = path.iter().flat_map(|step| ["/".to_owned(), step.replace('~', "~0").replace('/', "~1")]);
    steps.collect()
}
