//! The samples of the plan.

use super::PlannedSample;
use crate::diagnostic::Diagnostic;
use crate::suite::problems::Problems;
use crate::suite::{NodeInput, Sampling};
use crate::workflow::{UnknownInput, Workflow};

/// The samples to take, in order of their index; none if the suite takes none, or where a
/// problem keeps them from being submitted.
pub(super) fn planned(
    sampling: &Sampling,
    workflow: Option<&Workflow>,
    run_seed: u64,
    problems: &mut Problems<'_>,
    warnings: &mut Vec<String>,
) -> Vec<PlannedSample> {
    let Some(workflow) = workflow else { return Vec::new() };
    let mut known = true;
    for (index, variation) in sampling.variations.iter().enumerate() {
        known &= is_known(workflow, &variation.input, "variations", index, problems);
    }
    for (index, input) in sampling.seed_inputs.iter().flatten().enumerate() {
        known &= is_known(workflow, input, "seed-inputs", index, problems);
    }
    if let Some(diagnostic) = workflow.not_submittable().filter(|_| sampling.samples > 0) {
        problems.key(&[], diagnostic);
        return Vec::new();
    }
    if !known {
        return Vec::new();
    }
    let sample = |index: u32| {
        let varied = workflow.vary(sampling, run_seed.wrapping_add(index.into()), index).ok()?;
        Some(PlannedSample { index, seed: varied.seed, workflow: varied.workflow })
    };
    let samples: Vec<_> = (0..sampling.samples).filter_map(sample).collect();
    warnings.extend(same_job(&samples));
    warnings.extend(too_few_jobs(sampling));
    samples
}

fn is_known(workflow: &Workflow, input: &NodeInput, list: &str, index: usize, problems: &mut Problems<'_>) -> bool {
    match workflow.find(input) {
        Ok(()) => true,
        Err(UnknownInput { key, what, help }) => {
            problems.value(&[list, &index.to_string(), key], Diagnostic { help, ..Diagnostic::new(what) });
            false
        }
    }
}

/// Variations take turns, so that a job that comes again is the first one.
fn same_job(samples: &[PlannedSample]) -> Option<String> {
    let (first, rest) = samples.split_first()?;
    let again = rest.iter().find(|sample| sample.workflow == first.workflow)?;
    Some(format!(
        "samples {} and {} are the same job, which ComfyUI answers from its cache; vary the prompt or a seed",
        first.index, again.index
    ))
}

fn too_few_jobs(sampling: &Sampling) -> Option<String> {
    let most = sampling.budget.max_jobs.filter(|most| *most < sampling.samples)?;
    Some(format!("the budget allows {most} of {} jobs; the other samples are not submitted", sampling.samples))
}
