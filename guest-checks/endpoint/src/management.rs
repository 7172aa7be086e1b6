//! What the management API adds to a diagnosis, where it is offered.

use comfycheck_sdk::endpoint::{ConfigurationFacts, Error, GpuStock};

/// Why max workers may be 0.
pub(crate) const PAUSED_HELP: &str = "set max workers above 0; RunPod lowers it to 0 after 7 days without requests and after repeated unhealthy workers \
     (then fix those first)";

/// What the management API says of an endpoint that does not serve.
#[derive(Clone, Debug)]
pub struct Management {
    /// How the endpoint is configured.
    pub configuration: Result<ConfigurationFacts, Error>,
    /// Which GPUs RunPod has.
    pub stock: Result<Vec<GpuStock>, Error>,
}

impl Management {
    /// That it was not asked.
    #[must_use]
    pub fn unasked() -> Self {
        let error = || Error::NotOffered("not asked".into());
        Self { configuration: Err(error()), stock: Err(error()) }
    }

    /// What it adds to a message about a lack of workers; empty if nothing.
    pub(crate) fn missing(&self) -> String {
        match (self.paused(), self.out_of_stock()) {
            (true, _) => "; max workers is 0".into(),
            (false, Some(pools)) => format!("; no GPU of {pools} is in stock"),
            (false, None) => String::new(),
        }
    }

    pub(crate) fn no_worker_help(&self) -> String {
        if self.paused() {
            PAUSED_HELP.to_owned()
        } else {
            self.with_unseen(
                "see that max workers is not 0 (RunPod lowers it after days without requests), then that GPU types, CUDA \
                 versions, data centers and network volume leave RunPod a choice",
            )
        }
    }

    pub(crate) fn vanished_help(&self) -> String {
        if self.paused() {
            PAUSED_HELP.to_owned()
        } else {
            self.with_unseen(
                "read the log of the worker that went away for a container that exits, and see that max workers is not 0 and \
                 the account's balance and spend limit allow a worker",
            )
        }
    }

    pub(crate) fn no_capacity_help(&self) -> String {
        self.with_unseen(
            "allow more GPU types, CUDA versions or data centers; a network volume pins workers to its data center",
        )
    }

    fn with_unseen(&self, help: &str) -> String {
        let unseen = match (&self.configuration, &self.stock) {
            (Ok(_), Ok(_)) => return help.to_owned(),
            (Err(_), Ok(_)) => "max workers and GPU types",
            (Ok(_), Err(_)) => "the stock of GPUs",
            (Err(_), Err(_)) => "max workers, GPU types and the stock of GPUs",
        };
        format!("{help} ({unseen} could not be read)")
    }

    fn paused(&self) -> bool {
        self.configuration.as_ref().is_ok_and(|configuration| configuration.workers_max == Some(0))
    }

    /// The endpoint's GPU pools, if none of their GPUs can be had.
    fn out_of_stock(&self) -> Option<String> {
        let (Ok(configuration), Ok(stock)) = (&self.configuration, &self.stock) else { return None };
        let pools = &configuration.gpu_pools;
        let fitting: Vec<_> =
            stock.iter().filter(|gpu| pools.iter().any(|pool| gpu.pool.as_ref() == Some(pool))).collect();
        let none = !fitting.is_empty() && fitting.iter().all(|gpu| !available(gpu, configuration));
        none.then(|| pools.iter().map(|pool| format!("`{pool}`")).collect::<Vec<_>>().join(", "))
    }
}

/// Whether a GPU can be had where the endpoint's workers may run. What the catalog does not say counts as available.
fn available(gpu: &GpuStock, configuration: &ConfigurationFacts) -> bool {
    let there: Vec<_> = gpu.data_centers.iter().filter(|(id, _)| configuration.data_centers.contains(id)).collect();
    if there.is_empty() {
        gpu.availability.as_deref() != Some("NONE")
    } else {
        there.iter().any(|(_, availability)| availability != "NONE")
    }
}
