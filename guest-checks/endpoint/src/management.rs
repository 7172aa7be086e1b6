//! What the management API returned, as far as this run can use it.

use crate::evidence::WorkerLog;
use comfycheck_sdk::endpoint::{Build, ConfigurationFacts, Error, GpuStock, NetworkVolume, ReleaseFacts, Worker};

/// The responses of the management API about the endpoint.
#[derive(Clone, Debug)]
pub struct Management {
    pub configuration: Result<ConfigurationFacts, Error>,
    /// The names of its environment variables.
    pub environment: Result<Vec<String>, Error>,
    pub workers: Result<Vec<Worker>, Error>,
    pub releases: Result<ReleaseFacts, Error>,
    /// The builds of its image from a repository, newest first.
    pub builds: Result<Vec<Build>, Error>,
    pub volumes: Result<Vec<NetworkVolume>, Error>,
    /// The stock of GPUs in RunPod's catalog.
    pub stock: Result<Vec<GpuStock>, Error>,
    /// The logs that could be read.
    pub logs: Vec<WorkerLog>,
}

impl Management {
    /// Without any request.
    #[must_use]
    pub fn not_requested() -> Self {
        fn error<T>() -> Result<T, Error> {
            Err(Error::NotOffered("not requested".into()))
        }
        Self {
            configuration: error(),
            environment: error(),
            workers: error(),
            releases: error(),
            builds: error(),
            volumes: error(),
            stock: error(),
            logs: Vec::new(),
        }
    }

    pub(crate) fn workers(&self) -> &[Worker] {
        self.workers.as_deref().unwrap_or_default()
    }

    pub(crate) fn worker(&self, id: &str) -> Option<&Worker> {
        self.workers().iter().find(|worker| worker.id == id)
    }

    /// Whether max workers is 0.
    pub(crate) fn paused(&self) -> bool {
        self.configuration.as_ref().is_ok_and(|configuration| configuration.workers_max == Some(0))
    }

    /// Whether the configuration is known to have no network volume.
    pub(crate) fn has_no_volume(&self) -> bool {
        self.configuration.as_ref().is_ok_and(|configuration| configuration.volumes.is_empty())
    }

    /// What would explain more and could not be read: `unknown: GPU stock`.
    pub(crate) fn unknown(&self) -> Option<String> {
        let (unknown, error) = match (&self.configuration, &self.stock) {
            (Ok(_), Ok(_)) => return None,
            (Err(error), Ok(_)) => ("max workers, GPU types", error),
            (Ok(_), Err(error)) => ("GPU stock", error),
            (Err(error), Err(_)) => ("max workers, GPU types, GPU stock", error),
        };
        let why = if matches!(error, Error::AccessDenied) { " (this key cannot read them)" } else { "" };
        Some(format!("unknown: {unknown}{why}"))
    }
}
