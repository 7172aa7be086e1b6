//! Every rule, and the manifest.

use comfycheck_sdk::{Manifest, Scope, Severity, readme_rules};

/// Every rule with its severity, in the order of the README.
pub const RULES: [(&str, Severity); 11] = [
    ("other-workflow", Severity::Error),
    ("missing-node", Severity::Error),
    ("missing-model", Severity::Error),
    ("vae-name", Severity::Note),
    ("res4lyf-version", Severity::Note),
    ("too-few-samples", Severity::Error),
    ("low-success-rate", Severity::Error),
    ("no-image", Severity::Error),
    ("slow-cold-start", Severity::Error),
    ("slow-generation", Severity::Error),
    ("denrisi-verified", Severity::Note),
];

#[must_use]
pub fn manifest() -> Manifest {
    Manifest {
        name: "denrisi".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        summary: "every requirement of the Denrisi workflow is met".into(),
        scopes: vec![Scope::Deployment, Scope::Run],
        gates: true,
        rules: readme_rules(include_str!("../README.md"), &RULES),
        settings_schema: include_str!("../schema.json").into(),
    }
}
