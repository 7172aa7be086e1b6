//! Every decision and every message of the check, from plain values. Nothing here asks the host,
//! so other checks can use it.

pub mod attached;
pub mod content;
pub mod description;
pub mod dry_run;
pub mod embeddings;
pub mod folders;
pub mod found;
pub mod inputs;
pub mod missing;
pub mod near_miss;
pub mod required;
pub mod samples;
pub mod search;
pub mod size;
pub mod volume;

use attached::DETACHED_VOLUME;
use comfycheck_sdk::Severity;
use dry_run::{DRY_RUN, REFUSED_LOADER};
use embeddings::{MISSING_EMBEDDING, UNCHECKED_EMBEDDING};
use found::FOUND;
use volume::{BROKEN_FILE, ON_VOLUME, UNMAPPED_FOLDER, VOLUMES_DIFFER};

/// A loader does not list a model that the workflow names.
pub const MISSING_MODEL: &str = "missing-model";
/// A loader lists no model at all.
pub const EMPTY_LOADER: &str = "empty-loader";
/// A model that the settings require is missing.
pub const REQUIRED_MODEL: &str = "required-model";
/// A file is too small to be a model.
pub const SUSPICIOUS_SIZE: &str = "suspicious-size";

/// Every rule, with its default severity.
pub const RULES: [(&str, Severity); 14] = [
    (MISSING_MODEL, Severity::Error),
    (EMPTY_LOADER, Severity::Error),
    (REQUIRED_MODEL, Severity::Error),
    (SUSPICIOUS_SIZE, Severity::Warning),
    (BROKEN_FILE, Severity::Error),
    // A warning, because a volume alone proves nothing: another image may read that folder, or hold the file itself.
    (UNMAPPED_FOLDER, Severity::Warning),
    (VOLUMES_DIFFER, Severity::Warning),
    (DETACHED_VOLUME, Severity::Error),
    (FOUND, Severity::Note),
    (ON_VOLUME, Severity::Note),
    (REFUSED_LOADER, Severity::Error),
    (DRY_RUN, Severity::Note),
    (MISSING_EMBEDDING, Severity::Warning),
    (UNCHECKED_EMBEDDING, Severity::Warning),
];
