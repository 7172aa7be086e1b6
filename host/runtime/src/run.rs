//! A run: four phases, one after the other.

mod attempts;
mod bench;
mod output;
mod watchers;

use crate::capabilities::DryRun;
use crate::capabilities::{Capabilities, Offer, SavedInventory, WorkflowText};
use crate::dry_run;
use crate::event::{Listener, RunEvent};
use crate::facts::Samples;
use crate::interruption::Interruption;
use crate::sampler::{self, SamplingRequest};
use crate::sandbox::{Check, Component, GrantError, LogLevel};
use crate::suite_files::SuiteFiles;
use crate::transport::Transport;
use crate::transport::exchange::{Phase, Round};
use crate::transport::simulate::ScenarioClock;
use comfycheck_core::cost::{Price, PriceSource, estimate};
use comfycheck_core::execution::{ErrorKind, Execution, Outcome};
use comfycheck_core::json_text::JsonText;
use comfycheck_core::manifest::Scope;
use comfycheck_core::plan::Plan;
use comfycheck_core::request::{InputFacts, InputFile};
use comfycheck_core::sample::{Ending, Sample};
use comfycheck_core::secret::Secrets;
use comfycheck_core::suite::{Deployment, Suite};
use comfycheck_core::waiver::{Waivers, cover_twins};
use futures_util::future::{Either, select};
use jiff::civil::Date;
use output::Output;
use std::collections::BTreeSet;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
pub use watchers::HopelessWait;
use watchers::Watchers;

pub use bench::{BenchOutcome, BenchRequest, Diagnosis, LoadOutcome, bench};

/// Called with the check's name in the suite and a line of its log.
pub type CheckLog = Arc<dyn Fn(&str, LogLevel, &str) + Send + Sync>;

/// What a run needs.
pub struct RunRequest<'a> {
    pub suite: &'a Suite,
    pub plan: &'a Plan,
    /// In the order of the plan's checks.
    pub components: &'a [Component],
    pub saved: Option<Arc<SavedInventory>>,
    /// The date of the run, which waivers depend on; none if unknown.
    pub date: Option<Date>,
    pub transport: Arc<Transport>,
    /// How many check instances run at once.
    pub threads: NonZeroUsize,
    /// For instances whose queries got no response.
    pub retries: Retries,
    pub log: CheckLog,
}

/// Retries of check instances whose queries got no response. An error finding is never retried, and
/// no sample is submitted again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retries {
    /// The most retries; 0 for none.
    pub times: u32,
    /// On a real clock.
    pub pause: Duration,
}

/// The results of a run.
#[derive(Debug)]
pub struct RunOutcome {
    /// Without instances that an interruption ended.
    pub executions: Vec<Execution>,
    pub samples: Samples,
    /// The jobs of the dry run, in the order of submission.
    pub dry_run: Vec<Sample>,
    pub price: Option<Price>,
    /// The finding that ended the samples, if one did.
    pub hopeless: Vec<HopelessWait>,
}

/// The results of all shards, before the `run` instances.
#[derive(Debug)]
pub struct ShardedSampling {
    pub samples: Samples,
    pub price: Option<Price>,
    /// The scenario's clock, in simulation.
    pub clock: ScenarioClock,
    /// The findings that ended the samples, one for each check and rule.
    pub hopeless: Vec<HopelessWait>,
    /// The samples of shards that are missing, by their index.
    pub lost: BTreeSet<u32>,
}

/// Why a run ended without a report.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The plan was made with other components.
    #[error(transparent)]
    NotGranted(#[from] GrantError),
    /// Checks reject settings that their schemas allow.
    #[error("a check rejects its settings")]
    Settings(Vec<RejectedSettings>),
}

/// A check that rejects its settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedSettings {
    /// Its name in the suite.
    pub check: String,
    /// Its words, one line.
    pub reason: String,
}

/// Fails if a check rejected its settings in scope `deployment`: an error of the suite, found before the first sample.
fn refuse_settings(executions: &[Execution]) -> Result<(), RunError> {
    let rejected: Vec<_> = executions
        .iter()
        .filter_map(|Execution { instance, outcome, .. }| match outcome {
            Outcome::Errored { kind: ErrorKind::InvalidSettings, message } => {
                Some(RejectedSettings { check: instance.check.clone(), reason: message.clone() })
            }
            _ => None,
        })
        .collect();
    if rejected.is_empty() { Ok(()) } else { Err(RunError::Settings(rejected)) }
}

/// Why the `run` instances of a sharded run cannot run.
#[derive(Debug, thiserror::Error)]
pub enum ConcludeError {
    /// The plan was made with other components.
    #[error(transparent)]
    NotGranted(#[from] GrantError),
    /// The shards were made with another simulation.
    #[error("the simulation gives other samples than the shards contain")]
    OtherSamples,
}

/// Runs a plan. After an interruption it cancels jobs and returns the results so far; if jobs were
/// submitted, the `run` instances still check them.
///
/// If a check rejects its settings in scope `deployment`, the run ends before the samples.
pub async fn run(
    request: RunRequest<'_>,
    interruption: Interruption,
    listener: Listener<'_>,
) -> Result<RunOutcome, RunError> {
    let run = Runner::new(request, interruption, listener)?;
    let interruption = run.interruption.clone();
    let before_samples = |round| run.capabilities(round, None, None);
    let deployment = before_samples(Phase::Deployment.into());
    let (mut executions, dry_run) = run.deployment(&deployment, &before_samples).await;
    cover_twins(&mut executions);
    // If an interruption or jobs of the dry run came first, there is a report.
    if interruption.signal().is_none() && dry_run.is_empty() {
        refuse_settings(&executions)?;
    }
    let (samples, price) = run.sampling(&executions, &deployment, &dry_run).await;
    let samples = Arc::new(samples);
    let capabilities = |round| run.capabilities(round, Some(&samples), price.as_ref());
    executions
        .extend(run.instances(Scope::Sample, &capabilities(Phase::Sample.into()), &capabilities, &interruption).await);
    // Whoever interrupts a run that hangs needs to know why it hung. Once jobs were submitted,
    // these instances run to their end.
    let sent = samples.samples.iter().any(|sample| sample.ending != Ending::NotSubmitted);
    let interruption = if sent { Interruption::never() } else { interruption };
    executions.extend(run.instances(Scope::Run, &capabilities(Phase::Run.into()), &capabilities, &interruption).await);
    if let Transport::Record(record) = &*run.request.transport {
        record.recorder().suite_files(run.suite_files.used());
    }
    Ok(RunOutcome { executions, samples: (*samples).clone(), dry_run, price, hopeless: run.hopeless() })
}

/// Runs the `run` instances of a sharded run. Live, they query the endpoint in its present state.
///
/// A simulated endpoint is first brought to the state in which the shards left theirs, by running
/// its samples again.
pub async fn conclude(
    request: RunRequest<'_>,
    sharded: ShardedSampling,
    listener: Listener<'_>,
) -> Result<Vec<Execution>, ConcludeError> {
    let ShardedSampling { samples, price, clock, hopeless, lost } = sharded;
    let run = Runner::new(request, Interruption::never(), listener)?;
    for found in hopeless {
        run.end_hopeless_wait(found);
    }
    run.dry_run.close();
    if let Transport::Simulate(simulate) = &*run.request.transport {
        if let Some(start) = clock.sampling {
            simulate.wait_until(start);
            let watchers = Watchers::of(&run, price.as_ref());
            let again = sampler::run_samples(
                SamplingRequest { watcher: watched_by(watchers.as_ref()), ..run.sampling_request(price.as_ref(), &[]) },
                &run.request.transport,
                &run.interruption,
                listener,
            )
            .await;
            if !same_samples(&again.samples, &samples.samples, &lost) {
                return Err(ConcludeError::OtherSamples);
            }
        }
        simulate.wait_until(clock.end);
    }
    let samples = Arc::new(samples);
    let capabilities = |round| run.capabilities(round, Some(&samples), price.as_ref());
    Ok(run.instances(Scope::Run, &capabilities(Phase::Run.into()), &capabilities, &run.interruption).await)
}

/// Why no sample is submitted: the first gating check, in plan order, that found an error that is
/// not waived, or that crashed.
pub fn closed_gate(plan: &Plan, executions: &[Execution]) -> Option<String> {
    let mut gating = plan
        .instances
        .iter()
        .filter(|planned| planned.instance.scope == Scope::Deployment && plan.checks[planned.check].gates);
    gating.find_map(|planned| {
        let execution = executions.iter().find(|execution| execution.instance == planned.instance)?;
        let check = &planned.instance.check;
        let error = execution.findings().iter().find(|finding| finding.is_error());
        let error =
            error.map(|finding| format!("check `{check}` found an error before the samples (`{}`)", finding.rule));
        error.or_else(|| execution.is_fault().then(|| format!("check `{check}` failed before the samples")))
    })
}

/// Whether those that are not lost are the same, without the text of their workflows, which a stored report keeps in another form.
fn same_samples(again: &[Sample], stored: &[Sample], lost: &BTreeSet<u32>) -> bool {
    fn known(samples: &[Sample], lost: &BTreeSet<u32>) -> impl Iterator<Item = Sample> {
        let known = samples.iter().filter(move |sample| !lost.contains(&sample.index));
        known.map(|sample| Sample { workflow: JsonText::default(), ..sample.clone() })
    }
    known(again, lost).eq(known(stored, lost))
}

fn watched_by<'a>(watchers: Option<&'a Watchers<'_>>) -> Option<&'a dyn sampler::Watcher> {
    watchers.map(|watchers| watchers as &dyn sampler::Watcher)
}

struct Runner<'a> {
    request: RunRequest<'a>,
    checks: Vec<Check>,
    waivers: Arc<Waivers>,
    output: Arc<Output>,
    secrets: Secrets,
    workflow: WorkflowText,
    dry_run: Arc<DryRun>,
    suite_files: Arc<SuiteFiles>,
    hopeless: Mutex<Vec<HopelessWait>>,
    interruption: Interruption,
    listener: Listener<'a>,
}

impl<'a> Runner<'a> {
    fn new(request: RunRequest<'a>, interruption: Interruption, listener: Listener<'a>) -> Result<Self, GrantError> {
        let granted = request.components.iter().zip(&request.plan.checks).map(|(component, planned)| {
            let grants: Vec<_> = planned.grants.iter().map(String::as_str).collect();
            component.grant(&grants)
        });
        let checks = granted.collect::<Result<_, _>>()?;
        let secrets = request.suite.secrets.clone();
        // Checks see it and quote it.
        let text = request.suite.workflow.as_ref().map(|file| secrets.redact(&file.text));
        // The parser refuses other formats.
        let workflow = WorkflowText { is_api: text.is_some(), source: Arc::from(text.unwrap_or_default()) };
        let waivers = Arc::new(Waivers::of(request.suite, request.date));
        let dry_run = Arc::new(dry_run::offer(&request.transport, request.suite));
        let recorded = match &*request.transport {
            Transport::Replay(replay) => &replay.cassette().suite_files[..],
            _ => &[],
        };
        let suite_files = Arc::new(SuiteFiles::new(request.suite, recorded));
        let hopeless = Mutex::default();
        Ok(Self {
            request,
            checks,
            waivers,
            output: Arc::default(),
            secrets,
            workflow,
            dry_run,
            suite_files,
            hopeless,
            interruption,
            listener,
        })
    }

    /// Runs the instances of the deployment, and the dry run if one of them requests it. Returns
    /// their results, and the jobs of the dry run.
    async fn deployment(
        &self,
        capabilities: &Capabilities,
        again: &dyn Fn(Round) -> Capabilities,
    ) -> (Vec<Execution>, Vec<Sample>) {
        let instances = pin!(self.instances(Scope::Deployment, capabilities, again, &self.interruption));
        let dry_run = pin!(async {
            self.dry_run.start().await;
            self.run_dry_run(capabilities).await
        });
        match select(instances, dry_run).await {
            Either::Right((jobs, instances)) => (instances.await, jobs),
            Either::Left((executions, _)) if self.dry_run.close() => (executions, Vec::new()),
            // The instances were stopped, but the submitted jobs are watched to their end.
            Either::Left((executions, dry_run)) => (executions, dry_run.await),
        }
    }

    async fn run_dry_run(&self, capabilities: &Capabilities) -> Vec<Sample> {
        let RunRequest { transport, suite, .. } = &self.request;
        let price = self.price(capabilities).await;
        let request = dry_run::DryRunRequest {
            transport,
            workflow: suite.workflow.as_ref().map_or("", |file| &file.text),
            job: &suite.request,
            most: suite.deployment.dry_run,
            sampling: &suite.sampling,
            price: price.as_ref(),
            secrets: &self.secrets,
            interruption: &self.interruption,
            listener: self.listener,
        };
        let (answer, jobs) = dry_run::run(request).await;
        self.dry_run.answer(answer);
        jobs
    }

    fn capabilities(&self, round: Round, samples: Option<&Arc<Samples>>, price: Option<&Price>) -> Capabilities {
        Capabilities::new(Offer {
            transport: Arc::clone(&self.request.transport),
            round,
            deployment: &self.request.suite.deployment,
            saved: self.request.saved.clone(),
            date: self.request.date,
            workflow: self.workflow.clone(),
            samples: samples.cloned(),
            price: price.cloned(),
            secrets: self.secrets.clone(),
        })
        .with_dry_run(Arc::clone(&self.dry_run))
        .with_inputs(self.inputs())
        .with_suite_files(Arc::clone(&self.suite_files))
    }

    /// The files that are sent with jobs. A replay has those of its recording, whatever this machine has.
    fn inputs(&self) -> Arc<[InputFacts]> {
        match &*self.request.transport {
            Transport::Replay(replay) if !replay.cassette().inputs.is_empty() => {
                replay.cassette().inputs.iter().map(Into::into).collect()
            }
            _ => self.request.suite.request.inputs.iter().map(InputFile::facts).collect(),
        }
    }

    /// Runs the samples, unless a gate is closed. Returns their price, too.
    async fn sampling(
        &self,
        executions: &[Execution],
        deployment: &Capabilities,
        dry_runs: &[Sample],
    ) -> (Samples, Option<Price>) {
        let Plan { samples, price, .. } = self.request.plan;
        let closed = closed_gate(self.request.plan, executions);
        let submits = !dry_runs.is_empty() || closed.is_none() && !samples.is_empty();
        let price = if submits { self.price(deployment).await } else { price.clone() };
        if let Some(reason) = closed {
            return (sampler::skip_samples(self.sampling_request(None, dry_runs), &reason), price);
        }
        let estimate = price.as_ref().map(|price| estimate(self.request.suite, price));
        if !samples.is_empty() {
            self.report(RunEvent::Priced { price: price.clone(), estimate });
        }
        let watchers = Watchers::of(self, price.as_ref());
        let request = SamplingRequest {
            watcher: watched_by(watchers.as_ref()),
            ..self.sampling_request(price.as_ref(), dry_runs)
        };
        self.report(RunEvent::PhaseStarted { phase: Phase::Sampling, parts: request.samples.len() });
        let samples = sampler::run_samples(request, &self.request.transport, &self.interruption, self.listener).await;
        self.report(RunEvent::PhaseEnded { phase: Phase::Sampling });
        (samples, price)
    }

    fn sampling_request<'b>(&'b self, price: Option<&'b Price>, before: &'b [Sample]) -> SamplingRequest<'b> {
        let Suite { sampling, request, deployment: Deployment { image_hosts, output_path, .. }, .. } =
            self.request.suite;
        SamplingRequest {
            samples: &self.request.plan.samples,
            job: request,
            sampling,
            image_hosts,
            output_path: output_path.as_ref(),
            secrets: &self.secrets,
            price,
            before,
            watcher: None,
            load: None,
        }
    }

    /// Simulated samples that run again for a merge end for the same reason again: it is kept once.
    fn end_hopeless_wait(&self, found: HopelessWait) {
        let mut hopeless = self.hopeless.lock().unwrap_or_else(PoisonError::into_inner);
        if !hopeless.contains(&found) {
            hopeless.push(found);
        }
    }

    /// The findings that ended the samples.
    fn hopeless(&self) -> Vec<HopelessWait> {
        self.hopeless.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The suite's price, else that of RunPod's catalog, else the table's.
    async fn price(&self, deployment: &Capabilities) -> Option<Price> {
        let planned = self.request.plan.price.as_ref();
        if planned.is_some_and(|price| price.source == PriceSource::Suite) {
            return planned.cloned();
        }
        let date = self.request.date.map(|date| date.to_string());
        deployment.catalog_price(self.request.suite.deployment.gpu_count, date).await.or_else(|| planned.cloned())
    }

    fn report(&self, event: RunEvent) {
        (self.listener)(event);
    }
}
