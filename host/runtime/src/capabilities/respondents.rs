//! Who answers questions: a saved inventory, a ComfyUI server, a RunPod endpoint.

use super::{AskError, Source};
use crate::comfyui::object_info::{ObjectInfo, ObjectInfoError};
use crate::transport::Transport;
use comfycheck_core::secret::Secret;
use comfycheck_core::suite::{Deployment, TextFile};
use std::sync::Arc;
use url::Url;

/// Who answers the questions of a run.
#[derive(Debug)]
pub struct Respondents {
    pub(super) transport: Arc<Transport>,
    pub(super) file: Option<SavedInventory>,
    /// The server's address, or what stands for it.
    server: Option<String>,
    /// The URL of the endpoint's `/health`, with the endpoint's id masked.
    endpoint: Option<String>,
    /// What must not be told.
    pub(super) secrets: Vec<Secret>,
}

/// A saved inventory: what a ComfyUI answered to `/object_info`.
#[derive(Clone, Debug)]
pub struct SavedInventory {
    name: String,
    pub(super) classes: Arc<ObjectInfo>,
}

impl SavedInventory {
    /// Reads a file that the suite names. It holds no date.
    pub fn parse(file: &TextFile) -> Result<Self, ObjectInfoError> {
        Ok(Self { name: file.path.clone(), classes: Arc::new(ObjectInfo::parse(file.text.as_bytes())?) })
    }
}

impl Respondents {
    /// Who answers for a deployment. In replay the cassette says whether there was a server and an endpoint, and nothing
    /// that is told depends on the environment of the replay.
    pub fn new(transport: Arc<Transport>, deployment: &Deployment, file: Option<SavedInventory>) -> Self {
        let (server, base) = match &*transport {
            Transport::Live(_) => (
                deployment.comfyui.as_deref().map(without_credentials),
                deployment.endpoint.is_some().then_some(deployment.base_url.as_str()),
            ),
            Transport::Replay(replay) => {
                let cassette = replay.cassette();
                let asked = cassette.has_jobs() || deployment.endpoint.is_some();
                (
                    cassette.server.then(|| format!("recorded in `{}`", cassette.name)),
                    asked.then_some("https://api.runpod.ai/v2"),
                )
            }
        };
        let endpoint = base.map(|base| format!("{}/{{endpoint}}/health", without_credentials(base)));
        Self { transport, file, server, endpoint, secrets: deployment.key.iter().cloned().collect() }
    }

    /// The sources of the inventory, in the order in which they are asked: what the suite names before what answers by
    /// itself.
    pub(super) fn sources(&self) -> Vec<Source> {
        let source =
            |kind, name: &str, offers| Source { kind, name: name.to_owned(), date: None, age_days: None, offers };
        let file = self.file.as_ref().map(|file| source("file", &file.name, &["node-classes", "node-class"][..]));
        let server = self.server.as_ref().map(|name| {
            let offers =
                &["system", "node-classes", "node-class", "node-replacements", "model-folders", "models", "packs"];
            source("server", name, &offers[..])
        });
        file.into_iter().chain(server).collect()
    }

    /// Whether a ComfyUI server can be asked.
    pub(super) fn server(&self) -> Result<(), AskError> {
        if self.server.is_some() {
            return Ok(());
        }
        let mut reason = match *self.transport {
            Transport::Live(_) => "the suite names no ComfyUI server".to_owned(),
            Transport::Replay(_) => "the recorded run asked no ComfyUI server".to_owned(),
        };
        if self.file.is_some() {
            reason.push_str(", and a saved inventory does not tell it");
        }
        Err(AskError::NotOffered(reason))
    }

    /// The URL of the endpoint's `/health`, for messages, if the endpoint can be asked.
    pub(super) fn endpoint(&self) -> Result<&str, AskError> {
        let missing = match *self.transport {
            Transport::Live(_) => "the suite names no endpoint",
            Transport::Replay(_) => "the recorded run asked no endpoint",
        };
        self.endpoint.as_deref().ok_or_else(|| AskError::NotOffered(missing.to_owned()))
    }
}

/// A URL for a report.
fn without_credentials(url: &str) -> String {
    let Ok(mut parsed) = Url::parse(url) else { return String::new() };
    let _ = (parsed.set_username(""), parsed.set_password(None));
    parsed.set_query(None);
    parsed.as_str().trim_end_matches('/').to_owned()
}
