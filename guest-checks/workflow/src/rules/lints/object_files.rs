//! Files that inputs with objects name, such as the `LoRAs` of a stack: ComfyUI compares them with no list.

use super::inputs::UsedNode;
use crate::class::Classes;
use crate::json::Value;
use crate::rules::phrasing::{choose, name_of, subject};
use crate::rules::{FILE_NOT_IN_LIST, Findings, UNKNOWN_FILE};
use comfycheck_packs::ObjectInputs;
use comfycheck_sdk::{Finding, quote};

impl UsedNode<'_> {
    /// Compares the files with the list of the class that loads such files.
    pub(super) fn object_files(&self, classes: &Classes<'_>, findings: &mut Findings) {
        let Some(objects) = self.class.facts.objects() else { return };
        let (loader, list) = &objects.listed_by;
        let Some(class) = classes.class(loader) else { return };
        let Some(listing) = class.inputs.iter().find(|input| *input.name == **list) else { return };
        let Some(files) = listing.spec.choices() else { return };
        for (input, value) in self.given.entries().iter().filter(|(name, _)| objects.inputs.matches(name)) {
            let Some(file) = file_of(objects, value) else { continue };
            let about = |finding: Finding| finding.about(subject(self.node, Some(input)));
            let of_input = format!("(input {} of {})", quote(input), name_of(self.node));
            if listing.spec.lists_unknown_files() {
                let message = format!("could not check whether the worker has {} {of_input}", quote(file));
                findings.add(about(Finding::new(UNKNOWN_FILE, message)));
            } else if !files.iter().filter_map(Value::text).any(|name| name.contains(file)) {
                let message = format!("file {} {of_input} is not in the list of {}", quote(file), quote(loader));
                let help = choose(&Value::Text(file.into()), files);
                findings.add(about(Finding::new(FILE_NOT_IN_LIST, message).help(help)));
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
