//! What a run will do: every check instance, and the samples to take.

mod checks;
mod samples;

use crate::cost::{self, CostRange, Price};
use crate::diagnostic::{Diagnostic, Kind, Refusal, inert};
use crate::execution::CheckInstance;
use crate::manifest::{Manifest, Scope};
use crate::nearest::in_words;
use crate::suite::problems::Problems;
use crate::suite::source::Source;
use crate::suite::{Suite, SuiteCheck};
use crate::workflow::Workflow;

/// The capabilities that a suite may grant, as `grants` names them.
pub const GRANTABLE: [&str; 5] =
    ["comfyui/inventory", "runpod/dry-run", "runpod/endpoint", "runpod/samples", "runpod/volume"];

/// The interfaces that every check may use.
pub const ALWAYS_GRANTED: [&str; 2] = ["log", "workflow"];

/// What a run will do. Everything that can be refused was refused before it exists.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The checks, in report order.
    pub checks: Vec<PlannedCheck>,
    /// Every check instance, in report order: by scope, then by check, then by sample.
    pub instances: Vec<PlannedInstance>,
    /// The samples to take, in order of their index.
    pub samples: Vec<PlannedSample>,
    /// What the samples and dry runs may cost ([`cost::estimate`]); none where the price is not known or
    /// there are none.
    pub estimate: Option<CostRange>,
    /// The price that costs are computed with, unless the run learns a better one of RunPod's catalog.
    pub price: Option<Price>,
    /// Things that the user should know before the run, one line each.
    pub warnings: Vec<String>,
}

/// A check of the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedCheck {
    /// As the suite asks for it.
    pub suite: SuiteCheck,
    /// What the component says of itself.
    pub manifest: Manifest,
    /// What it imports and was granted, such as `comfyui/inventory`, sorted.
    pub grants: Vec<String>,
    /// Whether an error finding in scope `deployment` keeps the samples from being
    /// bought, by the manifest or the suite.
    pub gates: bool,
    /// SHA-256 of the component, in lower-case hex.
    pub sha256: String,
}

/// A check instance of the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedInstance {
    /// Which one it is.
    pub instance: CheckInstance,
    /// The index of its check in [`Plan::checks`].
    pub check: usize,
}

/// A sample of the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedSample {
    /// From 0.
    pub index: u32,
    /// The seed that is set in it; none if the workflow has no seed to set.
    pub seed: Option<u64>,
    /// The workflow to submit: the text of a JSON object in API format. As text, since a thousand of them wait.
    pub workflow: String,
}

/// A component, as it describes itself.
#[derive(Clone, Debug)]
pub struct Described<'a> {
    /// What it says of itself, verified.
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
    match problems.finish() {
        Err(refusal) => refusal,
        Ok(()) => Refusal { diagnostics: Vec::new() },
    }
}

/// Plans a run of the suite: `components` are those of its checks, in their order, and
/// `run_seed` is the seed that sample `i` adds `i` to (beyond 64 bits, from 0 again).
///
/// The instances are in report order: scope `deployment` for all checks in the order of
/// the suite, then `sample` by check and within it by sample, then `run`. Refuses, with all
/// that is wrong at once: capabilities that are imported and not granted, settings that a
/// check's schema does not allow, severities and waivers of rules that a check does not have,
/// inputs that the workflow does not have, a limit of cost without a price. `catalog` says whether
/// RunPod's catalog can be asked for the price while the run goes on.
pub fn plan(
    suite: &Suite,
    workflow: Option<&Workflow>,
    components: &[Described<'_>],
    run_seed: u64,
    catalog: bool,
) -> Result<Plan, Refusal> {
    // A suite that was parsed once parses again.
    let source = suite.file.as_ref().and_then(|file| Source::parse(file).ok());
    let mut problems = Problems::new(source.as_ref());
    let mut warnings = Vec::new();
    let checks: Vec<_> = suite
        .checks
        .iter()
        .zip(components)
        .map(|(check, component)| checks::planned(check, component, &mut problems, &mut warnings))
        .collect();
    checks::waived_rules(suite, components, &mut problems);
    if workflow.is_none() && suite.file.is_some() {
        refuse_blind_checks(suite, components, &mut problems);
    }
    let samples = samples::planned(&suite.sampling, workflow, run_seed, &mut problems, &mut warnings);
    if !samples.is_empty() {
        warnings.extend(samples::too_few_jobs(suite));
    }
    let price = cost::price(&suite.deployment);
    let local_worker = suite.deployment.local_worker;
    let buys = buys(&samples, suite);
    let max_cost = suite.sampling.budget.max_cost.filter(|_| buys);
    if price.is_none() && !catalog && max_cost.is_some() && !local_worker {
        let diagnostic = Diagnostic::of(Kind::NoPrice, "`max-cost` cannot be kept: the price of a worker is not known");
        let help = "name the `gpu` of the deployment, or its `price-per-second`.";
        problems.value(&["budget", "max-cost"], diagnostic.help(help));
    }
    problems.finish()?;
    if let (None, Some(gpu), false, true) = (&price, &suite.deployment.gpu, catalog, buys) {
        let gpu = inert(gpu);
        warnings.push(format!("no price is known for GPU `{gpu}`, so that it is not known what the samples cost"));
    }
    if max_cost.is_some() && local_worker {
        warnings.push("`max-cost` does not apply: nobody bills a local worker".to_owned());
    }
    let estimate = price.as_ref().filter(|_| buys).map(|price| cost::estimate(suite, price));
    Ok(Plan { instances: instances(&checks, &samples), checks, samples, estimate, price, warnings })
}

/// Whether a run may submit a job.
fn buys(samples: &[PlannedSample], suite: &Suite) -> bool {
    !samples.is_empty() || suite.deployment.dry_run > 0
}

impl Plan {
    /// That the budget is below what one job may cost; of a share that submits its own samples, its part of the budget.
    pub fn small_budget(&self, suite: &Suite) -> Option<String> {
        let Suite { sampling, deployment, .. } = suite;
        let buys = !deployment.local_worker && buys(&self.samples, suite);
        let most = sampling.part_of_budget().max_cost.filter(|most| buys && *most > 0.0)?;
        let longest = cost::longest(self.price.as_ref()?, sampling.patience.in_progress);
        if longest <= most {
            return None;
        }
        let one = format!("one job may cost {longest:.4} USD by `in-progress-s`, which is more than");
        let first =
            format!("the first one is submitted alone, and cancelled once it may have cost more than {most} USD");
        Some(match sampling.share {
            None => format!("{one} `max-cost`: {first}"),
            Some(share) if share.owns_sample(0) => format!("{one} the part of share {share} of `max-cost`: {first}"),
            Some(share) => {
                format!("{one} the {most} USD that are the part of share {share} of `max-cost`: it submits none")
            }
        })
    }
}

/// A suite that names no workflow for checks that look at one was not finished: that they are skipped is no pass.
fn refuse_blind_checks(suite: &Suite, components: &[Described<'_>], problems: &mut Problems<'_>) {
    let looks = |component: &Described<'_>| component.imports.contains(&"workflow");
    let looking = suite.checks.iter().zip(components).filter(|(_, component)| looks(component));
    let names: Vec<_> = looking.map(|(check, _)| check.name.as_str()).collect();
    if !names.is_empty() {
        let what = format!("the suite names no workflow, and these checks look at one: {}", in_words(&names, "and"));
        let help = "name it (`workflow = \"workflow_api.json\"`), or list only checks that need none.";
        problems.value(&["workflow"], Diagnostic::of(Kind::MissingKey, what).help(help));
    }
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
