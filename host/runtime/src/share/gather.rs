//! All shares of one run, held against each other.

use super::one_clock::{in_order, on_one_clock};
use super::{Identity, Share};
use crate::run::Shared;
use crate::sampler::Samples;
use crate::transport::simulate::ScenarioClock;
use comfycheck_core::execution::Execution;
use comfycheck_core::finding::Finding;
use comfycheck_core::report::{Machine, Report};
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// What all shares of a run found out.
#[derive(Debug)]
pub struct Gathered {
    /// What came of the instances of the deployment and of the samples, in any order, each once.
    pub executions: Vec<Execution>,
    /// What the `run` instances look at.
    pub shared: Shared,
    /// The date of the run, `YYYY-MM-DD`: that of the earliest share.
    pub date: String,
    /// When the earliest share began, and how long the longest took, live.
    pub machine: Option<Machine>,
    /// That the samplings began so long one after the other that they may be of two runs, in one line.
    pub far_apart: Option<String>,
}

/// Why shares are not those of one run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GatherError {
    /// There is none.
    #[error("there is no share")]
    None,
    /// One is of another run.
    #[error("`{share}` is a share of another run: {what} is not the same")]
    OtherRun {
        /// Its folder.
        share: String,
        /// What differs, such as `the seed`.
        what: String,
    },
    /// The run was not parted into as many shares everywhere.
    #[error("`{share}` is one of {of} shares, and `{first}` one of {others}")]
    Count {
        /// A share.
        share: String,
        /// Of how many.
        of: u32,
        /// The first share.
        first: String,
        /// Of how many that one is.
        others: u32,
    },
    /// One is there twice.
    #[error("`{first}` and `{second}` are both share {share}")]
    Twice {
        /// One of them.
        first: String,
        /// The other.
        second: String,
        /// Such as `2/5`.
        share: String,
    },
    /// Some are not there.
    #[error("{missing} of {of} shares {} missing: {which}", if *missing == 1 { "is" } else { "are" })]
    Missing {
        /// How many.
        missing: usize,
        /// Of how many.
        of: u32,
        /// Such as `2/5 and 4/5`.
        which: String,
    },
    /// Two do not tell the same of what they both saw.
    #[error("`{share}` and `{first}` do not agree on {what}, so that one of them was changed")]
    Disagree {
        /// A share.
        share: String,
        /// The first share.
        first: String,
        /// On what.
        what: &'static str,
    },
    /// One holds what is not its own.
    #[error("`{share}` holds what belongs to another share, so that it was changed")]
    Foreign {
        /// Its folder.
        share: String,
    },
}

/// So many missing shares are named.
const NAMED: usize = 8;

/// Puts the shares of a run together, each with the name by which messages call it. Each has to be there, once.
pub fn gather(run: &Identity, mut shares: Vec<(String, Share)>) -> Result<Gathered, GatherError> {
    verify(run, &shares)?;
    shares.sort_by_key(|(_, share)| share.partition.index());
    let reports = || shares.iter().map(|(_, share)| &share.report);
    let date = reports().map(|report| report.date.clone()).min().ok_or(GatherError::None)?;
    let machine = reports().filter_map(|report| report.machine.clone()).reduce(Machine::and);
    let executions = each_once(reports().flat_map(|report| report.executions.iter().cloned()));
    let far_apart = far_apart(&shares);
    let parts = shares.into_iter().map(|(name, share)| {
        let Share { report: Report { samples, price, .. }, images, observations, seen, began, clock, .. } = share;
        (name, Shared { samples: Samples { samples, images, observations, seen, began }, price, clock })
    });
    let whole = if run.is_live() { on_one_clock(parts.map(|(_, part)| part).collect()) } else { replayed(parts)? };
    Ok(Gathered { executions, shared: whole, date, machine, far_apart })
}

/// Of a gate, which every share carried out, the first execution that found an error, since it kept samples from being
/// bought; else that of the first share.
fn each_once(all: impl Iterator<Item = Execution>) -> Vec<Execution> {
    let found_error = |execution: &Execution| execution.findings().iter().any(Finding::is_error);
    let mut known = BTreeMap::new();
    for execution in all {
        match known.entry(execution.instance.clone()) {
            Entry::Vacant(place) => drop(place.insert(execution)),
            Entry::Occupied(mut first) if found_error(&execution) && !found_error(first.get()) => {
                first.insert(execution);
            }
            Entry::Occupied(_) => {}
        }
    }
    known.into_values().collect()
}

/// Shares whose samplings began longer one after the other may be of two runs with one seed.
const FAR_APART: Duration = Duration::from_hours(1);

/// That the first and the last sampling began long after each other. Not refused: machines may be free one after the other,
/// and the samples are bought.
fn far_apart(shares: &[(String, Share)]) -> Option<String> {
    let began = || shares.iter().filter_map(|(name, share)| share.began.map(|began| (began, name)));
    let ((first, one), (last, other)) = (began().min()?, began().max()?);
    let apart = last.saturating_sub(first);
    (apart > FAR_APART).then(|| {
        let minutes = apart.as_secs() / 60;
        format!("the samplings of `{one}` and `{other}` began {minutes} min apart: see that both are of this run")
    })
}

/// Each share replayed the whole sampling, and kept its own samples.
fn replayed(mut parts: impl Iterator<Item = (String, Shared)>) -> Result<Shared, GatherError> {
    let (first, mut whole) = parts.next().ok_or(GatherError::None)?;
    for (share, part) in parts {
        whole = add(whole, part).map_err(|what| GatherError::Disagree { share, first: first.clone(), what })?;
    }
    Ok(Shared { samples: in_order(whole.samples), ..whole })
}

fn verify(run: &Identity, shares: &[(String, Share)]) -> Result<(), GatherError> {
    let (first, others) = shares.first().map(|(name, share)| (name, share.partition.of())).ok_or(GatherError::None)?;
    let mut known: BTreeMap<u32, &String> = BTreeMap::new();
    for (name, share) in shares {
        let partition = share.partition;
        if let Some(what) = run.difference(&share.of) {
            return Err(GatherError::OtherRun { share: name.clone(), what });
        }
        if partition.of() != others {
            let (share, first) = (name.clone(), first.clone());
            return Err(GatherError::Count { share, of: partition.of(), first, others });
        }
        if let Some(first) = known.insert(partition.index(), name) {
            let (first, second) = (first.clone(), name.clone());
            return Err(GatherError::Twice { first, second, share: partition.to_string() });
        }
        if !holds_its_own(share) {
            return Err(GatherError::Foreign { share: name.clone() });
        }
    }
    let missing = others as usize - known.len();
    if missing == 0 {
        return Ok(());
    }
    let absent = (1..=others).filter(|index| !known.contains_key(index)).take(NAMED);
    let mut which = absent.map(|index| format!("{index}/{others}")).collect::<Vec<_>>().join(", ");
    if missing > NAMED {
        which.push_str(", …");
    }
    Err(GatherError::Missing { missing, of: others, which })
}

/// Whether everything in it is there once, and belongs to it.
fn holds_its_own(Share { partition, report, .. }: &Share) -> bool {
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

/// An error says on what they do not agree, though each share replayed the whole sampling.
fn add(mut whole: Shared, Shared { samples, price, clock }: Shared) -> Result<Shared, &'static str> {
    if whole.samples.observations != samples.observations {
        return Err("the endpoint's health");
    }
    if whole.price != price {
        return Err("the price");
    }
    if whole.clock.sampling != clock.sampling {
        return Err("when the sampling began");
    }
    whole.clock = ScenarioClock { end: whole.clock.end.max(clock.end), ..clock };
    whole.samples.samples.extend(samples.samples);
    whole.samples.images.extend(samples.images);
    whole.samples.seen.extend(samples.seen);
    Ok(whole)
}
