//! The sources of the inventory: a saved file, then a server.

use super::question::Question;
use super::{Answered, AskError, ModelFile, Pack, Source, SystemFacts, unanswered};
use crate::comfyui;
use crate::comfyui::object_info::{ObjectInfo, ObjectInfoError};
use crate::transport::Transport;
use crate::transport::exchange::Phase;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A saved answer of ComfyUI to `/object_info`.
#[derive(Debug)]
pub struct SavedInventory {
    name: String,
    classes: Arc<ObjectInfo>,
}

impl SavedInventory {
    /// Reads the text of a saved inventory; `name` is how reports name it.
    pub fn parse(name: impl Into<String>, text: &str) -> Result<Self, ObjectInfoError> {
        Ok(Self { name: name.into(), classes: Arc::new(ObjectInfo::parse(text.as_bytes())?) })
    }
}

/// The inventory of one phase.
pub(super) struct Inventory {
    saved: Option<Arc<SavedInventory>>,
    server: Option<Server>,
    /// Why there is no server, if there is none.
    missing: &'static str,
}

struct Server {
    name: String,
    transport: Arc<Transport>,
    phase: Phase,
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

const OF_A_FILE: &[&str] = &["node-classes", "node-class"];
const OF_A_SERVER: &[&str] =
    &["system", "node-classes", "node-class", "node-replacements", "model-folders", "models", "packs"];

impl Inventory {
    pub(super) fn none() -> Self {
        Self { saved: None, server: None, missing: "the suite names no ComfyUI" }
    }

    pub(super) fn new(
        transport: &Arc<Transport>,
        phase: Phase,
        saved: Option<Arc<SavedInventory>>,
        server: Option<String>,
    ) -> Self {
        let server = server.map(|name| Server {
            name,
            transport: Arc::clone(transport),
            phase,
            system: Question::default(),
            object_info: Question::default(),
            node_replacements: Question::default(),
            model_folders: Question::default(),
            models: Mutex::default(),
            packs: Question::default(),
        });
        let missing = match **transport {
            Transport::Live(_) => "the suite names no ComfyUI",
            Transport::Replay(_) => "the recorded run asked no ComfyUI",
        };
        Self { saved, server, missing }
    }

    pub(super) fn sources(&self) -> Vec<Source> {
        let source =
            |kind, name: &str, offers| Source { kind, name: name.to_owned(), date: None, age_days: None, offers };
        let saved = self.saved.iter().map(|saved| source("file", &saved.name, OF_A_FILE));
        let server = self.server.iter().map(|server| source("server", &server.name, OF_A_SERVER));
        saved.chain(server).collect()
    }

    pub(super) async fn system(&self) -> Answered<Arc<SystemFacts>> {
        let Some(server) = &self.server else { return self.not_offered() };
        let ask = async |time: &mut _| comfyui::system_stats(time).await.map(Arc::new);
        server.system.ask(&server.transport, server.phase, ask).await
    }

    pub(super) async fn node_classes(&self) -> Answered<Arc<Vec<String>>> {
        let Answered { answer, took } = self.classes().await;
        Answered { answer: answer.map(|classes| Arc::clone(classes.names())), took }
    }

    pub(super) async fn node_class(&self, name: &str) -> Answered<Option<Arc<str>>> {
        let Answered { answer, took } = self.classes().await;
        Answered { answer: answer.map(|classes| classes.class(name)), took }
    }

    async fn classes(&self) -> Answered<Arc<ObjectInfo>> {
        match (&self.saved, &self.server) {
            (Some(saved), _) => Answered { answer: Ok(Arc::clone(&saved.classes)), took: Duration::ZERO },
            (None, Some(server)) => {
                let ask = async |time: &mut _| comfyui::object_info(time).await.map(Arc::new);
                server.object_info.ask(&server.transport, server.phase, ask).await
            }
            (None, None) => self.not_offered(),
        }
    }

    pub(super) async fn node_replacements(&self) -> Answered<Arc<str>> {
        let Some(server) = &self.server else { return self.not_offered() };
        let ask = async |time: &mut _| comfyui::node_replacements(time).await.map(Arc::from);
        server.node_replacements.ask(&server.transport, server.phase, ask).await
    }

    pub(super) async fn model_folders(&self) -> Answered<Arc<Vec<String>>> {
        let Some(server) = &self.server else { return self.not_offered() };
        let ask = async |time: &mut _| comfyui::model_folders(time).await.map(Arc::new);
        server.model_folders.ask(&server.transport, server.phase, ask).await
    }

    pub(super) async fn models(&self, folder: &str) -> Answered<Option<Arc<Vec<ModelFile>>>> {
        let Some(server) = &self.server else { return self.not_offered() };
        let question = {
            let mut folders = server.models.lock().unwrap_or_else(PoisonError::into_inner);
            if folders.len() >= MOST_FOLDERS && !folders.contains_key(folder) {
                return unanswered(AskError::Other(format!("more than {MOST_FOLDERS} model folders were asked for")));
            }
            Arc::clone(folders.entry(folder.to_owned()).or_default())
        };
        let ask = async |time: &mut _| Ok(comfyui::models(time, folder).await?.map(Arc::new));
        question.ask(&server.transport, server.phase, ask).await
    }

    pub(super) async fn packs(&self) -> Answered<Arc<Vec<Pack>>> {
        let Some(server) = &self.server else { return self.not_offered() };
        let ask = async |time: &mut _| comfyui::packs(time).await.map(Arc::new);
        server.packs.ask(&server.transport, server.phase, ask).await
    }

    fn not_offered<T>(&self) -> Answered<T> {
        let missing = self.missing;
        let reason = match &self.saved {
            Some(saved) => format!("{missing}, and `{}` holds node classes only", saved.name),
            None => missing.to_owned(),
        };
        unanswered(AskError::NotOffered(reason))
    }
}
