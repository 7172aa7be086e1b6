//! Inventories: read from files, asked of servers.

use crate::failure::{Failure, chain};
use crate::files;
use comfycheck_core::address;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::inventory::Inventory;
use comfycheck_core::suite::{Deployment, TextFile};
use comfycheck_runtime::capabilities::SavedInventory;
use comfycheck_runtime::comfyui::{Fetch, fetch};
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::live::{ExchangeLimits, Live};
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// Reads a saved inventory, or the bare answer to `/object_info`.
pub(crate) fn parse(file: &TextFile) -> Result<Inventory, Failure> {
    Inventory::parse(&file.text).map_err(|error| {
        let what = format!("`{}` is neither a saved inventory nor what ComfyUI answers to `/object_info`", file.path);
        let help =
            "save it with `comfycheck inventory save FILE --comfyui URL`, or with `curl URL/object_info -o FILE`.";
        chain(what, Some(&error)).help(help).into()
    })
}

/// An inventory under the name by which reports call its file.
pub(crate) fn named(path: &str, inventory: Inventory) -> SavedInventory {
    let name = Path::new(path).file_name().map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into_owned());
    SavedInventory { name, inventory }
}

/// The inventory in a file, or that of the ComfyUI at an address.
pub(crate) fn of(source: &str, wanted: Fetch, tokio: &Runtime) -> Result<Inventory, Failure> {
    if source.starts_with("http://") || source.starts_with("https://") {
        of_server(source, wanted, tokio)
    } else {
        parse(&files::inventory(Path::new(source))?)
    }
}

/// The inventory of the ComfyUI at an address.
pub(crate) fn of_server(url: &str, wanted: Fetch, tokio: &Runtime) -> Result<Inventory, Failure> {
    let base = address::base(url).map_err(|error| {
        let what = match address::shown(url) {
            Some(shown) => format!("`{shown}` cannot be asked: {error}"),
            None => format!("the address cannot be asked: {error}"),
        };
        Failure::from(Diagnostic::new(what).help(error.help()))
    })?;
    let deployment = Deployment { comfyui: Some(base.clone()), ..Deployment::default() };
    let live = Live::new(&deployment, tokio.handle().clone(), ExchangeLimits::default())
        .map_err(|error| Failure::invalid(format!("`{base}` cannot be asked"), &error))?;
    let inventory = tokio.block_on(fetch(&Arc::new(Transport::Live(live)), wanted)).map_err(|error| {
        let diagnostic = chain(format!("the inventory of `{base}` cannot be had"), Some(&error));
        Failure::from(diagnostic.help("see that ComfyUI runs there, or give a saved inventory."))
    })?;
    Ok(Inventory { source: Some(base), ..inventory })
}
