//! What a worker's ComfyUI keeps from job to job.

use std::collections::{BTreeMap, BTreeSet};

/// The memory of a worker's ComfyUI, from job to job.
#[derive(Clone, Debug, Default)]
pub(crate) struct Memory {
    /// Whether ComfyUI runs with its models loaded.
    pub(crate) warm: bool,
    /// The number of the last file, by prefix.
    pub(crate) files: BTreeMap<String, u32>,
    /// The names of files that jobs sent.
    pub(crate) inputs: BTreeSet<String>,
    /// The last workflow, and its files.
    pub(crate) latest: Option<(u64, Vec<String>)>,
}
