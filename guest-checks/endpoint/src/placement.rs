//! Where RunPod can place a worker of the endpoint, and whether it has a GPU there.

use crate::management::Management;
use crate::message::names;
use comfycheck_sdk::endpoint::{ConfigurationFacts, GpuStock};
use comfycheck_sdk::{few_names, quote};
use std::collections::BTreeSet;

/// The most data centers or pools that a message lists.
const LISTED: usize = 4;

/// The data centers where workers can run: the allowed ones and, with network volumes, only those of the volumes.
pub(crate) struct Placement<'a> {
    management: &'a Management,
    configuration: &'a ConfigurationFacts,
}

/// How a network volume keeps workers from being placed.
pub(crate) struct VolumePin {
    pub(crate) reason: String,
    pub(crate) help: &'static str,
}

impl<'a> Placement<'a> {
    /// None where the configuration is unknown.
    pub(crate) fn of(management: &'a Management) -> Option<Self> {
        Some(Self { management, configuration: management.configuration.as_ref().ok()? })
    }

    /// The volumes are where no worker can run, or where no fitting GPU is in stock though there is one elsewhere.
    pub(crate) fn volume_pin(&self) -> Option<VolumePin> {
        let centers = self.of_volumes()?;
        let volumes = names(&self.configuration.volumes);
        let there = names(&centers);
        if self.centers().is_empty() {
            let allowed = names(&self.configuration.data_centers);
            return Some(VolumePin {
                reason: format!("network volume {volumes} is in {there}, but workers can only run in {allowed}"),
                help: "allow the volume's data center, or add a volume in an allowed one and copy the models to it (RunPod does \
                       not sync volumes)",
            });
        }
        let elsewhere = self.stock_in(|center| !centers.contains(center));
        let pinned = self.is_out_of_stock()? && elsewhere.is_some();
        pinned.then(|| VolumePin {
            reason: format!("network volume {volumes} pins workers to {there}, where no GPU of {} is in stock", self.pools()),
            help: "add a volume in a data center that has the GPUs and copy the models to it (RunPod does not sync volumes), \
                   or bake the models into the image",
        })
    }

    /// That no GPU of the pools is in stock where workers can run, if so.
    pub(crate) fn out_of_stock(&self) -> Option<String> {
        let places = self.centers();
        let here = if places.is_empty() { String::new() } else { format!(" in {}", names(&places)) };
        self.is_out_of_stock()?.then(|| format!("no GPU of {} is in stock{here}", self.pools()))
    }

    /// The stock of each pool where workers can run: `` `ADA_24` LOW in `EU-RO-1` ``.
    pub(crate) fn stock_levels(&self) -> Option<String> {
        let centers = self.centers();
        let mut levels = BTreeSet::new();
        for (pool, gpu) in self.fitting()? {
            let pool = quote(pool);
            let there: Vec<_> =
                gpu.data_centers.iter().filter(|(center, _)| centers.is_empty() || centers.contains(center)).collect();
            if there.is_empty() {
                levels.extend(gpu.availability.as_ref().map(|level| format!("{pool} {level}")));
            }
            levels.extend(there.iter().map(|(center, level)| format!("{pool} {level} in {}", quote(center))));
        }
        listed(levels)
    }

    /// GPUs that are available, best first: the same pools elsewhere, then other pools where workers can run.
    pub(crate) fn available(&self) -> Option<String> {
        let centers = self.centers();
        let elsewhere = self.stock_in(|center| !centers.contains(center));
        let stock = self.management.stock.as_ref().ok()?;
        let high = |gpu: &GpuStock| {
            let there: Vec<_> = gpu.data_centers.iter().filter(|(center, _)| centers.contains(center)).collect();
            let listed = there.iter().any(|(_, level)| level == "HIGH");
            listed || (there.is_empty() && centers.is_empty() && gpu.availability.as_deref() == Some("HIGH"))
        };
        let pools = &self.configuration.gpu_pools;
        let others: BTreeSet<&str> = stock
            .iter()
            .filter(|gpu| high(gpu))
            .filter_map(|gpu| gpu.pool.as_deref())
            .filter(|pool| !is_among(pool, pools))
            .collect();
        let others: Vec<_> = others.into_iter().take(LISTED).collect();
        let others = (!others.is_empty()).then(|| format!("{} (stock: HIGH)", few_names(others)));
        let available: Vec<_> = elsewhere.into_iter().chain(others).collect();
        (!available.is_empty()).then(|| available.join(", or "))
    }

    /// Where among these data centers the pools' GPUs are in stock: `` `ADA_24` in `US-IL-1` (stock: HIGH) ``.
    fn stock_in(&self, among: impl Fn(&String) -> bool) -> Option<String> {
        let mut places = BTreeSet::new();
        for (pool, gpu) in self.fitting()? {
            let pool = quote(pool);
            let there = gpu.data_centers.iter().filter(|(center, level)| among(center) && level != "NONE");
            places.extend(there.map(|(center, level)| format!("{pool} in {} (stock: {level})", quote(center))));
        }
        listed(places)
    }

    /// None where the stock is unknown.
    fn is_out_of_stock(&self) -> Option<bool> {
        let centers = self.centers();
        let mut fitting = self.fitting()?.peekable();
        fitting.peek()?;
        Some(fitting.all(|(_, gpu)| !is_available(gpu, &centers)))
    }

    /// The GPUs of the endpoint's pools, each with its pool. None where the stock is unknown.
    fn fitting(&self) -> Option<impl Iterator<Item = (&'a str, &'a GpuStock)>> {
        let pools = &self.configuration.gpu_pools;
        let stock = self.management.stock.as_ref().ok()?;
        Some(stock.iter().filter_map(|gpu| Some((gpu.pool.as_deref().filter(|pool| is_among(pool, pools))?, gpu))))
    }

    /// The data centers where workers can run, as far as known; empty means anywhere.
    fn centers(&self) -> Vec<String> {
        let allowed = &self.configuration.data_centers;
        match self.of_volumes() {
            Some(centers) => {
                centers.into_iter().filter(|center| allowed.is_empty() || allowed.contains(center)).collect()
            }
            None => allowed.clone(),
        }
    }

    /// The data centers of the network volumes; none without volumes, or if one is unknown.
    fn of_volumes(&self) -> Option<Vec<String>> {
        let volumes = self.management.volumes.as_ref().ok()?;
        let centers: Option<BTreeSet<_>> = volumes.iter().map(|volume| volume.data_center.clone()).collect();
        let centers: Vec<_> = centers?.into_iter().collect();
        (!centers.is_empty()).then_some(centers)
    }

    fn pools(&self) -> String {
        names(&self.configuration.gpu_pools)
    }
}

/// The first few as a list; none if there are none.
fn listed(places: BTreeSet<String>) -> Option<String> {
    let places: Vec<_> = places.into_iter().take(LISTED).collect();
    (!places.is_empty()).then(|| places.join(", "))
}

fn is_among(pool: &str, pools: &[String]) -> bool {
    pools.iter().any(|own| own == pool)
}

/// Whether a GPU is available in one of these data centers. A GPU of unknown stock counts as available.
fn is_available(gpu: &GpuStock, centers: &[String]) -> bool {
    let there: Vec<_> = gpu.data_centers.iter().filter(|(id, _)| centers.contains(id)).collect();
    if there.is_empty() {
        gpu.availability.as_deref() != Some("NONE")
    } else {
        there.iter().any(|(_, availability)| availability != "NONE")
    }
}
