//! Shards: the parts of a run that several machines run.

use crate::execution::CheckInstance;
use crate::manifest::Scope;
use crate::money::Budget;
use std::fmt;

/// One shard of a run, such as `2/5`.
///
/// - Sample `i`, with its checks, belongs to shard `i mod of`.
/// - A check of the deployment belongs to one shard, by its position in the suite.
/// - A gate belongs to every shard: each runs it before it submits jobs.
/// - A check of the whole run belongs to no shard. `report merge` runs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// From 0.
    position: u32,
    of: u32,
}

/// Why a text does not name a shard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PartitionError {
    #[error("`{0}` is not a shard such as `2/5`")]
    Form(String),
    #[error("there is no shard {index} of {of}: shards are numbered from 1")]
    Outside { index: u64, of: u32 },
    /// For `index/…`.
    #[error("the shard is unknown: `JOB_COMPLETION_INDEX` is not set")]
    NoIndex,
    /// For `index/…`.
    #[error("the shard is unknown: `JOB_COMPLETION_INDEX` is `{0}`, which is not a number")]
    Index(String),
}

impl Partition {
    /// Parses `2/5`, or `index/5` with the index of Kubernetes' `JOB_COMPLETION_INDEX`, which counts from 0.
    pub fn parse(text: &str, completion_index: Option<&str>) -> Result<Self, PartitionError> {
        let form = || PartitionError::Form(text.to_owned());
        let (index, of) = text.split_once('/').ok_or_else(form)?;
        let of: u32 = number(of).ok_or_else(form)?;
        let index = if index == "index" {
            let counted = completion_index.ok_or(PartitionError::NoIndex)?;
            u64::from(number(counted).ok_or_else(|| PartitionError::Index(counted.to_owned()))?) + 1
        } else {
            number(index).ok_or_else(form)?.into()
        };
        Self::new(index, of)
    }

    /// Shard `index`, from 1, of `of`.
    pub fn new(index: u64, of: u32) -> Result<Self, PartitionError> {
        let position = index.checked_sub(1).and_then(|position| u32::try_from(position).ok());
        let position = position.filter(|position| *position < of);
        Ok(Self { position: position.ok_or(PartitionError::Outside { index, of })?, of })
    }

    /// The number of the shard, from 1.
    pub fn index(self) -> u32 {
        self.position + 1
    }

    /// The number of shards.
    pub fn of(self) -> u32 {
        self.of
    }

    /// How many of the run's first `count` samples belong to this shard.
    pub fn samples(self, count: u32) -> u32 {
        count / self.of + u32::from(self.position < count % self.of)
    }

    /// This shard's part of the budget. All parts together never exceed the whole.
    ///
    /// - Jobs: its part of the jobs that the whole run would submit, which are its first samples.
    /// - Money: in proportion to these jobs, rounded down to a millionth of a dollar.
    pub fn budget(self, whole: &Budget, samples: u32) -> Budget {
        let jobs = whole.max_jobs.map_or(samples, |most| most.min(samples));
        let part = f64::from(self.samples(jobs)) / f64::from(jobs.max(1));
        Budget {
            max_jobs: whole.max_jobs.map(|most| self.samples(most)),
            max_cost: whole.max_cost.map(|most| (most * part * 1e6).floor() / 1e6),
        }
    }

    pub fn owns_sample(self, index: u32) -> bool {
        index % self.of == self.position
    }

    /// Whether a check instance belongs to this shard. `check` is the position of its check in the plan.
    pub fn owns(self, instance: &CheckInstance, check: usize, gates: bool) -> bool {
        match (instance.scope, instance.sample) {
            (Scope::Sample, Some(sample)) => self.owns_sample(sample),
            (Scope::Deployment, _) if gates => true,
            (Scope::Deployment, _) => check % self.of as usize == self.position as usize,
            (Scope::Sample | Scope::Run, _) => false,
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index(), self.of)
    }
}

/// A number of digits only, without a sign.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}
