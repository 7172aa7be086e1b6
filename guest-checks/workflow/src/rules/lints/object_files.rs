//! Files that inputs with objects name, such as the `LoRAs` of a stack: ComfyUI compares them with no list.

use super::Known;
use super::inputs::UsedNode;
use super::unknown_files::UnknownFiles;
use crate::json::Value;
use crate::rules::phrasing::{choose, name_of, subject};
use crate::rules::{FILE_NOT_IN_LIST, Findings};
use comfycheck_packs::{ObjectInputs, Packs};
use comfycheck_sdk::{Finding, quote};

impl UsedNode<'_> {
    /// Compares the files with the list of the class that loads such files.
    pub(super) fn object_files(&self, known: &Known<'_>, findings: &mut Findings, unknown: &mut UnknownFiles) {
        let Some(objects) = self.class.facts.objects() else { return };
        let (loader, list) = &objects.listed_by;
        let Some(class) = known.classes.class(loader) else { return };
        let Some(listing) = class.inputs.iter().find(|input| *input.name == **list) else { return };
        let Some(files) = listing.spec.choices() else { return };
        for (input, value) in self.given.entries().iter().filter(|(name, _)| objects.inputs.matches(name)) {
            let Some(file) = file_of(objects, value) else { continue };
            if listing.spec.lists_unknown_files() {
                unknown.add(self, input, Packs::embedded().folder_of(loader), file, known.image);
            } else if !files.iter().filter_map(Value::text).any(|name| name.contains(file)) {
                let of_input = format!("(input {} of {})", quote(input), name_of(self.node));
                let message = format!("file {} {of_input} is not in the list of {}", quote(file), quote(loader));
                let help = choose(&Value::Text(file.into()), files);
                let finding = Finding::new(FILE_NOT_IN_LIST, message).help(help);
                findings.add(finding.about(subject(self.node, Some(input))));
            }
        }
    }
}

/// The file that an object names; none if it is switched off. Such classes also take a part of a listed name.
fn file_of<'a>(objects: &ObjectInputs, value: &'a Value) -> Option<&'a str> {
    let is_off = objects.on.as_ref().is_some_and(|on| matches!(value.get(on), Some(Value::Bool(false))));
    let file = value.get(&objects.file)?.text().filter(|_| !is_off)?;
    (!file.is_empty() && !objects.none.iter().any(|none| none == file)).then_some(file)
}
