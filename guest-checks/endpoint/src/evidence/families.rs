//! The families of errors, as tables. Of several families in one line, the first of the list counts.

mod buckets;
mod builds;
mod comfyui;
mod container;
mod exits;
mod files;
mod gpu;
mod handler;
mod harmless;
mod images;
mod machine;
mod models;
mod nodes;
mod packages;
mod platform;
mod services;

pub(crate) use comfyui::REFUSED_OUTPUT;
pub(crate) use container::{NOT_STARTED, UNPULLABLE};
pub(crate) use exits::CRASHED;
pub(crate) use machine::{CHILD_CRASHED, CHILD_KILLED};
pub(crate) use packages::REMOVED_MODULE;

use super::family::Family;

/// Whose texts a table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Speaker {
    Anything,
    /// `RunPod`, the container, the handler or `ComfyUI`'s server: all but a node.
    Worker,
    /// `RunPod`'s API, when it answers this run's requests.
    Answer,
    /// `RunPod` or `ComfyUI`'s server. Not what the handler reports of another server.
    Server,
    /// The handler, about a server that is neither.
    OtherServer,
    /// A node that fails. It can have connections of its own.
    Node,
}

const TABLES: [(&[Family], Speaker); 25] = [
    (harmless::HARMLESS, Speaker::Worker),
    (comfyui::IMPORTS, Speaker::Worker),
    (platform::ANSWERS, Speaker::Answer),
    (platform::ACCOUNT, Speaker::Server),
    (platform::PLATFORM, Speaker::Worker),
    (container::CONTAINER, Speaker::Worker),
    (gpu::GPU, Speaker::Anything),
    (builds::BUILDS, Speaker::Anything),
    (machine::MACHINE, Speaker::Anything),
    (harmless::RETRIED, Speaker::Worker),
    (services::SERVICES, Speaker::Anything),
    (buckets::BUCKETS, Speaker::Anything),
    (packages::PACKAGES, Speaker::Anything),
    (files::FILES, Speaker::Anything),
    (images::IMAGES, Speaker::Anything),
    (models::MODELS, Speaker::Anything),
    (nodes::NODES, Speaker::Node),
    (comfyui::SERVER, Speaker::Server),
    (comfyui::COMFYUI, Speaker::Worker),
    (comfyui::STATUS, Speaker::Server),
    (nodes::OTHER_SERVERS, Speaker::OtherServer),
    (services::NETWORK, Speaker::Anything),
    (handler::HANDLER, Speaker::Worker),
    (container::WITHOUT_CAUSE, Speaker::Worker),
    (exits::EXITS, Speaker::Worker),
];

/// Every family, in the order of their precedence.
pub fn all() -> impl Iterator<Item = &'static Family> {
    with_speakers().map(|(family, _)| family)
}

pub(crate) fn with_speakers() -> impl Iterator<Item = (&'static Family, Speaker)> {
    TABLES.iter().flat_map(|(table, speaker)| table.iter().map(move |family| (family, *speaker)))
}

/// The family with a name.
pub(crate) fn named(name: &str) -> Option<&'static Family> {
    all().find(|family| family.name == name)
}
