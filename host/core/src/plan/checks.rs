//! The checks of the plan: the suite's requests, compared with the components' manifests.

use super::{CheckDescription, PlannedCheck};
use crate::diagnostic::{Diagnostic, Kind};
use crate::manifest::{ALWAYS_GRANTED, GRANTABLE, Manifest, Scope};
use crate::nearest::did_you_mean;
use crate::plain::one_line;
use crate::suite::problems::Problems;
use crate::suite::{CheckSource, Suite, SuiteCheck};
use crate::violation::{Violation, is_bounded, validator, violations};
use crate::wording::names;

/// The planned check. Adds a problem for each contradiction between suite and component.
pub(super) fn planned(
    check: &SuiteCheck,
    component: &CheckDescription<'_>,
    problems: &mut Problems<'_>,
    warnings: &mut Problems<'_>,
) -> PlannedCheck {
    let manifest = component.manifest;
    let grants = grants(check, &component.imports, problems, warnings);
    severities(check, manifest, problems);
    settings(check, manifest, problems);
    if check.gate == Some(true) && !manifest.scopes.contains(&Scope::Deployment) {
        let what = format!("`gate` has no effect: check `{}` does not run before the samples", check.name);
        warnings.key(&["checks", &check.name, "gate"], Diagnostic::of(Kind::Conflict, what));
    }
    PlannedCheck {
        suite: check.clone(),
        manifest: manifest.clone(),
        grants,
        gates: check.gate.unwrap_or(manifest.gates),
        sha256: component.sha256.to_owned(),
    }
}

/// The capability whose requests the suite lists.
const HTTP: &str = "comfyui/http";

/// The capabilities that the component imports, sorted. A built-in check needs no grants, unless the suite lists them.
fn grants(
    check: &SuiteCheck,
    imports: &[&str],
    problems: &mut Problems<'_>,
    warnings: &mut Problems<'_>,
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
        let what = format!("check `{name}` needs a grant of {}", names(missing.iter().copied()));
        let help = format!("to grant it, write `grants = {needed:?}` in `[checks.{name}]`");
        problems.key(&["checks", name, "grants"], Diagnostic::of(Kind::NotGranted, what).help(help));
    }
    for (index, unused) in given.iter().enumerate().filter(|(_, grant)| !imports.contains(grant)) {
        let what = format!("check `{name}` does not import `{unused}`");
        let diagnostic = Diagnostic::of(Kind::InvalidValue, what).help("remove it from `grants`");
        warnings.value(&["checks", name, "grants", &index.to_string()], diagnostic);
    }
    let requests = needed.contains(&HTTP);
    if requests && missing.is_empty() && check.http_paths.is_empty() {
        let what = format!("check `{name}` is granted `{HTTP}` without a path that it can request");
        let help = format!("list the paths, such as `http-paths = [\"/queue\"]` in `[checks.{name}]`");
        problems.key(&["checks", name, "grants"], Diagnostic::of(Kind::NotGranted, what).help(help));
    }
    if !requests && !check.http_paths.is_empty() {
        let what = format!("`http-paths` has no effect: check `{name}` does not import `{HTTP}`");
        let diagnostic = Diagnostic::of(Kind::InvalidValue, what).help("remove `http-paths`");
        warnings.key(&["checks", name, "http-paths"], diagnostic);
    }
    needed.into_iter().map(str::to_owned).collect()
}

/// Adds a problem for each waiver of a rule that its check does not have.
pub(super) fn waived_rules(suite: &Suite, components: &[CheckDescription<'_>], problems: &mut Problems<'_>) {
    for (index, waiver) in suite.waivers.iter().enumerate() {
        let of = suite.checks.iter().zip(components).find(|(check, _)| check.name == waiver.check);
        let Some((_, CheckDescription { manifest, .. })) = of else { continue };
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
        let what = format!("the settings schema of check `{name}` is not valid");
        problems.key(&["checks", name], Diagnostic::new(what));
        return;
    };
    if !is_bounded(schema, &check.settings) {
        let what = format!("check `{name}`: the settings schema takes too much work to validate these settings");
        let help = "nest the settings less deeply, or ask the author of the check for a simpler schema";
        problems.key(&["checks", name, "settings"], Diagnostic::of(Kind::InvalidValue, what).help(help));
        return;
    }
    for violation in violations(&validator, schema, &check.settings, "the settings") {
        // The place shows it too, unless the settings come from a file.
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
