//! Merges all shards of one run.

use super::lost::stand_in;
use super::one_clock::{in_order, on_one_clock};
use super::{Identity, Shard};
use crate::facts::Samples;
use crate::run::ShardedSampling;
use crate::transport::simulate::ScenarioClock;
use comfycheck_core::execution::Execution;
use comfycheck_core::finding::Finding;
use comfycheck_core::partition::Partition;
use comfycheck_core::plan::Plan;
use comfycheck_core::report::{Machine, Report};
use comfycheck_core::wording::seconds;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// The results of all shards of a run.
#[derive(Debug)]
pub struct GatheredShards {
    /// The executions of the deployment and of the samples, in any order, each once.
    pub executions: Vec<Execution>,
    /// Input of the `run` instances.
    pub sharded: ShardedSampling,
    /// `YYYY-MM-DD`, from the earliest shard.
    pub date: String,
    /// The earliest start and the longest duration; live only.
    pub machine: Option<Machine>,
    /// A warning that the shards started so far apart that they may be of two runs.
    pub far_apart: Option<String>,
    /// The shards that are missing, such as `2/5`.
    pub missing: Vec<String>,
}

/// Why shards are not those of one run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GatherError {
    #[error("no shards given")]
    None,
    #[error("`{shard}` is a shard of another run: {what} differs")]
    OtherRun {
        /// Its folder.
        shard: String,
        /// What differs, such as `the seed`.
        what: String,
    },
    /// The numbers of shards differ.
    #[error("`{shard}` is one of {of} shards, but `{first}` is one of {others}")]
    Count { shard: String, of: u32, first: String, others: u32 },
    #[error("`{first}` and `{second}` are both shard {shard}")]
    Twice {
        first: String,
        second: String,
        /// Such as `2/5`.
        shard: String,
    },
    #[error("{missing} of {of} shards {} missing: {which}", if *missing == 1 { "is" } else { "are" })]
    Missing {
        missing: usize,
        of: u32,
        /// Such as `2/5, 4/5`.
        which: String,
    },
    /// Two shards contradict each other.
    #[error("`{shard}` and `{first}` disagree on {what}: one of them was modified")]
    Disagree { shard: String, first: String, what: &'static str },
    /// It contains results of another shard.
    #[error("`{shard}` contains results of another shard: it was modified")]
    Foreign {
        /// Its folder.
        shard: String,
    },
}

/// How many missing shards are named.
const NAMED: usize = 8;

/// Merges the shards of a run, each with its name in messages. Every shard must exist exactly once. With the plan of the run,
/// shards may be missing: everything that belongs to them is unknown.
pub fn gather(
    run: &Identity,
    mut shards: Vec<(String, Shard)>,
    if_missing: Option<&Plan>,
) -> Result<GatheredShards, GatherError> {
    let lost = verify(run, &shards)?;
    let missing: Vec<String> = lost.iter().map(Partition::to_string).collect();
    match (if_missing, shards.first()) {
        (Some(plan), Some((_, first))) => {
            let stand_ins = lost.iter().map(|&shard| (format!("shard {shard}"), stand_in(shard, plan, first)));
            let stand_ins: Vec<_> = stand_ins.collect();
            shards.extend(stand_ins);
        }
        _ => refuse_missing(&missing, shards.len())?,
    }
    shards.sort_by_key(|(_, shard)| shard.partition.index());
    let reports = || shards.iter().map(|(_, shard)| &shard.report);
    let date = reports().map(|report| report.date.clone()).min().ok_or(GatherError::None)?;
    let machine = reports().filter_map(|report| report.machine.clone()).reduce(Machine::and);
    let executions = each_once(reports().flat_map(|report| report.executions.iter().cloned()));
    let far_apart = far_apart(&shards);
    let parts = shards.into_iter().map(|(name, shard)| {
        let Shard { report, files, observations, traces, began, clock, hopeless, .. } = shard;
        let Report { samples, price, .. } = report;
        let samples = Samples { samples, files, observations, traces, began, stopped: None };
        (name, ShardedSampling { samples, price, clock, hopeless, lost: BTreeSet::new() })
    });
    let mut whole = if run.is_live() { on_one_clock(parts.map(|(_, part)| part).collect()) } else { replayed(parts)? };
    let is_lost = |index: &u32| lost.iter().any(|shard| shard.owns_sample(*index));
    whole.lost = whole.samples.samples.iter().map(|sample| sample.index).filter(is_lost).collect();
    Ok(GatheredShards { executions, sharded: whole, date, machine, far_apart, missing })
}

/// Every shard ran the gates. Of these executions, the first one that closed the gate counts, since
/// it kept samples from being submitted; else the first shard's.
fn each_once(all: impl Iterator<Item = Execution>) -> Vec<Execution> {
    // Errors come first, then failed checks.
    let has_error = |execution: &Execution| execution.findings().iter().any(Finding::is_error);
    let rank = |execution: &Execution| if has_error(execution) { 2 } else { u8::from(execution.is_fault()) };
    let mut known = BTreeMap::new();
    for execution in all {
        match known.entry(execution.instance.clone()) {
            Entry::Vacant(place) => drop(place.insert(execution)),
            Entry::Occupied(mut first) if rank(&execution) > rank(first.get()) => {
                first.insert(execution);
            }
            Entry::Occupied(_) => {}
        }
    }
    known.into_values().collect()
}

/// Shards that started further apart may be of two runs with one seed.
const FAR_APART: Duration = Duration::from_hours(1);

/// Whether the shards started far apart. Only a warning: machines may have been free one after the
/// other, and the samples are paid for.
fn far_apart(shards: &[(String, Shard)]) -> Option<String> {
    let began = || shards.iter().filter_map(|(name, shard)| shard.began.map(|began| (began, name)));
    let ((first, one), (last, other)) = (began().min()?, began().max()?);
    let apart = last.saturating_sub(first);
    (apart > FAR_APART).then(|| {
        let apart = seconds(apart.as_secs_f64());
        format!("shards `{one}` and `{other}` started {apart} apart: check that both belong to this run")
    })
}

/// Each shard replayed all samples and kept its own.
fn replayed(mut parts: impl Iterator<Item = (String, ShardedSampling)>) -> Result<ShardedSampling, GatherError> {
    let (first, mut whole) = parts.next().ok_or(GatherError::None)?;
    for (shard, part) in parts {
        whole = add(whole, part).map_err(|what| GatherError::Disagree { shard, first: first.clone(), what })?;
    }
    Ok(ShardedSampling { samples: in_order(whole.samples), ..whole })
}

/// Refuses shards that do not belong together. Returns those that are missing.
fn verify(run: &Identity, shards: &[(String, Shard)]) -> Result<Vec<Partition>, GatherError> {
    let (first, others) = shards.first().map(|(name, shard)| (name, shard.partition.of())).ok_or(GatherError::None)?;
    let mut known: BTreeMap<u32, &String> = BTreeMap::new();
    for (name, shard) in shards {
        let partition = shard.partition;
        if let Some(what) = run.difference(&shard.of) {
            return Err(GatherError::OtherRun { shard: name.clone(), what });
        }
        if partition.of() != others {
            let (shard, first) = (name.clone(), first.clone());
            return Err(GatherError::Count { shard, of: partition.of(), first, others });
        }
        if let Some(first) = known.insert(partition.index(), name) {
            let (first, second) = (first.clone(), name.clone());
            return Err(GatherError::Twice { first, second, shard: partition.to_string() });
        }
        if !holds_its_own(shard) {
            return Err(GatherError::Foreign { shard: name.clone() });
        }
    }
    let absent = (1..=others).filter(|index| !known.contains_key(index));
    Ok(absent.filter_map(|index| Partition::new(index.into(), others).ok()).collect())
}

fn refuse_missing(missing: &[String], present: usize) -> Result<(), GatherError> {
    if missing.is_empty() {
        return Ok(());
    }
    let mut which = missing.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if missing.len() > NAMED {
        which.push_str(", …");
    }
    let of = u32::try_from(missing.len() + present).unwrap_or(u32::MAX);
    Err(GatherError::Missing { missing: missing.len(), of, which })
}

/// Whether everything in it belongs to it and exists once.
fn holds_its_own(Shard { partition, report, .. }: &Shard) -> bool {
    let position: BTreeMap<_, _> =
        report.checks.iter().zip(0..).map(|(check, at)| (&check.suite.name, (at, check.gates))).collect();
    let owned = |execution: &Execution| {
        let place = position.get(&execution.instance.check);
        place.is_some_and(|(at, gates)| partition.owns(&execution.instance, *at, *gates))
    };
    let instances: BTreeSet<_> = report.executions.iter().map(|execution| &execution.instance).collect();
    let samples: BTreeSet<_> = report.samples.iter().map(|sample| sample.index).collect();
    instances.len() == report.executions.len()
        && samples.len() == report.samples.len()
        && report.executions.iter().all(owned)
        && samples.into_iter().all(|index| partition.owns_sample(index))
}

/// The error says what they disagree on, though each shard replayed all samples.
fn add(
    mut whole: ShardedSampling,
    ShardedSampling { samples, price, clock, hopeless, lost: _ }: ShardedSampling,
) -> Result<ShardedSampling, &'static str> {
    if whole.samples.observations != samples.observations {
        return Err("the endpoint's health");
    }
    if whole.price != price {
        return Err("the price");
    }
    if whole.clock.sampling != clock.sampling {
        return Err("when the sampling began");
    }
    if whole.hopeless != hopeless {
        return Err("what ended the samples");
    }
    whole.clock = ScenarioClock { end: whole.clock.end.max(clock.end), ..clock };
    whole.samples.samples.extend(samples.samples);
    whole.samples.files.extend(samples.files);
    whole.samples.traces.extend(samples.traces);
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use comfycheck_core::execution::{CheckInstance, ErrorKind, Outcome};
    use comfycheck_core::finding::Severity;
    use comfycheck_core::manifest::Scope;

    #[test]
    fn of_the_executions_of_a_gate_the_one_that_closed_it_counts() {
        let execution = |outcome| Execution {
            instance: CheckInstance { check: "gate".to_owned(), scope: Scope::Deployment, sample: None },
            outcome,
            earlier: Vec::new(),
            waited: Duration::ZERO,
        };
        let completed = |findings| execution(Outcome::Completed { findings, open: Vec::new() });
        let error = Finding {
            rule: "a-rule".to_owned(),
            severity: Severity::Error,
            message: "broken".to_owned(),
            subjects: Vec::new(),
            measurement: None,
            help: None,
            data: None,
            waiver: None,
        };
        let (clean, wrong) = (completed(Vec::new()), completed(vec![error]));
        let errored = |kind| execution(Outcome::Errored { kind, message: "why".to_owned() });
        let (crashed, unanswered) = (errored(ErrorKind::Trap), errored(ErrorKind::Inconclusive));
        for (all, expected) in [
            ([&clean, &crashed, &wrong], &wrong),
            ([&wrong, &crashed, &clean], &wrong),
            ([&clean, &unanswered, &crashed], &crashed),
            ([&unanswered, &clean, &clean], &unanswered),
        ] {
            assert_eq!(each_once(all.into_iter().cloned()), std::slice::from_ref(expected));
        }
    }
}
