//! The keys of a fleet file.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A comfycheck fleet: which endpoints to check with which workflows and suites. Each combination is a run of its own.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(title = "comfycheck fleet")]
pub(super) struct FleetFile {
    /// The fleet's name in reports. Default: the stem of the file.
    pub(super) name: Option<String>,
    /// The suites, relative to the file. Default: `comfycheck.toml`.
    pub(super) suites: Option<Vec<String>>,
    /// The workflows, relative to the file. Default: the workflow of each suite.
    pub(super) workflows: Vec<String>,
    /// The ids of the endpoints, by a name of your choice. Default: the endpoint of each suite.
    #[schemars(with = "BTreeMap<String, String>")]
    pub(super) endpoints: Map<String, Value>,
    /// Combinations to leave out. A table without a key leaves out all its values.
    pub(super) exclude: Vec<CombinationFile>,
    /// Combinations to add.
    pub(super) include: Vec<CombinationFile>,
}

/// Some of the values of a combination.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Combination")]
pub(super) struct CombinationFile {
    /// The name of an endpoint of this file.
    pub(super) endpoint: Option<String>,
    /// A workflow, relative to the file.
    pub(super) workflow: Option<String>,
    /// A suite, relative to the file.
    pub(super) suite: Option<String>,
}
