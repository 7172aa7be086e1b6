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
//! The types here mirror those of the core, both ways. No pattern in them has a `..`: a new field of a core type needs a
//! decision here. A report that was read renders as the same bytes again, and in the other formats as the run itself,
//! except for what is below a millisecond. Within version 1, members may be added; none changes its meaning or disappears.

mod check;
mod execution;
mod file;
mod finding;
mod history;
mod read;
mod sample;
mod summary;

pub use read::{ReadReportError, read_json};

use crate::cost::{Price, PriceSource};
use crate::execution::Execution;
use crate::finding::Finding;
use crate::money::CostRange;
use crate::plain::escape_unsafe;
use crate::render::view::{At, Fold, Places, rules};
use crate::report::{Machine, Origin, Report, Signal, WorkflowFile};
use crate::sample::Ending;
use crate::text::{Place, TextFile};
use crate::waiver::UnusedWaiver;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::borrow::Cow;
use std::time::Duration;

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
    origin: OriginV1<'a>,
    /// The signal that interrupted the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    interrupted: Option<SignalV1>,
    summary: summary::SummaryV1<'a>,
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
    price: Option<PriceV1<'a>>,
    /// Waivers of the suite that apply to no finding, though their check ran.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    unused_waivers: Vec<UnusedWaiverV1<'a>>,
    /// The workflow's file.
    #[serde(skip_serializing_if = "Option::is_none")]
    workflow: Option<TextFileV1<'a>>,
    /// Times of the machine of a live run. The only part that is not reproducible.
    #[serde(skip_serializing_if = "Option::is_none")]
    machine: Option<MachineV1<'a>>,
    /// The runs before. Only a live run with `--previous` has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    history: Option<history::HistoryV1<'a>>,
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
        let caused = |causes: &[At]| rules(report, causes);
        Self {
            version: VERSION.into(),
            comfycheck: version.into(),
            suite: suite.into(),
            name: (name != suite).then(|| name.into()),
            date: date.into(),
            origin: origin.into(),
            interrupted: interrupted.map(Into::into),
            summary: summary.into(),
            checks: checks.iter().map(|check| check::CheckV1::of(check, executions)).collect(),
            executions: (0..)
                .zip(executions)
                .map(|(index, execution)| execution::ExecutionV1::of(execution, &places, follows(index)))
                .collect(),
            samples: samples
                .iter()
                .map(|sample| match sample.ending {
                    Ending::Succeeded => sample.into(),
                    _ => sample::SampleV1::of(sample, caused(&fold.sample(sample.index))),
                })
                .collect(),
            dry_run: dry_run.iter().map(Into::into).collect(),
            price: price.as_ref().map(Into::into),
            unused_waivers: unused_waivers.iter().map(Into::into).collect(),
            workflow: workflow.as_ref().map(Into::into),
            machine: machine.as_ref().map(Into::into),
            history: history.as_ref().map(Into::into),
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
            workflow: workflow.map(|file| WorkflowFile::from(TextFile::from(file))),
            origin: origin.into(),
            date: date.into(),
            checks: checks.into_iter().map(Into::into).collect(),
            executions: executions.into_iter().map(Into::into).collect(),
            samples: samples.into_iter().map(Into::into).collect(),
            dry_run: dry_run.into_iter().map(Into::into).collect(),
            price: price.map(Into::into),
            interrupted: interrupted.map(Into::into),
            unused_waivers: unused_waivers.into_iter().map(Into::into).collect(),
            summary: summary.into(),
            machine: machine.map(Into::into),
            history: history.map(Into::into),
        }
    }
}

/// Where the responses of a run came from.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
enum OriginV1<'a> {
    /// The network.
    Live {
        /// The id of the endpoint, or `local worker at` and its address.
        #[serde(skip_serializing_if = "Option::is_none")]
        endpoint: Option<Cow<'a, str>>,
        /// The address of the endpoint's API, if it is not RunPod's.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        server: Option<Cow<'a, str>>,
        /// The address of the ComfyUI server that checks read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        comfyui: Option<Cow<'a, str>>,
    },
    /// A cassette.
    Replay {
        /// The name of the cassette's folder.
        cassette: Cow<'a, str>,
        /// The cassette's own note, such as that it is synthetic.
        #[serde(skip_serializing_if = "Option::is_none")]
        note: Option<Cow<'a, str>>,
    },
    /// A simulated endpoint.
    Simulation {
        /// The scenario's name.
        scenario: Cow<'a, str>,
        /// What happens in it.
        about: Cow<'a, str>,
    },
}

impl<'a> From<&'a Origin> for OriginV1<'a> {
    fn from(origin: &'a Origin) -> Self {
        match origin {
            Origin::Live { endpoint, server, comfyui } => Self::Live {
                endpoint: endpoint.as_deref().map(Into::into),
                server: server.as_deref().map(Into::into),
                comfyui: comfyui.as_deref().map(Into::into),
            },
            Origin::Replay { cassette, note } => {
                Self::Replay { cassette: cassette.into(), note: note.as_deref().map(Into::into) }
            }
            Origin::Simulation { scenario, about } => {
                Self::Simulation { scenario: scenario.into(), about: about.into() }
            }
        }
    }
}

impl From<OriginV1<'_>> for Origin {
    fn from(origin: OriginV1<'_>) -> Self {
        match origin {
            OriginV1::Live { endpoint, server, comfyui } => Self::Live {
                endpoint: endpoint.map(Into::into),
                server: server.map(Into::into),
                comfyui: comfyui.map(Into::into),
            },
            OriginV1::Replay { cassette, note } => {
                Self::Replay { cassette: cassette.into(), note: note.map(Into::into) }
            }
            OriginV1::Simulation { scenario, about } => {
                Self::Simulation { scenario: scenario.into(), about: about.into() }
            }
        }
    }
}

/// A signal that interrupted a run.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum SignalV1 {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM.
    Terminate,
}

impl From<Signal> for SignalV1 {
    fn from(signal: Signal) -> Self {
        match signal {
            Signal::Interrupt => Self::Interrupt,
            Signal::Terminate => Self::Terminate,
        }
    }
}

impl From<SignalV1> for Signal {
    fn from(word: SignalV1) -> Self {
        match word {
            SignalV1::Interrupt => Self::Interrupt,
            SignalV1::Terminate => Self::Terminate,
        }
    }
}

/// What one second of one worker costs.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct PriceV1<'a> {
    /// In USD, for all GPUs of a worker. Where a worker may have GPUs of several prices, the highest.
    usd_per_second: f64,
    /// The lowest, where a worker may have GPUs of several prices.
    #[serde(skip_serializing_if = "Option::is_none")]
    lowest_usd_per_second: Option<f64>,
    /// Where it comes from.
    source: PriceSourceV1,
    /// The date of the price, `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<Cow<'a, str>>,
}

impl<'a> From<&'a Price> for PriceV1<'a> {
    fn from(Price { per_second, lowest, source, date }: &'a Price) -> Self {
        let source = match source {
            PriceSource::Suite => PriceSourceV1::Suite,
            PriceSource::Catalog => PriceSourceV1::Catalog,
            PriceSource::Table => PriceSourceV1::Table,
        };
        Self {
            usd_per_second: *per_second,
            lowest_usd_per_second: *lowest,
            source,
            date: date.as_deref().map(Into::into),
        }
    }
}

impl From<PriceV1<'_>> for Price {
    fn from(PriceV1 { usd_per_second, lowest_usd_per_second, source, date }: PriceV1<'_>) -> Self {
        let source = match source {
            PriceSourceV1::Suite => PriceSource::Suite,
            PriceSourceV1::Catalog => PriceSource::Catalog,
            PriceSourceV1::Table => PriceSource::Table,
        };
        Self { per_second: usd_per_second, lowest: lowest_usd_per_second, source, date: date.map(Into::into) }
    }
}

/// Where a price comes from.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum PriceSourceV1 {
    /// The suite.
    Suite,
    /// RunPod's catalog, read in this run.
    Catalog,
    /// comfycheck's dated table.
    Table,
}

/// An amount of money in USD, as a range where billing is ambiguous.
#[derive(Serialize, Deserialize, JsonSchema)]
struct CostRangeV1 {
    /// The lowest possible amount.
    low: f64,
    /// The highest possible amount.
    high: f64,
}

impl From<CostRange> for CostRangeV1 {
    fn from(CostRange { low, high }: CostRange) -> Self {
        Self { low, high }
    }
}

impl From<CostRangeV1> for CostRange {
    fn from(CostRangeV1 { low, high }: CostRangeV1) -> Self {
        Self { low, high }
    }
}

/// A text file that the suite names.
#[derive(Serialize, Deserialize, JsonSchema)]
struct TextFileV1<'a> {
    /// Its path, as the suite or the command line gives it.
    path: Cow<'a, str>,
    /// Its whole text.
    text: Cow<'a, str>,
}

impl<'a> From<&'a WorkflowFile> for TextFileV1<'a> {
    fn from(file: &'a WorkflowFile) -> Self {
        Self { path: file.path().into(), text: file.text().into() }
    }
}

impl From<TextFileV1<'_>> for TextFile {
    fn from(TextFileV1 { path, text }: TextFileV1<'_>) -> Self {
        Self { path: path.into(), text: text.into() }
    }
}

/// A waiver of the suite that applies to no finding.
#[derive(Serialize, Deserialize, JsonSchema)]
struct UnusedWaiverV1<'a> {
    /// The rule that it names, such as `nodes/missing-node`.
    rule: Cow<'a, str>,
    /// The subject that it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<Cow<'a, str>>,
    /// Where the suite has it, and what the rule found instead. One line.
    message: Cow<'a, str>,
}

impl<'a> From<&'a UnusedWaiver> for UnusedWaiverV1<'a> {
    fn from(UnusedWaiver { rule, subject, message }: &'a UnusedWaiver) -> Self {
        Self { rule: rule.into(), subject: subject.as_deref().map(Into::into), message: message.into() }
    }
}

impl From<UnusedWaiverV1<'_>> for UnusedWaiver {
    fn from(UnusedWaiverV1 { rule, subject, message }: UnusedWaiverV1<'_>) -> Self {
        Self { rule: rule.into(), subject: subject.map(Into::into), message: message.into() }
    }
}

/// A place in a text.
#[derive(Serialize, Deserialize, JsonSchema)]
struct PlaceV1 {
    /// From 1.
    line: u32,
    /// From 1, in characters.
    column: u32,
}

impl From<Place> for PlaceV1 {
    fn from(Place { line, column }: Place) -> Self {
        Self { line, column }
    }
}

impl From<PlaceV1> for Place {
    fn from(PlaceV1 { line, column }: PlaceV1) -> Self {
        Self { line, column }
    }
}

/// Times of the machine of a live run.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
struct MachineV1<'a> {
    /// When the run began, RFC 3339.
    started: Cow<'a, str>,
    /// How long it took.
    elapsed_ms: u64,
}

impl<'a> From<&'a Machine> for MachineV1<'a> {
    fn from(Machine { started, elapsed }: &'a Machine) -> Self {
        Self { started: started.into(), elapsed_ms: milliseconds(*elapsed) }
    }
}

impl From<MachineV1<'_>> for Machine {
    fn from(MachineV1 { started, elapsed_ms }: MachineV1<'_>) -> Self {
        Self { started: started.into(), elapsed: Duration::from_millis(elapsed_ms) }
    }
}

/// Whole milliseconds, rounded down.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
