//! Classes that are known by name: their packs, and which of them ComfyUI replaces.

use super::packs;
use comfycheck_packs::{PackFile, Packs, core_span};
use comfycheck_sdk::inventory::Pack;

/// Help for a class whose pack is unknown.
pub(crate) const INSTALL_ITS_PACK: &str = "install the node pack that provides it and rebuild the worker image";

/// Whether the origin of a class is known. A class with a known origin is not a typo.
#[must_use]
pub fn has_origin(class: &str) -> bool {
    core_span(class).is_some() || Packs::embedded().names(class)
}

/// Whether ComfyUI replaces a class, which it no longer has.
#[must_use]
pub fn is_replaced(class: &str) -> bool {
    Packs::embedded().is_replaced(class)
}

/// Help for a class that is not installed. `packs` are the installed ones; none if they are unknown.
#[must_use]
pub fn how_to_install(class: &str, packs: Option<&[Pack]>) -> String {
    if let Some(span) = core_span(class) {
        return match (span.since, span.removed) {
            (_, Some(removed)) => format!("use another class: ComfyUI {removed} no longer has it"),
            (Some(since), None) => format!(
                "update ComfyUI in the worker image: the class is part of ComfyUI since {}.{}",
                since.0, since.1
            ),
            (None, None) => "update ComfyUI in the worker image: the class is part of ComfyUI".to_owned(),
        };
    }
    let Some(PackFile { pack, .. }) = Packs::embedded().provider(class) else {
        return format!("{INSTALL_ITS_PACK}, or correct the class in the workflow");
    };
    let listed = packs.into_iter().flatten().find(|listed| packs::is_called(listed, pack));
    match listed {
        Some(Pack { enabled: false, .. }) => format!("enable the pack `{pack}`"),
        Some(_) => format!(
            "search the worker's startup log for `IMPORT FAILED`: the pack `{pack}` is installed, but did not load or is \
             too old"
        ),
        None => format!("install the pack `{pack}` and rebuild the worker image"),
    }
}
