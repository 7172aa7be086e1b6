//! The inventory of a ComfyUI: what it has installed. Saved to a file, read by checks, compared with another.

mod diff;
mod facts;
mod images;
mod members;
mod object_info;
mod reader;
mod saved;
mod shared_parts;
mod stock;
mod strict;
mod upgrade;

pub use diff::{Change, Changed, Kind, diff};
pub use facts::{Device, ModelFile, Pack, PackageVersion, SystemFacts};
pub use images::{WorkerImage, worker_image};
pub use object_info::{ObjectInfo, ObjectInfoError};
pub use reader::InventoryReader;
pub use saved::InventoryError;
pub use stock::{STOCK_VERSION, StockInventory, next_stock, outside_of_stock, stock, stock_versions};
pub use strict::strict;
pub use upgrade::{UsedChange, used_changes};

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What a ComfyUI has installed. A member is none if it was not requested or not answered.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inventory {
    /// The day on which it was saved, `YYYY-MM-DD`.
    pub date: Option<String>,
    /// Its source, such as the address of a server.
    pub source: Option<String>,
    pub system: Option<Arc<SystemFacts>>,
    pub classes: Arc<ObjectInfo>,
    /// The body of `/node_replacements`, as strict JSON.
    pub node_replacements: Option<Arc<str>>,
    /// The model folders, in ComfyUI's order.
    pub models: Option<Arc<Vec<ModelFolder>>>,
    /// The installed node packs, sorted by folder.
    pub packs: Option<Arc<Vec<Pack>>>,
}

/// An inventory in a file that a suite or a command line names.
#[derive(Clone, Debug, PartialEq)]
pub struct InventoryFile {
    /// The path that messages show, as seen from where the command line was given.
    pub path: String,
    pub inventory: Arc<Inventory>,
}

/// A model folder and its files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelFolder {
    /// Such as `checkpoints`.
    pub folder: String,
    /// Sorted by name.
    pub files: Vec<ModelFile>,
}
