//! Converts and verifies the manifest of a check.

use super::contract::exports::comfycheck::check::checker as contract;
use comfycheck_core::finding::Severity;
use comfycheck_core::manifest::{Manifest, Rule, Scope};

/// The error follows "has an invalid manifest: ".
pub(super) fn manifest(manifest: contract::Manifest) -> Result<Manifest, String> {
    let settings_schema = serde_json::from_str(&manifest.settings_schema)
        .map_err(|error| format!("the settings schema is not JSON: {error}"))?;
    let manifest = Manifest {
        name: manifest.name,
        version: manifest.version,
        summary: manifest.summary,
        scopes: manifest.scopes.into_iter().map(scope).collect(),
        gates: manifest.gates,
        rules: manifest.rules.into_iter().map(rule).collect(),
        settings_schema,
    };
    manifest.verify().map_err(|error| error.to_string())
}

fn rule(rule: contract::Rule) -> Rule {
    let contract::Rule { id, default_severity, summary, explanation } = rule;
    Rule { id, default_severity: severity(default_severity), summary, explanation }
}

fn severity(severity: contract::Severity) -> Severity {
    match severity {
        contract::Severity::Note => Severity::Note,
        contract::Severity::Warning => Severity::Warning,
        contract::Severity::Error => Severity::Error,
    }
}

fn scope(scope: contract::Scope) -> Scope {
    match scope {
        contract::Scope::Deployment => Scope::Deployment,
        contract::Scope::Sample => Scope::Sample,
        contract::Scope::Run => Scope::Run,
    }
}
