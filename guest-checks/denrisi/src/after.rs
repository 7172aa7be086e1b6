//! After the samples: what they prove of the requirements.

use crate::before::{as_own_rule, is_about_required_node};
use crate::requirements::{
    MAX_COLD_START_S, MAX_GENERATION_S, MIN_SAMPLES, MIN_SUCCESS_RATE, MODELS, NODES, loads, unmet,
};
use comfycheck_check_models::rules::{MISSING_MODEL, samples::after_samples as models_told};
use comfycheck_check_nodes::rules::{MISSING_NODE, samples::after_samples as nodes_told};
use comfycheck_check_performance::metrics::{cold_starts, generation_times, longest, mean};
use comfycheck_check_performance::rules::{success, times};
use comfycheck_sdk::samples::{Ending, Sample};
use comfycheck_sdk::{Answer, Error, Finding, OpenQuestion, Subject, Workflow, quote_all, quote_samples};
use serde_json::json;

/// The rules of the check `performance` that hold a value against a limit. The values themselves are for that check to
/// note.
const LIMITS: [&str; 4] = ["too-few-samples", "low-success-rate", "slow-cold-start", "slow-generation"];

/// Judges what became of the samples. `before` is what [`before`](crate::before::before) says, asked anew.
///
/// Not applicable where no sample was submitted: then what was open before stays open.
pub fn after(workflow: &Workflow, samples: &[Sample], before: &Answer) -> Result<Answer, Error> {
    if samples.is_empty() {
        // What was open stays open: a run that leaves it out would close it.
        let open = Answer { findings: Vec::new(), open: before.open.clone() };
        return Ok([open, success::too_few_samples(samples, MIN_SAMPLES)].into_iter().collect());
    }
    if samples.iter().all(|sample| sample.ending == Ending::NotSubmitted) {
        return Err(Error::NotApplicable("no sample was submitted".into()));
    }
    let told = [
        nodes(workflow, samples, before),
        models(samples, before),
        other_workflow(samples).into_iter().collect(),
        no_image(samples).into_iter().collect(),
        limits(samples),
    ];
    let mut answer: Answer = told.into_iter().collect();
    let told_wrong = |finding: &Finding| is_error(&finding.rule);
    let nothing_wrong = answer.findings.is_empty() && !before.findings.iter().any(told_wrong);
    let all_succeeded = samples.iter().all(|sample| sample.ending == Ending::Succeeded);
    if nothing_wrong && answer.open.is_empty() && all_succeeded {
        answer.findings.push(verified(workflow, samples));
    }
    Ok(answer)
}

fn nodes(workflow: &Workflow, samples: &[Sample], before: &Answer) -> Answer {
    let told = match nodes_told(samples) {
        Ok(told) => told,
        Err(reason) => return still_open(MISSING_NODE, &reason, before),
    };
    let findings = told.findings.into_iter().filter(|finding| finding.rule == MISSING_NODE);
    findings.filter(|finding| is_about_required_node(finding, workflow)).collect()
}

fn models(samples: &[Sample], before: &Answer) -> Answer {
    let told = match models_told(samples) {
        Ok(told) => told,
        Err(reason) => return still_open(MISSING_MODEL, &reason, before),
    };
    let required = |finding: Finding| {
        let model = MODELS.iter().find(|model| {
            finding.subjects.iter().any(|subject| matches!(subject, Subject::Model(file) if model.is(&file.name)))
        })?;
        Some(with_other_names(as_own_rule(finding), model.names))
    };
    told.findings.into_iter().filter_map(required).collect()
}

/// A worker does not say all that it offers: it may have the model under another of its names.
fn with_other_names(mut finding: Finding, names: &[&str]) -> Finding {
    let help = finding.help.take().unwrap_or_default();
    let others = quote_all(names.iter().copied());
    let hint = format!("{help}; or, where it has the model under another of its names ({others}), write that");
    finding.help(if names.len() > 1 { hint } else { help })
}

/// A question that the inventory left open and that no sample answers.
fn still_open(rule: &str, reason: &str, before: &Answer) -> Answer {
    let was_open = before.open.iter().find(|question| question.rule == rule);
    was_open.map(|question| OpenQuestion { reason: reason.to_owned(), ..question.clone() }.into()).unwrap_or_default()
}

/// Samples whose workflow, with its variation, is not Denrisi's.
fn other_workflow(samples: &[Sample]) -> Option<Finding> {
    let ran = samples.iter().filter(|sample| sample.ending != Ending::NotSubmitted);
    let is_other =
        |sample: &&Sample| Workflow::parse(&sample.workflow).is_ok_and(|workflow| !unmet(&workflow).is_empty());
    let others: Vec<u32> = ran.filter(is_other).map(|sample| sample.index).collect();
    (!others.is_empty()).then(|| {
        let message = format!("the workflow that was submitted as {} is not Denrisi's", quote_samples(&others));
        Finding::new("other-workflow", message)
            .about_all(others.iter().copied().map(Subject::Sample))
            .help("see that no variation changes the nodes and models of the Denrisi workflow")
    })
}

fn no_image(samples: &[Sample]) -> Option<Finding> {
    let without = samples.iter().filter(|sample| sample.ending == Ending::Succeeded && sample.image_count == 0);
    let without: Vec<u32> = without.map(|sample| sample.index).collect();
    (!without.is_empty()).then(|| {
        Finding::new("no-image", format!("{} completed without an image", quote_samples(&without)))
            .about_all(without.iter().copied().map(Subject::Sample))
            .help("see what the check `image` says of the output, and see that the workflow ends in `SaveImage`")
    })
}

fn limits(samples: &[Sample]) -> Answer {
    let judged = [
        success::too_few_samples(samples, MIN_SAMPLES),
        success::success_rate(samples, Some(MIN_SUCCESS_RATE)),
        times::cold_start(samples, Some(MAX_COLD_START_S)),
        times::generation_time(samples, Some(MAX_GENERATION_S)),
    ];
    let mut answer: Answer = judged.into_iter().collect();
    answer.findings.retain(|finding| LIMITS.contains(&finding.rule.as_str()));
    answer
}

fn is_error(rule: &str) -> bool {
    crate::rules::RULES.iter().any(|(id, severity)| *id == rule && *severity == comfycheck_sdk::Severity::Error)
}

/// Everything that the workflow requires is confirmed.
fn verified(workflow: &Workflow, samples: &[Sample]) -> Finding {
    let mut files: Vec<&str> = loads(workflow).iter().map(|load| load.file).collect();
    files.dedup();
    let succeeded = samples.iter().filter(|sample| sample.ending == Ending::Succeeded).count();
    // Cut and not rounded: no value is shown as equal to the limit that it keeps.
    let starts: Vec<_> = cold_starts(samples).iter().map(|start| start.took).collect();
    let cold_start = longest(&starts).map(|start| start.ms.floor() / 1000.0);
    let generation = mean(&generation_times(samples)).map(|ms| ms.floor() / 1000.0);
    let seconds = |value: Option<f64>| value.map(|value| format!("{value} s")).unwrap_or_default();
    let message = format!(
        "confirmed: nodes {}; models {}; {succeeded} of {} samples succeeded; longest cold start {} (below {MAX_COLD_START_S} s); \
         mean generation {} (below {MAX_GENERATION_S} s)",
        quote_all(NODES),
        quote_all(files.iter().copied()),
        samples.len(),
        seconds(cold_start),
        seconds(generation),
    );
    Finding::new("denrisi-verified", message).data(&json!({
        "nodes": NODES,
        "models": files,
        "samples": succeeded,
        "cold-start-s": cold_start,
        "generation-s": generation,
    }))
}
