//! The samples of the plan.

use super::PlannedSample;
use crate::diagnostic::{Diagnostic, Kind};
use crate::suite::problems::Problems;
use crate::suite::{Submit, Suite};
use crate::wording::{bytes, bytes_beside, count, samples as samples_of};
use crate::workflow::NodeInput;
use crate::workflow::{UnknownInput, Workflow};
use std::collections::HashMap;

/// The samples in order of their index. None if a problem keeps them from being submitted.
pub(super) fn planned(
    suite: &Suite,
    workflow: Option<&Workflow>,
    run_seed: u64,
    problems: &mut Problems<'_>,
    warnings: &mut Problems<'_>,
) -> Vec<PlannedSample> {
    let sampling = &suite.sampling;
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
    // Every input was found above.
    let Ok(varied) = workflow.vary(&sampling.variations, sampling.seed_inputs.as_deref()) else { return Vec::new() };
    let sample = |index: u32| {
        let (workflow, seed) = varied.sample(run_seed.wrapping_add(index.into()), index);
        PlannedSample { index, seed, workflow }
    };
    if let Some(diagnostic) = too_large(&sample(0), sampling.samples) {
        problems.value(&["samples"], diagnostic);
        return Vec::new();
    }
    let samples: Vec<_> = (0..sampling.samples).map(sample).collect();
    if let Some(diagnostic) = samples.iter().find_map(|sample| too_large_to_send(suite, sample)) {
        let place: &[&str] = if suite.request.inputs.is_empty() { &[] } else { &["inputs"] };
        problems.key(place, diagnostic);
        return Vec::new();
    }
    if let Some(diagnostic) = same_job(&samples) {
        warnings.key(&["variations"], diagnostic);
    }
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

/// The problem if this many samples, all about as large as the first, do not fit in memory. They stay there until the run ends,
/// and a check that compares them holds them once more.
fn too_large(first: &PlannedSample, samples: u32) -> Option<Diagnostic> {
    const MOST_BYTES: u64 = 512 << 20;
    let (one, samples) = (first.workflow.len() as u64, u64::from(samples));
    let sum = one.saturating_mul(samples);
    if sum <= MOST_BYTES {
        return None;
    }
    let what = format!(
        "{} with a workflow of {} need {}, more than the limit of {}",
        count(samples, "sample"),
        bytes(one),
        bytes(sum),
        bytes(MOST_BYTES)
    );
    let most = MOST_BYTES / one;
    let help = format!("use at most {}, or load embedded data from files", count(most, "sample"));
    Some(Diagnostic::of(Kind::TooLarge, what).help(help))
}

/// The problem if RunPod would not take the request of a sample with its files.
fn too_large_to_send(suite: &Suite, sample: &PlannedSample) -> Option<Diagnostic> {
    let (request, submit) = (&suite.request, suite.sampling.submit);
    // A local worker takes requests of any size. A workflow that is too large alone is the sample's own error.
    if suite.deployment.local_worker || request.inputs.is_empty() {
        return None;
    }
    let workflow = serde_json::from_str(&sample.workflow.to_string()).unwrap_or_default();
    let size = request.size(&workflow, sample.workflow.len());
    if size <= submit.largest_request() {
        return None;
    }
    let (size, most) = bytes_beside(size as u64, submit.largest_request() as u64);
    let what = format!(
        "the request of sample {} has {size} with its input files as base64, more than the limit of {most}",
        sample.index
    );
    let help = match submit {
        Submit::Run => "use smaller files, or set `submit = \"runsync\"`: its limit is twice as high",
        Submit::Runsync => "use smaller files, or load them on the worker from a network volume",
    };
    Some(Diagnostic::of(Kind::TooLarge, what).help(help))
}

/// The first sample that is the same job as an earlier one.
fn same_job(samples: &[PlannedSample]) -> Option<Diagnostic> {
    let mut jobs = HashMap::new();
    let mut pairs =
        samples.iter().filter_map(|sample| Some((jobs.insert(&sample.workflow, sample.index)?, sample.index)));
    let (first, again) = pairs.next()?;
    let what = format!("{} are the same job: ComfyUI answers the second from its cache", samples_of(&[first, again]));
    Some(Diagnostic::of(Kind::Duplicate, what).help("vary the prompt or a seed"))
}

/// A warning if `max-jobs` does not allow all samples after the dry runs.
pub(super) fn too_few_jobs(suite: &Suite) -> Option<Diagnostic> {
    let (samples, dry_run) = (suite.sampling.samples, suite.deployment.dry_run);
    let most = suite.sampling.budget.max_jobs.filter(|most| *most < samples.saturating_add(dry_run))?;
    let what = if dry_run == 0 {
        format!("`max-jobs` allows {most} of {}", count(samples, "sample"))
    } else {
        let left = most.saturating_sub(dry_run);
        format!("`max-jobs` allows at least {left} of {}: a dry run can use {dry_run}", count(samples, "sample"))
    };
    Some(Diagnostic::of(Kind::Conflict, what))
}
