//! The samples of the plan.

use super::PlannedSample;
use crate::diagnostic::{Diagnostic, Kind};
use crate::suite::problems::Problems;
use crate::suite::{NodeInput, Sampling, Suite};
use crate::workflow::{UnknownInput, Workflow};
use std::collections::HashMap;

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
        Some(PlannedSample { index, seed: varied.seed, workflow: varied.workflow.to_string() })
    };
    if let Some(diagnostic) = sample(0).and_then(|first| too_large(&first, sampling.samples)) {
        problems.value(&["samples"], diagnostic);
        return Vec::new();
    }
    let samples: Vec<_> = (0..sampling.samples).filter_map(sample).collect();
    warnings.extend(same_job(&samples));
    samples
}

fn is_known(workflow: &Workflow, input: &NodeInput, list: &str, index: usize, problems: &mut Problems<'_>) -> bool {
    match workflow.find(input) {
        Ok(()) => true,
        Err(UnknownInput { key, what, help }) => {
            problems.value(
                &[list, &index.to_string(), key],
                Diagnostic { help, ..Diagnostic::of(Kind::UnknownName, what) },
            );
            false
        }
    }
}

/// Why so many samples are not planned, if all are about as large as the first: they stay in memory until the end of the
/// run, and a check that compares them holds them once more.
fn too_large(first: &PlannedSample, samples: u32) -> Option<Diagnostic> {
    const MOST_BYTES: u64 = 512 << 20;
    let (one, samples) = (first.workflow.len() as u64, u64::from(samples));
    let sum = one.saturating_mul(samples);
    if sum <= MOST_BYTES {
        return None;
    }
    let what = format!(
        "{samples} samples of a workflow of {} KiB are {} MiB together, and at most {} MiB are taken",
        one >> 10,
        sum >> 20,
        MOST_BYTES >> 20
    );
    let help =
        format!("take at most {} samples, or have the workflow load by name what is embedded in it.", MOST_BYTES / one);
    Some(Diagnostic::of(Kind::TooLarge, what).help(help))
}

/// The first sample that is the same job as an earlier one.
fn same_job(samples: &[PlannedSample]) -> Option<String> {
    let mut jobs = HashMap::new();
    let mut pairs =
        samples.iter().filter_map(|sample| Some((jobs.insert(&sample.workflow, sample.index)?, sample.index)));
    let (first, again) = pairs.next()?;
    Some(format!(
        "samples {first} and {again} are the same job, which ComfyUI answers from its cache; vary the prompt or a seed"
    ))
}

/// That the budget does not allow all samples after as many dry runs as there may be.
pub(super) fn too_few_jobs(suite: &Suite) -> Option<String> {
    let (samples, dry_run) = (suite.sampling.samples, suite.deployment.dry_run);
    let most = suite.sampling.budget.max_jobs.filter(|most| *most < samples.saturating_add(dry_run))?;
    if dry_run == 0 {
        return Some(format!("the budget allows {most} of {samples} jobs; the other samples are not submitted"));
    }
    let left = most.saturating_sub(dry_run);
    Some(format!(
        "the budget allows {most} jobs, and a dry run may take {dry_run} of them: {left} of {samples} samples are certain to be submitted"
    ))
}
