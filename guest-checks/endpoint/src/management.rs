//! What the management API adds to a diagnosis, where it is offered, and what it could not tell.

use comfycheck_sdk::endpoint::{ConfigurationFacts, Error, GpuStock, LogLine, NetworkVolume, ReleaseFacts, Worker};

/// Why max workers may be 0.
pub(crate) const PAUSED_HELP: &str = "set max workers above 0; RunPod lowers it to 0 after 7 days without requests and after repeated unhealthy workers \
     (then fix those first)";

/// What the management API says of the endpoint.
#[derive(Clone, Debug)]
pub struct Management {
    /// How the endpoint is configured.
    pub configuration: Result<ConfigurationFacts, Error>,
    /// The names of its environment variables.
    pub environment: Result<Vec<String>, Error>,
    /// Its workers.
    pub workers: Result<Vec<Worker>, Error>,
    /// Its releases.
    pub releases: Result<ReleaseFacts, Error>,
    /// Its network volumes.
    pub volumes: Result<Vec<NetworkVolume>, Error>,
    /// Which GPUs RunPod has.
    pub stock: Result<Vec<GpuStock>, Error>,
    /// The logs that could be read.
    pub logs: Vec<WorkerLog>,
}

/// The last lines of a worker's log, from one source.
#[derive(Clone, Debug)]
pub struct WorkerLog {
    /// The worker's id.
    pub worker: String,
    /// `container` or `system`.
    pub source: &'static str,
    /// In order of time.
    pub lines: Vec<LogLine>,
}

impl Management {
    /// That it was not asked.
    #[must_use]
    pub fn unasked() -> Self {
        fn error<T>() -> Result<T, Error> {
            Err(Error::NotOffered("not asked".into()))
        }
        Self {
            configuration: error(),
            environment: error(),
            workers: error(),
            releases: error(),
            volumes: error(),
            stock: error(),
            logs: Vec::new(),
        }
    }

    /// The workers, as far as they are known.
    pub(crate) fn workers(&self) -> &[Worker] {
        self.workers.as_deref().unwrap_or_default()
    }

    /// A worker of this id.
    pub(crate) fn worker(&self, id: &str) -> Option<&Worker> {
        self.workers().iter().find(|worker| worker.id == id)
    }

    /// Whether the endpoint allows no worker.
    pub(crate) fn paused(&self) -> bool {
        self.configuration.as_ref().is_ok_and(|configuration| configuration.workers_max == Some(0))
    }

    pub(crate) fn no_worker_help(&self) -> String {
        self.with_unseen(
            "see that max workers is not 0 (RunPod lowers it after days without requests), then that GPU types, CUDA \
             versions, data centers and network volume leave RunPod a choice",
        )
    }

    pub(crate) fn vanished_help(&self) -> String {
        self.with_unseen(
            "read the log of the worker that went away for a container that exits, and see that max workers is not 0 and \
             the account's balance and spend limit allow a worker",
        )
    }

    pub(crate) fn no_capacity_help(&self) -> String {
        self.with_unseen(
            "allow more GPU types, CUDA versions or data centers; a network volume pins workers to its data center",
        )
    }

    /// A help, with what could not be seen that would have told more.
    fn with_unseen(&self, help: &str) -> String {
        let unseen = match (&self.configuration, &self.stock) {
            (Ok(_), Ok(_)) => return help.to_owned(),
            (Err(_), Ok(_)) => "max workers and GPU types",
            (Ok(_), Err(_)) => "the stock of GPUs",
            (Err(_), Err(_)) => "max workers, GPU types and the stock of GPUs",
        };
        format!("{help} ({unseen} could not be read)")
    }
}
