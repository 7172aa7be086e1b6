//! Files that the workflow needs and no list shows, as one finding.

use super::inputs::UsedNode;
use crate::class::Input;
use crate::rules::phrasing::{MOST_NODES, name_of, subject};
use crate::rules::{Image, UNKNOWN_FILE};
use crate::verdict;
use comfycheck_packs::{Acceptance, Packs};
use comfycheck_sdk::{Finding, Subject, embeddings_in, is_model, quote, wording};
use std::collections::BTreeSet;

/// The most files that the finding names.
const MOST_NAMED: usize = 12;

/// The folder that uploads are put into.
const INPUT: &str = "input";
const EMBEDDINGS: &str = "embeddings";

/// The files of all nodes.
#[derive(Default)]
pub(super) struct UnknownFiles {
    /// With the folder, as ComfyUI lists it, if it is known. Each once.
    files: BTreeSet<String>,
    /// The first of them, in the order of the workflow.
    first: Vec<String>,
    /// What the first file is of.
    input: String,
    subjects: Vec<Subject>,
    /// The folders that the image does not read from a network volume.
    unread: BTreeSet<String>,
}

impl UnknownFiles {
    pub(super) fn finding(self, image: Option<&Image>) -> Option<Finding> {
        let mut message = match self.first.as_slice() {
            [] => return None,
            [only] => format!("could not check whether the worker has {} ({})", quote(only), self.input),
            first => {
                let named = wording::names(first.iter().map(String::as_str));
                let more = match self.files.len() - first.len() {
                    0 => String::new(),
                    more => format!(", and {}", wording::count(more, "other file")),
                };
                let all = wording::count(self.files.len(), "file");
                format!("could not check whether the worker has {all}: {named}{more}")
            }
        };
        if let Some(image) = image.filter(|_| !self.unread.is_empty()) {
            let folders = wording::names(self.unread.iter().map(String::as_str));
            message = format!("{message}; {} does not read {folders} from a network volume", quote(&image.name));
        }
        Some(Finding::new(UNKNOWN_FILE, message).about_all(self.subjects))
    }

    /// Adds a file of a node's input.
    pub(super) fn add(
        &mut self,
        node: &UsedNode<'_>,
        input: &str,
        folder: Option<&str>,
        file: &str,
        image: Option<&Image>,
    ) {
        let named = folder.map_or_else(|| file.to_owned(), |folder| format!("{folder}/{file}"));
        if image.is_some_and(|image| image.models.contains(&named)) {
            return;
        }
        if let Some((image, folder)) = image.zip(folder.filter(|folder| ![INPUT, EMBEDDINGS].contains(folder)))
            && !image.volume_folders.iter().any(|read| read == folder)
        {
            self.unread.insert(format!("models/{folder}"));
        }
        if self.files.is_empty() {
            self.input = format!("input {} of {}", quote(input), name_of(node.node));
        }
        if self.subjects.len() < MOST_NODES {
            self.subjects.push(subject(node.node, Some(input)));
        }
        if self.files.insert(named.clone()) && self.first.len() < MOST_NAMED {
            self.first.push(named);
        }
    }
}

impl UsedNode<'_> {
    /// Files of an embedded inventory, of a class that is not described, and of other folders than that of a list.
    pub(super) fn unknown_files(&self, is_core_only: bool, image: Option<&Image>, files: &mut UnknownFiles) {
        let validator = self.class.facts.validator(self.resolved.version);
        let may_exist = |input: &Input| {
            let value = self.given.get(&input.name);
            let by = validator.filter(|by| by.judges(&input.name));
            by.zip(value).is_some_and(|(by, value)| verdict::accepts_unlisted(by, &input.spec, value))
        };
        let is_unknown = |input: &&Input| input.spec.lists_unknown_files() || may_exist(input) || self.is_path(input);
        for input in self.declared.iter().filter(is_unknown) {
            let file = self.given.get(&input.name).and_then(crate::json::Value::text);
            // Those have a finding of their own. An address names no file of the worker.
            let file = file.filter(|file| !is_windows_path(file) && !file.is_empty() && !file.contains("://"));
            if let Some(file) = file {
                let folder = if input.spec.takes_uploads() { Some(INPUT) } else { self.folder(file) };
                files.add(self, &input.name, folder, file, image);
            }
        }
        if !is_core_only {
            return;
        }
        for (input, text) in self.given.entries().iter().filter_map(|(input, value)| Some((input, value.text()?))) {
            if self.class.facts.is_undescribed() && is_model(text) {
                files.add(self, input, self.folder(text), text, image);
            }
            for name in embeddings_in(text) {
                files.add(self, input, Some(EMBEDDINGS), name, image);
            }
        }
    }

    /// Whether an input takes a path, which the class looks up itself.
    pub(super) fn is_path(&self, input: &Input) -> bool {
        let by = self.class.facts.validator(self.resolved.version);
        let is_judged = by.is_some_and(|by| by.accepts == Acceptance::Unknown && by.judges(&input.name));
        is_judged && input.spec.kind.text() == Some("STRING")
    }

    /// The folder of a model file that the class loads.
    pub(super) fn folder(&self, file: &str) -> Option<&'static str> {
        Packs::embedded().folder_of(&self.class.name).filter(|_| is_model(file))
    }
}

/// Whether a path can only be one of Windows. An address is not a path.
pub(super) fn is_windows_path(path: &str) -> bool {
    !path.contains("://") && (path.contains('\\') || has_drive(path))
}

pub(super) fn has_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic())
}
