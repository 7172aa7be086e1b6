//! The note on models that only volumes show.

use super::{Lookup, ON_VOLUME, SearchResult, VolumeFile, is_present, volumes};
use crate::rules::found::headline;
use crate::rules::search::Inventory;
use comfycheck_sdk::{Finding, Subject};
use serde_json::json;
use std::collections::BTreeSet;

/// One note on all models that the inventory does not list and every volume has.
pub(super) fn note(results: &[SearchResult]) -> Option<Finding> {
    let is_it = |(search, lookups): &&SearchResult| search.inventory != Inventory::Has && is_present(search, lookups);
    let present: Vec<_> = results.iter().filter(is_it).collect();
    let (_, lookups) = present.first()?;
    let path = |(_, lookups): &&SearchResult| match lookups.first() {
        Some((_, Lookup::Present(VolumeFile { path, .. }))) => Some(path.clone()),
        _ => None,
    };
    let paths: BTreeSet<String> = present.iter().filter_map(path).collect();
    let ids = volumes(lookups.iter().map(|(volume, _)| volume.as_str()));
    let unlisted = present.iter().filter(|(search, _)| search.inventory == Inventory::Lacks).count();
    let evidence = if unlisted > 0 { format!(" ({unlisted} not listed by the worker)") } else { String::new() };
    let message = format!("{} on {ids}{evidence}", headline(paths.len(), paths.len()));
    let mut subjects: Vec<Subject> = Vec::new();
    for subject in present.iter().flat_map(|(search, _)| search.subjects()) {
        if !subjects.contains(&subject) {
            subjects.push(subject);
        }
    }
    let note = Finding::new(ON_VOLUME, message).about_all(subjects).data(&json!({"paths": paths}));
    let help = "check that the volume is attached to the endpoint: workers mount it at `/runpod-volume`";
    Some(if unlisted > 0 { note.help(help) } else { note })
}
