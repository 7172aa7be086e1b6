//! Files that are too small to be a model.

use super::SUSPICIOUS_SIZE;
use comfycheck_sdk::inventory::ModelFile;
use comfycheck_sdk::wording::{bytes, quote};
use comfycheck_sdk::{Bound, Finding, ModelRef, Subject};

/// A finding of `suspicious-size` if a file is too small to be a model. `about` is what names
/// the file; the file itself is added.
#[must_use]
pub fn suspicious_size(folder: &str, file: &ModelFile, about: impl IntoIterator<Item = Subject>) -> Option<Finding> {
    let place = format!("{} in folder {}", quote(&file.name), quote(folder));
    let model = Subject::Model(ModelRef { folder: folder.to_owned(), name: file.name.clone() });
    Some(small(&place, file.size?)?.about_all(about).about(model))
}

/// The same of a file in any place, without subjects.
pub(super) fn small(place: &str, size: u64) -> Option<Finding> {
    if size >= SMALLEST {
        return None;
    }
    let message = format!("{place} has only {} (limit: {})", bytes(size), bytes(SMALLEST));
    let finding = Finding::new(SUSPICIOUS_SIZE, message);
    #[expect(clippy::cast_precision_loss, reason = "both are at most 1024")]
    let finding = finding.measured(size as f64, "By", Some(Bound::AtLeast(SMALLEST as f64)));
    Some(finding.help("download the file again: it may be a Git LFS pointer, an error page or a partial download"))
}

/// In bytes. A Git LFS pointer has about 130, the smallest real models some thousand.
const SMALLEST: u64 = 1024;
