//! The families of errors, as tables. Of several families in one line, the first of the list counts.

mod builds;
mod comfyui;
mod container;
mod files;
mod gpu;
mod harmless;
mod machine;
mod packages;
mod platform;
mod services;

pub(crate) use container::{NOT_STARTED, UNPULLABLE};

use super::family::Family;

const TABLES: [&[Family]; 12] = [
    harmless::HARMLESS,
    comfyui::IMPORTS,
    platform::PLATFORM,
    container::CONTAINER,
    gpu::GPU,
    builds::BUILDS,
    machine::MACHINE,
    services::SERVICES,
    packages::PACKAGES,
    files::FILES,
    comfyui::COMFYUI,
    container::WITHOUT_CAUSE,
];

/// Every family, in the order of their precedence.
pub fn all() -> impl Iterator<Item = &'static Family> {
    TABLES.iter().copied().flatten()
}

/// The family with a name.
pub(crate) fn named(name: &str) -> Option<&'static Family> {
    all().find(|family| family.name == name)
}
