//! Stands in for a shard that is lost: everything that belongs to it is unknown.

use super::Shard;
use crate::facts::JobTrace;
use comfycheck_core::execution::{ErrorKind, Execution, Outcome};
use comfycheck_core::manifest::Scope;
use comfycheck_core::partition::Partition;
use comfycheck_core::plan::Plan;
use comfycheck_core::report::Report;
use comfycheck_core::sample::{Ending, Sample};
use std::time::Duration;

/// The lost shard of a run, next to one that exists.
///
/// Its gates are not unknown: every shard ran them. Samples of a live run may have run, and may be billed.
pub(super) fn stand_in(partition: Partition, plan: &Plan, other: &Shard) -> Shard {
    let is_gate = |execution: &Execution| {
        let check = plan.checks.iter().find(|check| check.suite.name == execution.instance.check);
        execution.instance.scope == Scope::Deployment && check.is_some_and(|check| check.gates)
    };
    let mut own = plan.clone();
    own.keep_reported_by(partition);
    let message = format!("shard {partition} is missing");
    let outcome = Outcome::Errored { kind: ErrorKind::Inconclusive, message: message.clone() };
    let unknown = own.instances.iter().map(|planned| Execution {
        instance: planned.instance.clone(),
        outcome: outcome.clone(),
        earlier: Vec::new(),
        waited: Duration::ZERO,
    });
    let samples = own.samples.iter().map(|planned| {
        let workflow = planned.workflow.clone();
        let sample = Sample::not_submitted(planned.index, planned.seed, workflow, message.as_str());
        if other.of.is_live() { Sample { ending: Ending::Unknown, ..sample } } else { sample }
    });
    let samples: Vec<Sample> = samples.collect();
    Shard {
        partition,
        of: other.of.clone(),
        files: samples.iter().map(|_| Vec::new()).collect(),
        traces: samples.iter().map(|_| JobTrace::default()).collect(),
        report: Report {
            executions: unknown.filter(|execution| !is_gate(execution)).collect(),
            samples,
            machine: None,
            ..other.report.clone()
        },
        observations: if other.of.is_live() { Vec::new() } else { other.observations.clone() },
        began: None,
        clock: other.clock,
        hopeless: if other.of.is_live() { Vec::new() } else { other.hopeless.clone() },
    }
}
