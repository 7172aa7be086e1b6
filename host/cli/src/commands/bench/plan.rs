//! From arguments to loads.

use crate::args::BenchArguments;
use comfycheck_core::bench::{LevelsNotRun, LoadKind, MOST_BENCH_SAMPLES, Schedule, Search, Stage};
use comfycheck_core::diagnostic::Diagnostic;
use comfycheck_core::manifest::Scope;
use comfycheck_core::plan::{Plan, PlannedSample};
use comfycheck_core::suite::{CheckSource, HttpPaths, Sampling, Suite, SuiteCheck};
use comfycheck_core::wording::count;
use comfycheck_core::workflow::{SampleWorkflows, UnknownInput, Workflow};
use comfycheck_runtime::run::LoadOutcome;
use comfycheck_runtime::sampler::SampleSource;
use serde_json::{Value, json};

/// The check that judges a level.
pub(super) const JUDGE: &str = "performance";
/// The highest concurrency that a search tries, if its levels have so many jobs.
const MOST_OF_SEARCH: u32 = 64;
/// The jobs of a level, unless the user names a number.
const JOBS: u32 = 30;

/// Adds the limits of the command line to the settings of the check that judges them. A suite without this check gets it.
pub(super) fn add_limits(suite: &mut Suite, arguments: &BenchArguments) {
    let limits = arguments.limit.iter().chain(&arguments.abort).map(|limit| json!(limit.to_string()));
    let limits: Vec<Value> = limits.collect();
    if !suite.checks.iter().any(|check| check.name == JUDGE) {
        suite.checks.push(SuiteCheck {
            name: JUDGE.to_owned(),
            source: CheckSource::Bundled(JUDGE.to_owned()),
            grants: None,
            http_paths: HttpPaths::default(),
            gate: None,
            settings: json!({}),
            severity: std::collections::BTreeMap::default(),
            limits: comfycheck_core::suite::Limits::default(),
            place: None,
        });
    }
    let settings = suite.checks.iter_mut().filter(|check| check.name == JUDGE).map(|check| &mut check.settings);
    for settings in settings.filter_map(Value::as_object_mut).filter(|_| !limits.is_empty()) {
        match settings.get_mut("limits").and_then(Value::as_array_mut) {
            Some(own) => own.extend(limits.iter().cloned()),
            None => drop(settings.insert("limits".to_owned(), Value::Array(limits.clone()))),
        }
    }
}

/// Leaves out the checks that read files of samples, which a benchmark does not keep, and the samples of a run.
pub(super) fn without_samples(plan: &mut Plan) {
    plan.instances.retain(|planned| planned.instance.scope != Scope::Sample);
    plan.samples.clear();
}

/// A warning if `max-jobs` ends the benchmark early.
pub(super) fn small_budget(schedule: &Schedule, suite: &Suite) -> Option<String> {
    let (allowed, needed) = jobs(schedule.rest(), suite)?;
    Some(format!("`max-jobs` is {allowed}, and the benchmark needs {}; {RAISE}", count(needed, "job")))
}

/// The levels that did not run, and why. `done` has those that ran.
pub(super) fn not_run(schedule: &Schedule, done: &[LoadOutcome], suite: &Suite) -> Option<LevelsNotRun> {
    let loads: Vec<LoadKind> = schedule.rest().map(|stage| stage.load).collect();
    let stopped = done.last()?.stopped.as_deref()?;
    let reason = match jobs(done.iter().map(|load| &load.stage).chain(schedule.rest()), suite) {
        Some((allowed, needed)) if stopped.starts_with("`max-jobs`") => {
            format!("`max-jobs` is {allowed}, and all levels need {}; {RAISE}", count(needed, "job"))
        }
        _ => format!("the level before ended early ({stopped})"),
    };
    (!loads.is_empty()).then_some(LevelsNotRun { loads, reason })
}

const RAISE: &str = "raise it in `[budget]`, or use `--max-jobs`";

/// `max-jobs` and the jobs of these stages, if there are more.
fn jobs<'a>(stages: impl Iterator<Item = &'a Stage>, suite: &Suite) -> Option<(u32, u32)> {
    let counted = stages.filter(|stage| stage.duration.is_none());
    let needed = counted.map(|stage| stage.jobs).fold(0, u32::saturating_add);
    suite.sampling.budget.max_jobs.filter(|allowed| *allowed < needed).map(|allowed| (allowed, needed))
}

/// The most jobs of each level.
fn jobs_of_level(arguments: &BenchArguments) -> u32 {
    if arguments.duration.is_some() { MOST_BENCH_SAMPLES } else { arguments.jobs.unwrap_or(JOBS) }
}

/// The highest load that the user names.
fn most_in_flight(arguments: &BenchArguments) -> Option<u32> {
    arguments.concurrency.iter().map(|most| most.get()).max()
}

/// A level with fewer jobs than are to be in flight would not run its load.
pub(super) fn refuse_few_jobs(arguments: &BenchArguments) -> Result<(), Diagnostic> {
    let jobs = jobs_of_level(arguments);
    let Some(most) = most_in_flight(arguments).filter(|most| *most > jobs) else { return Ok(()) };
    let what = format!("a level of {} cannot have {most} in flight", count(jobs, "job"));
    Err(Diagnostic::new(what).help(format!("raise `--jobs` to several times {most}, or lower `--concurrency`")))
}

/// The loads, in their order: cold starts first, while no worker is likely to run.
pub(super) fn schedule(arguments: &BenchArguments, suite: &Suite) -> Schedule {
    let duration = arguments.duration.map(|duration| duration.0);
    let jobs = jobs_of_level(arguments);
    let stage = |load| Stage { load, jobs, duration };
    if let Some(limit) = &arguments.search {
        let most = most_in_flight(arguments).unwrap_or(MOST_OF_SEARCH.min(jobs));
        return Schedule::Search(Search::new(limit.clone(), stage(LoadKind::Closed { concurrency: 1 }), most));
    }
    let cold = arguments.cold.map(|jobs| Stage { load: LoadKind::Cold, jobs, duration: None });
    let open = arguments.rate.iter().map(|rate| LoadKind::Open { per_hour: rate.per_hour });
    let closed = arguments.concurrency.iter().map(|lanes| LoadKind::Closed { concurrency: lanes.get() });
    let named: Vec<_> = closed.chain(open).map(stage).collect();
    // Without a load, that of the suite; cold starts alone are a load, too, unless jobs are asked for beside them.
    let has_jobs = arguments.jobs.is_some() || duration.is_some();
    let usual = (named.is_empty() && (cold.is_none() || has_jobs))
        .then(|| stage(LoadKind::Closed { concurrency: suite.sampling.concurrency.get().min(jobs) }));
    Schedule::Levels(cold.into_iter().chain(named).chain(usual).collect())
}

/// Makes samples of the suite's variations.
#[derive(Debug)]
pub(super) struct Variations {
    workflows: SampleWorkflows,
    seed: u64,
}

impl Variations {
    pub(super) fn new(workflow: &Workflow, sampling: &Sampling, seed: u64) -> Result<Self, UnknownInput> {
        let workflows = workflow.vary(&sampling.variations, sampling.seed_inputs.as_deref())?;
        Ok(Self { workflows, seed })
    }
}

impl SampleSource for Variations {
    fn sample(&self, index: u32) -> PlannedSample {
        let seed = self.seed.wrapping_add(index.into());
        let (workflow, seed) = self.workflows.sample(seed, index);
        PlannedSample { index, seed, workflow }
    }
}
