//! The checks that watch waiting samples.

use super::Runner;
use crate::sampler::{WatchAnswer, WatchTurn, Watcher};
use crate::sandbox::{Call, Limits, LogLevel};
use crate::transport::Transport;
use crate::transport::exchange::Round;
use comfycheck_core::cost::Price;
use comfycheck_core::execution::{CheckInstance, ErrorKind, Execution, Outcome};
use comfycheck_core::finding::Finding;
use comfycheck_core::manifest::Scope;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The watchers of a run.
pub(super) struct Watchers<'a> {
    run: &'a Runner<'a>,
    price: Option<&'a Price>,
    /// The positions of checks whose watcher failed.
    failed: Mutex<BTreeSet<usize>>,
}

/// A watcher's finding that ended the samples.
#[derive(Clone, Debug, PartialEq)]
pub struct HopelessWait {
    /// Its check's name in the suite.
    pub check: String,
    pub finding: Finding,
}

impl<'a> Watchers<'a> {
    /// None if no check of the run watches.
    pub(super) fn of(run: &'a Runner<'a>, price: Option<&'a Price>) -> Option<Self> {
        let watches = run.watching().next().is_some();
        watches.then(|| Self { run, price, failed: Mutex::default() })
    }

    async fn ask(&self, turn: WatchTurn) -> WatchAnswer {
        let WatchTurn { number, now, waiting, unfinished, ended } = turn;
        let Runner { request, checks, waivers, .. } = self.run;
        if let Transport::Simulate(simulate) = &*request.transport {
            simulate.sampling_is_at(now);
        }
        let round = Round::of_watchers(number);
        let capabilities = self.run.capabilities(round, Some(&Arc::new(ended)), self.price).with_unfinished(unfinished);
        let mut took = Duration::ZERO;
        for check in self.run.watching() {
            if self.failed().contains(&check) {
                continue;
            }
            let suite = &request.plan.checks[check].suite;
            let (log, name) = (Arc::clone(&request.log), suite.name.clone());
            let call = Call {
                instance: CheckInstance { check: suite.name.clone(), scope: Scope::Run, sample: None },
                settings: &suite.settings.to_string(),
                severity: &suite.severity,
                capabilities: capabilities.for_check(suite),
                limits: Limits::from(&suite.limits),
                secrets: self.run.secrets.clone(),
                log: Arc::new(move |level, line: &str| log(&name, level, line)),
            };
            let mut execution = checks[check].watch(call, now, &waiting).await;
            waivers.apply(&mut execution);
            took += execution.waited;
            match execution.outcome {
                Outcome::Completed { findings, .. } => {
                    if let Some(finding) = findings.into_iter().find(Finding::is_error) {
                        let rule = format!("{}/{}", suite.name, finding.rule);
                        let hopeless = Some(format!("waiting longer cannot help (`{rule}`: {})", finding.message));
                        self.run.end_hopeless_wait(HopelessWait { check: suite.name.clone(), finding });
                        return WatchAnswer { hopeless, took };
                    }
                }
                // What a recording does not have, or what took too long now, may be there next time.
                Outcome::Errored { kind: ErrorKind::Cassette | ErrorKind::Waiting, .. } | Outcome::Skipped { .. } => {}
                Outcome::Errored { message, .. } => {
                    (request.log)(&suite.name, LogLevel::Error, &format!("its watcher stopped: {message}"));
                    self.failed().insert(check);
                }
            }
        }
        WatchAnswer { hopeless: None, took }
    }

    fn failed(&self) -> MutexGuard<'_, BTreeSet<usize>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watcher for Watchers<'_> {
    fn watch(&self, turn: WatchTurn) -> BoxFuture<'_, WatchAnswer> {
        self.ask(turn).boxed()
    }
}

impl fmt::Debug for Watchers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watchers").finish_non_exhaustive()
    }
}

impl Runner<'_> {
    /// The positions of the checks that watch, in the order of the plan. Only a check of scope `run` can report what it
    /// found. Its instance is not in the plan of a shard: the merged run has it.
    fn watching(&self) -> impl Iterator<Item = usize> {
        let reports = |check: usize| self.request.plan.checks[check].manifest.scopes.contains(&Scope::Run);
        (0..self.checks.len()).filter(move |&check| self.checks[check].watches() && reports(check))
    }
}

/// Adds the finding that ended the samples to the check's instance of scope `run`.
pub(super) fn add(execution: &mut Execution, finding: &Finding) {
    match &mut execution.outcome {
        Outcome::Completed { findings, .. } => {
            if !findings.iter().any(|other| other.rule == finding.rule) {
                findings.push(finding.clone());
            }
        }
        Outcome::Skipped { .. } => {
            execution.outcome = Outcome::Completed { findings: vec![finding.clone()], open: Vec::new() };
        }
        // The reason of the cancelled samples names the finding.
        Outcome::Errored { .. } => {}
    }
}
