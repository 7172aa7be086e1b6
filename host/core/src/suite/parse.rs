//! From the text of a suite to a [`Suite`], or everything that is wrong with it.

use super::checks::{checks, selected};
use super::deployment::{ENDPOINT_VARIABLES, deployment};
use super::file::TextOrEnv;
use super::file::{BudgetFile, NodeInputFile, PatienceFile, SubmitFile, SuiteFile, VariationFile};
use super::inputs::inputs;
use super::notifications::notifications;
use super::paths::beside;
use super::problems::Problems;
use super::run_name::{RunName, run_name};
use super::source::Source;
use super::surroundings::{FileLocation, FileRequest, Needs, Overrides, Surroundings, UnsetVariables};
use super::waivers::waivers;
use super::written::written;
use super::{Patience, Sampling, Submit, Suite};
use crate::address::is_loopback;
use crate::diagnostic::{Diagnostic, Kind, Refusal};
use crate::money::Budget;
use crate::request::JobRequest;
use crate::secret::Secrets;
use crate::text::TextFile;
use crate::wording::count;
use crate::workflow::{LARGEST_FILE, NodeInput, RequestFile, Variation, Workflow};
use std::num::NonZeroU32;
use std::path::Path;
use std::time::Duration;

/// The most samples of a run: the workflow of each is kept, and each is billed.
pub const MOST_SAMPLES: u32 = 1_000;

impl Suite {
    /// Parses a suite file. Values of the command line replace its own.
    ///
    /// Returns warnings beside the suite. Refuses, with all problems at once:
    ///
    /// - text that is not TOML, unknown keys, wrong types, values out of range;
    /// - environment variables without a value, and files that cannot be read;
    /// - keys and webhooks in the file;
    /// - live: samples without an endpoint, and an endpoint without a key.
    ///
    /// It does not check the contents of the workflow and of settings.
    pub fn parse(
        file: TextFile,
        surroundings: &Surroundings<'_>,
        overrides: &Overrides,
    ) -> Result<(Self, Vec<Diagnostic>), Refusal> {
        let source = Source::parse(&file)?;
        let written = written(&source)?;
        let problems = Problems::new(Some(&source));
        let (mut suite, warnings) = build(written, Some(&file.path), surroundings, overrides, problems)?;
        suite.file = Some(file);
        Ok((suite, warnings))
    }

    /// The suite of a command line without a suite file: the default checks, and one sample if there is a workflow. Warnings
    /// and refusals are those of [`Suite::parse`].
    pub fn of_arguments(
        surroundings: &Surroundings<'_>,
        overrides: &Overrides,
    ) -> Result<(Self, Vec<Diagnostic>), Refusal> {
        build(SuiteFile::default(), None, surroundings, overrides, Problems::new(None))
    }
}

fn build(
    file: SuiteFile,
    path: Option<&str>,
    surroundings: &Surroundings<'_>,
    overrides: &Overrides,
    mut problems: Problems<'_>,
) -> Result<(Suite, Vec<Diagnostic>), Refusal> {
    let mut warnings = Vec::new();
    if file.name.as_deref().is_some_and(|name| name.trim().is_empty() || name.contains(char::is_control)) {
        problems.value(&["name"], Diagnostic::of(Kind::InvalidValue, "`name` must be one line and not empty"));
    }
    let has_workflow = overrides.workflow.is_some() || file.workflow.is_some();
    let workflow = match &overrides.workflow {
        Some(workflow) => Some(workflow.clone()),
        None => file.workflow.and_then(|named| {
            let shown = path.map_or_else(|| named.clone(), |path| beside(path, &named));
            read_workflow(&named, &shown, surroundings, &mut problems)
        }),
    };
    let live = surroundings.unset == UnsetVariables::Refused;
    let (workflow, request) = of_request_file(workflow, surroundings, &mut problems, &mut warnings);
    let (samples, place) = samples(file.samples, has_workflow, overrides, &mut problems);
    let in_file = |value: &Option<TextOrEnv>| matches!(value, Some(TextOrEnv::Text(_)));
    let is_replaced = overrides.endpoint.is_some() || overrides.local_worker.is_some();
    let names_target = in_file(&file.deployment.endpoint) || in_file(&file.deployment.local_worker);
    let is_fixed = names_target && !is_replaced;
    // An endpoint that is named and not valid is a problem of its own.
    let names_endpoint = file.deployment.endpoint.is_some() || file.deployment.local_worker.is_some();
    let deployment = deployment(file.deployment, surroundings, overrides, &mut problems, &mut warnings);
    let has_endpoint = deployment.endpoint.is_some() || deployment.local_worker || names_endpoint;
    // A command that submits no job says itself that it needs an endpoint.
    if live && surroundings.needs == Needs::Everything && samples > 0 && !has_endpoint {
        let missing = surroundings.variables(&ENDPOINT_VARIABLES.map(str::to_owned)).err();
        let why = missing.and_then(|missing| missing.describe_empty()).unwrap_or_else(|| "none is named".to_owned());
        let help = "set `RUNPOD_ENDPOINT_ID`, or give `--endpoint ID`; without an account, try `--simulate healthy`";
        let what = format!("{} an endpoint, but {why}", need(samples));
        problems.value(place, Diagnostic::of(Kind::NotSet, what).help(help).missing());
    }
    let is_local = url::Url::parse(&deployment.base_url).is_ok_and(|base| is_loopback(&base));
    if file.rate_limit.is_some() && live && !is_local {
        let what = "`rate-limit` only works with an endpoint on this machine";
        let help = "remove it: half of RunPod's limits apply";
        problems.value(&["rate-limit"], Diagnostic::of(Kind::Conflict, what).help(help));
    }
    let sampling = Sampling {
        rate_limit: file.rate_limit,
        samples,
        concurrency: overrides.concurrency.or(file.concurrency).unwrap_or(NonZeroU32::MIN),
        variations: variations(file.variations, &mut problems),
        seed_inputs: file.seed_inputs.map(|inputs| inputs.into_iter().map(node_input).collect()),
        submit: match file.submit {
            None | Some(SubmitFile::Run) => Submit::Run,
            Some(SubmitFile::Runsync) => Submit::Runsync,
        },
        seed: overrides.seed.or(file.seed),
        patience: patience(&file.patience, overrides),
        budget: budget(&file.budget, overrides, &mut problems),
        share: None,
    };
    let parsed = workflow.clone().and_then(|file| Workflow::parse(file).ok());
    let files = (parsed.as_ref(), &sampling);
    let inputs = inputs(&file.inputs, request.inputs, files, surroundings, overrides, &mut problems);
    let of_file = JobRequest { inputs, ..request };
    let request = super::request::request(file.request, of_file, path, surroundings, &mut problems);
    let selected = selected(file.checks, surroundings, overrides);
    let waivers = waivers(file.waivers, &selected, &mut problems);
    let checks = checks(selected, &file.limits, surroundings, overrides, &mut problems);
    let notifications = notifications(file.notifications, surroundings, &mut problems);
    problems.finish()?;
    let stem = || Some(Path::new(path?).file_stem()?.to_string_lossy().into_owned());
    let target = deployment.endpoint.as_deref().or_else(|| deployment.local_worker.then_some(&*deployment.base_url));
    let run_name = overrides.name.clone().unwrap_or_else(|| {
        run_name(RunName {
            suite: file.name.as_deref(),
            path,
            workflow: overrides.workflow.as_ref().map(|read| read.workflow.path.as_str()),
            endpoint: target.filter(|_| !is_fixed),
        })
    });
    let name = file.name.or_else(stem).unwrap_or_else(|| "comfycheck".to_owned());
    let webhooks = notifications
        .iter()
        .flat_map(|notification| notification.url.known().cloned().into_iter().chain(notification.signing_key.clone()));
    let secrets = Secrets::new(deployment.keys().chain(request.secrets().cloned()).chain(webhooks));
    let suite = Suite {
        name,
        run_name,
        file: None,
        workflow,
        request,
        deployment,
        sampling,
        checks,
        waivers,
        notifications,
        secrets,
    };
    Ok((suite, warnings))
}

/// What a request file gives: its workflow, and what is sent beside it.
fn of_request_file(
    read: Option<RequestFile>,
    surroundings: &Surroundings<'_>,
    problems: &mut Problems<'_>,
    warnings: &mut Vec<Diagnostic>,
) -> (Option<TextFile>, JobRequest) {
    let Some(read) = read else { return (None, JobRequest::default()) };
    warnings.extend(read.warnings);
    if surroundings.sends_jobs() {
        for problem in read.problems {
            problems.key(&[], problem);
        }
    } else {
        warnings.extend(read.problems);
    }
    (Some(read.workflow), JobRequest { inputs: read.inputs, policy: read.policy, ..JobRequest::default() })
}

/// How many samples there are, and the key of the file that says so.
fn samples(
    in_file: Option<u32>,
    has_workflow: bool,
    overrides: &Overrides,
    problems: &mut Problems<'_>,
) -> (u32, &'static [&'static str]) {
    let samples = overrides.samples.or(in_file).unwrap_or(u32::from(has_workflow));
    let (name, place): (_, &'static [&'static str]) = match overrides.samples {
        Some(_) => ("--samples", &[]),
        None => ("samples", &["samples"]),
    };
    if samples > MOST_SAMPLES {
        let what = format!("`{name}` is {samples}, more than the limit of {MOST_SAMPLES} per run");
        problems.value(place, Diagnostic::of(Kind::OutOfRange, what));
    }
    if samples > 0 && !has_workflow {
        let help = "name one with `workflow = \"workflow_api.json\"` or `--workflow FILE`";
        let what = format!("{} a workflow, but none is named", need(samples));
        problems.value(place, Diagnostic::of(Kind::MissingKey, what).help(help));
    }
    (samples, place)
}

fn need(samples: u32) -> String {
    format!("{} {}", count(samples, "sample"), if samples == 1 { "needs" } else { "need" })
}

/// Reads the workflow that a suite names. Messages show the other path.
fn read_workflow(
    named: &str,
    shown: &str,
    surroundings: &Surroundings<'_>,
    problems: &mut Problems<'_>,
) -> Option<RequestFile> {
    let request = FileRequest { path: named, limit: LARGEST_FILE as u64, within: FileLocation::Anywhere };
    let unreadable = |error| Diagnostic::of(Kind::Unreadable, request.refusal(&error));
    let read = (surroundings.read)(&request).map_err(unreadable).and_then(|bytes| RequestFile::read(shown, bytes));
    read.map_err(|problem| problems.value(&["workflow"], problem)).ok()
}

fn variations(files: Vec<VariationFile>, problems: &mut Problems<'_>) -> Vec<Variation> {
    let mut variations: Vec<Variation> = Vec::new();
    for (index, VariationFile { node, input, values }) in files.into_iter().enumerate() {
        let index = index.to_string();
        if values.is_empty() {
            let diagnostic = Diagnostic::of(Kind::InvalidValue, "`values` must not be empty");
            problems.value(&["variations", &index, "values"], diagnostic);
        }
        let input = NodeInput { node, input };
        if variations.iter().any(|other| other.input == input) {
            let what = format!("input `{}` of node `{}` is varied twice", input.input, input.node);
            problems.value(&["variations", &index, "input"], Diagnostic::of(Kind::Duplicate, what));
        }
        variations.push(Variation { input, values });
    }
    variations
}

fn node_input(NodeInputFile { node, input }: NodeInputFile) -> NodeInput {
    NodeInput { node, input }
}

fn patience(file: &PatienceFile, overrides: &Overrides) -> Patience {
    let seconds = |given: Option<NonZeroU32>, default| given.map_or(default, |s| Duration::from_secs(s.get().into()));
    let default = Patience::default();
    Patience {
        in_queue: seconds(file.in_queue_s, default.in_queue),
        in_progress: overrides.in_progress.unwrap_or_else(|| seconds(file.in_progress_s, default.in_progress)),
    }
}

fn budget(file: &BudgetFile, overrides: &Overrides, problems: &mut Problems<'_>) -> Budget {
    if file.max_cost.is_some_and(|cost| cost < 0.0) {
        let diagnostic = Diagnostic::of(Kind::OutOfRange, "`max-cost` must be at least 0");
        problems.value(&["budget", "max-cost"], diagnostic);
    }
    Budget { max_jobs: overrides.max_jobs.or(file.max_jobs), max_cost: overrides.max_cost.or(file.max_cost) }
}
