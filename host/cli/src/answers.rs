//! Where the answers of a run come from: the network, a recording or a simulation.

use crate::cassettes;
use crate::failure::Failure;
use crate::scenario;
use comfycheck_core::report::Origin;
use comfycheck_core::suite::{Deployment, MOST_SAMPLES, RUNPOD, Suite};
use comfycheck_core::workflow::{NodeInput, Workflow};
use comfycheck_runtime::capabilities::SavedInventory;
use comfycheck_runtime::shard::AnswerSource;
use comfycheck_runtime::transport::Transport;
use comfycheck_runtime::transport::replay::Replay;
use comfycheck_runtime::transport::simulate::Simulate;
use comfycheck_simulator::scenario::Scenario;
use jiff::Timestamp;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Where the answers of a run come from.
pub(crate) enum Answers {
    Network,
    Cassette(Box<Replay>),
    /// A simulated endpoint, with the name of its scenario.
    Scenario(String, Box<Scenario>),
}

impl Answers {
    /// The transport to the source. `network` connects to the deployment.
    pub(crate) fn transport(self, network: impl FnOnce() -> Result<Transport, Failure>) -> Result<Transport, Failure> {
        match self {
            Self::Network => network(),
            Self::Cassette(replay) => Ok(Transport::Replay(*replay)),
            Self::Scenario(name, scenario) => Ok(Transport::Simulate(Simulate::new(name, *scenario))),
        }
    }

    /// The same, for a run that varies these inputs of its workflow.
    pub(crate) fn varying(self, inputs: Vec<NodeInput>) -> Self {
        match self {
            Self::Cassette(replay) => Self::Cassette(Box::new(replay.varying(inputs))),
            other => other,
        }
    }

    /// The same with what an inventory lists: a simulated ComfyUI knows no output classes of packs, and has no input files.
    pub(crate) fn with_inventory(mut self, workflow: Option<&Workflow>, saved: Option<&SavedInventory>) -> Self {
        if let (Self::Scenario(_, scenario), Some(workflow), Some(saved)) = (&mut self, workflow, saved) {
            let classes = workflow.nodes().values().filter_map(|node| node.get("class_type")?.as_str());
            // A description is long, and nodes share it.
            let classes: BTreeSet<&str> = classes.collect();
            for class in classes {
                let description = saved.inventory.classes.class(class);
                let Some(description) = description.and_then(|json| serde_json::from_str::<Value>(&json).ok()) else {
                    continue;
                };
                if let Some(is_output) = description.get("output_node").and_then(Value::as_bool) {
                    scenario.comfyui.outputs.insert(class.to_owned(), is_output);
                }
                scenario.comfyui.inputs.extend(input_files(&description));
            }
        }
        self
    }

    /// The identity of the source.
    pub(crate) fn source(&self, deployment: &Deployment) -> AnswerSource {
        match self {
            Self::Network => AnswerSource::network(deployment),
            Self::Cassette(replay) => AnswerSource::Cassette(replay.cassette().sha256.clone()),
            Self::Scenario(_, scenario) => AnswerSource::Scenario(scenario.sha256.clone()),
        }
    }
}

/// The files in ComfyUI's folder `input` that a class lists: those of inputs with a button to upload one.
fn input_files(class: &Value) -> Vec<String> {
    let sections = ["required", "optional"].into_iter().filter_map(|section| class["input"][section].as_object());
    let takes_uploads = |spec: &&Value| {
        let options = spec[1].as_object();
        options.is_some_and(|options| options.iter().any(|(name, is)| name.ends_with("_upload") && *is == true))
    };
    let listed =
        |spec: &Value| spec[0].as_array().or_else(|| spec[1]["options"].as_array()).cloned().unwrap_or_default();
    let files = sections.flat_map(|inputs| inputs.values()).filter(takes_uploads).flat_map(listed);
    files.filter_map(|file| file.as_str().map(str::to_owned)).collect()
}

/// The source of answers: a cassette, a scenario, or else the network.
pub(crate) fn answers(replay: Option<&Path>, simulate: Option<&Path>) -> Result<Answers, Failure> {
    Ok(match (replay, simulate) {
        (Some(folder), _) => Answers::Cassette(Box::new(Replay::new(cassettes::load(folder)?))),
        (None, Some(named)) => {
            let name = named.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            Answers::Scenario(name, Box::new(scenario::load(named)?))
        }
        (None, None) => Answers::Network,
    })
}

/// The origin of the answers, for reports, and the date of the run.
pub(crate) fn origin(suite: &Suite, answers: &Answers, now: Timestamp) -> (Origin, String) {
    match answers {
        Answers::Cassette(replay) => {
            let cassette = replay.cassette();
            let origin = Origin::Replay { cassette: cassette.name.clone(), note: cassette.note.clone() };
            (origin, cassette.recorded.clone())
        }
        Answers::Scenario(name, scenario) => {
            let origin = Origin::Simulation { scenario: name.clone(), about: scenario.about.clone() };
            (origin, scenario.date.clone())
        }
        Answers::Network => {
            let deployment = &suite.deployment;
            let is_foreign = !deployment.local_worker && deployment.endpoint.is_some() && deployment.base_url != RUNPOD;
            let origin = Origin::Live {
                server: is_foreign.then(|| deployment.base_url.clone()),
                endpoint: endpoint(deployment),
                comfyui: deployment.comfyui.clone(),
            };
            (origin, now.strftime("%Y-%m-%d").to_string())
        }
    }
}

/// The id of the endpoint; a local worker has none, and is named by its address.
pub(crate) fn endpoint(deployment: &Deployment) -> Option<String> {
    let local_worker = deployment.local_worker.then(|| format!("local worker at {}", deployment.base_url));
    local_worker.or_else(|| deployment.endpoint.clone())
}

/// The first seed of the samples: from the recording, the suite or the scenario, else a new one. Each run needs new seeds
/// because ComfyUI answers a repeated prompt from its cache.
pub(crate) fn run_seed(suite: &Suite, answers: &Answers) -> u64 {
    match (answers, suite.sampling.seed) {
        (Answers::Cassette(replay), _) => replay.cassette().seed,
        (Answers::Network | Answers::Scenario(..), Some(seed)) => seed,
        (Answers::Scenario(_, scenario), None) => scenario.seed,
        (Answers::Network, None) => drawn_seed(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()),
    }
}

/// A seed from the clock, which repeats after 24 days. It leaves room for the seeds of all samples within 31 bits, the limit
/// of many nodes.
fn drawn_seed(since_epoch: Duration) -> u64 {
    let samples = u128::from(MOST_SAMPLES);
    u64::try_from(since_epoch.as_millis() % ((1 << 31) - samples)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawn_seed_leaves_room_for_the_seeds_of_all_samples_in_31_bits() {
        for (millis, expected) in
            [(0, 0), (2_147_482_647, 2_147_482_647), (2_147_482_648, 0), (1_795_000_000_123, 1_851_989_043)]
        {
            assert_eq!(drawn_seed(Duration::from_millis(millis)), expected, "{millis}");
        }
    }
}
