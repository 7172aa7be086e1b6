//! `run --partition` writes one shard of a run to a folder. `report merge SUITE DIR…` merges all shards into one report.

use crate::answers::Answers;
use crate::answers::origin;
use crate::args::{NotificationArguments, RunArguments, Selection};
use crate::checks::Checks;
use crate::clock;
use crate::executor::{threads, tokio};
use crate::failure::{Failure, chain};
use crate::notifications::{DueNotifications, Notifications};
use crate::prepare::{Prepared, prepare};
use crate::session::{live, log, retries};
use crate::terminal::Terminal;
use comfycheck_core::diagnostic::{Diagnostic, inert};
use comfycheck_core::execution::{CheckInstance, ErrorKind, Execution, Outcome};
use comfycheck_core::partition::{Partition, PartitionError};
use comfycheck_core::plan::Plan;
use comfycheck_core::render::ReportContext;
use comfycheck_core::report::{ExitCode, Report, RunResult, Signal, summarize};
use comfycheck_core::suite::Suite;
use comfycheck_runtime::facts::Samples;
use comfycheck_runtime::interruption::Interruption;
use comfycheck_runtime::run::{HopelessWait, RunRequest, closed_gate, conclude};
use comfycheck_runtime::shard::{
    GatherError, GatheredShards, Identity, SelectedShards, Shard, ShardError, ShardFolder, discard_folder, gather,
    new_folder, read_all, select,
};
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::live::ExchangeLimits;
use comfycheck_runtime::transport::simulate::ScenarioClock;
use jiff::Timestamp;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;

/// A shard requested on the command line.
pub(crate) struct ShardRequest<'a> {
    partition: Partition,
    folder: &'a Path,
}

/// The shard requested on the command line, if any.
pub(crate) fn requested(arguments: &RunArguments) -> Result<Option<ShardRequest<'_>>, Failure> {
    let (Some(text), Some(folder)) = (&arguments.partition, &arguments.out) else { return Ok(None) };
    let index = std::env::var("JOB_COMPLETION_INDEX").ok();
    let partition = Partition::parse(text, index.as_deref()).map_err(|error| {
        let help = match error {
            PartitionError::NoIndex | PartitionError::Index(_) => {
                "name the shard, such as `--partition 2/5`; only Kubernetes Jobs with `completionMode: Indexed` set the index"
            }
            PartitionError::Form(_) | PartitionError::Outside { .. } => "write it as `2/5` or `index/5`",
        };
        Failure::from(Diagnostic::new(error.to_string()).help(help))
    })?;
    if arguments.record.is_some() {
        let help = "record the whole run, without `--partition`";
        return Err(Diagnostic::new("a shard cannot be recorded").help(help).into());
    }
    Ok(Some(ShardRequest { partition, folder }))
}

/// The identity that all shards of a run share.
fn identity(suite: &Suite, plan: &Plan, answers: &Answers, seed: u64) -> Result<Identity, Failure> {
    if matches!(answers, Answers::Network) && suite.sampling.seed.is_none() {
        let help = "add the same `--seed N` to every shard and to `comfycheck report merge`, such as the CI run number";
        return Err(Diagnostic::new("the shards of a live run need a common seed").help(help).into());
    }
    Ok(Identity::of(suite, plan, answers.source(&suite.deployment), seed))
}

/// A running shard.
pub(crate) struct Part<'a> {
    request: ShardRequest<'a>,
    of: Identity,
    /// The numbers of check instances and samples in the whole run.
    whole: (usize, usize),
}

impl<'a> Part<'a> {
    /// Reduces the plan to the shard's part, and the budget of the suite to its portion.
    pub(crate) fn begin(request: ShardRequest<'a>, prepared: &mut Prepared) -> Result<Self, Failure> {
        let Prepared { suite, plan, answers, seed, .. } = prepared;
        if suite.file.is_none() {
            let help = "name the same suite for every shard and for `comfycheck report merge SUITE DIR…`; `comfycheck init` creates one";
            return Err(Diagnostic::new("a run without a suite file cannot be partitioned").help(help).into());
        }
        let of = identity(suite, plan, answers, *seed)?;
        if suite.deployment.dry_run > 0 {
            let help = "remove `dry-run` from the suite's `[deployment]`, or run without `--partition`";
            let what = "a suite with `dry-run` cannot be partitioned";
            return Err(Diagnostic::new(what).help(help).into());
        }
        let whole = (plan.instances.len(), plan.samples.len());
        // In a simulation, the deployment checks determine when sampling starts.
        let all_of_deployment = matches!(answers, Answers::Scenario(..));
        plan.keep_run_by(request.partition, all_of_deployment);
        if matches!(answers, Answers::Network) {
            plan.keep_samples_of(request.partition);
            suite.sampling.share = Some(request.partition);
        }
        Ok(Self { request, of, whole })
    }

    /// Creates the folder before the first request. It is this shard's until the result is dropped.
    pub(crate) fn make_folder(&self) -> Result<ShardFolder, Failure> {
        new_folder(self.request.folder).map_err(|error| failure("cannot write the shard", &error))
    }

    /// Empties the folder after a run that ended before its first job.
    pub(crate) fn discard_folder(&self) {
        discard_folder(self.request.folder);
    }

    /// Writes the shard: its report and the data of its samples. A shard has no verdict of its own.
    pub(crate) fn end(
        self,
        mut run: RunResult,
        (taken, hopeless): (Samples, Vec<HopelessWait>),
        (suite, mut plan): (&Suite, Plan),
        transport: &Transport,
        terminal: Terminal,
    ) -> Result<ExitCode, Failure> {
        let Self { request: ShardRequest { partition, folder }, of, whole } = self;
        plan.keep_reported_by(partition);
        let own: BTreeSet<_> = plan.instances.iter().map(|planned| &planned.instance).collect();
        run.executions.retain(|execution| own.contains(&execution.instance));
        let closed = closed_gate(&plan, &run.executions);
        if let Some(signal) = run.interrupted {
            run.executions.extend(cut_off(partition, &plan, &run.executions, signal));
        }
        let all = run.samples.into_iter().zip(taken.files.into_iter().zip(taken.traces));
        let own = all.filter(|(sample, _)| partition.owns_sample(sample.index));
        let (samples, rest): (_, Vec<_>) = own.unzip();
        let (files, traces) = rest.into_iter().unzip();
        let interrupted = run.interrupted;
        let shard = Shard {
            partition,
            of,
            report: summarize(suite, &plan, RunResult { samples, ..run }),
            files,
            observations: taken.observations,
            traces,
            began: taken.began,
            clock: match transport {
                Transport::Simulate(simulate) => simulate.clock(),
                Transport::Live(_) | Transport::Record(_) | Transport::Replay(_) => ScenarioClock::default(),
            },
            hopeless,
        };
        shard.write(folder).map_err(|error| failure("cannot write the shard", &error))?;
        let (instances, samples) = (shard.report.executions.len(), shard.report.samples.len());
        if let Some(why) = closed {
            terminal.say(inert(&format!("shard {partition} ran no samples: {why}")));
        }
        let folder = inert(&folder.display().to_string());
        let (all_instances, all_samples) = whole;
        terminal.say(format!(
            "wrote shard {partition} to {folder}: {instances} of {all_instances} checks, {samples} of {all_samples} samples"
        ));
        Ok(interrupted.map_or(ExitCode::Passed, ExitCode::Interrupted))
    }
}

/// The check instances that an interruption cut off. They are unknown, not skipped: the other shards of the run continue.
fn cut_off(partition: Partition, plan: &Plan, ended: &[Execution], signal: Signal) -> Vec<Execution> {
    let has_ended = |instance: &CheckInstance| ended.iter().any(|execution| execution.instance == *instance);
    let instances = plan.instances.iter().map(|planned| &planned.instance).filter(|instance| !has_ended(instance));
    let message = format!("shard {partition} {} before this check ran", signal.words());
    let outcome = Outcome::Errored { kind: ErrorKind::Inconclusive, message };
    let open = |instance| Execution { instance, outcome: outcome.clone(), earlier: Vec::new(), waited: Duration::ZERO };
    instances.cloned().map(open).collect()
}

/// The notifications of a merged run.
pub(crate) struct MergeNotifications {
    notifications: Notifications,
    /// Set for a live run.
    network: Option<Runtime>,
}

impl MergeNotifications {
    /// What is due after a live run. None after any other.
    pub(crate) fn decide(&self, report: &mut Report) -> Result<Option<DueNotifications<'_>>, Failure> {
        let Some(_) = &self.network else { return Ok(None) };
        Ok(Some(self.notifications.decide(report, clock::now()?)))
    }

    /// Sends what is due; else prints what a live run would send. Returns whether one failed.
    pub(crate) fn send(
        &self,
        due: Option<&DueNotifications<'_>>,
        report: &mut Report,
        context: &ReportContext<'_>,
        terminal: Terminal,
    ) -> bool {
        let (Some(due), Some(tokio)) = (due, &self.network) else {
            self.notifications.rehearse(report, terminal);
            return false;
        };
        tokio.block_on(due.send(report, context, &Interruption::never(), terminal))
    }
}

/// Where the shards of a run are.
pub(crate) struct ShardSource<'a> {
    /// The folders of the shards.
    pub(crate) folders: &'a [PathBuf],
    /// A folder that has them among others.
    pub(crate) among: Option<&'a Path>,
    /// Whether a missing shard is unknown, and not an error.
    pub(crate) allow_missing: bool,
}

impl ShardSource<'_> {
    fn read(&self, of: &Identity, terminal: Terminal) -> Result<Vec<(String, Shard)>, Failure> {
        let Some(place) = self.among else {
            let unusable = |folder: &str| format!("`{folder}` is not a shard that can be merged");
            return read_all(self.folders).map_err(|(folder, error)| failure(&unusable(&folder), &error));
        };
        let SelectedShards { shards, left_out } =
            select(place, of).map_err(|error| failure("cannot find the shards", &error))?;
        for (folder, why) in &left_out {
            terminal.say(inert(&format!("left out `{folder}`: {why}")));
        }
        if shards.is_empty() && !left_out.is_empty() {
            let what = format!("no folder in `{}` is a shard of this run", place.display());
            return Err(Diagnostic::new(what).help("use the suite and the options of the shards").into());
        }
        Ok(shards)
    }
}

/// Merges the shards in the folders into the report of the whole run.
pub(crate) fn merged(
    selection: &Selection,
    source: &ShardSource<'_>,
    notifications: &NotificationArguments,
    checks: &Checks,
    terminal: Terminal,
) -> Result<(Report, MergeNotifications), Failure> {
    let Prepared { suite, plan, components, saved, seed, answers, workflow: _ } = prepare(selection, checks, terminal)?;
    let of = identity(&suite, &plan, &answers, seed)?;
    let shards = source.read(&of, terminal)?;
    let GatheredShards { mut executions, sharded, date, machine, far_apart, missing } =
        gather(&of, shards, source.allow_missing.then_some(&plan)).map_err(|error| not_gathered(&error))?;
    for shard in missing {
        terminal.say(format!("warning: shard {shard} is missing: its checks and samples are unknown"));
    }
    if let Some(warning) = far_apart {
        terminal.say(inert(&format!("warning: {warning}")));
    }
    let tokio = tokio()?;
    let (origin, _) = origin(&suite, &answers, Timestamp::UNIX_EPOCH);
    let notifications = Notifications::begin(notifications, &suite, &origin, terminal)?;
    let network = || Ok(Transport::Live(live(&suite, &tokio, ExchangeLimits::default(), checks)?));
    let transport = Arc::new(answers.transport(network)?);
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
    executions.extend(concluded.map_err(|error| Failure::invalid("cannot merge the shards", &error))?);
    // An interrupted shard reports its own gaps. The merge itself was not interrupted.
    let run = RunResult { origin, date, executions, samples, dry_run: Vec::new(), price, interrupted: None, machine };
    let report = summarize(&suite, &plan, run);
    let network = transport.live().is_some().then_some(tokio);
    Ok((report, MergeNotifications { notifications, network }))
}

fn not_gathered(error: &GatherError) -> Failure {
    let help = match error {
        GatherError::None => "name the folders of all shards",
        GatherError::Missing { .. } => "name the folders of all shards, or merge what there is with `--allow-missing`",
        GatherError::OtherRun { .. } => "use the suite and the options of the shards",
        GatherError::Count { .. } | GatherError::Twice { .. } => "name each shard folder of one run once",
        GatherError::Disagree { .. } | GatherError::Foreign { .. } => "run the shard again",
    };
    chain("cannot merge the shards".to_owned(), Some(error)).help(help).into()
}

fn failure(what: &str, error: &ShardError) -> Failure {
    let diagnostic = chain(what.to_owned(), Some(error));
    match error {
        ShardError::Write { .. } => Failure::Machine(diagnostic.into()),
        ShardError::NotEmpty { .. } => diagnostic.help("name a folder that does not exist yet").into(),
        ShardError::CreateFolder { .. } => diagnostic.help("name a folder that can be created").into(),
        ShardError::List { .. } => diagnostic.help("name the folder that holds the folders of the shards").into(),
        ShardError::NoFolder { .. } => {
            let help =
                "name folders written by `run --partition`; check that a pattern such as `shards/*` matches something";
            diagnostic.help(help).into()
        }
        ShardError::Incomplete { .. } => {
            let help = "name a folder written by `run --partition`, and copy all its files; an unfinished shard has no `share.json`";
            diagnostic.help(help).into()
        }
        ShardError::TooLarge => diagnostic.help("run fewer samples, or use smaller images").into(),
        ShardError::Version { .. } => diagnostic.help("use the version of comfycheck that wrote it").into(),
        ShardError::Read { .. } => diagnostic.help("name a folder written by `run --partition`").into(),
        ShardError::Json { .. } | ShardError::Report { .. } | ShardError::Modified { .. } => {
            diagnostic.help("run the shard again").into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use comfycheck_core::manifest::Scope;
    use comfycheck_core::plan::PlannedInstance;

    #[test]
    fn an_interrupted_check_is_unknown_and_names_the_shard() {
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
        assert_eq!(
            (open, message.as_str()),
            (&instance(3), "shard 2/2 was terminated by SIGTERM before this check ran")
        );
    }
}
