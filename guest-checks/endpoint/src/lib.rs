//! The `endpoint` check: the endpoint can be reached, and its workers take jobs and finish them.
//!
//! This file asks; [`rules`] concludes.

mod jobs;
mod management;
mod not_started;
mod queue;
mod reach;
pub mod rules;
mod signature;
mod wording;
mod workers;

pub use management::Management;

use comfycheck_sdk::endpoint::{configuration, health, observations, reach, stock, workers};
use comfycheck_sdk::samples::samples;
use comfycheck_sdk::{Answer, Check, Error, Manifest, Scope};
use rules::{After, Before, Settings};

/// Looks at the endpoint before the samples, and at what became of them after.
#[derive(Debug)]
pub struct Endpoint;

impl Check for Endpoint {
    type Settings = Settings;

    fn manifest() -> Manifest {
        rules::manifest()
    }

    fn run(scope: Scope, settings: Settings) -> Result<Answer, Error> {
        match scope {
            Scope::Deployment => {
                let asked =
                    Before { reach: reach(), health: health(), configuration: configuration(), workers: workers() };
                rules::before(&asked, &settings)
            }
            Scope::Run => {
                let samples = samples();
                // The management API allows few requests: it is asked where it helps.
                let management = if samples.iter().any(not_started::is_stuck) {
                    Management { configuration: configuration(), stock: stock() }
                } else {
                    Management::unasked()
                };
                rules::after(&After { reach: reach(), samples, observations: observations(), management }, &settings)
            }
            Scope::Sample => Err(Error::NotApplicable("the endpoint is judged once, not for each sample".into())),
        }
    }
}

#[cfg(feature = "component")]
comfycheck_sdk::export_check!(Endpoint);
