//! The JSON of a notification, version `comfycheck.notification/1`: what a receiver needs to decide, in a few kilobytes.
//!
//! Within version 1, members may be added; none changes its meaning or disappears.

use crate::finding::subject_name;
use crate::plain::one_line;
use crate::render::context::{CiRun, ReportContext};
use crate::render::json_line;
use crate::render::view::{Block, View};
use crate::report::{Origin, Report, Verdict, WorkflowFile};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::Value;

/// The name of the format and its version.
const VERSION: &str = "comfycheck.notification/1";

/// How many findings there are.
const FINDINGS: usize = 20;
/// How many subjects of a finding are named.
const SUBJECTS: usize = 10;
/// The longest text and name, in characters.
const TEXT: usize = 500;
const NAME: usize = 200;

/// Renders a report as the JSON of a notification. `before` is the verdict of the previous run, if known. Equal reports give
/// equal bytes.
pub fn json_notification(report: &Report, before: Option<Verdict>, context: &ReportContext<'_>) -> String {
    let view = View::of(report);
    let counted = || view.blocks.iter().filter(|block| !block.kind.is_waived());
    let summary = &report.summary;
    let endpoint = match &report.origin {
        Origin::Live { endpoint, .. } => endpoint.as_deref().map(|endpoint| one_line(endpoint, NAME)),
        Origin::Replay { .. } | Origin::Simulation { .. } => None,
    };
    json_line(&NotificationV1 {
        version: VERSION,
        comfycheck: one_line(&report.version, NAME),
        name: one_line(&report.name, NAME),
        suite: one_line(&report.suite, NAME),
        verdict: summary.verdict.word(),
        verdict_before: before.map(Verdict::word),
        runs_not_passed: report.history.as_ref().map(|history| history.not_passed),
        date: one_line(&report.date, NAME),
        endpoint,
        workflow: report.workflow.as_ref().map(WorkflowFile::path).map(|path| one_line(path, NAME)),
        ci_run: context.ci_run.map(CiRun::address),
        errors: summary.errors,
        warnings: summary.warnings,
        open: summary.open,
        samples: summary.samples,
        succeeded: summary.succeeded,
        cost_low: summary.cost.map(|cost| cost.low),
        cost_high: summary.cost.map(|cost| cost.high),
        findings: counted().take(FINDINGS).map(FindingV1::of).collect(),
        more_findings: counted().count().saturating_sub(FINDINGS),
    })
}

/// The JSON Schema (draft 2020-12) of what [`json_notification`] renders.
pub fn json_notification_schema() -> Value {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    generator.into_root_schema_for::<NotificationV1>().to_value()
}

/// A notification about a live run.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(title = "comfycheck notification")]
struct NotificationV1 {
    /// The format of this document: `comfycheck.notification/1`.
    #[schemars(extend("const" = VERSION))]
    version: &'static str,
    /// The version of comfycheck that sent it.
    comfycheck: String,
    /// The name of the run.
    name: String,
    /// The suite's name.
    suite: String,
    /// `passed`, `failed` or `inconclusive`.
    verdict: &'static str,
    /// The verdict of the previous run, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict_before: Option<&'static str>,
    /// How many runs in a row did not pass, up to this one. Only with `--previous`.
    #[serde(skip_serializing_if = "Option::is_none")]
    runs_not_passed: Option<u32>,
    /// The date of the run, `YYYY-MM-DD`.
    date: String,
    /// The id of the endpoint, or `local worker at` and its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<String>,
    /// The path of the workflow.
    #[serde(skip_serializing_if = "Option::is_none")]
    workflow: Option<String>,
    /// The address of the CI run.
    #[serde(skip_serializing_if = "Option::is_none")]
    ci_run: Option<String>,
    /// Findings of severity error.
    errors: u32,
    /// Findings of severity warning.
    warnings: u32,
    /// Questions that are unknown.
    open: u32,
    /// Samples that the run planned.
    samples: u32,
    /// Samples that succeeded.
    succeeded: u32,
    /// The least that all jobs may have cost, in USD, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_low: Option<f64>,
    /// The most that all jobs may have cost, in USD, if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_high: Option<f64>,
    /// Causes first, then what is unknown, then warnings. What follows from a cause is not among them.
    findings: Vec<FindingV1>,
    /// How many findings are left out.
    more_findings: usize,
}

/// One finding, or one unknown question.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct FindingV1 {
    /// `error`, `crashed`, `unknown` or `warning`.
    kind: &'static str,
    /// `check/rule`, or a check that did not run to its end.
    rule: String,
    /// What it is about.
    subjects: Vec<String>,
    /// One line.
    message: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
}

impl FindingV1 {
    fn of(block: &Block<'_>) -> Self {
        Self {
            kind: block.kind.word(),
            rule: one_line(block.id(), NAME),
            subjects: block
                .subjects
                .iter()
                .take(SUBJECTS)
                .map(|subject| one_line(&subject_name(subject), NAME))
                .collect(),
            message: one_line(&block.message, TEXT),
            help: block.help.map(|help| one_line(help, TEXT)),
        }
    }
}
