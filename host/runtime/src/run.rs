//! A run, from its plan to what happened: four phases, one after the other.

mod attempts;

use crate::capabilities::{Capabilities, Offer, SavedInventory, WorkflowText};
use crate::dry_run::{self, DryRun};
use crate::event::{Listener, RunEvent};
use crate::interruption::Interruption;
use crate::sampler::{self, Samples, Wanted};
use crate::sandbox::{Check, Component, LogLevel, NotGranted};
use crate::transport::Transport;
use crate::transport::exchange::{Phase, Round};
use crate::transport::simulate::ScenarioClock;
use comfycheck_core::cost::{Price, PriceSource, estimate};
use comfycheck_core::execution::{ErrorKind, Execution, Outcome};
use comfycheck_core::manifest::Scope;
use comfycheck_core::plan::Plan;
use comfycheck_core::sample::{Ending, Sample};
use comfycheck_core::secret::{Secret, redact};
use comfycheck_core::suite::{Deployment, Suite};
use comfycheck_core::waiver::{Waivers, cover_twins};
use futures_util::future::{Either, select};
use jiff::civil::Date;
use std::num::NonZeroUsize;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// Takes a line of a check's log: the check's name in the suite, and the line.
pub type CheckLog = Arc<dyn Fn(&str, LogLevel, &str) + Send + Sync>;

/// All that a run needs.
pub struct Order<'a> {
    /// What the user asked for.
    pub suite: &'a Suite,
    /// What is to be done.
    pub plan: &'a Plan,
    /// The components of the plan's checks, in their order.
    pub components: &'a [Component],
    /// A saved inventory.
    pub saved: Option<Arc<SavedInventory>>,
    /// The date of the run, until which waivers count; none if it is not known.
    pub date: Option<Date>,
    /// Where responses come from.
    pub transport: Arc<Transport>,
    /// How many check instances are carried out at once.
    pub threads: NonZeroUsize,
    /// How often instances are carried out again that waited for an answer in vain.
    pub retries: Retries,
    /// Where the logs of checks go.
    pub log: CheckLog,
}

/// How often what could not be carried out is carried out again. What failed never is, and no sample is submitted again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retries {
    /// At most so often; 0 for never.
    pub times: u32,
    /// After this pause, on a real clock.
    pub pause: Duration,
}

/// What happened in a run.
#[derive(Debug)]
pub struct Done {
    /// What came of the check instances. Those that an interruption kept from being ended are not among them.
    pub executions: Vec<Execution>,
    /// What came of the sampling.
    pub samples: Samples,
    /// The jobs of the dry run, in the order of their submission.
    pub dry_run: Vec<Sample>,
    /// The price that the samples' costs were computed with.
    pub price: Option<Price>,
}

/// What all shares of a run found out, before the `run` instances.
#[derive(Debug)]
pub struct Shared {
    /// What came of the sampling.
    pub samples: Samples,
    /// The price that the samples' costs were computed with.
    pub price: Option<Price>,
    /// Where the scenario's clock stood in simulation.
    pub clock: ScenarioClock,
}

/// Why a run ended without a report.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The plan was made with other components.
    #[error(transparent)]
    NotGranted(#[from] NotGranted),
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

/// Why the `run` instances of a run that was shared cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum ConcludeError {
    /// The plan was made with other components.
    #[error(transparent)]
    NotGranted(#[from] NotGranted),
    /// The simulation is not the one that the shares were made with.
    #[error("the simulation gives other samples than the shares hold")]
    OtherSamples,
}

/// Carries out a plan. After an interruption, jobs are cancelled and what is known is returned; if there were any, the
/// `run` instances tell what is known of them.
///
/// Fails, before anything is sent, if the plan was made with other components, and before the samples if a check rejects
/// its settings.
pub async fn run(order: Order<'_>, interruption: Interruption, listener: Listener<'_>) -> Result<Done, RunError> {
    let run = Run::new(order, interruption, listener)?;
    let interruption = run.interruption.clone();
    let ask_before = |round| run.capabilities(round, None, None);
    let deployment = ask_before(Phase::Deployment.into());
    let (mut executions, dry_run) = run.deployment(&deployment, &ask_before).await;
    cover_twins(&mut executions);
    if interruption.signal().is_none() {
        refuse_settings(&executions)?;
    }
    let (samples, price) = run.sampling(&executions, &deployment, &dry_run).await;
    let samples = Arc::new(samples);
    let ask = |round| run.capabilities(round, Some(&samples), price.as_ref());
    executions.extend(run.instances(Scope::Sample, &ask(Phase::Sample.into()), &ask, &interruption).await);
    // Who interrupts a run that hangs wants to know why it hung: once jobs were sent, these are carried out all the same.
    let sent = samples.samples.iter().any(|sample| sample.ending != Ending::NotSubmitted);
    let interruption = if sent { Interruption::never() } else { interruption };
    executions.extend(run.instances(Scope::Run, &ask(Phase::Run.into()), &ask, &interruption).await);
    Ok(Done { executions, samples: (*samples).clone(), dry_run, price })
}

/// Carries out the `run` instances of a run whose samples were taken in shares. Live, they ask the endpoint as it is now.
///
/// A simulated endpoint is brought to where the shares left theirs: its samples are taken once more.
pub async fn conclude(
    order: Order<'_>,
    shared: Shared,
    listener: Listener<'_>,
) -> Result<Vec<Execution>, ConcludeError> {
    let Shared { samples, price, clock } = shared;
    let run = Run::new(order, Interruption::never(), listener)?;
    run.dry_runs.end();
    if let Transport::Simulate(simulate) = &*run.order.transport {
        if let Some(start) = clock.sampling {
            simulate.wait_until(start);
            let taken =
                sampler::take(run.wanted(price.as_ref(), &[]), &run.order.transport, &run.interruption, listener).await;
            if !same_samples(&taken.samples, &samples.samples) {
                return Err(ConcludeError::OtherSamples);
            }
        }
        simulate.wait_until(clock.end);
    }
    let samples = Arc::new(samples);
    let ask = |round| run.capabilities(round, Some(&samples), price.as_ref());
    Ok(run.instances(Scope::Run, &ask(Phase::Run.into()), &ask, &run.interruption).await)
}

/// Why no sample is submitted: the first gate, in plan order, that found an error which no waiver covers, or that crashed.
pub fn closed_gate(plan: &Plan, executions: &[Execution]) -> Option<String> {
    let gating = plan
        .instances
        .iter()
        .filter(|planned| planned.instance.scope == Scope::Deployment && plan.checks[planned.check].gates);
    let mut found = gating.filter_map(|planned| {
        let execution = executions.iter().find(|execution| execution.instance == planned.instance)?;
        let check = &planned.instance.check;
        let error = execution.findings().iter().find(|finding| finding.is_error());
        let error =
            error.map(|finding| format!("check `{check}` found an error before the samples (`{}`)", finding.rule));
        error.or_else(|| execution.is_fault().then(|| format!("check `{check}` failed before the samples")))
    });
    found.next()
}

/// But for the text of their workflows, of which a stored report keeps what it means.
fn same_samples(taken: &[Sample], stored: &[Sample]) -> bool {
    let without_workflow = |sample: &Sample| Sample { workflow: String::new(), ..sample.clone() };
    taken.iter().map(without_workflow).eq(stored.iter().map(without_workflow))
}

struct Run<'a> {
    order: Order<'a>,
    checks: Vec<Check>,
    waivers: Arc<Waivers>,
    secrets: Vec<Secret>,
    workflow: WorkflowText,
    dry_runs: Arc<DryRun>,
    interruption: Interruption,
    listener: Listener<'a>,
}

impl<'a> Run<'a> {
    fn new(order: Order<'a>, interruption: Interruption, listener: Listener<'a>) -> Result<Self, NotGranted> {
        let granted = order.components.iter().zip(&order.plan.checks).map(|(component, planned)| {
            let grants: Vec<_> = planned.grants.iter().map(String::as_str).collect();
            component.grant(&grants)
        });
        let checks = granted.collect::<Result<_, _>>()?;
        let secrets = order.suite.deployment.secrets();
        // Checks see it, and quote it.
        let text = order.suite.workflow.as_ref().map(|file| redact(&file.text, &secrets));
        // A workflow that is not in API format was refused while it was parsed.
        let workflow = WorkflowText { is_api: text.is_some(), source: Arc::from(text.unwrap_or_default()) };
        let waivers = Arc::new(Waivers::of(order.suite, order.date));
        let dry_runs = Arc::new(dry_run::offer(&order.transport, order.suite));
        Ok(Self { order, checks, waivers, secrets, workflow, dry_runs, interruption, listener })
    }

    /// Carries out the instances of the deployment, and a dry run as soon as one of them asks for it. Returns what came of
    /// them, and the jobs of the dry run.
    async fn deployment(
        &self,
        capabilities: &Capabilities,
        again: &dyn Fn(Round) -> Capabilities,
    ) -> (Vec<Execution>, Vec<Sample>) {
        let instances = pin!(self.instances(Scope::Deployment, capabilities, again, &self.interruption));
        let dry_run = pin!(async {
            self.dry_runs.asked().await;
            self.carry_out_dry_run(capabilities).await
        });
        match select(instances, dry_run).await {
            Either::Right((jobs, instances)) => (instances.await, jobs),
            Either::Left((executions, _)) if self.dry_runs.end() => (executions, Vec::new()),
            // Who asked was stopped. What was submitted is watched to its end all the same.
            Either::Left((executions, dry_run)) => (executions, dry_run.await),
        }
    }

    async fn carry_out_dry_run(&self, capabilities: &Capabilities) -> Vec<Sample> {
        let Order { transport, suite, .. } = &self.order;
        let price = self.price(capabilities).await;
        let order = dry_run::Order {
            transport,
            workflow: suite.workflow.as_ref().map_or("", |file| &file.text),
            most: suite.deployment.dry_run,
            sampling: &suite.sampling,
            price: price.as_ref(),
            secrets: &self.secrets,
            interruption: &self.interruption,
            listener: self.listener,
        };
        let (answer, jobs) = dry_run::carry_out(order).await;
        self.dry_runs.answer(answer);
        jobs
    }

    /// What the instances of a round may ask.
    fn capabilities(&self, round: Round, samples: Option<&Arc<Samples>>, price: Option<&Price>) -> Capabilities {
        Capabilities::new(Offer {
            transport: Arc::clone(&self.order.transport),
            round,
            deployment: &self.order.suite.deployment,
            saved: self.order.saved.clone(),
            date: self.order.date,
            workflow: self.workflow.clone(),
            samples: samples.cloned(),
            price: price.cloned(),
            secrets: self.secrets.clone(),
        })
        .with_dry_run(Arc::clone(&self.dry_runs))
    }

    /// Takes the samples, unless a gate is closed, and says by which price.
    async fn sampling(
        &self,
        executions: &[Execution],
        deployment: &Capabilities,
        dry_runs: &[Sample],
    ) -> (Samples, Option<Price>) {
        let Plan { samples, price, .. } = self.order.plan;
        let closed = closed_gate(self.order.plan, executions);
        let buys = !dry_runs.is_empty() || closed.is_none() && !samples.is_empty();
        let price = if buys { self.price(deployment).await } else { price.clone() };
        if let Some(reason) = closed {
            return (sampler::take_none(self.wanted(None, dry_runs), &reason), price);
        }
        let estimate = price.as_ref().map(|price| estimate(self.order.suite, price));
        if !samples.is_empty() {
            self.tell(RunEvent::Priced { price: price.clone(), estimate });
        }
        let wanted = self.wanted(price.as_ref(), dry_runs);
        self.tell(RunEvent::PhaseStarted { phase: Phase::Sampling, parts: wanted.samples.len() });
        let samples = sampler::take(wanted, &self.order.transport, &self.interruption, self.listener).await;
        self.tell(RunEvent::PhaseEnded { phase: Phase::Sampling });
        (samples, price)
    }

    fn wanted<'b>(&'b self, price: Option<&'b Price>, before: &'b [Sample]) -> Wanted<'b> {
        let Suite { sampling, deployment: Deployment { image_hosts, .. }, .. } = self.order.suite;
        Wanted { samples: &self.order.plan.samples, sampling, image_hosts, secrets: &self.secrets, price, before }
    }

    /// The suite's price, else that of RunPod's catalog if it can be had, else the table's.
    async fn price(&self, deployment: &Capabilities) -> Option<Price> {
        let planned = self.order.plan.price.as_ref();
        if planned.is_some_and(|price| price.source == PriceSource::Suite) {
            return planned.cloned();
        }
        let date = self.order.date.map(|date| date.to_string());
        deployment.catalog_price(self.order.suite.deployment.gpu_count, date).await.or_else(|| planned.cloned())
    }

    fn tell(&self, event: RunEvent) {
        (self.listener)(event);
    }
}
