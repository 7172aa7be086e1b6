//! What a run will do: every check instance, and the samples to take.

use crate::cost::{CostRange, Price};
use crate::execution::CheckInstance;
use crate::manifest::Manifest;
use crate::suite::SuiteCheck;
use serde_json::Value;

/// The capabilities that a suite may grant, as `grants` names them.
pub const GRANTABLE: [&str; 4] = ["comfyui/inventory", "runpod/endpoint", "runpod/samples", "runpod/volume"];

/// The interfaces that every check may use.
pub const ALWAYS_GRANTED: [&str; 2] = ["log", "workflow"];

/// What a run will do. Everything that can be refused was refused before it exists.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The checks, in report order.
    pub checks: Vec<PlannedCheck>,
    /// Every check instance, in report order: by scope, then by check, then by sample.
    pub instances: Vec<PlannedInstance>,
    /// The samples to take, in order of their index.
    pub samples: Vec<PlannedSample>,
    /// What the samples will cost, where the price is known.
    pub estimate: Option<CostRange>,
    /// The price that costs are computed with.
    pub price: Option<Price>,
    /// Things that the user should know before the run, one line each.
    pub warnings: Vec<String>,
}

/// A check of the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedCheck {
    /// As the suite asks for it.
    pub suite: SuiteCheck,
    /// What the component says of itself.
    pub manifest: Manifest,
    /// What it imports and was granted, such as `comfyui/inventory`, sorted.
    pub grants: Vec<String>,
    /// Whether an error finding in scope `deployment` keeps the samples from being
    /// bought, by the manifest or the suite.
    pub gates: bool,
    /// SHA-256 of the component, in lower-case hex.
    pub sha256: String,
}

/// A check instance of the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedInstance {
    /// Which one it is.
    pub instance: CheckInstance,
    /// The index of its check in [`Plan::checks`].
    pub check: usize,
}

/// A sample of the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedSample {
    /// From 0.
    pub index: u32,
    /// The seed that is set in it; none if the workflow has no seed to set.
    pub seed: Option<u64>,
    /// The workflow to submit, as a JSON object in API format.
    pub workflow: Value,
}
