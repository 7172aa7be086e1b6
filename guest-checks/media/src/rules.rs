//! What the check concludes from files and workflows. Calls no host.

pub mod content;
pub mod file;
pub mod output;
pub mod run;
pub mod sample;

use comfycheck_sdk::{Manifest, Scope, Severity, readme_rules};

/// What the check describes itself as.
#[must_use]
pub fn manifest() -> Manifest {
    Manifest {
        name: "media".into(),
        version: env!("CARGO_PKG_VERSION").into(),
        summary: "video, audio, 3D models and texts are there, complete, and not empty".into(),
        scopes: vec![Scope::Sample, Scope::Run],
        gates: false,
        rules: readme_rules(
            include_str!("../README.md"),
            &[
                ("media", Severity::Note),
                ("unreadable-file", Severity::Error),
                ("empty-file", Severity::Error),
                ("missing-file", Severity::Error),
                ("lost-file", Severity::Error),
                ("unknown-format", Severity::Warning),
                ("mislabelled-file", Severity::Warning),
                ("lenient-base64", Severity::Warning),
                ("differs-from-workflow", Severity::Warning),
                ("differs-from-settings", Severity::Error),
                ("unchanging-video", Severity::Warning),
                ("silent-audio", Severity::Error),
                ("clipped-audio", Severity::Warning),
                ("invalid-json", Severity::Error),
                ("expected-files", Severity::Note),
            ],
        ),
        settings_schema: include_str!("../schema.json").into(),
    }
}
