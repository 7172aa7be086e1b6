//! `run --partition`: one share of a run, in a folder; `report merge SUITE DIR…`: the report of all of them.

use crate::args::{RunArguments, Selection, Telling};
use crate::checks::Checks;
use crate::commands::run::{live, log, origin, retries, threads};
use crate::commands::tokio;
use crate::failure::{Failure, chain};
use crate::notifications::Notifications;
use crate::prepare::{Answers, Prepared, prepare};
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::{Diagnostic, inert};
use comfycheck_core::execution::{CheckInstance, ErrorKind, Execution, Outcome};
use comfycheck_core::partition::{Partition, PartitionError};
use comfycheck_core::plan::Plan;
use comfycheck_core::report::{ExitCode, Report, RunResult, Signal, summarize};
use comfycheck_core::suite::Suite;
use comfycheck_runtime::interruption::Interruption;
use comfycheck_runtime::run::{RunRequest, closed_gate, conclude};
use comfycheck_runtime::sampler::Samples;
use comfycheck_runtime::shard::{
    GatherError, GatheredShards, Identity, Shard, ShardError, discard_folder, gather, new_folder, read_all,
};
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::live::ExchangeLimits;
use comfycheck_runtime::transport::replay::Replay;
use comfycheck_runtime::transport::simulate::{ScenarioClock, Simulate};
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;

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
    if arguments.record.is_some() {
        let help = "a cassette holds all that a run asked; record one that is carried out as a whole.";
        return Err(Diagnostic::new("a share of a run cannot be recorded").help(help).into());
    }
    Ok(Some(Asked { partition, folder }))
}

/// What all shares of a run have in common.
fn identity(suite: &Suite, plan: &Plan, answers: &Answers, seed: u64) -> Result<Identity, Failure> {
    if matches!(answers, Answers::Network) && suite.sampling.seed.is_none() {
        let help =
            "give one `--seed N` to every share and to `comfycheck report merge`, such as the number of the CI run.";
        return Err(Diagnostic::new("the shares of a live run need the same seed, and none is named")
            .help(help)
            .into());
    }
    Ok(Identity::of(suite, plan, answers.source(&suite.deployment), seed))
}

/// A share that is being carried out.
pub(crate) struct Part<'a> {
    asked: Asked<'a>,
    of: Identity,
    /// How many instances and samples the whole run has.
    whole: (usize, usize),
}

impl<'a> Part<'a> {
    /// Leaves in the plan what the share carries out, and in the suite what it may spend.
    pub(crate) fn begin(
        asked: Asked<'a>,
        suite: &mut Suite,
        plan: &mut Plan,
        answers: &Answers,
        seed: u64,
    ) -> Result<Self, Failure> {
        if suite.file.is_none() {
            let help =
                "name one, to every share and to `comfycheck report merge SUITE DIR…`; `comfycheck init` writes it.";
            return Err(Diagnostic::new("a run without a suite's file cannot be parted into shares").help(help).into());
        }
        let of = identity(suite, plan, answers, seed)?;
        if suite.deployment.dry_run > 0 {
            let help = "remove `dry-run` from the suite's deployment, or run the suite as a whole.";
            let what = "a run with a dry run cannot be parted into shares: it is one for the whole run";
            return Err(Diagnostic::new(what).help(help).into());
        }
        let whole = (plan.instances.len(), plan.samples.len());
        // What is asked of a simulated endpoint before the sampling decides when it begins.
        let all_of_deployment = matches!(answers, Answers::Scenario(..));
        asked.partition.carry_out(plan, all_of_deployment);
        if matches!(answers, Answers::Network) {
            asked.partition.take_its_own(plan);
            suite.sampling.share = Some(asked.partition);
        }
        Ok(Self { asked, of, whole })
    }

    /// Makes the folder, before anything is sent.
    pub(crate) fn make_folder(&self) -> Result<(), Failure> {
        new_folder(self.asked.folder).map_err(|error| failure("the share cannot be written", &error))
    }

    /// Leaves the folder empty, for a run that ended before any job.
    pub(crate) fn discard_folder(&self) {
        discard_folder(self.asked.folder);
    }

    /// Writes the share: what happened, and what else is known of its samples. What it found is no verdict.
    pub(crate) fn end(
        self,
        mut run: RunResult,
        taken: Samples,
        (suite, mut plan): (&Suite, Plan),
        transport: &Transport,
        terminal: Terminal,
    ) -> Result<ExitCode, Failure> {
        let Self { asked: Asked { partition, folder }, of, whole } = self;
        partition.report(&mut plan);
        let own: BTreeSet<_> = plan.instances.iter().map(|planned| &planned.instance).collect();
        run.executions.retain(|execution| own.contains(&execution.instance));
        let closed = closed_gate(&plan, &run.executions);
        if let Some(signal) = run.interrupted {
            run.executions.extend(cut_off(partition, &plan, &run.executions, signal));
        }
        let all = run.samples.into_iter().zip(taken.images.into_iter().zip(taken.traces));
        let own = all.filter(|(sample, _)| partition.owns_sample(sample.index));
        let (samples, rest): (_, Vec<_>) = own.unzip();
        let (images, traces) = rest.into_iter().unzip();
        let interrupted = run.interrupted;
        let share = Shard {
            partition,
            of,
            report: summarize(suite, &plan, RunResult { samples, ..run }),
            images,
            observations: taken.observations,
            traces,
            began: taken.began,
            clock: match transport {
                Transport::Simulate(simulate) => simulate.clock(),
                Transport::Live(_) | Transport::Record(_) | Transport::Replay(_) => ScenarioClock::default(),
            },
        };
        share.write(folder).map_err(|error| failure("the share cannot be written", &error))?;
        let (instances, samples) = (share.report.executions.len(), share.report.samples.len());
        if let Some(why) = closed {
            terminal.say(inert(&format!("share {partition} bought no samples: {why}")));
        }
        let folder = inert(&folder.display().to_string());
        let (all_instances, all_samples) = whole;
        terminal.say(format!(
            "wrote share {partition} to {folder}: {instances} of {all_instances} check instances, {samples} of {all_samples} samples"
        ));
        Ok(interrupted.map_or(ExitCode::Passed, ExitCode::Interrupted))
    }
}

/// The instances that an interruption kept from being ended. They are open, and not skipped, as in a run that was
/// interrupted as a whole: the whole goes on.
fn cut_off(partition: Partition, plan: &Plan, ended: &[Execution], signal: Signal) -> Vec<Execution> {
    let has_ended = |instance: &CheckInstance| ended.iter().any(|execution| execution.instance == *instance);
    let instances = plan.instances.iter().map(|planned| &planned.instance).filter(|instance| !has_ended(instance));
    let message = format!("share {partition} {} before its turn", signal.words());
    let outcome = Outcome::Errored { kind: ErrorKind::Inconclusive, message };
    let open = |instance| Execution { instance, outcome: outcome.clone(), earlier: Vec::new(), waited: Duration::ZERO };
    instances.cloned().map(open).collect()
}

/// Who is to be told of a run that was merged.
pub(crate) struct Told {
    notifications: Notifications,
    /// Where the run was live.
    network: Option<Runtime>,
}

impl Told {
    /// Tells them, or says who would be told of a live run.
    pub(crate) fn tell(&self, report: &Report, terminal: Terminal) {
        match &self.network {
            Some(tokio) => tokio.block_on(self.notifications.send(report, &Interruption::never(), terminal)),
            None => self.notifications.rehearse(report, terminal),
        }
    }
}

/// The report of the whole run, of which each folder holds a share.
pub(crate) fn merged(
    selection: &Selection,
    folders: &[PathBuf],
    telling: &Telling,
    checks: &Checks,
    terminal: Terminal,
) -> Result<(Report, Told), Failure> {
    let Prepared { suite, plan, components, saved, seed, answers } = prepare(selection, checks, terminal)?;
    let of = identity(&suite, &plan, &answers, seed)?;
    let shares = read_all(folders)
        .map_err(|(folder, error)| failure(&format!("`{folder}` is no share that can be merged"), &error))?;
    let GatheredShards { mut executions, sharded, date, machine, far_apart } =
        gather(&of, shares).map_err(|error| not_gathered(&error))?;
    if let Some(doubt) = far_apart {
        terminal.say(inert(&format!("warning: {doubt}")));
    }
    let tokio = tokio()?;
    let (origin, _) = origin(&suite, &answers, Timestamp::UNIX_EPOCH);
    let notifications = Notifications::begin(telling, &suite, &origin, terminal);
    let transport = match answers {
        Answers::Cassette(cassette) => Transport::Replay(Replay::new(cassette)),
        Answers::Scenario(name, scenario) => Transport::Simulate(Simulate::new(name, *scenario)),
        Answers::Network => Transport::Live(live(&suite, &tokio, ExchangeLimits::default())?),
    };
    let transport = Arc::new(transport);
    let samples = sharded.samples.samples.clone();
    let price = sharded.price.clone();
    let day = date.parse().ok();
    let order = RunRequest {
        suite: &suite,
        plan: &plan,
        components: &components,
        saved,
        date: day,
        transport: Arc::clone(&transport),
        threads: threads(None),
        retries: retries(None, &transport),
        log: log(false, terminal),
    };
    let concluded = tokio.block_on(conclude(order, sharded, &|_| {}));
    executions.extend(concluded.map_err(|error| Failure::invalid("the shares cannot be merged", &error))?);
    // A share that was interrupted left gaps, and says so; nobody interrupted this.
    let run = RunResult { origin, date, executions, samples, dry_run: Vec::new(), price, interrupted: None, machine };
    let report = summarize(&suite, &plan, run);
    let network = transport.live().is_some().then_some(tokio);
    Ok((report, Told { notifications, network }))
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

fn failure(what: &str, error: &ShardError) -> Failure {
    let diagnostic = chain(what.to_owned(), Some(error));
    match error {
        ShardError::Write { .. } => Failure::Machine(diagnostic.into()),
        ShardError::NotEmpty { .. } => diagnostic.help("name a folder that does not exist yet.").into(),
        ShardError::CreateFolder { .. } => diagnostic.help("name a folder that can be made and written.").into(),
        ShardError::NoFolder { .. } => {
            let help = "name the folders that `run --partition` wrote; a shell leaves a pattern such as `shares/*` as it is where \
                        it finds nothing.";
            diagnostic.help(help).into()
        }
        ShardError::Incomplete { .. } => {
            let help = "name a folder that `run --partition` wrote, and copy it as a whole; a share that was cut off has no `share.json`.";
            diagnostic.help(help).into()
        }
        ShardError::TooLarge => diagnostic.help("take fewer samples, or such with smaller images.").into(),
        ShardError::Version { .. } => diagnostic.help("use the version of comfycheck that wrote it.").into(),
        ShardError::Read { .. } => diagnostic.help("name a folder that `run --partition` wrote.").into(),
        ShardError::Json { .. } | ShardError::Report { .. } | ShardError::Modified { .. } => {
            diagnostic.help("make the share anew.").into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use comfycheck_core::manifest::Scope;
    use comfycheck_core::plan::PlannedInstance;

    #[test]
    fn what_an_interruption_kept_from_being_ended_is_open_and_names_the_share() {
        let instance = |sample| CheckInstance { check: "image".to_owned(), scope: Scope::Sample, sample: Some(sample) };
        let instances = [1, 3].map(|sample| PlannedInstance { instance: instance(sample), check: 0 }).into();
        let (checks, samples, warnings) = (Vec::new(), Vec::new(), Vec::new());
        let plan = Plan { instances, checks, samples, estimate: None, price: None, warnings };
        let outcome = Outcome::Completed { findings: Vec::new(), open: Vec::new() };
        let ended = Execution { instance: instance(1), outcome, earlier: Vec::new(), waited: Duration::ZERO };
        let partition = Partition::new(2, 2).unwrap();
        let cut_off = cut_off(partition, &plan, &[ended], Signal::Terminate);
        let [Execution { instance: open, outcome: Outcome::Errored { message, .. }, .. }] = &cut_off[..] else {
            panic!("{cut_off:?}")
        };
        assert_eq!((open, message.as_str()), (&instance(3), "share 2/2 was terminated by SIGTERM before its turn"));
    }
}
