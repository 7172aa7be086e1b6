//! The `performance` check: how reliable, how fast and how expensive the deployment is.
//!
//! This file reads the samples; [`rules`] judges them.

mod distribution;
pub mod limits;
pub mod metrics;
pub mod product;
mod repeated;
pub mod rules;
mod wording;

use comfycheck_sdk::samples::{Ending, price, samples};
use comfycheck_sdk::{Answer, Check, Error, Manifest, Scope, outputs};
use limits::Limits;

/// Measures the samples.
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
        // A limit is a question, also where nothing was measured.
        let no_question = limits == Limits::default();
        if no_question && samples.iter().all(|sample| sample.ending == Ending::NotSubmitted) {
            return Err(Error::NotApplicable("no sample was submitted".into()));
        }
        let kinds = |sample| outputs::files(sample).iter().map(outputs::File::kind).collect();
        let (product, samples) = product::counted(samples, kinds);
        let answer = rules::judge(&samples, product, price().as_ref(), &limits);
        if no_question && !rules::has_measured(&answer) {
            return Err(Error::NotApplicable(rules::NOTHING_MEASURED.into()));
        }
        Ok(answer)
    }
}

#[cfg(feature = "component")]
comfycheck_sdk::export_check!(Performance);
