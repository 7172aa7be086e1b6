//! The `performance` check: how reliable, how fast and how dear the deployment is.
//!
//! This file asks; [`rules`] concludes.

pub mod limits;
pub mod metrics;
pub mod rules;
mod wording;

use comfycheck_sdk::samples::{Ending, price, samples};
use comfycheck_sdk::{Answer, Check, Error, Manifest, Scope};
use limits::Limits;

/// Measures what the samples show.
#[derive(Debug)]
pub struct Performance;

impl Check for Performance {
    type Settings = Limits;

    fn manifest() -> Manifest {
        rules::manifest()
    }

    fn run(scope: Scope, limits: Limits) -> Result<Answer, Error> {
        if scope != Scope::Run {
            return Err(Error::NotApplicable("performance is measured over all samples".into()));
        }
        let samples = samples();
        let submitted = samples.iter().any(|sample| sample.ending != Ending::NotSubmitted);
        // A limit is a question, also where nothing could be measured.
        if !submitted && limits == Limits::default() {
            return Err(Error::NotApplicable("no sample was submitted".into()));
        }
        Ok(rules::judge(&samples, price().as_ref(), &limits))
    }
}

#[cfg(feature = "component")]
comfycheck_sdk::export_check!(Performance);
