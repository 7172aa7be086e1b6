//! Shards: the results of one machine of several, in a folder, until they are merged.
//!
//! The folder has `report.json` (the shard's executions and samples), `images/` by SHA-256, and
//! `share.json`. That file is written last: a folder without it is not a shard. Only the version
//! that wrote a shard can read it.
//!
//! - All shards have the same seed, so they have the same plan. `core/partition.rs` decides which
//!   part of it belongs to which shard.
//! - In a replay or simulation, a shard runs all samples and keeps its own. Times, cold starts and
//!   costs are therefore those of the whole run. Requests move the clock of a simulated endpoint, so
//!   a shard sends all requests of the deployment and records where its clock stood.
//! - A live shard submits its own samples only, with its part of the budget and of the rate limits.
//!   The merge puts all samples on one clock (`one_clock.rs`). It counts the jobs that waited and
//!   ran again, and settles cold starts and costs with the sampler's own function. The order of jobs
//!   of two shards is as exact as the clocks of their machines.
//! - The merge runs the checks of the whole run, over the samples of all shards.
//! - A lost shard can be merged as one of which everything is unknown (`lost.rs`).
//! - An interrupted shard leaves its gaps unknown, not skipped: the whole run was not interrupted.
//!
//! **Invariant:** shards of a replay or simulation merge to the report of the whole run, byte for
//! byte. Shards of a live run submit each sample once, and together stay within the budget.

mod file_v1;
mod folder;
mod gather;
mod lost;
mod one_clock;
mod select;

pub use folder::{ShardError, ShardFolder, discard_folder, new_folder, read_all};
pub use gather::{GatherError, GatheredShards, gather};
pub use select::{SelectedShards, select};

use crate::facts::JobTrace;
use crate::facts::{FileBytes, Observation};
use crate::run::HopelessWait;
use crate::transport::simulate::ScenarioClock;
use comfycheck_core::digest::sha256_hex;
use comfycheck_core::partition::Partition;
use comfycheck_core::plan::Plan;
use comfycheck_core::report::Report;
use comfycheck_core::suite::{Deployment, Sampling, Suite};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeMap;
use std::time::Duration;

/// The results of one machine of several.
#[derive(Clone, Debug)]
pub struct Shard {
    pub partition: Partition,
    /// The run that it belongs to.
    pub of: Identity,
    /// Its executions and samples.
    pub report: Report,
    /// The files of the report's samples, in their order.
    pub files: Vec<Vec<FileBytes>>,
    /// Every reading of `/health`, in order of time.
    pub observations: Vec<Observation>,
    /// In the order of the report's samples.
    pub traces: Vec<JobTrace>,
    /// When its first sample started, since 1970 (UTC); live only, and none after a closed gate.
    pub began: Option<Duration>,
    /// The scenario's clock at the end, in simulation.
    pub clock: ScenarioClock,
    /// The findings that ended its samples.
    pub hopeless: Vec<HopelessWait>,
}

/// Where the responses of a run come from, as a SHA-256.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AnswerSource {
    /// An endpoint or a local worker, and the other servers: of their addresses and ids.
    Network(String),
    Cassette(String),
    Scenario(String),
}

impl AnswerSource {
    /// The source of a live run. It does not contain keys.
    pub fn network(deployment: &Deployment) -> Self {
        let Deployment { base_url, endpoint, local_worker, management_url, comfyui, volumes, .. } = deployment;
        let volumes: Vec<_> = volumes.iter().map(|volume| [&volume.id, &volume.data_center, &volume.address]).collect();
        let source = json!([base_url, endpoint, local_worker, management_url, comfyui, volumes]);
        Self::Network(sha256_hex(source.to_string().as_bytes()))
    }

    /// What differs from another source, for messages.
    fn difference(&self, other: &Self) -> &'static str {
        match (self, other) {
            (Self::Network(_), Self::Network(_)) => "the deployment",
            (Self::Cassette(_), Self::Cassette(_)) => "the cassette",
            (Self::Scenario(_), Self::Scenario(_)) => "the scenario",
            _ => "the source of the responses",
        }
    }
}

/// What makes a run the same on several machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Identity {
    comfycheck: String,
    /// SHA-256 of what the suite and the command line request.
    suite: String,
    /// SHA-256 of the workflow's file, if any.
    workflow: Option<String>,
    answers: AnswerSource,
    seed: u64,
    /// SHA-256 of each component, by the check's name in the suite.
    components: BTreeMap<String, String>,
}

impl Identity {
    /// From the parsed suite and its whole plan.
    pub fn of(suite: &Suite, plan: &Plan, answers: AnswerSource, seed: u64) -> Self {
        let Suite {
            name,
            // Reports of the whole run have it.
            run_name: _,
            file,
            workflow,
            request,
            deployment,
            sampling,
            checks,
            waivers,
            notifications: _,
            secrets: _,
        } = suite;
        let text =
            |file: &Option<comfycheck_core::text::TextFile>| file.as_ref().map(|file| sha256_hex(file.text.as_bytes()));
        // The seed has its own field.
        let sampling = Sampling { seed: None, ..sampling.clone() };
        // Without paths, and without the environment's values for the endpoint, which belong to the
        // source. A shard sends no notifications.
        let inventory = deployment.object_info.as_ref().map(|file| file.inventory.sha256());
        let definition = (name, text(file), inventory, sampling, checks, waivers);
        let components = plan.checks.iter().map(|check| (check.suite.name.clone(), check.sha256.clone()));
        Self {
            comfycheck: env!("CARGO_PKG_VERSION").to_owned(),
            suite: sha256_hex(format!("{definition:?}{}", request.identity()).as_bytes()),
            workflow: text(workflow),
            answers,
            seed,
            components: components.collect(),
        }
    }

    /// Whether each shard runs its own samples. Otherwise each one replays all samples.
    fn is_live(&self) -> bool {
        matches!(self.answers, AnswerSource::Network(_))
    }

    /// The first difference from another run, for messages.
    pub fn difference(&self, other: &Self) -> Option<String> {
        let different = [
            ("the version of comfycheck", self.comfycheck != other.comfycheck),
            ("the suite", self.suite != other.suite),
            ("the workflow", self.workflow != other.workflow),
            (self.answers.difference(&other.answers), self.answers != other.answers),
            ("the seed", self.seed != other.seed),
        ];
        if let Some((what, _)) = different.into_iter().find(|(_, differs)| *differs) {
            return Some(what.to_owned());
        }
        let changed = |(name, sha256): &(&String, &String)| other.components.get(*name) != Some(*sha256);
        let check = self.components.iter().find(changed).map(|(name, _)| format!("the component of check `{name}`"));
        check.or_else(|| (self != other).then(|| "a check".to_owned()))
    }
}
