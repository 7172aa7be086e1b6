//! What the check concludes from bytes, outputs and workflows. Calls no host.

pub mod format;
pub mod golden;
pub mod image;
pub mod metadata;
pub mod output;
pub mod run;

use comfycheck_sdk::{Manifest, Scope, Severity, readme_rules};

/// What the check describes itself as.
#[must_use]
pub fn manifest() -> Manifest {
    Manifest {
        name: "image".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        summary: "images are there, can be decoded, and show something".into(),
        scopes: vec![Scope::Sample, Scope::Run],
        gates: false,
        rules: readme_rules(
            include_str!("../README.md"),
            &[
                ("images", Severity::Note),
                ("undecodable-image", Severity::Error),
                ("empty-image", Severity::Error),
                ("image-format", Severity::Error),
                ("mislabelled-image", Severity::Warning),
                ("lenient-base64", Severity::Warning),
                ("oversized-image", Severity::Error),
                ("wrong-size", Severity::Error),
                ("blank-image", Severity::Error),
                ("featureless-image", Severity::Warning),
                ("no-output", Severity::Error),
                ("success-no-images", Severity::Error),
                ("missing-images", Severity::Error),
                ("lost-image", Severity::Error),
                ("worker-error", Severity::Error),
                ("identical-images", Severity::Error),
                ("similar-images", Severity::Warning),
                ("other-metadata", Severity::Warning),
                ("golden", Severity::Note),
                ("golden-differs", Severity::Error),
                ("golden-missing", Severity::Note),
                ("expected-images", Severity::Note),
            ],
        ),
        settings_schema: include_str!("../schema.json").into(),
    }
}
