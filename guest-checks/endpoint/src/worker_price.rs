//! What a worker of the endpoint costs.

use crate::management::Management;
use comfycheck_sdk::endpoint::{GpuStock, Worker};
use comfycheck_sdk::samples::PriceFacts;
use comfycheck_sdk::wording::money_range;

/// The price of a worker in USD per second. A range where the worker can have GPUs of several types.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct WorkerPrice {
    low: f64,
    high: f64,
}

impl WorkerPrice {
    /// The price that costs of samples are computed with, else RunPod's catalog by the GPU types of `workers`, else by the
    /// endpoint's pools. None if the highest price is unknown.
    pub(crate) fn of<'a>(
        known: Option<&PriceFacts>,
        management: &'a Management,
        workers: impl Iterator<Item = &'a Worker>,
    ) -> Option<Self> {
        if let Some(known) = known {
            return Some(Self { low: known.per_second, high: known.per_second });
        }
        let (configuration, stock) = (management.configuration.as_ref().ok()?, management.stock.as_ref().ok()?);
        let of_workers = || {
            let types = workers.map(|worker| {
                let gpu = worker.gpu.as_deref()?;
                stock.iter().find(|known| known.gpu == gpu)?.price_per_second
            });
            Self::over(types.collect::<Option<Vec<_>>>()?)
        };
        let of_pools = || {
            let of_pool = |pool: &String| {
                let is_of_pool = |gpu: &&GpuStock| gpu.pool.as_ref() == Some(pool);
                let prices: Vec<f64> = stock.iter().filter(is_of_pool).filter_map(|gpu| gpu.price_per_second).collect();
                Some(prices).filter(|prices| !prices.is_empty())
            };
            let pools: Option<Vec<_>> = configuration.gpu_pools.iter().map(of_pool).collect();
            Self::over(pools?.concat())
        };
        let gpus = f64::from(configuration.gpu_count.unwrap_or(1));
        let Self { low, high } = of_workers().or_else(of_pools)?;
        Some(Self { low: low * gpus, high: high * gpus })
    }

    fn over(prices: Vec<f64>) -> Option<Self> {
        let low = prices.iter().copied().reduce(f64::min)?;
        let high = prices.into_iter().reduce(f64::max)?;
        Some(Self { low, high })
    }

    /// What so many seconds cost: `$26.78`, or a range by GPU type.
    pub(crate) fn of_time(self, seconds: f64) -> String {
        money_range(self.low * seconds, self.high * seconds)
    }

    /// What the range depends on.
    pub(crate) fn why(self) -> &'static str {
        if self.low < self.high { " (depends on the GPU type)" } else { "" }
    }
}
