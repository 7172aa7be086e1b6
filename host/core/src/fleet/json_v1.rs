//! The results of a fleet as JSON, version `comfycheck.fleet/1`. Within version 1, members may be added.

use super::{FleetPair, FleetResults, PairResult};
use crate::plain::escape_unsafe;
use crate::render::Failure;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::Value;

/// The name of the format and its version.
const VERSION: &str = "comfycheck.fleet/1";

/// Renders the results of a fleet as JSON, with a line break at the end. Equal results give equal bytes.
///
/// # Panics
///
/// Never: its maps have strings for keys.
pub fn json_fleet(results: &FleetResults) -> String {
    let text = serde_json::to_string_pretty(&FleetV1::of(results)).expect("its maps have strings for keys");
    escape_unsafe(&text) + "\n"
}

/// The JSON Schema (draft 2020-12) of what [`json_fleet`] renders.
pub fn json_fleet_schema() -> Value {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    generator.into_root_schema_for::<FleetV1<'_>>().to_value()
}

/// The results of a fleet.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(title = "comfycheck fleet results")]
struct FleetV1<'a> {
    /// The format of this document: `comfycheck.fleet/1`.
    #[schemars(extend("const" = VERSION))]
    version: &'a str,
    /// The fleet's name.
    fleet: &'a str,
    /// `failed` if a run failed, `passed` if every run passed, else `inconclusive`.
    verdict: &'a str,
    /// The runs, in the order of the fleet.
    runs: Vec<RunV1<'a>>,
    /// Reports that do not count, one line each.
    left_out: &'a [String],
}

/// One run of the fleet.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct RunV1<'a> {
    /// The name of the run.
    name: &'a str,
    /// The path of the suite.
    suite: &'a str,
    /// The name of the endpoint in the fleet.
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<&'a str>,
    /// The path of the workflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    workflow: Option<&'a str>,
    /// `passed`, `failed`, `inconclusive`, or `missing` without a report.
    verdict: &'a str,
    /// The file of its report.
    #[serde(skip_serializing_if = "Option::is_none")]
    report: Option<&'a str>,
    /// The date of the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<&'a str>,
    /// Samples that the run planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    samples: Option<u32>,
    /// Samples that succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    succeeded: Option<u32>,
    /// The least that its jobs may have cost, in USD, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_low: Option<f64>,
    /// The most that its jobs may have cost, in USD, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_high: Option<f64>,
    /// What keeps it from passing.
    failures: Vec<FailureV1<'a>>,
}

/// One cause, or one unknown question.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct FailureV1<'a> {
    /// `error` or `unknown`.
    kind: &'a str,
    /// `check/rule`, or a check that did not run to its end.
    rule: &'a str,
    /// A node, a model, a pack. Absent if it is about none.
    #[serde(skip_serializing_if = "str::is_empty")]
    subject: &'a str,
}

impl<'a> FleetV1<'a> {
    fn of(results: &'a FleetResults) -> Self {
        let runs = results.pairs.iter().map(|(pair, result)| RunV1::of(pair, result.as_ref()));
        Self {
            version: VERSION,
            fleet: &results.name,
            verdict: results.verdict().word(),
            runs: runs.collect(),
            left_out: &results.left_out,
        }
    }
}

impl<'a> RunV1<'a> {
    fn of(FleetPair { name, suite, endpoint, workflow, .. }: &'a FleetPair, result: Option<&'a PairResult>) -> Self {
        let cost = result.and_then(|result| result.cost);
        let failures = result.into_iter().flat_map(|result| &result.failures);
        Self {
            name,
            suite,
            endpoint: endpoint.as_deref(),
            workflow: workflow.as_deref(),
            verdict: result.map_or("missing", |result| result.verdict.word()),
            report: result.map(|result| result.file.as_str()),
            date: result.map(|result| result.date.as_str()),
            samples: result.map(|result| result.samples),
            succeeded: result.map(|result| result.succeeded),
            cost_low: cost.map(|cost| cost.low),
            cost_high: cost.map(|cost| cost.high),
            failures: failures.map(|Failure { kind, rule, subject }| FailureV1 { kind, rule, subject }).collect(),
        }
    }
}
