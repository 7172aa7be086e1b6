//! The sources of the inventory: a saved file, then a server.

use super::query::Query;
use super::{TimedAnswer, unanswered};
use crate::comfyui;
use crate::facts::{InventorySource, ModelFile, Pack, QueryError, SystemFacts};
use crate::transport::Transport;
use crate::transport::exchange::Round;
use comfycheck_core::inventory::{self, ModelFolder, ObjectInfo};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A saved inventory, under the name that reports use.
#[derive(Debug)]
pub struct SavedInventory {
    pub name: String,
    pub inventory: Arc<inventory::Inventory>,
}

impl SavedInventory {
    /// The functions of the contract that it can answer.
    fn offers(&self) -> Vec<&'static str> {
        let inventory::Inventory { system, node_replacements, models, packs, .. } = &*self.inventory;
        let optional = [
            ("system", system.is_some()),
            ("node-replacements", node_replacements.is_some()),
            ("model-folders", models.is_some()),
            ("models", models.is_some()),
            ("packs", packs.is_some()),
        ];
        let answered = optional.into_iter().filter_map(|(function, answered)| answered.then_some(function));
        ["node-classes", "node-class"].into_iter().chain(answered).collect()
    }

    /// Days from its date to that of the run; none if either is unknown or the run is earlier.
    fn age_days(&self, run: Option<Date>) -> Option<u32> {
        let saved: Date = self.inventory.date.as_deref()?.parse().ok()?;
        u32::try_from(run?.since(saved).ok()?.get_days()).ok()
    }
}

/// The inventory of one round.
pub(super) struct Inventory {
    saved: Option<Arc<SavedInventory>>,
    /// Of the run.
    date: Option<Date>,
    server: Option<Server>,
    /// Why there is no server.
    missing: &'static str,
}

struct Server {
    name: String,
    transport: Arc<Transport>,
    round: Round,
    system: Query<Arc<SystemFacts>>,
    object_info: Query<Arc<ObjectInfo>>,
    node_replacements: Query<Arc<str>>,
    model_folders: Query<Arc<Vec<String>>>,
    models: Mutex<BTreeMap<String, Arc<Query<Files>>>>,
    packs: Query<Arc<Vec<Pack>>>,
}

/// The files in a model folder; none if there is no such folder.
type Files = Option<Arc<Vec<ModelFile>>>;

/// More model folders than any ComfyUI has. It bounds what a check can make the host keep.
const MOST_FOLDERS: usize = 1_000;

pub(super) const NO_COMFYUI: &str = "no ComfyUI is configured";

const OF_A_SERVER: &[&str] =
    &["system", "node-classes", "node-class", "node-replacements", "model-folders", "models", "packs"];

/// Why a run has no server.
pub(super) fn no_comfyui(transport: &Transport) -> &'static str {
    match transport {
        Transport::Live(_) => NO_COMFYUI,
        Transport::Record(_) | Transport::Replay(_) => "the recording has no ComfyUI",
        Transport::Simulate(_) => "the scenario serves no ComfyUI",
    }
}

impl Inventory {
    /// Without a network.
    pub(super) fn offline(saved: Option<Arc<SavedInventory>>) -> Self {
        Self { saved, date: None, server: None, missing: NO_COMFYUI }
    }

    pub(super) fn new(
        transport: &Arc<Transport>,
        round: Round,
        saved: Option<Arc<SavedInventory>>,
        date: Option<Date>,
        server: Option<String>,
    ) -> Self {
        let server = server.map(|name| Server {
            name,
            transport: Arc::clone(transport),
            round,
            system: Query::default(),
            object_info: Query::default(),
            node_replacements: Query::default(),
            model_folders: Query::default(),
            models: Mutex::default(),
            packs: Query::default(),
        });
        Self { saved, date, server, missing: no_comfyui(transport) }
    }

    pub(super) fn sources(&self) -> Vec<InventorySource> {
        let saved = self.saved.iter().map(|saved| InventorySource {
            kind: "file",
            name: saved.name.clone(),
            date: saved.inventory.date.clone(),
            age_days: saved.age_days(self.date),
            offers: saved.offers(),
        });
        let server = self.server.iter().map(|server| InventorySource {
            kind: "server",
            name: server.name.clone(),
            date: None,
            age_days: None,
            offers: OF_A_SERVER.to_vec(),
        });
        saved.chain(server).collect()
    }

    pub(super) async fn system(&self) -> TimedAnswer<Arc<SystemFacts>> {
        if let Some(system) = self.of_file(|saved| saved.system.clone()) {
            return system;
        }
        let Some(server) = &self.server else { return self.not_offered() };
        let send = async |time: &mut _| comfyui::system_stats(time).await.map(Arc::new);
        server.system.get(&server.transport, server.round, send).await
    }

    pub(super) async fn node_classes(&self) -> TimedAnswer<Arc<Vec<String>>> {
        self.classes().await.map(|classes| Arc::clone(classes.names()))
    }

    pub(super) async fn node_class(&self, name: &str) -> TimedAnswer<Option<Arc<str>>> {
        self.classes().await.map(|classes| classes.class(name))
    }

    async fn classes(&self) -> TimedAnswer<Arc<ObjectInfo>> {
        match (&self.saved, &self.server) {
            (Some(saved), _) => at_once(Arc::clone(&saved.inventory.classes)),
            (None, Some(server)) => {
                let send = async |time: &mut _| comfyui::object_info(time).await.map(Arc::new);
                server.object_info.get(&server.transport, server.round, send).await
            }
            (None, None) => self.not_offered(),
        }
    }

    pub(super) async fn node_replacements(&self) -> TimedAnswer<Arc<str>> {
        if let Some(replacements) = self.of_file(|saved| saved.node_replacements.clone()) {
            return replacements;
        }
        let Some(server) = &self.server else { return self.not_offered() };
        let send = async |time: &mut _| comfyui::node_replacements(time).await.map(Arc::from);
        server.node_replacements.get(&server.transport, server.round, send).await
    }

    pub(super) async fn model_folders(&self) -> TimedAnswer<Arc<Vec<String>>> {
        let names = |folders: &Vec<ModelFolder>| folders.iter().map(|folder| folder.folder.clone()).collect();
        if let Some(folders) = self.of_file(|saved| saved.models.as_deref().map(|folders| Arc::new(names(folders)))) {
            return folders;
        }
        let Some(server) = &self.server else { return self.not_offered() };
        let send = async |time: &mut _| comfyui::model_folders(time).await.map(Arc::new);
        server.model_folders.get(&server.transport, server.round, send).await
    }

    pub(super) async fn models(&self, folder: &str) -> TimedAnswer<Option<Arc<Vec<ModelFile>>>> {
        let files = |folders: &Vec<ModelFolder>| {
            folders.iter().find(|known| known.folder == folder).map(|known| Arc::new(known.files.clone()))
        };
        if let Some(files) = self.of_file(|saved| saved.models.as_deref().map(files)) {
            return files;
        }
        let Some(server) = &self.server else { return self.not_offered() };
        let query = {
            let mut folders = server.models.lock().unwrap_or_else(PoisonError::into_inner);
            if folders.len() >= MOST_FOLDERS && !folders.contains_key(folder) {
                return unanswered(QueryError::Other(format!("more than {MOST_FOLDERS} model folders requested")));
            }
            Arc::clone(folders.entry(folder.to_owned()).or_default())
        };
        let send = async |time: &mut _| Ok(comfyui::models(time, folder).await?.map(Arc::new));
        query.get(&server.transport, server.round, send).await
    }

    pub(super) async fn packs(&self) -> TimedAnswer<Arc<Vec<Pack>>> {
        if let Some(packs) = self.of_file(|saved| saved.packs.clone()) {
            return packs;
        }
        let Some(server) = &self.server else { return self.not_offered() };
        let send = async |time: &mut _| comfyui::packs(time).await.map(Arc::new);
        server.packs.get(&server.transport, server.round, send).await
    }

    /// The saved inventory's answer, if it has one.
    fn of_file<T>(&self, answer: impl FnOnce(&inventory::Inventory) -> Option<T>) -> Option<TimedAnswer<T>> {
        answer(&self.saved.as_deref()?.inventory).map(at_once)
    }

    fn not_offered<T>(&self) -> TimedAnswer<T> {
        let missing = self.missing;
        let reason = match &self.saved {
            Some(saved) => format!("{missing}, and `{}` does not contain it", saved.name),
            None => missing.to_owned(),
        };
        unanswered(QueryError::NotOffered(reason))
    }
}

fn at_once<T>(answer: T) -> TimedAnswer<T> {
    TimedAnswer { answer: Ok(answer), took: Duration::ZERO }
}
