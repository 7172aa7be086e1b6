//! A fleet: endpoints × workflows × suites, each pair of which is a run of its own.
//!
//! `comfycheck list --fleet` prints the pairs as a matrix for a CI system. Each job runs one pair under the pair's name.
//! `comfycheck report merge --fleet` puts their reports together by that name.

mod file;
mod json_v1;
mod parse;
mod render;
mod results;

pub use json_v1::{json_fleet, json_fleet_schema};
pub(crate) use parse::unique_slug;
pub use render::{human_fleet, junit_fleet, markdown_fleet};
pub use results::{FleetResults, PairResult, fleet_results};

use crate::suite::toml_schema;
use file::FleetFile;
use serde_json::Value;

/// A fleet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fleet {
    /// The name in the file, else the stem of the file.
    pub name: String,
    /// In the order of the file: by suite, by endpoint, by workflow. Then those that the file includes.
    pub pairs: Vec<FleetPair>,
}

/// One run of a fleet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetPair {
    /// The name of the run. Each pair has its own.
    pub name: String,
    /// The name in letters, digits and hyphens, for files and artifacts. Each pair has its own.
    pub slug: String,
    /// The path of the suite, as seen from where the fleet's file is named.
    pub suite: String,
    /// The name of the endpoint in the fleet.
    pub endpoint: Option<String>,
    /// The id of the endpoint. None: the suite's.
    pub endpoint_id: Option<String>,
    /// The path of the workflow, likewise. None: the suite's.
    pub workflow: Option<String>,
}

/// The JSON Schema (draft 2020-12) of the fleet's file. `schemas/fleet.schema.json` is a copy.
pub fn fleet_schema() -> Value {
    toml_schema::<FleetFile>()
}
