//! The JSON report, version `comfycheck.run/1`. It has everything that a report has, so any other format can be made from it
//! later.
//!
//! - Keys are kebab-case, in a fixed order. An absent member means "none" or "unknown".
//! - Durations and instants are whole milliseconds, named `…-ms`. Money is in USD.
//! - Words in `type` members distinguish the cases of a choice.
//! - It includes the text of the workflow's file and each sample's workflow, so formats can show excerpts and samples can
//!   run again. It does not include the settings schemas of checks, nor explanations of rules that nothing names: `sha256`
//!   identifies the component that has them.
//! - Text is unchanged. Characters that could change how a terminal shows the report are written as `\u` escapes.
//!
//! Where the JSON differs from a type of the core, a type here mirrors it, both ways. No pattern in them has a `..`: a new field
//! of such a type needs a decision here. Other types of the core are written as they are. A report that was read renders as the
//! same bytes again, and in the other formats as the run itself, except for what is below a millisecond. Within version 1,
//! members may be added; none changes its meaning or disappears.

mod check;
mod execution;
mod finding;
mod read;
mod sample;

pub use read::{ReadReportError, read_json};

use crate::cost::Price;
use crate::execution::Execution;
use crate::finding::Finding;
use crate::plain::escape_unsafe;
use crate::render::view::{At, Fold, Places, rules};
use crate::report::{History, Machine, Origin, Report, Signal, Summary, WorkflowFile};
use crate::sample::Ending;
use crate::text::TextFile;
use crate::waiver::UnusedWaiver;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;

/// The name of the format and its version, the first member of every report.
const VERSION: &str = "comfycheck.run/1";

/// Renders a report as JSON: pretty, in a fixed order, with a line break at the end.
///
/// Equal reports give equal bytes. Its schema is [`json_schema`].
pub fn json(report: &Report) -> String {
    let mut text = escape_unsafe(&to_pretty(&RunV1::of(report)));
    text.push('\n');
    text
}

/// A check instance and its outcome as [`json`] renders it, without the places of nodes.
pub fn execution_value(execution: &Execution) -> Value {
    to_value(&execution::ExecutionV1::of(execution, &Places::none(), None))
}

/// A finding as [`json`] renders it, without the places of nodes.
///
/// # Panics
///
/// Never: every map of the mirror types has strings for keys.
pub fn finding_value(finding: &Finding) -> Value {
    serde_json::to_value(finding::FindingV1::of(finding, &Places::none(), Vec::new()))
        .expect("every map of the mirror types has strings for keys")
}

/// Reads what [`finding_value`] gives.
pub fn read_finding(value: &Value) -> Result<Finding, serde_json::Error> {
    finding::FindingV1::deserialize(value).map(Into::into)
}

fn to_value(execution: &execution::ExecutionV1<'_>) -> Value {
    serde_json::to_value(execution).expect("every map of the mirror types has strings for keys")
}

/// A value as one line of JSON, with its line break, as harmless for a terminal as what [`json`] renders.
///
/// # Panics
///
/// If a map in it has other keys than strings.
pub fn json_line(value: &impl Serialize) -> String {
    escape_unsafe(&serde_json::to_string(value).expect("its maps have strings for keys")) + "\n"
}

/// The JSON Schema (draft 2020-12) of what [`json`] renders.
pub fn json_schema() -> Value {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    generator.into_root_schema_for::<RunV1<'_>>().to_value()
}

fn to_pretty(run: &RunV1<'_>) -> String {
    serde_json::to_string_pretty(run).expect("every map of the mirror types has strings for keys")
}

/// The report of a run.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(title = "comfycheck run report")]
struct RunV1<'a> {
    /// The format of this document: `comfycheck.run/1`.
    #[schemars(extend("const" = VERSION))]
    version: Cow<'a, str>,
    /// The version of comfycheck that made the report.
    comfycheck: Cow<'a, str>,
    /// The suite's name.
    suite: Cow<'a, str>,
    /// The run's name, if it is not the suite's.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<Cow<'a, str>>,
    /// The date of the run, `YYYY-MM-DD`. In replay: of the recording.
    date: Cow<'a, str>,
    /// Where the responses came from.
    origin: Cow<'a, Origin>,
    /// The signal that interrupted the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    interrupted: Option<Signal>,
    summary: Cow<'a, Summary>,
    /// The checks, in the order of the suite.
    checks: Vec<check::CheckV1<'a>>,
    /// The check instances and their outcomes, in the order of the plan: by scope, by check, by sample.
    executions: Vec<execution::ExecutionV1<'a>>,
    /// The samples, in the order of their index.
    samples: Vec<sample::SampleV1<'a>>,
    /// The jobs of the dry run, in the order of their submission. None of them is a sample.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    dry_run: Vec<sample::SampleV1<'a>>,
    /// The price that costs were computed with.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<Cow<'a, Price>>,
    /// Waivers of the suite that apply to no finding, though their check ran.
    #[serde(default, skip_serializing_if = "<[UnusedWaiver]>::is_empty")]
    unused_waivers: Cow<'a, [UnusedWaiver]>,
    /// The workflow's file.
    #[serde(skip_serializing_if = "Option::is_none")]
    workflow: Option<Cow<'a, TextFile>>,
    /// Times of the machine of a live run. The only part that is not reproducible.
    #[serde(skip_serializing_if = "Option::is_none")]
    machine: Option<Cow<'a, Machine>>,
    /// The runs before. Only a live run with `--previous` has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<Cow<'a, History>>,
}

impl<'a> RunV1<'a> {
    fn of(report: &'a Report) -> Self {
        let Report {
            version,
            suite,
            name,
            workflow,
            origin,
            date,
            checks,
            executions,
            samples,
            dry_run,
            price,
            interrupted,
            unused_waivers,
            summary,
            machine,
            history,
        } = report;
        let (places, fold) = (Places::of(report), Fold::of(report));
        let follows = |index| Some(Follows { report, fold: &fold, index });
        Self {
            version: VERSION.into(),
            comfycheck: version.into(),
            suite: suite.into(),
            name: (name != suite).then(|| name.into()),
            date: date.into(),
            origin: Cow::Borrowed(origin),
            interrupted: *interrupted,
            summary: Cow::Borrowed(summary),
            checks: checks.iter().map(|check| check::CheckV1::of(check, executions)).collect(),
            executions: (0..)
                .zip(executions)
                .map(|(index, execution)| execution::ExecutionV1::of(execution, &places, follows(index)))
                .collect(),
            samples: samples
                .iter()
                .map(|sample| match sample.ending {
                    Ending::Succeeded => sample::SampleV1::of(sample, Vec::new()),
                    _ => sample::SampleV1::of(sample, rules(report, &fold.sample(sample.index))),
                })
                .collect(),
            dry_run: dry_run.iter().map(|sample| sample::SampleV1::of(sample, Vec::new())).collect(),
            price: price.as_ref().map(Cow::Borrowed),
            unused_waivers: Cow::Borrowed(unused_waivers),
            workflow: workflow.as_ref().map(|workflow| Cow::Borrowed(workflow.file())),
            machine: machine.as_ref().map(Cow::Borrowed),
            history: history.as_ref().map(Cow::Borrowed),
        }
    }
}

/// What an execution of a report follows from.
#[derive(Clone, Copy)]
struct Follows<'a> {
    report: &'a Report,
    fold: &'a Fold,
    index: usize,
}

impl Follows<'_> {
    fn execution(self) -> Vec<String> {
        rules(self.report, &self.fold.execution(self.index))
    }

    fn finding(self, item: usize) -> Vec<String> {
        rules(self.report, &self.fold.finding(At { execution: self.index, item }))
    }

    fn question(self, item: usize) -> Vec<String> {
        rules(self.report, &self.fold.question(At { execution: self.index, item }))
    }
}

impl From<RunV1<'_>> for Report {
    fn from(run: RunV1<'_>) -> Self {
        let RunV1 {
            version: _,
            comfycheck,
            suite,
            name,
            date,
            origin,
            interrupted,
            summary,
            checks,
            executions,
            samples,
            dry_run,
            price,
            unused_waivers,
            workflow,
            machine,
            history,
        } = run;
        Self {
            version: comfycheck.into(),
            name: name.unwrap_or_else(|| suite.clone()).into(),
            suite: suite.into(),
            workflow: workflow.map(|file| WorkflowFile::from(file.into_owned())),
            origin: origin.into_owned(),
            date: date.into(),
            checks: checks.into_iter().map(Into::into).collect(),
            executions: executions.into_iter().map(Into::into).collect(),
            samples: samples.into_iter().map(Into::into).collect(),
            dry_run: dry_run.into_iter().map(Into::into).collect(),
            price: price.map(Cow::into_owned),
            interrupted,
            unused_waivers: unused_waivers.into_owned(),
            summary: summary.into_owned(),
            machine: machine.map(Cow::into_owned),
            history: history.map(Cow::into_owned),
        }
    }
}
