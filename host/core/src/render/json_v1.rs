//! The JSON report, version `comfycheck.run/1`: everything that a report knows, so that any other format can be made
//! of it later.
//!
//! - Keys are kebab-case and stand in a fixed order; a member that is absent says "none" or "not known".
//! - Spans of time and instants are whole milliseconds, named `…-ms`. Money is in USD.
//! - Words in `type` members tell the cases of a choice apart.
//! - The text of the workflow's file and each sample's workflow are in it, so that snippets can be drawn and samples
//!   taken again. Of a check's manifest, the settings schema is not, nor are the explanations of rules that nothing
//!   names: `sha256` identifies the component that holds them.
//! - Text stands in it as it was given. Characters that could change how a terminal shows the report are written as
//!   `\u` escapes, which means the same to a parser.
//!
//! The types here mirror those of the core, both ways. No pattern in them has a `..`: whoever adds a field to a core type
//! decides here what becomes of it. A report that was read is rendered as the same bytes again, and in the other formats as
//! the run itself was, but for what is below a millisecond. Within version 1, members may be added; none changes its meaning or disappears.

mod check;
mod execution;
mod finding;
mod read;
mod sample;
mod summary;

pub use read::{ReadReportError, read_json};

use crate::cost::{CostRange, Price, PriceSource};
use crate::execution::Execution;
use crate::render::places::Places;
use crate::render::plain::escape_unsafe;
use crate::report::{Machine, Origin, Report, Signal};
use crate::suite::{Place, TextFile};
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

/// What came of a check instance, as [`json`] renders it, but for the places of nodes.
pub fn execution_value(execution: &Execution) -> Value {
    to_value(&execution::ExecutionV1::of(execution, &Places::none()))
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

/// All that a run found out.
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
    /// The date of the run, `YYYY-MM-DD`: the day of a live run, the recording's in replay.
    date: Cow<'a, str>,
    /// Where the responses came from.
    origin: OriginV1<'a>,
    /// The signal that interrupted the run.
    #[serde(skip_serializing_if = "Option::is_none")]
    interrupted: Option<SignalV1>,
    /// What it all comes to.
    summary: summary::SummaryV1<'a>,
    /// The checks, in the order of the suite.
    checks: Vec<check::CheckV1<'a>>,
    /// What came of each check instance, in the order of the plan: by scope, by check, by sample.
    executions: Vec<execution::ExecutionV1<'a>>,
    /// The samples, in the order of their index.
    samples: Vec<sample::SampleV1<'a>>,
    /// The jobs of the dry run, as samples are told, in the order of their submission; none of them is a sample.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    dry_run: Vec<sample::SampleV1<'a>>,
    /// The price that costs were computed with.
    #[serde(skip_serializing_if = "Option::is_none")]
    price: Option<PriceV1<'a>>,
    /// The workflow's file.
    #[serde(skip_serializing_if = "Option::is_none")]
    workflow: Option<TextFileV1<'a>>,
    /// What was measured on the machine of a live run. The only part that is not reproducible.
    #[serde(skip_serializing_if = "Option::is_none")]
    machine: Option<MachineV1<'a>>,
}

impl<'a> RunV1<'a> {
    fn of(report: &'a Report) -> Self {
        let Report {
            version,
            suite,
            workflow,
            origin,
            date,
            checks,
            executions,
            samples,
            dry_run,
            price,
            interrupted,
            summary,
            machine,
        } = report;
        let places = Places::of(report);
        Self {
            version: VERSION.into(),
            comfycheck: version.into(),
            suite: suite.into(),
            date: date.into(),
            origin: origin.into(),
            interrupted: interrupted.map(Into::into),
            summary: summary.into(),
            checks: checks.iter().map(|check| check::CheckV1::of(check, executions)).collect(),
            executions: executions.iter().map(|execution| execution::ExecutionV1::of(execution, &places)).collect(),
            samples: samples.iter().map(Into::into).collect(),
            dry_run: dry_run.iter().map(Into::into).collect(),
            price: price.as_ref().map(Into::into),
            workflow: workflow.as_ref().map(Into::into),
            machine: machine.as_ref().map(Into::into),
        }
    }
}

impl From<RunV1<'_>> for Report {
    fn from(run: RunV1<'_>) -> Self {
        let RunV1 {
            version: _,
            comfycheck,
            suite,
            date,
            origin,
            interrupted,
            summary,
            checks,
            executions,
            samples,
            dry_run,
            price,
            workflow,
            machine,
        } = run;
        Self {
            version: comfycheck.into(),
            suite: suite.into(),
            workflow: workflow.map(Into::into),
            origin: origin.into(),
            date: date.into(),
            checks: checks.into_iter().map(Into::into).collect(),
            executions: executions.into_iter().map(Into::into).collect(),
            samples: samples.into_iter().map(Into::into).collect(),
            dry_run: dry_run.into_iter().map(Into::into).collect(),
            price: price.map(Into::into),
            interrupted: interrupted.map(Into::into),
            summary: summary.into(),
            machine: machine.map(Into::into),
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
    },
    /// A cassette.
    Replay {
        /// The name of the cassette's folder.
        cassette: Cow<'a, str>,
        /// What the cassette says of itself, such as that it is synthetic.
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
            Origin::Live { endpoint } => Self::Live { endpoint: endpoint.as_deref().map(Into::into) },
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
            OriginV1::Live { endpoint } => Self::Live { endpoint: endpoint.map(Into::into) },
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
    /// The suite names it.
    Suite,
    /// RunPod's catalog, read in this run.
    Catalog,
    /// comfycheck's dated table.
    Table,
}

/// An amount of money in USD, as a range where billing is ambiguous.
#[derive(Serialize, Deserialize, JsonSchema)]
struct CostRangeV1 {
    /// The least that it may have cost.
    low: f64,
    /// The most that it may have cost.
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

impl<'a> From<&'a TextFile> for TextFileV1<'a> {
    fn from(TextFile { path, text }: &'a TextFile) -> Self {
        Self { path: path.into(), text: text.into() }
    }
}

impl From<TextFileV1<'_>> for TextFile {
    fn from(TextFileV1 { path, text }: TextFileV1<'_>) -> Self {
        Self { path: path.into(), text: text.into() }
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

/// What was measured on the machine of a live run.
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

/// Whole milliseconds; what is below one is cut off.
fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
