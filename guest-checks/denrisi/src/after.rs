//! After the samples: which requirements they prove.

use crate::before::{is_about_required_node, of_denrisi};
use crate::requirements::{
    MAX_COLD_START_S, MAX_GENERATION_S, MIN_SAMPLES, MIN_SUCCESS_RATE, MODELS, NODES, loads, unmet,
};
use comfycheck_check_models::rules::{MISSING_MODEL, samples::after_samples as models_after_samples};
use comfycheck_check_nodes::rules::{MISSING_NODE, samples::after_samples as nodes_after_samples};
use comfycheck_check_performance::metrics::{cold_starts, generation_times, longest, mean};
use comfycheck_check_performance::product::Product;
use comfycheck_check_performance::rules::{success, times};
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::wording::{count, names_with};
use comfycheck_sdk::{Answer, Error, Finding, Severity, Subject, Workflow};
use serde_json::json;

/// The rules of the check `performance` that compare a value with a limit. Its notes on the values are left to it.
const LIMITS: [&str; 4] = ["too-few-samples", "low-success-rate", "slow-cold-start", "slow-generation"];

/// How many requirements there are: classes, models, enough samples, all successful, all with an image, and two limits.
const REQUIREMENTS: usize = NODES.len() + MODELS.len() + 5;

/// Judges the samples. `before` is the answer of [`before`](crate::before::before) at this time.
///
/// Not applicable if samples were planned and none was submitted: then the open questions stay open.
pub fn after(workflow: &Workflow, samples: &[Sample], before: &Answer) -> Result<Answer, Error> {
    if samples.is_empty() {
        // Leaving out an open question would close it.
        let open = Answer { findings: Vec::new(), open: before.open.clone() };
        return Ok([open, success::too_few_samples(samples, MIN_SAMPLES)].into_iter().collect());
    }
    if samples.iter().all(|sample| sample.ending == Ending::NotSubmitted) {
        return Err(Error::NotApplicable("no sample was submitted".into()));
    }
    let parts = [
        nodes(workflow, samples, before),
        models(samples, before),
        other_workflow(samples).into_iter().collect(),
        no_image(samples).into_iter().collect(),
        limits(samples),
    ];
    let mut answer: Answer = parts.into_iter().collect();
    let nothing_wrong = answer.findings.is_empty() && !before.findings.iter().any(is_error);
    let all_succeeded = samples.iter().all(|sample| sample.ending == Ending::Succeeded);
    if nothing_wrong && answer.open.is_empty() && all_succeeded {
        answer.findings.push(verified(workflow, samples));
    }
    Ok(answer)
}

fn nodes(workflow: &Workflow, samples: &[Sample], before: &Answer) -> Answer {
    let Ok(answer) = nodes_after_samples(samples) else { return still_open(MISSING_NODE, before) };
    let findings = answer.findings.into_iter().filter(|finding| finding.rule == MISSING_NODE);
    findings.filter(|finding| is_about_required_node(finding, workflow)).collect()
}

fn models(samples: &[Sample], before: &Answer) -> Answer {
    let Ok(answer) = models_after_samples(samples) else { return still_open(MISSING_MODEL, before) };
    let required = |finding: Finding| {
        let model = MODELS.iter().find(|model| {
            finding.subjects.iter().any(|subject| matches!(subject, Subject::Model(file) if model.is(&file.name)))
        })?;
        Some(with_other_names(of_denrisi(finding), model.names))
    };
    answer.findings.into_iter().filter_map(required).collect()
}

/// The worker may have the model under another of its names, and does not report its whole list.
fn with_other_names(mut finding: Finding, names: &[&str]) -> Finding {
    if let (Some(help), [_, _, ..]) = (&mut finding.help, names) {
        help.push_str("; if the worker has it under another name, write that: ");
        help.push_str(&names_with(names.iter().copied(), "or"));
    }
    finding
}

/// The question that the inventory left open, if no sample answers it either.
fn still_open(rule: &str, before: &Answer) -> Answer {
    let mut open = before.open.clone();
    open.retain(|question| question.rule == rule);
    Answer { findings: Vec::new(), open }
}

/// Samples whose workflow, with its variation, is not Denrisi's.
fn other_workflow(samples: &[Sample]) -> Option<Finding> {
    let ran = samples.iter().filter(|sample| sample.ending != Ending::NotSubmitted);
    let is_other =
        |sample: &Sample| Workflow::parse(&sample.workflow).is_ok_and(|workflow| !unmet(&workflow).is_empty());
    let others: Vec<u32> = ran.filter(|sample| is_other(sample)).map(|sample| sample.index).collect();
    (!others.is_empty()).then(|| {
        let jobs = count(others.len() as u64, "job");
        Finding::new("other-workflow", format!("{jobs} did not run the Denrisi workflow"))
            .about_all(others.into_iter().map(Subject::Sample))
            .help("remove the variation that changes its nodes or models")
    })
}

fn no_image(samples: &[Sample]) -> Option<Finding> {
    let without = samples.iter().filter(|sample| sample.ending == Ending::Succeeded && sample.image_count == 0);
    let without: Vec<u32> = without.map(|sample| sample.index).collect();
    (!without.is_empty()).then(|| {
        let jobs = count(without.len() as u64, "job");
        Finding::new("no-image", format!("{jobs} completed without an image"))
            .about_all(without.into_iter().map(Subject::Sample))
            .help("end the workflow in `SaveImage`, and see the findings of the check `image`")
    })
}

fn limits(samples: &[Sample]) -> Answer {
    let judged = [
        success::too_few_samples(samples, MIN_SAMPLES),
        success::success_rate(samples, Some(MIN_SUCCESS_RATE)),
        times::cold_start(samples, Some(MAX_COLD_START_S)),
        times::generation_time(samples, Product::Image, Some(MAX_GENERATION_S)),
    ];
    let mut answer: Answer = judged.into_iter().collect();
    answer.findings.retain(|finding| LIMITS.contains(&finding.rule.as_str()));
    answer
}

fn is_error(finding: &Finding) -> bool {
    crate::rules::RULES.iter().any(|(id, severity)| *id == finding.rule && *severity == Severity::Error)
}

/// The headline: every requirement is met.
fn verified(workflow: &Workflow, samples: &[Sample]) -> Finding {
    let mut files: Vec<&str> = loads(workflow).iter().map(|load| load.file).collect();
    files.dedup();
    let starts: Vec<_> = cold_starts(samples).iter().map(|start| start.took).collect();
    // Cut and not rounded, so that no value equals the limit that it is below.
    let seconds = |ms: f64| ms.floor() / 1000.0;
    Finding::new("denrisi-verified", format!("all {REQUIREMENTS} requirements met")).data(&json!({
        "nodes": NODES,
        "models": files,
        "samples": samples.len(),
        "cold-start-s": longest(&starts).map(|start| seconds(start.ms)),
        "generation-s": mean(&generation_times(samples)).map(seconds),
    }))
}
