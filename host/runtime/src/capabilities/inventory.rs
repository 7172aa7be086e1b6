//! The sources of the inventory: a saved file, then a server.

use super::question::Question;
use super::{Answered, AskError, ModelFile, Pack, Source, SystemFacts, unanswered};
use crate::comfyui;
use crate::transport::Transport;
use crate::transport::exchange::Round;
use comfycheck_core::inventory::{self, ModelFolder, ObjectInfo};
use jiff::civil::Date;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A saved inventory, under the name by which reports call it.
#[derive(Debug)]
pub struct SavedInventory {
    /// The file's name.
    pub name: String,
    /// What is in it.
    pub inventory: inventory::Inventory,
}

impl SavedInventory {
    /// The functions of the contract that it answers.
    fn offers(&self) -> Vec<&'static str> {
        let inventory::Inventory { system, node_replacements, models, packs, .. } = &self.inventory;
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

    /// Days from its date to that of the run; none if either is unknown, or it is later.
    fn age_days(&self, run: Option<Date>) -> Option<u32> {
        let saved: Date = self.inventory.date.as_deref()?.parse().ok()?;
        u32::try_from(run?.since(saved).ok()?.get_days()).ok()
    }
}

/// The inventory of one round.
pub(super) struct Inventory {
    saved: Option<Arc<SavedInventory>>,
    /// The date of the run.
    date: Option<Date>,
    server: Option<Server>,
    /// Why there is no server, if there is none.
    missing: &'static str,
}

struct Server {
    name: String,
    transport: Arc<Transport>,
    round: Round,
    system: Question<Arc<SystemFacts>>,
    object_info: Question<Arc<ObjectInfo>>,
    node_replacements: Question<Arc<str>>,
    model_folders: Question<Arc<Vec<String>>>,
    models: Mutex<BTreeMap<String, Arc<Question<Files>>>>,
    packs: Question<Arc<Vec<Pack>>>,
}

/// The files in a model folder; none if there is no such folder.
type Files = Option<Arc<Vec<ModelFile>>>;

/// More model folders than any ComfyUI has: a check that asks for more is not asking ComfyUI.
const MOST_FOLDERS: usize = 1_000;

const OF_A_SERVER: &[&str] =
    &["system", "node-classes", "node-class", "node-replacements", "model-folders", "models", "packs"];

impl Inventory {
    /// Of a run that asks nobody.
    pub(super) fn offline(saved: Option<Arc<SavedInventory>>) -> Self {
        Self { saved, date: None, server: None, missing: "no ComfyUI is named" }
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
            system: Question::default(),
            object_info: Question::default(),
            node_replacements: Question::default(),
            model_folders: Question::default(),
            models: Mutex::default(),
            packs: Question::default(),
        });
        let missing = match **transport {
            Transport::Live(_) => "the suite names no ComfyUI",
            Transport::Record(_) | Transport::Replay(_) => "the recording has no ComfyUI",
            Transport::Simulate(_) => "the scenario serves no ComfyUI",
        };
        Self { saved, date, server, missing }
    }

    pub(super) fn sources(&self) -> Vec<Source> {
        let saved = self.saved.iter().map(|saved| Source {
            kind: "file",
            name: saved.name.clone(),
            date: saved.inventory.date.clone(),
            age_days: saved.age_days(self.date),
            offers: saved.offers(),
        });
        let server = self.server.iter().map(|server| Source {
            kind: "server",
            name: server.name.clone(),
            date: None,
            age_days: None,
            offers: OF_A_SERVER.to_vec(),
        });
        saved.chain(server).collect()
    }

    pub(super) async fn system(&self) -> Answered<Arc<SystemFacts>> {
        if let Some(system) = self.of_file(|saved| saved.system.clone()) {
            return system;
        }
        let Some(server) = &self.server else { return self.not_offered() };
        let ask = async |time: &mut _| comfyui::system_stats(time).await.map(Arc::new);
        server.system.ask(&server.transport, server.round, ask).await
    }

    pub(super) async fn node_classes(&self) -> Answered<Arc<Vec<String>>> {
        self.classes().await.map(|classes| Arc::clone(classes.names()))
    }

    pub(super) async fn node_class(&self, name: &str) -> Answered<Option<Arc<str>>> {
        self.classes().await.map(|classes| classes.class(name))
    }

    async fn classes(&self) -> Answered<Arc<ObjectInfo>> {
        match (&self.saved, &self.server) {
            (Some(saved), _) => at_once(Arc::clone(&saved.inventory.classes)),
            (None, Some(server)) => {
                let ask = async |time: &mut _| comfyui::object_info(time).await.map(Arc::new);
                server.object_info.ask(&server.transport, server.round, ask).await
            }
            (None, None) => self.not_offered(),
        }
    }

    pub(super) async fn node_replacements(&self) -> Answered<Arc<str>> {
        if let Some(replacements) = self.of_file(|saved| saved.node_replacements.clone()) {
            return replacements;
        }
        let Some(server) = &self.server else { return self.not_offered() };
        let ask = async |time: &mut _| comfyui::node_replacements(time).await.map(Arc::from);
        server.node_replacements.ask(&server.transport, server.round, ask).await
    }

    pub(super) async fn model_folders(&self) -> Answered<Arc<Vec<String>>> {
        let names = |folders: &Vec<ModelFolder>| folders.iter().map(|folder| folder.folder.clone()).collect();
        if let Some(folders) = self.of_file(|saved| saved.models.as_deref().map(|folders| Arc::new(names(folders)))) {
            return folders;
        }
        let Some(server) = &self.server else { return self.not_offered() };
        let ask = async |time: &mut _| comfyui::model_folders(time).await.map(Arc::new);
        server.model_folders.ask(&server.transport, server.round, ask).await
    }

    pub(super) async fn models(&self, folder: &str) -> Answered<Option<Arc<Vec<ModelFile>>>> {
        let files = |folders: &Vec<ModelFolder>| {
            folders.iter().find(|known| known.folder == folder).map(|known| Arc::new(known.files.clone()))
        };
        if let Some(files) = self.of_file(|saved| saved.models.as_deref().map(files)) {
            return files;
        }
        let Some(server) = &self.server else { return self.not_offered() };
        let question = {
            let mut folders = server.models.lock().unwrap_or_else(PoisonError::into_inner);
            if folders.len() >= MOST_FOLDERS && !folders.contains_key(folder) {
                return unanswered(AskError::Other(format!("more than {MOST_FOLDERS} model folders were asked for")));
            }
            Arc::clone(folders.entry(folder.to_owned()).or_default())
        };
        let ask = async |time: &mut _| Ok(comfyui::models(time, folder).await?.map(Arc::new));
        question.ask(&server.transport, server.round, ask).await
    }

    pub(super) async fn packs(&self) -> Answered<Arc<Vec<Pack>>> {
        if let Some(packs) = self.of_file(|saved| saved.packs.clone()) {
            return packs;
        }
        let Some(server) = &self.server else { return self.not_offered() };
        let ask = async |time: &mut _| comfyui::packs(time).await.map(Arc::new);
        server.packs.ask(&server.transport, server.round, ask).await
    }

    /// The answer of the saved inventory; none if it has none.
    fn of_file<T>(&self, answer: impl FnOnce(&inventory::Inventory) -> Option<T>) -> Option<Answered<T>> {
        answer(&self.saved.as_deref()?.inventory).map(at_once)
    }

    fn not_offered<T>(&self) -> Answered<T> {
        let missing = self.missing;
        let reason = match &self.saved {
            Some(saved) => format!("{missing}, and `{}` does not hold it", saved.name),
            None => missing.to_owned(),
        };
        unanswered(AskError::NotOffered(reason))
    }
}

fn at_once<T>(answer: T) -> Answered<T> {
    Answered { answer: Ok(answer), took: Duration::ZERO }
}
