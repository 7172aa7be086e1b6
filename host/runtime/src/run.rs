//! A run, from its plan to what happened: four phases, one after the other.

use crate::capabilities::{Capabilities, Offer, SavedInventory, WorkflowText};
use crate::event::{Listener, RunEvent};
use crate::interruption::Interruption;
use crate::sampler::{self, Samples, Wanted};
use crate::sandbox::{Call, Check, Component, Limits, LogLevel, NotGranted};
use crate::schedule;
use crate::transport::Transport;
use crate::transport::exchange::{Phase, Round};
use crate::transport::simulate::ScenarioClock;
use crate::transport::timeline::Timeline;
use comfycheck_core::cost::{Price, PriceSource, estimate};
use comfycheck_core::execution::{ErrorKind, Execution, Outcome};
use comfycheck_core::finding::Finding;
use comfycheck_core::manifest::Scope;
use comfycheck_core::plan::{Plan, PlannedInstance};
use comfycheck_core::sample::{Ending, Sample};
use comfycheck_core::secret::{Secret, redact};
use comfycheck_core::suite::{Deployment, Suite};
use comfycheck_core::waiver::Waivers;
use jiff::civil::Date;
use std::num::NonZeroUsize;
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
/// Fails, before anything is sent, if the plan was made with other components.
pub async fn run(order: Order<'_>, interruption: Interruption, listener: Listener<'_>) -> Result<Done, NotGranted> {
    let run = Run::new(order, interruption, listener)?;
    let interruption = run.interruption.clone();
    let ask_before = |round| run.capabilities(round, None, None);
    let deployment = ask_before(Phase::Deployment.into());
    let mut executions = run.instances(Scope::Deployment, &deployment, &ask_before, &interruption).await;
    let (samples, price) = run.sampling(&executions, &deployment).await;
    let samples = Arc::new(samples);
    let ask = |round| run.capabilities(round, Some(&samples), price.as_ref());
    executions.extend(run.instances(Scope::Sample, &ask(Phase::Sample.into()), &ask, &interruption).await);
    // Who interrupts a run that hangs wants to know why it hung: once jobs were sent, these are carried out all the same.
    let sent = samples.samples.iter().any(|sample| sample.ending != Ending::NotSubmitted);
    let interruption = if sent { Interruption::never() } else { interruption };
    executions.extend(run.instances(Scope::Run, &ask(Phase::Run.into()), &ask, &interruption).await);
    Ok(Done { executions, samples: (*samples).clone(), price })
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
    if let Transport::Simulate(simulate) = &*run.order.transport {
        if let Some(start) = clock.sampling {
            simulate.wait_until(start);
            let taken =
                sampler::take(run.wanted(price.as_ref()), &run.order.transport, &run.interruption, listener).await;
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
        Ok(Self { order, checks, waivers, secrets, workflow, interruption, listener })
    }

    /// Carries out the instances of one scope, and again those that waited for an answer in vain; returns what came of
    /// them. `again` offers what a further attempt may ask.
    async fn instances(
        &self,
        scope: Scope,
        capabilities: &Capabilities,
        again: &dyn Fn(Round) -> Capabilities,
        interruption: &Interruption,
    ) -> Vec<Execution> {
        let phase = Phase::of(scope);
        let planned = self.order.plan.instances.iter().filter(|planned| planned.instance.scope == scope);
        let (skipped, planned): (Vec<_>, Vec<_>) =
            planned.partition(|planned| was_not_submitted(planned, capabilities.samples()));
        self.tell(RunEvent::PhaseStarted { phase, parts: planned.len() });
        let mut round = Round::from(phase);
        let first = planned.iter().map(|planned| (*planned, None)).collect();
        let (mut made, mut open) = self.attempt(first, round, capabilities, interruption).await;
        while !open.is_empty() && self.pause(round, interruption).await {
            round.attempt += 1;
            let (settled, still_open) = self.attempt(open, round, &again(round), interruption).await;
            made.extend(settled);
            open = still_open;
        }
        for (_, execution) in open {
            made.extend(execution.inspect(|execution| self.ended(execution)));
        }
        let skipped: Vec<_> = skipped.into_iter().map(skip).collect();
        for execution in &skipped {
            self.tell(RunEvent::InstanceSkipped { execution: execution.clone() });
        }
        self.tell(RunEvent::PhaseEnded { phase });
        made.into_iter().chain(skipped).collect()
    }

    /// Carries out instances, of which some may have been carried out before. Returns what is settled, and apart from that
    /// what another attempt may settle.
    async fn attempt<'b>(
        &self,
        planned: Vec<(&'b PlannedInstance, Option<Execution>)>,
        round: Round,
        capabilities: &Capabilities,
        interruption: &Interruption,
    ) -> (Vec<Execution>, Vec<(&'b PlannedInstance, Option<Execution>)>) {
        let next = Round { attempt: round.attempt + 1, ..round };
        let is_last = round.attempt > self.order.retries.times || !self.order.transport.has_round(next);
        let (instances, before): (Vec<_>, Vec<_>) = planned.into_iter().unzip();
        let task = |(planned, before): (&&PlannedInstance, Option<Execution>)| self.task(planned, before, capabilities);
        let tasks = instances.iter().zip(before.iter().cloned()).map(task).collect();
        let settles = |made: &Attempted| is_last || !made.in_vain;
        let ended = |_, made: &Attempted| {
            if settles(made) {
                self.ended(&made.execution);
            }
        };
        let made = schedule::run(tasks, self.order.threads, interruption.clone(), ended).await;
        let (mut settled, mut open) = (Vec::new(), Vec::new());
        for ((planned, before), made) in instances.into_iter().zip(before).zip(made) {
            match made {
                Some(made) if settles(&made) => settled.push(made.execution),
                Some(made) => open.push((planned, Some(made.execution))),
                // An interruption kept it from being ended: what came of it before counts.
                None => open.extend(before.map(|before| (planned, Some(before)))),
            }
        }
        (settled, open)
    }

    /// The pause before a further attempt. False if the run was interrupted.
    async fn pause(&self, round: Round, interruption: &Interruption) -> bool {
        let mut interruption = interruption.clone();
        let mut time = Timeline::of_question(&self.order.transport, round);
        tokio::select! {
            biased;
            _ = interruption.came() => false,
            () = time.pause(self.order.retries.pause) => true,
        }
    }

    fn ended(&self, execution: &Execution) {
        self.tell(RunEvent::InstanceEnded { execution: execution.clone() });
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
    }

    /// Carries out one instance, on whatever thread it is called. `before` is what came of it at the last attempt.
    fn task(
        &self,
        planned: &PlannedInstance,
        before: Option<Execution>,
        capabilities: &Capabilities,
    ) -> impl FnOnce() -> futures_util::future::LocalBoxFuture<'static, Attempted> + Send + use<> {
        let check = self.checks[planned.check].clone();
        let suite = self.order.plan.checks[planned.check].suite.clone();
        let instance = planned.instance.clone();
        let capabilities = capabilities.for_instance();
        let (log, waivers) = (Arc::clone(&self.order.log), Arc::clone(&self.waivers));
        move || {
            Box::pin(async move {
                let name = suite.name.clone();
                let asked = capabilities.clone();
                let call = Call {
                    instance,
                    settings: &suite.settings.to_string(),
                    severity: &suite.severity,
                    capabilities,
                    limits: Limits::from(&suite.limits),
                    log: Arc::new(move |level, line: &str| log(&name, level, line)),
                };
                let mut execution = check.run(call).await;
                waivers.apply(&mut execution);
                Attempted::of(execution, before, asked.waited_in_vain())
            })
        }
    }

    /// Takes the samples, unless a gate is closed, and says by which price.
    async fn sampling(&self, executions: &[Execution], deployment: &Capabilities) -> (Samples, Option<Price>) {
        let Plan { samples, price, .. } = self.order.plan;
        if let Some(reason) = self.closed_gate(executions) {
            return (sampler::take_none(self.wanted(None), &reason), price.clone());
        }
        let price = if samples.is_empty() { price.clone() } else { self.price(deployment).await };
        let estimate = price.as_ref().map(|price| estimate(&self.order.suite.sampling, price));
        if !samples.is_empty() {
            self.tell(RunEvent::Priced { price: price.clone(), estimate });
        }
        let wanted = self.wanted(price.as_ref());
        self.tell(RunEvent::PhaseStarted { phase: Phase::Sampling, parts: wanted.samples.len() });
        let samples = sampler::take(wanted, &self.order.transport, &self.interruption, self.listener).await;
        self.tell(RunEvent::PhaseEnded { phase: Phase::Sampling });
        (samples, price)
    }

    fn wanted<'b>(&'b self, price: Option<&'b Price>) -> Wanted<'b> {
        let Suite { sampling, deployment: Deployment { image_hosts, .. }, .. } = self.order.suite;
        Wanted { samples: &self.order.plan.samples, sampling, image_hosts, secrets: &self.secrets, price }
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

    /// Why no sample is bought: the first error, in plan order, that a gating check found and no waiver waives.
    fn closed_gate(&self, executions: &[Execution]) -> Option<String> {
        let plan = self.order.plan;
        let gating = plan.instances.iter().filter(|planned| plan.checks[planned.check].gates);
        let mut found = gating.filter_map(|planned| {
            let execution = executions.iter().find(|execution| execution.instance == planned.instance)?;
            execution.findings().iter().find(|finding| finding.is_error()).map(|finding| (planned, finding))
        });
        let (planned, finding) = found.next()?;
        Some(format!("check `{}` found an error before the samples (`{}`)", planned.instance.check, finding.rule))
    }

    fn tell(&self, event: RunEvent) {
        (self.listener)(event);
    }
}

/// What came of an instance, with what came of it before.
struct Attempted {
    execution: Execution,
    /// Whether it waited for an answer in vain and told of no error, so that another attempt may settle it.
    in_vain: bool,
}

impl Attempted {
    fn of(mut execution: Execution, before: Option<Execution>, in_vain: bool) -> Self {
        if let Some(before) = before {
            // An attempt that the recorded run did not make is none.
            if matches!(execution.outcome, Outcome::Errored { kind: ErrorKind::Cassette, .. }) {
                return Self { execution: before, in_vain: false };
            }
            execution.earlier = before.earlier;
            execution.earlier.push(before.outcome);
        }
        let is_open = match &execution.outcome {
            Outcome::Completed { findings, open } => !open.is_empty() && !findings.iter().any(Finding::is_error),
            Outcome::Errored { .. } => true,
            Outcome::Skipped { .. } => false,
        };
        Self { in_vain: in_vain && is_open, execution }
    }
}

/// Whether an instance is of one sample that was not submitted.
fn was_not_submitted(planned: &PlannedInstance, samples: &[Sample]) -> bool {
    let sample = planned.instance.sample.and_then(|index| samples.iter().find(|sample| sample.index == index));
    sample.is_some_and(|sample| sample.ending == Ending::NotSubmitted)
}

fn skip(planned: &PlannedInstance) -> Execution {
    let outcome = Outcome::Skipped { reason: "the sample was not submitted".to_owned() };
    Execution { instance: planned.instance.clone(), outcome, earlier: Vec::new(), waited: Duration::ZERO }
}
