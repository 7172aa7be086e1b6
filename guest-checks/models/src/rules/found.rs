//! The headline of the check: how many model files there are.

use super::folders::folder_of;
use super::inputs::{ModelInput, model_texts};
use super::required::{Listing, RequiredModel};
use super::samples::is_complete;
use comfycheck_sdk::samples::Sample;
use comfycheck_sdk::wording::count;
use comfycheck_sdk::{Finding, Node, Workflow, is_model};
use std::collections::BTreeMap;

/// How many of the model files are there.
pub const FOUND: &str = "found";

/// Files by folder and name, and whether each is there. A file whose folder is unknown has the
/// class of its loader instead.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileCount(BTreeMap<(String, String), bool>);

impl FileCount {
    /// The files of inputs, by the lists of their loaders.
    #[must_use]
    pub fn of_inputs(inputs: &[ModelInput<'_>]) -> Self {
        let files = inputs.iter().filter(|model| is_model(model.file));
        Self(files.map(|model| (key(model.node, model.file), model.is_listed())).collect())
    }

    /// The files of a workflow whose outputs all ran; none if no sample shows that.
    #[must_use]
    pub fn of_samples(samples: &[Sample]) -> Self {
        let complete = samples.iter().find(|sample| is_complete(sample));
        let workflow = complete.and_then(|sample| Workflow::parse(&sample.workflow).ok()).unwrap_or_default();
        Self(model_texts(&workflow).map(|(node, _, file)| (key(node, file), true)).collect())
    }

    /// The files that the settings require, where their folder is listed.
    #[must_use]
    pub fn of_required(required: &[RequiredModel], listings: &BTreeMap<String, Listing>) -> Self {
        let file = |model: &RequiredModel| {
            let Some(Ok(listed)) = listings.get(&model.folder) else { return None };
            let is_there = |name: &&String| listed.iter().flatten().any(|file| file.name == **name);
            let name = model.names.iter().find(is_there);
            let key = (model.folder.clone(), name.or(model.names.first())?.clone());
            Some((key, name.is_some()))
        };
        Self(required.iter().filter_map(file).collect())
    }

    /// Adds the files of another count.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// The headline; none if no file is there.
    #[must_use]
    pub fn note(&self) -> Option<Finding> {
        let found = self.0.values().filter(|is_there| **is_there).count();
        (found > 0).then(|| Finding::new(FOUND, headline(found, self.0.len())))
    }
}

/// `3 files found`, or `2 of 3 files found`.
pub(super) fn headline(found: usize, all: usize) -> String {
    let of = if found == all { String::new() } else { format!("{found} of ") };
    format!("{of}{} found", count(all as u64, "file"))
}

fn key(node: &Node, file: &str) -> (String, String) {
    let class = node.class.as_deref().unwrap_or_default();
    (folder_of(class).unwrap_or(class).to_owned(), file.to_owned())
}
