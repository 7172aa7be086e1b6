//! The whole inventory of a ComfyUI server, to save it or to validate against it.

use super::{model_folders, models, node_replacements, object_info, packs, system_stats};
use crate::facts::QueryError;
use crate::transport::Transport;
use crate::transport::exchange::Phase;
use crate::transport::timeline::Timeline;
use comfycheck_core::inventory::{Inventory, ModelFolder};
use std::sync::Arc;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fetch {
    /// Node classes and replacements: what validation needs.
    Classes,
    /// Also versions, packs and model files.
    Everything,
}

/// Fetches the inventory, one request after the other. What the server does not have is none; any
/// other missing response is an error.
pub async fn fetch(transport: &Arc<Transport>, fetch: Fetch) -> Result<Inventory, QueryError> {
    let time = &mut Timeline::of_query(transport, Phase::Deployment);
    let classes = Arc::new(object_info(time).await?);
    let node_replacements = offered(node_replacements(time).await)?.map(Arc::from);
    let mut inventory = Inventory { classes, node_replacements, ..Inventory::default() };
    if fetch == Fetch::Everything {
        inventory.system = offered(system_stats(time).await)?.map(Arc::new);
        inventory.packs = offered(packs(time).await)?.map(Arc::new);
        if let Some(folders) = offered(model_folders(time).await)? {
            let mut listed = Vec::with_capacity(folders.len());
            for folder in folders {
                let files = models(time, &folder).await?.unwrap_or_default();
                listed.push(ModelFolder { folder, files });
            }
            inventory.models = Some(Arc::new(listed));
        }
    }
    Ok(inventory)
}

/// None if the server does not have it.
fn offered<T>(answer: Result<T, QueryError>) -> Result<Option<T>, QueryError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(QueryError::NotOffered(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
