//! A shard's part of a plan.

use super::Plan;
use crate::manifest::Scope;
use crate::partition::Partition;

impl Plan {
    /// Keeps the instances that a shard runs: its own, and with `all_of_deployment` every check of the deployment. Keeps all
    /// samples.
    pub fn keep_run_by(&mut self, shard: Partition, all_of_deployment: bool) {
        let Self { instances, checks, .. } = self;
        instances.retain(|planned| {
            let of_deployment = planned.instance.scope == Scope::Deployment;
            shard.owns(&planned.instance, planned.check, checks[planned.check].gates)
                || of_deployment && all_of_deployment
        });
    }

    /// Keeps the instances and samples that a shard reports: its own.
    pub fn keep_reported_by(&mut self, shard: Partition) {
        self.keep_run_by(shard, false);
        self.keep_samples_of(shard);
    }

    /// Keeps a shard's own samples.
    pub fn keep_samples_of(&mut self, shard: Partition) {
        self.samples.retain(|sample| shard.owns_sample(sample.index));
    }
}
