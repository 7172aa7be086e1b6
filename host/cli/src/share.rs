//! `run --partition`: one share of a run, in a folder; `report merge SUITE DIR…`: the report of all of them.

use crate::args::{Choices, RunArguments, Selection};
use crate::checks::Checks;
use crate::commands::run::{log, origin, threads, warn_of_unused_waivers};
use crate::commands::tokio;
use crate::failure::{Failure, chain};
use crate::prepare::{Answers, Prepared, prepare};
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::{Diagnostic, inert};
use comfycheck_core::partition::{Partition, PartitionError};
use comfycheck_core::plan::Plan;
use comfycheck_core::report::{ExitCode, Origin, Report, Run, summarize};
use comfycheck_core::suite::Suite;
use comfycheck_runtime::run::{Done, Order, Retries, conclude};
use comfycheck_runtime::sampler::Samples;
use comfycheck_runtime::share::{GatherError, Gathered, Identity, Share, ShareError, gather, new_folder};
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::replay::Replay;
use comfycheck_runtime::transport::simulate::{ScenarioClock, Simulate};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A share that the command line asks for.
pub(crate) struct Asked<'a> {
    partition: Partition,
    folder: &'a Path,
}

/// The share that the command line asks for, if it does.
pub(crate) fn asked(arguments: &RunArguments) -> Result<Option<Asked<'_>>, Failure> {
    let (Some(text), Some(folder)) = (&arguments.partition, &arguments.out) else { return Ok(None) };
    let index = std::env::var("JOB_COMPLETION_INDEX").ok();
    let partition = Partition::parse(text, index.as_deref()).map_err(|error| {
        let help = match error {
            PartitionError::NoIndex | PartitionError::Index(_) => {
                "Kubernetes sets it in the pods of a Job with `completionMode: Indexed`; elsewhere, name the share: `--partition 2/5`."
            }
            PartitionError::Form(_) | PartitionError::Outside { .. } => "name one such as `2/5`, or `index/5`.",
        };
        Failure::from(Diagnostic::new(error.to_string()).help(help))
    })?;
    let Choices { replay, simulate, .. } = &arguments.selection.choices;
    if replay.is_none() && simulate.is_none() {
        return Err(live());
    }
    Ok(Some(Asked { partition, folder }))
}

fn live() -> Failure {
    let help = "give `--replay DIR` or `--simulate SCENARIO`; live, run the suite as a whole.";
    Diagnostic::new("a live run cannot be parted into shares").help(help).into()
}

/// A share that is being carried out.
pub(crate) struct Part<'a> {
    asked: Asked<'a>,
    of: Identity,
    /// How many instances and samples the whole run has.
    whole: (usize, usize),
}

impl<'a> Part<'a> {
    /// Leaves in the plan what the share carries out.
    pub(crate) fn begin(
        asked: Asked<'a>,
        suite: &Suite,
        plan: &mut Plan,
        answers: &Answers,
        seed: u64,
    ) -> Result<Self, Failure> {
        let of = Identity::of(suite, plan, &answers.identity().ok_or_else(live)?, seed);
        new_folder(asked.folder).map_err(|error| failure("the share cannot be written", &error))?;
        let whole = (plan.instances.len(), plan.samples.len());
        // What is asked of a simulated endpoint before the sampling decides when it begins.
        let all_of_deployment = matches!(answers, Answers::Scenario(..));
        asked.partition.carry_out(plan, all_of_deployment);
        Ok(Self { asked, of, whole })
    }

    /// Writes the share. What it found is no verdict.
    pub(crate) fn end(
        self,
        done: Done,
        (suite, mut plan): (&Suite, Plan),
        (origin, date): (Origin, String),
        transport: &Transport,
        terminal: Terminal,
    ) -> Result<ExitCode, Failure> {
        let Self { asked: Asked { partition, folder }, of, whole } = self;
        partition.report(&mut plan);
        let Done { mut executions, samples: Samples { samples, images, observations }, price } = done;
        let own: BTreeSet<_> = plan.instances.iter().map(|planned| &planned.instance).collect();
        executions.retain(|execution| own.contains(&execution.instance));
        let own = samples.into_iter().zip(images).filter(|(sample, _)| partition.owns_sample(sample.index));
        let (samples, images) = own.unzip();
        let run = Run { origin, date, executions, samples, price, interrupted: None, machine: None };
        let share = Share {
            partition,
            of,
            report: summarize(suite, &plan, run),
            images,
            observations,
            clock: match transport {
                Transport::Simulate(simulate) => simulate.clock(),
                Transport::Live(_) | Transport::Record(_) | Transport::Replay(_) => ScenarioClock::default(),
            },
        };
        share.write(folder).map_err(|error| failure("the share cannot be written", &error))?;
        let (instances, samples) = (share.report.executions.len(), share.report.samples.len());
        let folder = inert(&folder.display().to_string());
        let (all_instances, all_samples) = whole;
        terminal.say(format!(
            "wrote share {partition} to {folder}: {instances} of {all_instances} check instances, {samples} of {all_samples} samples"
        ));
        Ok(ExitCode::Passed)
    }
}

/// The report of the whole run, of which each folder holds a share.
pub(crate) fn merged(
    suite: &Path,
    folders: &[PathBuf],
    choices: &Choices,
    checks: &Checks,
    terminal: Terminal,
) -> Result<Report, Failure> {
    let selection = Selection { suite: Some(suite.to_owned()), choices: choices.clone() };
    let Prepared { suite, plan, components, saved, seed, answers } = prepare(&selection, checks, terminal)?;
    let help = "give `--replay` or `--simulate` as the shares were made with it.";
    let no_answers = || Failure::from(Diagnostic::new("shares are merged in replay or simulation").help(help));
    let of = Identity::of(&suite, &plan, &answers.identity().ok_or_else(no_answers)?, seed);
    let (origin, date) = origin(&suite, &answers, Timestamp::UNIX_EPOCH);
    let transport = match answers {
        Answers::Cassette(cassette) => Transport::Replay(Replay::new(cassette)),
        Answers::Scenario(name, scenario) => Transport::Simulate(Simulate::new(name, *scenario)),
        Answers::Network => return Err(no_answers()),
    };
    let read = |folder: &PathBuf| {
        let name = folder.display().to_string();
        let what = format!("`{name}` is no share that can be merged");
        Share::read(folder).map(|share| (name, share)).map_err(|error| failure(&what, &error))
    };
    let shares = folders.iter().map(read).collect::<Result<_, _>>()?;
    let Gathered { mut executions, shared } = gather(&of, shares).map_err(|error| not_gathered(&error))?;
    let samples = shared.samples.samples.clone();
    let price = shared.price.clone();
    let day = date.parse().ok();
    let order = Order {
        suite: &suite,
        plan: &plan,
        components: &components,
        saved,
        date: day,
        transport: Arc::new(transport),
        threads: threads(None),
        retries: Retries::default(),
        log: log(false, terminal),
    };
    let concluded = tokio()?.block_on(conclude(order, shared, &|_| {}));
    executions.extend(concluded.map_err(|error| Failure::invalid("the shares cannot be merged", &error))?);
    let run = Run { origin, date, executions, samples, price, interrupted: None, machine: None };
    let report = summarize(&suite, &plan, run);
    warn_of_unused_waivers(&suite, day, &report, terminal);
    Ok(report)
}

fn not_gathered(error: &GatherError) -> Failure {
    let help = match error {
        GatherError::None | GatherError::Missing { .. } => "name the folders of all shares.",
        GatherError::OtherRun { .. } => "merge with the suite and the options that the shares were made with.",
        GatherError::Count { .. } | GatherError::Twice { .. } => {
            "name the folders of the shares of one run, each once."
        }
        GatherError::Disagree { .. } | GatherError::Foreign { .. } => "make the share anew.",
    };
    chain("these shares are not those of one run".to_owned(), Some(error)).help(help).into()
}

fn failure(what: &str, error: &ShareError) -> Failure {
    let diagnostic = chain(what.to_owned(), Some(error));
    match error {
        ShareError::Write { .. } => Failure::Machine(diagnostic.into()),
        ShareError::NotEmpty { .. } => diagnostic.help("name a folder that does not exist yet.").into(),
        ShareError::Version { .. } => diagnostic.help("use the version of comfycheck that wrote it.").into(),
        ShareError::Read { .. } => diagnostic.help("name a folder that `run --partition` wrote.").into(),
        ShareError::Json { .. } | ShareError::Report { .. } | ShareError::Changed { .. } => {
            diagnostic.help("make the share anew.").into()
        }
    }
}
