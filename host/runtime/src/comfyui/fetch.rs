//! Everything that a ComfyUI server tells of what it has installed, to be saved or validated against.

use super::{model_folders, models, node_replacements, object_info, packs, system_stats};
use crate::capabilities::AskError;
use crate::transport::Transport;
use crate::transport::exchange::Phase;
use crate::transport::timeline::Timeline;
use comfycheck_core::inventory::{Inventory, ModelFolder};
use std::sync::Arc;

/// How much is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fetch {
    /// Node classes and replacements: what validation needs.
    Classes,
    /// Versions, packs and model files, too.
    Everything,
}

/// Asks a server for its inventory, one question after the other. What it has no answer to is none; what it should answer
/// and does not makes the whole fail.
pub async fn fetch(transport: &Arc<Transport>, fetch: Fetch) -> Result<Inventory, AskError> {
    let time = &mut Timeline::of_question(transport, Phase::Deployment);
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

/// None where the server says that it has no such thing.
fn offered<T>(answer: Result<T, AskError>) -> Result<Option<T>, AskError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(AskError::NotOffered(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
