//! What one machine of several found out, in a folder, until the shares are merged.
//!
//! The folder holds `report.json` (what the share carried out, and its samples with their outputs), `images/` by SHA-256,
//! and `share.json`, which is written last: without it there is no share. It is read by the version that wrote it.

mod file_v1;
mod folder;
mod gather;
mod one_clock;

pub use folder::{ShareError, new_folder, read_all};
pub use gather::{GatherError, Gathered, gather};

use crate::capabilities::{ImageBytes, Observation};
use crate::sampler::Seen;
use crate::transport::simulate::ScenarioClock;
use comfycheck_core::partition::Partition;
use comfycheck_core::plan::Plan;
use comfycheck_core::report::Report;
use comfycheck_core::suite::{Deployment, Sampling, Suite};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// What one machine of several found out.
#[derive(Clone, Debug)]
pub struct Share {
    /// Which share.
    pub partition: Partition,
    /// Of which run.
    pub of: Identity,
    /// What it carried out, and its samples.
    pub report: Report,
    /// The bytes of the images of the report's samples, in their order.
    pub images: Vec<Vec<ImageBytes>>,
    /// Every reading of `/health` during the sampling, in order of time.
    pub observations: Vec<Observation>,
    /// What else was seen of the report's samples, in their order.
    pub seen: Vec<Seen>,
    /// When the sampling began, since 1970 by the machine's clock (UTC), live; none if a gate was closed.
    pub began: Option<Duration>,
    /// Where the scenario's clock stood at the end, in simulation.
    pub clock: ScenarioClock,
}

/// Where the answers of a run come from, by a SHA-256.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// An endpoint, or a local worker, and what is asked beside it: of their addresses and ids.
    Network(String),
    /// A cassette.
    Cassette(String),
    /// A scenario.
    Scenario(String),
}

impl Source {
    /// What answers a live run. No key is in it.
    pub fn network(deployment: &Deployment) -> Self {
        let Deployment { base_url, endpoint, local_worker, management_url, comfyui, volumes, .. } = deployment;
        Self::Network(sha256(&format!("{:?}", (base_url, endpoint, local_worker, management_url, comfyui, volumes))))
    }

    /// What differs from another one, as messages name it.
    fn difference(&self, other: &Self) -> &'static str {
        match (self, other) {
            (Self::Network(_), Self::Network(_)) => "the deployment",
            (Self::Cassette(_), Self::Cassette(_)) => "the cassette",
            (Self::Scenario(_), Self::Scenario(_)) => "the scenario",
            _ => "where the answers come from",
        }
    }
}

/// What makes a run the same one on several machines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Identity {
    /// The version of comfycheck.
    comfycheck: String,
    /// SHA-256 of what the suite and the command line ask for.
    suite: String,
    /// SHA-256 of the workflow's file; none if there is none.
    workflow: Option<String>,
    /// Where the answers come from.
    answers: Source,
    /// The run seed.
    seed: u64,
    /// SHA-256 of the component of each check, by the check's name in the suite.
    components: BTreeMap<String, String>,
}

impl Identity {
    /// Of the suite as it was parsed, and its whole plan.
    pub fn of(suite: &Suite, plan: &Plan, answers: Source, seed: u64) -> Self {
        let Suite { name, file, workflow, deployment, sampling, checks, waivers, notifications: _ } = suite;
        let text = |file: &Option<comfycheck_core::suite::TextFile>| file.as_ref().map(|file| sha256(&file.text));
        // The seed has a place of its own.
        let sampling = Sampling { seed: None, ..sampling.clone() };
        // Not its paths, nor what the environment says of the endpoint, which is the source's. Of a share nobody is told.
        let asked = (name, text(file), text(&deployment.object_info), sampling, checks, waivers);
        let components = plan.checks.iter().map(|check| (check.suite.name.clone(), check.sha256.clone()));
        Self {
            comfycheck: env!("CARGO_PKG_VERSION").to_owned(),
            suite: sha256(&format!("{asked:?}")),
            workflow: text(workflow),
            answers,
            seed,
            components: components.collect(),
        }
    }

    /// Whether each share takes its own samples. Else each replays the whole sampling.
    fn is_live(&self) -> bool {
        matches!(self.answers, Source::Network(_))
    }

    /// The first thing that is not the same in another run, as messages name it.
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

/// What a text is known by: its SHA-256.
pub fn sha256(text: &str) -> String {
    crate::transport::cassette::sha256_hex(text.as_bytes())
}
