//! Inventories, read from files or from servers.

use crate::failure::{Failure, chain};
use crate::files;
use comfycheck_core::address;
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::inventory::{Inventory, InventoryFile};
use comfycheck_core::secret::Secrets;
use comfycheck_core::suite::Deployment;
use comfycheck_runtime::capabilities::SavedInventory;
use comfycheck_runtime::comfyui::{Fetch, fetch};
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::live::{ExchangeLimits, Live};
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// An inventory with the name of its file for reports.
pub(crate) fn named(path: &str, inventory: Arc<Inventory>) -> SavedInventory {
    let name = Path::new(path).file_name().map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into_owned());
    SavedInventory { name, inventory }
}

/// The inventory in a file named on the command line.
pub(crate) fn of_file(path: &Path) -> Result<InventoryFile, Failure> {
    Ok(InventoryFile { path: path.display().to_string(), inventory: Arc::new(files::inventory(path)?) })
}

/// The inventory from a file, or from the ComfyUI at a URL.
pub(crate) fn of(source: &str, what: Fetch, tokio: &Runtime) -> Result<Inventory, Failure> {
    if source.starts_with("http://") || source.starts_with("https://") {
        of_server(source, what, tokio)
    } else {
        files::inventory(Path::new(source))
    }
}

/// The inventory of the ComfyUI at a URL.
pub(crate) fn of_server(url: &str, fetched: Fetch, tokio: &Runtime) -> Result<Inventory, Failure> {
    let base = address::base(url).map_err(|error| {
        let what = match address::shown(url) {
            Some(shown) => format!("cannot connect to `{shown}`: {error}"),
            None => format!("cannot connect to the address: {error}"),
        };
        Failure::from(Diagnostic::new(what).help(error.help()))
    })?;
    let deployment = Deployment { comfyui: Some(base.clone()), ..Deployment::default() };
    let live = Live::new(&deployment, Secrets::default(), tokio.handle().clone(), ExchangeLimits::default())
        .map_err(|error| Failure::invalid(format!("cannot connect to `{base}`"), &error))?;
    let inventory = tokio.block_on(fetch(&Arc::new(Transport::Live(live)), fetched)).map_err(|error| {
        let diagnostic = chain(format!("cannot fetch the inventory of `{base}`"), Some(&error));
        // A server that does not respond now can respond later.
        Failure::Machine(diagnostic.help("check that ComfyUI runs there, or name a saved inventory").into())
    })?;
    Ok(Inventory { source: Some(base), ..inventory })
}
