//! What a run will do: every check instance and every sample.

mod checks;
mod price;
mod samples;
mod shard;

use crate::cost::{self, Price};
use crate::diagnostic::{Diagnostic, Kind, Refusal, inert};
use crate::execution::CheckInstance;
use crate::json_text::JsonText;
use crate::manifest::{Manifest, Scope};
use crate::money::CostRange;
use crate::suite::problems::Problems;
use crate::suite::source::Source;
use crate::suite::{Suite, SuiteCheck};
use crate::wording::names;
use crate::workflow::Workflow;

/// What a run will do. Whatever can be refused was refused before.
#[derive(Clone, Debug)]
pub struct Plan {
    /// In report order.
    pub checks: Vec<PlannedCheck>,
    /// In report order: by scope, then by check, then by sample.
    pub instances: Vec<PlannedInstance>,
    /// In order of their index.
    pub samples: Vec<PlannedSample>,
    /// What the samples and dry runs can cost ([`cost::estimate`]). None if the price is unknown or no job is submitted.
    pub estimate: Option<CostRange>,
    /// The price to compute costs with, unless the run learns a better one from RunPod's catalog.
    pub price: Option<Price>,
    /// In the order of the suite, then those without a place.
    pub warnings: Vec<Diagnostic>,
}

/// A check of the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedCheck {
    pub suite: SuiteCheck,
    pub manifest: Manifest,
    /// The capabilities that it imports and was granted, such as `comfyui/inventory`. Sorted.
    pub grants: Vec<String>,
    /// Whether an error finding in scope `deployment` blocks the samples, by the manifest or by the suite.
    pub gates: bool,
    /// SHA-256 of the component, in lower-case hex.
    pub sha256: String,
}

/// A check instance of the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedInstance {
    pub instance: CheckInstance,
    /// The index of its check in [`Plan::checks`].
    pub check: usize,
}

/// A sample of the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedSample {
    /// From 0.
    pub index: u32,
    /// The seed in its workflow. None if the workflow has no input for a seed.
    pub seed: Option<u64>,
    /// The workflow to submit: a JSON object in API format.
    pub workflow: JsonText,
}

/// A component, as it describes itself.
#[derive(Clone, Debug)]
pub struct CheckDescription<'a> {
    /// Verified.
    pub manifest: &'a Manifest,
    /// The interfaces that it imports, such as `comfyui/inventory` and `log`.
    pub imports: Vec<&'a str>,
    /// SHA-256 of the component, in lower-case hex.
    pub sha256: &'a str,
}

/// The errors of a suite whose settings checks rejected when they ran, at the places of the settings. Each is a check's
/// name with its words.
pub fn rejected_settings<'a>(suite: &Suite, rejected: impl IntoIterator<Item = (&'a str, &'a str)>) -> Refusal {
    let source = suite.file.as_ref().and_then(|file| Source::parse(file).ok());
    let mut problems = Problems::new(source.as_ref());
    for (check, reason) in rejected {
        let diagnostic = Diagnostic::new(format!("check `{check}`: {}", inert(reason)));
        let settings = ["checks", check, "settings"];
        match problems.place(&settings) {
            Some(_) => problems.key(&settings, diagnostic),
            None => problems.key(&settings[..2], diagnostic),
        }
    }
    Refusal { diagnostics: problems.into_diagnostics() }
}

/// Plans a run of the suite.
///
/// - `components` are those of the suite's checks, in their order.
/// - Sample `i` gets the seed `run_seed + i`, beyond 64 bits from 0 again.
/// - `catalog`: whether RunPod's catalog will be available for the price during the run.
///
/// Instances are in report order: scope `deployment` by check, then `sample` by check and sample, then `run` by check.
///
/// Refuses, with all problems at once: missing grants, settings that a schema does not allow, severities and waivers of unknown
/// rules, inputs that the workflow does not have, and `max-cost` without a price.
pub fn plan(
    suite: &Suite,
    workflow: Option<&Workflow>,
    components: &[CheckDescription<'_>],
    run_seed: u64,
    catalog: bool,
) -> Result<Plan, Refusal> {
    // A suite that was parsed once parses again.
    let source = suite.file.as_ref().and_then(|file| Source::parse(file).ok());
    let mut problems = Problems::new(source.as_ref());
    let mut warnings = Problems::new(source.as_ref());
    let checks: Vec<_> = suite
        .checks
        .iter()
        .zip(components)
        .map(|(check, component)| checks::planned(check, component, &mut problems, &mut warnings))
        .collect();
    checks::waived_rules(suite, components, &mut problems);
    if workflow.is_none() && suite.file.is_some() {
        refuse_without_workflow(suite, components, &mut problems);
    }
    let samples = samples::planned(suite, workflow, run_seed, &mut problems, &mut warnings);
    if let Some(diagnostic) = samples::too_few_jobs(suite).filter(|_| !samples.is_empty()) {
        warnings.value(&["budget", "max-jobs"], diagnostic);
    }
    let submits = submits_jobs(&samples, suite);
    let price = cost::price(&suite.deployment);
    price::verify(suite, submits, catalog, &mut problems, &mut warnings);
    problems.finish()?;
    let estimate = price.as_ref().filter(|_| submits).map(|price| cost::estimate(suite, price));
    let warnings = warnings.into_diagnostics();
    Ok(Plan { instances: instances(&checks, &samples), checks, samples, estimate, price, warnings })
}

/// Whether a run can submit a job.
fn submits_jobs(samples: &[PlannedSample], suite: &Suite) -> bool {
    !samples.is_empty() || suite.deployment.dry_run > 0
}

/// A suite without a workflow for checks that read one is not finished. Skipping them would be no pass.
fn refuse_without_workflow(suite: &Suite, components: &[CheckDescription<'_>], problems: &mut Problems<'_>) {
    let reads = |component: &CheckDescription<'_>| component.imports.contains(&"workflow");
    let readers = suite.checks.iter().zip(components).filter(|(_, component)| reads(component));
    let readers: Vec<_> = readers.map(|(check, _)| check.name.as_str()).collect();
    if readers.is_empty() {
        return;
    }
    let (check, need) = if readers.len() == 1 { ("check", "needs") } else { ("checks", "need") };
    let what = format!("{check} {} {need} a workflow, but the suite names none", names(readers));
    let help = "add `workflow = \"workflow_api.json\"`, or list only checks that need no workflow";
    problems.value(&["workflow"], Diagnostic::of(Kind::MissingKey, what).help(help));
}

/// Every instance, in report order.
fn instances(checks: &[PlannedCheck], samples: &[PlannedSample]) -> Vec<PlannedInstance> {
    let mut instances = Vec::new();
    for scope in [Scope::Deployment, Scope::Sample, Scope::Run] {
        for (index, check) in checks.iter().enumerate().filter(|(_, check)| check.manifest.scopes.contains(&scope)) {
            let instance = |sample| PlannedInstance {
                instance: CheckInstance { check: check.suite.name.clone(), scope, sample },
                check: index,
            };
            match scope {
                Scope::Sample => instances.extend(samples.iter().map(|sample| instance(Some(sample.index)))),
                Scope::Deployment | Scope::Run => instances.push(instance(None)),
            }
        }
    }
    instances
}
