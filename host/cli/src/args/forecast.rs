//! The arguments of `comfycheck forecast`.

use super::bench::Rate;
use super::rollout::Timeout;
use super::{heading, number};
use clap::{Args, ValueHint};
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::str::FromStr;

#[derive(Debug, Args)]
pub(crate) struct ForecastArguments {
    /// A JSON report of `run` or `bench`, whose times are taken
    #[arg(long, value_name = "REPORT.json", value_hint = ValueHint::FilePath, help_heading = heading::SOURCE)]
    pub(crate) from: PathBuf,

    /// How many jobs arrive, such as `30/h`, `2/min` or `1.5/s`
    #[arg(long, value_name = "RATE", help_heading = heading::LOAD)]
    pub(crate) load: Rate,

    /// Workers that always run: one option for each number
    #[arg(long, value_name = "N,…", value_delimiter = ',', default_value = "0,1", help_heading = heading::WHAT)]
    pub(crate) workers_min: Vec<u32>,

    /// The most workers
    #[arg(long, value_name = "N", default_value = "3", value_parser = number::at_least_one, help_heading = heading::WHAT)]
    pub(crate) workers_max: NonZeroU32,

    /// How long a worker without a job runs on: one option for each time
    #[arg(long, value_name = "TIME,…", value_delimiter = ',', default_value = "5s,1m,5m", help_heading = heading::WHAT)]
    pub(crate) idle_timeout: Vec<Timeout>,

    /// How long a start takes with FlashBoot [default: 2s, assumed]
    #[arg(long, value_name = "TIME", help_heading = heading::WHAT)]
    pub(crate) flashboot_start: Option<Timeout>,

    /// Another GPU type or pool, and how many times as long a job takes there, such as `L4=1.8`. May be repeated
    #[arg(long, value_name = "GPU=FACTOR", help_heading = heading::WHAT)]
    pub(crate) gpu: Vec<OtherGpu>,

    /// Print JSON
    #[arg(long, help_heading = heading::DISPLAY)]
    pub(crate) json: bool,
}

/// A GPU with the factor of its execution time.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct OtherGpu {
    pub(crate) name: String,
    pub(crate) factor: f64,
}

impl FromStr for OtherGpu {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "a GPU has the factor of its execution time: `L4=1.8`".to_owned();
        let (name, factor) = text.rsplit_once('=').ok_or_else(wrong)?;
        let factor: f64 = factor.trim().parse().map_err(|_| wrong())?;
        if name.trim().is_empty() || !(0.01..=100.0).contains(&factor) {
            return Err(wrong());
        }
        Ok(Self { name: name.trim().to_owned(), factor })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gpu_has_a_factor() {
        let of = |text: &str| text.parse::<OtherGpu>().ok().map(|gpu| (gpu.name, gpu.factor));
        assert_eq!(of("L4=1.8"), Some(("L4".to_owned(), 1.8)));
        assert_eq!(of("NVIDIA A100 = 0.5"), Some(("NVIDIA A100".to_owned(), 0.5)));
        for wrong in ["L4", "=2", "L4=0", "L4=-1", "L4=NaN", "L4=1000", "L4=x"] {
            assert_eq!(of(wrong), None, "{wrong}");
        }
    }
}
