//! From the command line to a plan. All input is validated here, before the first request.

use crate::answers::{Answers, answers, run_seed};
use crate::args::{Choices, Selection};
use crate::checks::{Checks, ComponentRequest};
use crate::components::{LockFile, accept, pinned_file};
use crate::conversion::in_api_format;
use crate::environment::environment;
use crate::failure::Failure;
use crate::files;
use crate::foresight;
use crate::inventory;
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::{Diagnostic, Refusal};
use comfycheck_core::distribution::LOCK;
use comfycheck_core::hub::HubTest;
use comfycheck_core::inventory::InventoryFile;
use comfycheck_core::plan::{CheckDescription, Plan, plan};
use comfycheck_core::secret::Secret;
use comfycheck_core::suite::{BundledName, CheckSource, Needs, Overrides, Suite, Surroundings, UnsetVariables};
use comfycheck_core::wording::count;
use comfycheck_core::workflow::Workflow;
use comfycheck_runtime::capabilities::SavedInventory;
use comfycheck_runtime::sandbox::Component;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A run that is ready to start.
pub(crate) struct Prepared {
    pub(crate) suite: Suite,
    pub(crate) plan: Plan,
    /// The components of the plan's checks, in the same order.
    pub(crate) components: Vec<Component>,
    pub(crate) saved: Option<Arc<SavedInventory>>,
    /// The seed of the run. Sample `i` uses it plus `i`.
    pub(crate) seed: u64,
    pub(crate) answers: Answers,
    /// The workflow to submit.
    pub(crate) workflow: Option<Workflow>,
}

/// The default suite file.
pub(crate) const SUITE: &str = "comfycheck.toml";

/// What a command requires.
#[derive(Clone, Copy)]
pub(crate) struct Demands<'a> {
    /// Looks up an environment variable.
    pub(crate) environment: &'a dyn Fn(&str) -> Option<Secret>,
    /// Whether live runs tolerate an unset variable.
    pub(crate) unset: UnsetVariables,
    pub(crate) needs: Needs,
    /// Whether a suite, or arguments that replace it, are required.
    pub(crate) suite: bool,
    /// A test of the RunPod Hub, which stands for a suite.
    pub(crate) test: Option<&'a HubTest>,
}

impl Demands<'static> {
    /// For a command that submits jobs.
    pub(crate) const RUN: Self = Self {
        environment: &environment,
        unset: UnsetVariables::Refused,
        needs: Needs::Everything,
        suite: true,
        test: None,
    };
}

/// Prepares a run. Warnings go to stderr.
pub(crate) fn prepare(selection: &Selection, checks: &Checks, terminal: Terminal) -> Result<Prepared, Failure> {
    prepare_changed(selection, |_| {}, checks, terminal)
}

/// Prepares a run of a suite that is changed after it was parsed. Warnings go to stderr.
pub(crate) fn prepare_changed(
    selection: &Selection,
    change: impl FnOnce(&mut Suite),
    checks: &Checks,
    terminal: Terminal,
) -> Result<Prepared, Failure> {
    prepare_with(selection, Demands::RUN, change, checks, terminal)
}

/// Prepares a run with other requirements. Warnings go to stderr.
pub(crate) fn prepare_as(
    selection: &Selection,
    demands: Demands<'_>,
    checks: &Checks,
    terminal: Terminal,
) -> Result<Prepared, Failure> {
    prepare_with(selection, demands, |_| {}, checks, terminal)
}

fn prepare_with(
    selection: &Selection,
    demands: Demands<'_>,
    change: impl FnOnce(&mut Suite),
    checks: &Checks,
    terminal: Terminal,
) -> Result<Prepared, Failure> {
    let answers = answers(selection.choices.replay.as_deref(), selection.choices.simulate.as_deref())?;
    let offline = !matches!(answers, Answers::Network);
    let demands = Demands {
        unset: if offline { UnsetVariables::Tolerated } else { demands.unset },
        needs: if matches!(answers, Answers::Cassette(_)) { Needs::NoJobs } else { demands.needs },
        ..demands
    };
    let mut parsed = read_suite(selection, demands)?;
    change(&mut parsed.suite);
    if let Some(line) = implied_suite(selection, &parsed.suite) {
        terminal.say(line);
    }
    plan_suite(parsed, answers, demands.unset, checks, terminal)
}

/// A parsed suite.
pub(crate) struct ParsedSuite {
    pub(crate) suite: Suite,
    /// The folder of its relative paths.
    pub(crate) folder: PathBuf,
    pub(crate) warnings: Vec<Diagnostic>,
}

/// Plans a suite. Warnings go to stderr.
pub(crate) fn plan_suite(
    ParsedSuite { mut suite, folder, warnings }: ParsedSuite,
    answers: Answers,
    unset: UnsetVariables,
    checks: &Checks,
    terminal: Terminal,
) -> Result<Prepared, Failure> {
    for warning in &warnings {
        terminal.say(warning.render_warning(terminal.stderr_color()));
    }
    let saved = suite.deployment.object_info.as_ref().map(saved_inventory);
    let workflow = suite.workflow.take();
    suite.workflow = workflow.map(|file| in_api_format(file, saved.as_ref(), checks, terminal)).transpose()?;
    let workflow = suite.workflow.clone().map(Workflow::parse).transpose()?;
    // The parsed workflow is submitted unchanged. This text is only quoted in reports.
    if let Some(file) = &mut suite.workflow {
        file.text = suite.secrets.mask(&file.text);
    }
    let components = load_components(&suite, &folder, checks)?;
    let described: Vec<_> = components
        .iter()
        .map(|component| CheckDescription {
            manifest: component.manifest(),
            imports: component.imports().iter().map(|import| import.interface.name()).collect(),
            sha256: component.sha256(),
        })
        .collect();
    let seed = run_seed(&suite, &answers);
    let catalog = match &answers {
        Answers::Network => {
            let key = suite.deployment.key.is_some() || unset == UnsetVariables::Tolerated;
            suite.deployment.management_url.is_some() && key
        }
        Answers::Cassette(replay) => replay.cassette().has_management(),
        Answers::Scenario(..) => true,
    };
    let plan = plan(&suite, workflow.as_ref(), &described, seed, catalog)?;
    for warning in &plan.warnings {
        terminal.say(warning.render_warning(terminal.stderr_color()));
    }
    // A recording shows how its jobs ended.
    if let Some(workflow) =
        workflow.as_ref().filter(|_| !plan.samples.is_empty() && !matches!(answers, Answers::Cassette(_)))
    {
        foresight::refuse(&suite, workflow, saved.as_ref(), checks)?;
    }
    let sampling = &suite.sampling;
    let varied =
        workflow.as_ref().map(|workflow| workflow.varied_inputs(&sampling.variations, sampling.seed_inputs.as_deref()));
    let answers = answers.varying(varied.unwrap_or_default()).with_inventory(workflow.as_ref(), saved.as_deref());
    Ok(Prepared { suite, plan, components, saved, seed, answers, workflow })
}

/// Whether the command line names a suite or replaces it, or this folder has one.
pub(crate) fn has_suite(selection: &Selection) -> bool {
    selection.suite.is_some() || default_suite(selection.no_suite).is_some() || replace_suite(&selection.choices)
}

/// The suite of this folder, if it has one that is not ignored.
fn default_suite(ignored: bool) -> Option<&'static Path> {
    Some(Path::new(SUITE)).filter(|path| !ignored && path.exists())
}

/// Whether the arguments can replace a suite.
fn replace_suite(Choices { workflow, endpoint, local_worker, .. }: &Choices) -> bool {
    workflow.is_some() || endpoint.is_some() || local_worker.is_some()
}

fn saved_inventory(file: &InventoryFile) -> Arc<SavedInventory> {
    Arc::new(inventory::named(&file.path, Arc::clone(&file.inventory)))
}

fn read_suite(
    Selection { suite: named, no_suite, choices }: &Selection,
    demands: Demands<'_>,
) -> Result<ParsedSuite, Failure> {
    let overrides = Overrides {
        name: choices.name.clone(),
        endpoint: choices.endpoint.clone(),
        local_worker: choices.local_worker.clone(),
        workflow: match demands.test {
            Some(test) => Some(test.request.clone()),
            None => choices.workflow.as_deref().map(files::workflow).transpose()?,
        },
        samples: choices.samples,
        concurrency: choices.concurrency,
        seed: choices.seed,
        max_jobs: choices.max_jobs,
        max_cost: choices.max_cost,
        in_progress: demands.test.and_then(|test| test.timeout),
        gpu: demands.test.and_then(|test| test.gpu.clone()),
        gpu_count: demands.test.and_then(|test| test.gpu_count),
        object_info: choices.object_info.as_deref().map(inventory::of_file).transpose()?,
        inputs: match demands.needs {
            Needs::Everything => choices.inputs.iter().map(files::input).collect::<Result<_, _>>()?,
            Needs::NoJobs => Vec::new(),
        },
        without_volumes: false,
        checks: choices.checks.clone(),
        skip: choices.skip.clone(),
    };
    let path = named.as_deref().or_else(|| default_suite(*no_suite));
    parse_suite(path, &overrides, demands)
}

/// Names the suite that a command line uses although it names an endpoint or a workflow of its own.
fn implied_suite(Selection { suite: named, choices, .. }: &Selection, suite: &Suite) -> Option<String> {
    let is_implied = named.is_none() && suite.file.is_some();
    (is_implied && replace_suite(choices)).then(|| {
        let samples = count(suite.sampling.samples, "sample");
        format!("using {SUITE} ({samples}); --no-suite ignores it")
    })
}

/// The suite of a command that only needs the endpoint. Without a suite, the endpoint comes from the arguments or the
/// environment, if they name one.
pub(crate) fn suite_of_endpoint(named: Option<&Path>, overrides: Overrides) -> Result<ParsedSuite, Failure> {
    let overrides = Overrides { without_volumes: true, ..overrides };
    let demands = Demands { needs: Needs::NoJobs, suite: false, ..Demands::RUN };
    parse_suite(named.or_else(|| default_suite(false)), &overrides, demands)
}

/// A suite without its deployment, for a command that sends nothing.
pub(crate) fn suite_of(named: Option<&Path>) -> Result<ParsedSuite, Failure> {
    if named.is_none() && default_suite(false).is_none() {
        let what = format!("no suite: there is no `{SUITE}` in this folder");
        return Err(Diagnostic::new(what).help("name a suite, or write one with `comfycheck init`").into());
    }
    let overrides = Overrides { without_volumes: true, ..Overrides::default() };
    let demands = Demands { needs: Needs::NoJobs, unset: UnsetVariables::Tolerated, ..Demands::RUN };
    parse_suite(named.or_else(|| default_suite(false)), &overrides, demands)
}

fn parse_suite(path: Option<&Path>, overrides: &Overrides, demands: Demands<'_>) -> Result<ParsedSuite, Failure> {
    let replaced = overrides.workflow.is_some() || overrides.endpoint.is_some() || overrides.local_worker.is_some();
    let file = match path {
        Some(path) => Some(files::suite(path, SUITE)?),
        None if replaced || !demands.suite => None,
        None => {
            let (what, first) = if default_suite(false).is_some() {
                (format!("`--no-suite` ignores `{SUITE}`"), "leave out `--no-suite`".to_owned())
            } else {
                let export = "export a workflow from ComfyUI into this folder (Workflow → Export (API))";
                let first = format!("{export} and run `comfycheck init`, or name a suite");
                (format!("there is no `{SUITE}` in this folder"), first)
            };
            let what = format!("no suite: {what}");
            let help = format!(
                "{first}; without a suite, add `--workflow FILE` and `--endpoint ID` or `--simulate healthy`; `comfycheck demo` \
                 needs none of them"
            );
            return Err(Diagnostic::new(what).help(help).into());
        }
    };
    let folder = file.as_ref().and_then(|file| Path::new(&file.path).parent()).map(Path::to_owned).unwrap_or_default();
    if let Some(file) = file.as_ref().filter(|file| file.text.trim().is_empty() && !replaced) {
        let help = "run `comfycheck init` in a folder with a workflow: it writes a suite if there is none";
        return Err(Diagnostic::new(format!("the suite `{}` is empty", file.path)).help(help).into());
    }
    let surroundings = Surroundings {
        environment: demands.environment,
        read: &|request| files::of_suite(&folder, request),
        read_inventory: &|request| files::inventory_of_suite(&folder, request),
        unset: demands.unset,
        needs: demands.needs,
        bundled: &bundled_checks(),
    };
    let (suite, warnings) = match file {
        Some(file) => Suite::parse(file, &surroundings, overrides),
        None => Suite::of_arguments(&surroundings, overrides),
    }?;
    Ok(ParsedSuite { suite, folder, warnings })
}

/// The built-in checks, in report order.
pub(crate) fn bundled_checks() -> Vec<BundledName<'static>> {
    let checks = comfycheck_checks::CHECKS.iter();
    checks.map(|check| BundledName { name: check.name, by_default: check.by_default }).collect()
}

fn load_components(suite: &Suite, folder: &Path, checks: &Checks) -> Result<Vec<Component>, Failure> {
    let locked = LockFile::read(folder)?;
    let components = checks.components();
    let files: Vec<PathBuf> = suite
        .checks
        .iter()
        .map(|check| match &check.source {
            CheckSource::File(path) => folder.join(path),
            CheckSource::Bundled(_) | CheckSource::Remote(_) => PathBuf::new(),
        })
        .collect();
    let mut requests = Vec::with_capacity(files.len());
    let mut refused = Vec::new();
    for (check, path) in suite.checks.iter().zip(&files) {
        let verified = match &check.source {
            CheckSource::Bundled(name) => match comfycheck_checks::check(name) {
                Some(bundled) => {
                    requests.push((check.name.clone(), ComponentRequest::Bundled(bundled)));
                    continue;
                }
                // Unreachable: parsing the suite validated the name.
                None => return Err(Diagnostic::new(format!("there is no built-in check `{name}`")).into()),
            },
            CheckSource::File(source) => match (locked.of_file(source), files::unreadable(path)) {
                (_, Some(problem)) => Err(problem.into()),
                (Some(entry), None) => pinned_file(path, entry).map(|wasm| (source.clone(), wasm)),
                (None, None) => {
                    requests.push((check.name.clone(), ComponentRequest::File(path)));
                    continue;
                }
            },
            CheckSource::Remote(remote) => {
                let source = remote.to_string();
                let missing = || Diagnostic::new(format!("`{remote}` is not in `{LOCK}`")).help(accept(&source));
                let entry = locked.lock.find(&source).ok_or_else(|| missing().into());
                let wasm = entry.and_then(|entry| components.pinned(remote, entry));
                wasm.map(|wasm| (source, wasm))
            }
        };
        match verified {
            Ok((source, wasm)) => requests.push((check.name.clone(), ComponentRequest::Verified { source, wasm })),
            Err(Failure::Invalid(Refusal { diagnostics })) => {
                let locate = |diagnostic| suite.locate(&["checks", &check.name, "use"], diagnostic);
                refused.extend(diagnostics.into_iter().map(locate));
            }
            Err(failure) => return Err(failure),
        }
    }
    if refused.is_empty() { checks.load(&requests) } else { Err(Refusal { diagnostics: refused }.into()) }
}
