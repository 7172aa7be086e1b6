//! The ComfyUI that workflow files are validated for: its inventory, and the settings that say which version it is.

use super::unmeasured::Unmeasured;
use crate::args::InventorySource;
use crate::failure::{Failure, chain};
use crate::{files, inventory};
use comfycheck_core::diagnostic::{Diagnostic, inert};
use comfycheck_core::inventory::{STOCK_VERSION, WorkerImage, outside_of_stock, stock, stock_versions, worker_image};
use comfycheck_core::workflow::not_json;
use comfycheck_runtime::capabilities::SavedInventory;
use comfycheck_runtime::comfyui::Fetch;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::Runtime;

pub(in crate::commands) struct Server {
    pub(in crate::commands) saved: SavedInventory,
    /// Settings of the check.
    pub(in crate::commands) settings: Value,
    /// The file of the inventory. None for a server and an embedded inventory.
    pub(in crate::commands) file: Option<String>,
    /// That the classes are those of another version than the arguments name. One line.
    pub(in crate::commands) note: Option<String>,
    /// None for an inventory that the arguments name.
    pub(super) unmeasured: Option<Unmeasured>,
}

impl Server {
    pub(in crate::commands) fn of(source: &InventorySource, tokio: &Runtime) -> Result<Self, Failure> {
        let mut settings = json!({ "complete": true });
        let version = version(source)?;
        let (mut note, mut unmeasured) = (None, None);
        if let Some(version) = &version {
            settings["comfyui-version"] = json!(version);
        }
        let mut saved = if let Some(source) = &source.object_info {
            let found = inventory::of(source, Fetch::Classes, tokio)?;
            inventory::named(source, Arc::new(found))
        } else {
            let version = version.unwrap_or_else(|| STOCK_VERSION.to_owned());
            let stock = stock(&version).ok_or_else(|| not_a_version(&version))?;
            note = other_version(source, &version, &stock.version);
            unmeasured = Some(Unmeasured { version: version.clone(), below: stock.version.clone() });
            settings["comfyui-version"] = json!(version);
            settings["core-only"] = json!(true);
            if let Some((name, image)) = source.image.as_ref().and_then(|name| Some((name, worker_image(name)?))) {
                settings["image"] = image_settings(name, &image);
            }
            SavedInventory { name: format!("ComfyUI {}", stock.version), inventory: Arc::new(stock.inventory) }
        };
        if let Some(path) = &source.node_replacements {
            Arc::make_mut(&mut saved.inventory).node_replacements = Some(replacements(path)?);
        }
        let file = source.object_info.clone().filter(|source| !source.contains("://"));
        Ok(Self { saved, settings, file, note, unmeasured })
    }
}

/// The version that the arguments choose.
fn version(source: &InventorySource) -> Result<Option<String>, Failure> {
    if let Some(version) = &source.comfyui_version {
        if stock(version).is_none() {
            return Err(not_a_version(version));
        }
        // An inventory has the classes of its version.
        let outside = outside_of_stock(version).filter(|_| source.object_info.is_none());
        return outside.map_or_else(|| Ok(Some(version.clone())), |range| Err(out_of_range(version, range)));
    }
    let Some(image) = &source.image else { return Ok(None) };
    let known = worker_image(image).and_then(|image| image.comfyui).ok_or_else(|| {
        let what = format!("the version of ComfyUI in image `{image}` is unknown");
        Failure::from(Diagnostic::new(what).help("pass it with `--comfyui-version`, or save the worker's inventory"))
    })?;
    Ok(Some(known.to_owned()))
}

/// The settings of the check about an image: its models, and the folders that it reads from a network volume.
fn image_settings(name: &str, image: &WorkerImage) -> Value {
    let models: Vec<_> = image.models.iter().map(|(folder, file)| format!("{folder}/{file}")).collect();
    let folders: Vec<_> = image.volume_folders.iter().map(|(folder, _)| *folder).collect();
    json!({ "name": name, "models": models, "volume-folders": folders })
}

/// A version that the arguments name and whose classes are not embedded.
fn other_version(source: &InventorySource, version: &str, used: &str) -> Option<String> {
    let is_named = source.comfyui_version.is_some() || source.image.is_some();
    let version = version.trim().trim_start_matches('v');
    // `0.20` is the newest patch that is embedded.
    let differs = is_named && version != used && !used.starts_with(&format!("{version}."));
    let which =
        if stock_versions().next() == Some(used) { "the oldest embedded version" } else { "the next older version" };
    differs.then(|| inert(&format!("note: ComfyUI {version} is not embedded; using the classes of {used}, {which}")))
}

fn out_of_range(version: &str, [oldest, newest]: [&str; 2]) -> Failure {
    let what = format!("the classes of ComfyUI {version} are unknown: comfycheck knows {oldest} to {newest}");
    let help = "name a version in this range, or a saved inventory: `comfycheck inventory save FILE --comfyui URL`";
    Diagnostic::new(what).help(help).into()
}

fn not_a_version(text: &str) -> Failure {
    let what = format!("`{text}` is not a version of ComfyUI");
    Diagnostic::new(what).help("write it with numbers, such as `0.17.2`").into()
}

/// A saved response of `/node_replacements`.
fn replacements(path: &Path) -> Result<Arc<str>, Failure> {
    let file = files::node_replacements(path)?;
    serde_json::from_str::<serde_json::Map<String, Value>>(&file.text).map_err(|error| {
        if !error.is_data() {
            return Failure::from(not_json(&file, &error));
        }
        let what = format!("`{}` is not a response of `/node_replacements`", file.path);
        Failure::from(chain(what, Some(&error)))
    })?;
    Ok(Arc::from(file.text))
}
