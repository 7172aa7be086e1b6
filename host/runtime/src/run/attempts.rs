//! Carrying out check instances, and again what waited for an answer in vain.

use super::Run;
use crate::capabilities::Capabilities;
use crate::event::RunEvent;
use crate::interruption::Interruption;
use crate::sandbox::{Call, Limits};
use crate::schedule;
use crate::transport::exchange::{Phase, Round};
use crate::transport::timeline::Timeline;
use comfycheck_core::execution::{ErrorKind, Execution, Outcome};
use comfycheck_core::finding::Finding;
use comfycheck_core::manifest::Scope;
use comfycheck_core::plan::PlannedInstance;
use comfycheck_core::sample::{Ending, Sample};
use std::sync::Arc;
use std::time::Duration;

impl Run<'_> {
    /// Carries out the instances of one scope, and again those that waited for an answer in vain; returns what came of
    /// them. `again` offers what a further attempt may ask.
    pub(super) async fn instances(
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
