//! The shares into which a run is parted, so that several machines carry it out.

use crate::execution::CheckInstance;
use crate::manifest::Scope;
use crate::plan::Plan;
use crate::suite::Budget;
use std::fmt;

/// One share of a run, such as `2/5`.
///
/// A sample, and all that is checked of it, belongs to one share: sample `i` to share `i mod of`. So does a check of the
/// deployment, by its position in the suite; but one that gates belongs to all: each share carries it out before it buys. What
/// looks at the whole run belongs to no share: it is carried out when they are merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Partition {
    /// From 0.
    position: u32,
    of: u32,
}

/// Why a text names no share.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PartitionError {
    /// It has another form.
    #[error("`{0}` is no share of a run")]
    Form(String),
    /// There is no such share.
    #[error("there is no share {index} of {of}: they are counted from 1")]
    Outside {
        /// From 1 where it is valid.
        index: u64,
        /// How many there are.
        of: u32,
    },
    /// `index/…` was asked for where nothing says which it is.
    #[error("`JOB_COMPLETION_INDEX` is not set, so that it is not known which share this is")]
    NoIndex,
    /// What says which it is holds no number.
    #[error("`JOB_COMPLETION_INDEX` is `{0}`, which is no number")]
    Index(String),
}

impl Partition {
    /// `2/5`; or `index/5`, where `completion_index` (Kubernetes' `JOB_COMPLETION_INDEX`, from 0) says which.
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

    /// Share `index`, from 1, of `of`.
    pub fn new(index: u64, of: u32) -> Result<Self, PartitionError> {
        let position = index.checked_sub(1).and_then(|position| u32::try_from(position).ok());
        let position = position.filter(|position| *position < of);
        Ok(Self { position: position.ok_or(PartitionError::Outside { index, of })?, of })
    }

    /// Which share it is, from 1.
    pub fn index(self) -> u32 {
        self.position + 1
    }

    /// How many shares there are.
    pub fn of(self) -> u32 {
        self.of
    }

    /// Leaves in a plan what this share carries out: its own, and with `all_of_deployment` every check of the deployment. All
    /// samples remain.
    pub fn carry_out(self, plan: &mut Plan, all_of_deployment: bool) {
        let Plan { instances, checks, .. } = plan;
        instances.retain(|planned| {
            let of_deployment = planned.instance.scope == Scope::Deployment;
            self.owns(&planned.instance, planned.check, checks[planned.check].gates)
                || of_deployment && all_of_deployment
        });
    }

    /// Leaves in a plan what this share reports: its own.
    pub fn report(self, plan: &mut Plan) {
        let Plan { instances, checks, .. } = plan;
        instances.retain(|planned| self.owns(&planned.instance, planned.check, checks[planned.check].gates));
        self.take_its_own(plan);
    }

    /// Leaves in a plan the samples that this share takes by itself, where it does not replay the whole sampling.
    pub fn take_its_own(self, plan: &mut Plan) {
        plan.samples.retain(|sample| self.owns_sample(sample.index));
    }

    /// How many of the first `count` samples of the run belong to it.
    pub fn samples(self, count: u32) -> u32 {
        count / self.of + u32::from(self.position < count % self.of)
    }

    /// Its part of what the run may spend on so many samples. The parts of all shares are together no more than the whole.
    ///
    /// Of jobs, those that the run as a whole would submit: of its first samples. Of money, by its part of these jobs,
    /// rounded down to a millionth of a dollar.
    pub fn budget(self, whole: &Budget, samples: u32) -> Budget {
        let jobs = whole.max_jobs.map_or(samples, |most| most.min(samples));
        let part = f64::from(self.samples(jobs)) / f64::from(jobs.max(1));
        Budget {
            max_jobs: whole.max_jobs.map(|most| self.samples(most)),
            max_cost: whole.max_cost.map(|most| (most * part * 1e6).floor() / 1e6),
        }
    }

    /// Whether a sample belongs to it.
    pub fn owns_sample(self, index: u32) -> bool {
        index % self.of == self.position
    }

    /// Whether a check instance belongs to it. `check` is the position of its check in the plan, which may be a gate.
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

/// Digits only: `+2` is none.
fn number(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}
