//! Benchmarks as JSON, version `comfycheck.bench/1`. Within version 1, members may be added.

use super::Bench;
use crate::plain::{escape_unsafe, one_line};
use schemars::generate::SchemaSettings;
use serde::Deserialize;
use serde_json::Value;

/// The name of the format and its version.
pub const VERSION: &str = "comfycheck.bench/1";

/// Renders a benchmark as JSON, with a line break at the end. Equal benchmarks give equal bytes.
///
/// # Panics
///
/// Never: it has no maps.
pub fn json_bench(bench: &Bench) -> String {
    let text = serde_json::to_string_pretty(bench).expect("it has no maps");
    escape_unsafe(&text) + "\n"
}

/// The JSON Schema (draft 2020-12) of what [`json_bench`] renders.
pub fn json_bench_schema() -> Value {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<Bench>().to_value()
}

/// Why a text is not a benchmark.
#[derive(Debug, thiserror::Error)]
pub enum ReadBenchError {
    /// It is not JSON, or JSON of something else.
    #[error("it is not a JSON report of `comfycheck bench`")]
    NoBench,
    /// It is a benchmark of another version of the format.
    #[error("its version is `{0}`, and this comfycheck reads `{VERSION}`")]
    Version(String),
    /// It has the right version, and another form.
    #[error("it is not a valid report of version `{VERSION}`")]
    Invalid(#[source] serde_json::Error),
}

/// Reads what [`json_bench`] rendered. Unknown members are ignored.
pub fn read_bench(text: &str) -> Result<Bench, ReadBenchError> {
    #[derive(Deserialize)]
    struct Head {
        version: Option<String>,
    }
    let head: Head = serde_json::from_str(text).map_err(|_| ReadBenchError::NoBench)?;
    match head.version {
        Some(version) if version == VERSION => serde_json::from_str(text).map_err(ReadBenchError::Invalid),
        Some(version) if version.starts_with("comfycheck.bench/") => {
            Err(ReadBenchError::Version(one_line(&version, 60)))
        }
        _ => Err(ReadBenchError::NoBench),
    }
}
