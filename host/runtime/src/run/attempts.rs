//! Runs check instances, and retries those whose queries got no response (`--retry-errors`).
//!
//! - A retry is a further *round* of its phase, after the phase is over. A cassette keeps the rounds
//!   apart by `attempt`. A simulation runs a round ten seconds after everything before it.
//! - An instance that found an error is not retried.
//! - A replay can repeat recorded rounds only. By default it repeats all of them, in shards as well.
//! - The sampler knows no rounds, so no sample is ever submitted again.
//! - The report keeps the outcome of every attempt. The last one counts.

use super::Runner;
use super::watchers::{self, HopelessWait};
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

impl Runner<'_> {
    /// Runs the instances of one scope, with retries. `retry` gives the capabilities of a retry.
    pub(super) async fn instances(
        &self,
        scope: Scope,
        capabilities: &Capabilities,
        retry: &dyn Fn(Round) -> Capabilities,
        interruption: &Interruption,
    ) -> Vec<Execution> {
        self.instances_of(scope, |_| true, capabilities, retry, interruption).await
    }

    /// The same for the checks whose name fits.
    pub(super) async fn instances_of(
        &self,
        scope: Scope,
        fits: impl Fn(&str) -> bool,
        capabilities: &Capabilities,
        retry: &dyn Fn(Round) -> Capabilities,
        interruption: &Interruption,
    ) -> Vec<Execution> {
        let phase = Phase::of(scope);
        let of_scope = |planned: &&PlannedInstance| planned.instance.scope == scope && fits(&planned.instance.check);
        let planned = self.request.plan.instances.iter().filter(of_scope);
        let (skipped, planned): (Vec<_>, Vec<_>) =
            planned.partition(|planned| was_not_submitted(planned, capabilities.samples()));
        self.report(RunEvent::PhaseStarted { phase, parts: planned.len() });
        let mut round = Round::from(phase);
        let first = planned.iter().map(|planned| (*planned, None)).collect();
        let (mut made, mut open) = self.attempt(first, round, capabilities, interruption).await;
        while !open.is_empty() && self.pause(round, interruption).await {
            round.attempt += 1;
            let (settled, still_open) = self.attempt(open, round, &retry(round), interruption).await;
            made.extend(settled);
            open = still_open;
        }
        for (_, execution) in open {
            made.extend(execution.inspect(|execution| self.ended(execution)));
        }
        let skipped: Vec<_> = skipped.into_iter().map(skip).collect();
        for execution in &skipped {
            self.report(RunEvent::InstanceSkipped { execution: execution.clone() });
        }
        self.report(RunEvent::PhaseEnded { phase });
        let mut made: Vec<_> = made.into_iter().chain(skipped).collect();
        self.output.limit(&mut made);
        made
    }

    /// Runs instances, some of them again. Returns the final results, and separately those that a
    /// retry may improve.
    async fn attempt<'b>(
        &self,
        planned: Vec<(&'b PlannedInstance, Option<Execution>)>,
        round: Round,
        capabilities: &Capabilities,
        interruption: &Interruption,
    ) -> (Vec<Execution>, Vec<(&'b PlannedInstance, Option<Execution>)>) {
        let next = Round { attempt: round.attempt + 1, ..round };
        let is_last = round.attempt > self.request.retries.times || !self.request.transport.has_round(next);
        let (instances, before): (Vec<_>, Vec<_>) = planned.into_iter().unzip();
        let task = |(planned, before): (&&PlannedInstance, Option<Execution>)| self.task(planned, before, capabilities);
        let tasks = instances.iter().zip(before.iter().cloned()).map(task).collect();
        let settles = |made: &Attempt| is_last || !made.unanswered;
        if round.phase == Phase::Deployment {
            self.dry_run.begin(instances.len());
        }
        let ended = |_, made: &Attempt| {
            if round.phase == Phase::Deployment {
                self.dry_run.ended(made.refused_settings());
            }
            if settles(made) {
                self.ended(&made.execution);
            }
        };
        let made = schedule::run(tasks, self.request.threads, schedule::SLICE, interruption.clone(), ended).await;
        let (mut settled, mut open) = (Vec::new(), Vec::new());
        for ((planned, before), made) in instances.into_iter().zip(before).zip(made) {
            match made {
                Some(made) if settles(&made) => settled.push(made.execution),
                Some(made) => open.push((planned, Some(made.execution))),
                // Interrupted: the result of the attempt before counts.
                None => open.extend(before.map(|before| (planned, Some(before)))),
            }
        }
        (settled, open)
    }

    /// The pause before a retry. False if the run was interrupted.
    async fn pause(&self, round: Round, interruption: &Interruption) -> bool {
        let mut interruption = interruption.clone();
        let mut time = Timeline::of_query(&self.request.transport, round);
        tokio::select! {
            biased;
            _ = interruption.received() => false,
            () = time.pause(self.request.retries.pause) => true,
        }
    }

    fn ended(&self, execution: &Execution) {
        self.report(RunEvent::InstanceEnded { execution: execution.clone() });
    }

    /// Runs one instance on the calling thread. `before` is its result at the last attempt.
    fn task(
        &self,
        planned: &PlannedInstance,
        before: Option<Execution>,
        capabilities: &Capabilities,
    ) -> impl FnOnce() -> futures_util::future::LocalBoxFuture<'static, Attempt> + Send + use<> {
        let check = self.checks[planned.check].clone();
        let suite = self.request.plan.checks[planned.check].suite.clone();
        let instance = planned.instance.clone();
        let capabilities = capabilities.for_check(&suite);
        let secrets = self.secrets.clone();
        let (log, waivers, output) =
            (Arc::clone(&self.request.log), Arc::clone(&self.waivers), Arc::clone(&self.output));
        let is_reported_here = |found: &HopelessWait| found.check == instance.check && instance.scope == Scope::Run;
        let hopeless: Vec<_> = self.hopeless().into_iter().filter(is_reported_here).collect();
        move || {
            Box::pin(async move {
                let name = suite.name.clone();
                let queried = capabilities.clone();
                let call = Call {
                    instance,
                    settings: &suite.settings.to_string(),
                    severity: &suite.severity,
                    capabilities,
                    limits: Limits::from(&suite.limits),
                    secrets,
                    log: Arc::new(move |level, line: &str| log(&name, level, line)),
                };
                let mut execution = check.run(call).await;
                for HopelessWait { finding, .. } in &hopeless {
                    watchers::add(&mut execution, finding);
                }
                waivers.apply(&mut execution);
                output.count(&mut execution);
                match before {
                    // The recorded run did not make this attempt.
                    Some(before) if !queried.misses().is_empty() => Attempt { execution: before, unanswered: false },
                    before => Attempt::of(execution, before, queried.has_unanswered_query()),
                }
            })
        }
    }
}

/// The result of an instance, including earlier attempts.
struct Attempt {
    execution: Execution,
    /// Whether a query got no response and there is no error finding, so a retry may help.
    unanswered: bool,
}

impl Attempt {
    fn of(mut execution: Execution, before: Option<Execution>, unanswered: bool) -> Self {
        if let Some(before) = before {
            // The recorded run did not make this attempt.
            if matches!(execution.outcome, Outcome::Errored { kind: ErrorKind::Cassette, .. }) {
                return Self { execution: before, unanswered: false };
            }
            execution.earlier = before.earlier;
            execution.earlier.push(before.outcome);
        }
        let is_open = match &execution.outcome {
            Outcome::Completed { findings, open } => !open.is_empty() && !findings.iter().any(Finding::is_error),
            Outcome::Errored { kind, .. } => *kind != ErrorKind::InvalidSettings,
            Outcome::Skipped { .. } => false,
        };
        Self { unanswered: unanswered && is_open, execution }
    }

    fn refused_settings(&self) -> bool {
        matches!(self.execution.outcome, Outcome::Errored { kind: ErrorKind::InvalidSettings, .. })
    }
}

fn was_not_submitted(planned: &PlannedInstance, samples: &[Sample]) -> bool {
    let sample = planned.instance.sample.and_then(|index| samples.iter().find(|sample| sample.index == index));
    sample.is_some_and(|sample| sample.ending == Ending::NotSubmitted)
}

fn skip(planned: &PlannedInstance) -> Execution {
    let outcome = Outcome::Skipped { reason: "the sample was not submitted".to_owned() };
    Execution { instance: planned.instance.clone(), outcome, earlier: Vec::new(), waited: Duration::ZERO }
}
