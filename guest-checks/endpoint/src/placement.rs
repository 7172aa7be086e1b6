//! Where RunPod may place a worker of the endpoint, and whether it has a GPU there.

use crate::management::Management;
use crate::wording::names;
use comfycheck_sdk::endpoint::{ConfigurationFacts, GpuStock};
use comfycheck_sdk::{quote, quote_all};
use std::collections::BTreeSet;

/// More data centers or pools than that are not listed.
const LISTED: usize = 4;

/// Where workers may run: in the data centers that are allowed, and where a network volume lies if there are any.
pub(crate) struct Placement<'a> {
    management: &'a Management,
    configuration: &'a ConfigurationFacts,
}

impl<'a> Placement<'a> {
    /// None where the configuration is not known.
    pub(crate) fn of(management: &'a Management) -> Option<Self> {
        Some(Self { management, configuration: management.configuration.as_ref().ok()? })
    }

    /// How the network volumes keep workers from being placed, if they do: they lie where no worker may run, or where
    /// no GPU of the pools is in stock though there is one elsewhere.
    pub(crate) fn pinned(&self) -> Option<String> {
        let centers = self.of_volumes()?;
        let named = names(&self.configuration.volumes);
        let there = names(&centers);
        if self.centers().is_empty() {
            let allowed = names(&self.configuration.data_centers);
            return Some(format!("network volume {named} lies in {there}, and workers may run in {allowed} only"));
        }
        let elsewhere = self.stock(|center| !centers.contains(center));
        let none = self.out_of_stock()? && elsewhere.is_some();
        none.then(|| {
            format!("network volume {named} pins workers to {there}, where no GPU of {} is in stock", self.pools())
        })
    }

    /// What pools have no GPU in stock where workers may run, if that is so.
    pub(crate) fn no_gpu(&self) -> Option<String> {
        let places = self.centers();
        let here = if places.is_empty() { String::new() } else { format!(" in {}", names(&places)) };
        self.out_of_stock()?.then(|| format!("no GPU of {} is in stock{here}", self.pools()))
    }

    /// What the catalog says of each pool where workers may run, such as `` `ADA_24` LOW in `EU-RO-1` ``.
    pub(crate) fn availability(&self) -> Option<String> {
        let centers = self.centers();
        let mut told = BTreeSet::new();
        for (pool, gpu) in self.fitting()? {
            let pool = quote(pool);
            let there: Vec<_> =
                gpu.data_centers.iter().filter(|(center, _)| centers.is_empty() || centers.contains(center)).collect();
            if there.is_empty() {
                told.extend(gpu.availability.as_ref().map(|level| format!("{pool} {level}")));
            }
            told.extend(there.iter().map(|(center, level)| format!("{pool} {level} in {}", quote(center))));
        }
        listed(told)
    }

    /// Where there is a GPU to be had, best first: the same pools elsewhere, then other pools where workers may run.
    pub(crate) fn instead(&self) -> Option<String> {
        let centers = self.centers();
        let elsewhere = self.stock(|center| !centers.contains(center));
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
        let others = (!others.is_empty()).then(|| format!("{} (HIGH)", quote_all(others)));
        let told: Vec<_> = elsewhere.into_iter().chain(others).collect();
        (!told.is_empty()).then(|| told.join(", or "))
    }

    /// Where among these data centers the pools' GPUs are in stock, such as `` `ADA_24` in `US-IL-1` (HIGH) ``.
    fn stock(&self, among: impl Fn(&String) -> bool) -> Option<String> {
        let mut found = BTreeSet::new();
        for (pool, gpu) in self.fitting()? {
            let pool = quote(pool);
            let there = gpu.data_centers.iter().filter(|(center, level)| among(center) && level != "NONE");
            found.extend(there.map(|(center, level)| format!("{pool} in {} ({level})", quote(center))));
        }
        listed(found)
    }

    /// Whether no GPU of the pools can be had where workers may run. None where that is not known.
    fn out_of_stock(&self) -> Option<bool> {
        let centers = self.centers();
        let mut fitting = self.fitting()?.peekable();
        fitting.peek()?;
        Some(fitting.all(|(_, gpu)| !available(gpu, &centers)))
    }

    /// The GPUs of the endpoint's pools, each with its pool. None where the stock is not known.
    fn fitting(&self) -> Option<impl Iterator<Item = (&'a str, &'a GpuStock)>> {
        let pools = &self.configuration.gpu_pools;
        let stock = self.management.stock.as_ref().ok()?;
        Some(stock.iter().filter_map(|gpu| Some((gpu.pool.as_deref().filter(|pool| is_among(pool, pools))?, gpu))))
    }

    /// The data centers where workers may run, as far as they are known; empty for anywhere.
    fn centers(&self) -> Vec<String> {
        let allowed = &self.configuration.data_centers;
        match self.of_volumes() {
            Some(centers) => {
                centers.into_iter().filter(|center| allowed.is_empty() || allowed.contains(center)).collect()
            }
            None => allowed.clone(),
        }
    }

    /// Where the network volumes lie; none without any, or if it is not known of one.
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

/// The first few, as a list; none if there are none.
fn listed(told: BTreeSet<String>) -> Option<String> {
    let told: Vec<_> = told.into_iter().take(LISTED).collect();
    (!told.is_empty()).then(|| told.join(", "))
}

fn is_among(pool: &str, pools: &[String]) -> bool {
    pools.iter().any(|own| own == pool)
}

/// Whether a GPU can be had in one of these data centers. What the catalog does not say counts as available.
fn available(gpu: &GpuStock, centers: &[String]) -> bool {
    let there: Vec<_> = gpu.data_centers.iter().filter(|(id, _)| centers.contains(id)).collect();
    if there.is_empty() {
        gpu.availability.as_deref() != Some("NONE")
    } else {
        there.iter().any(|(_, availability)| availability != "NONE")
    }
}
