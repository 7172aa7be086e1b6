//! The file `cassette.json`, version 1, as it is written.

use super::exchange::Failure;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The name and number of this version.
pub const VERSION: &str = "comfycheck.cassette/1";

/// A recording of the wire that can be replayed.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "comfycheck cassette")]
pub struct CassetteV1 {
    /// Always `comfycheck.cassette/1`.
    #[schemars(extend("const" = VERSION))]
    pub version: String,
    /// The date of the recording, which is the date of the run in replay: `YYYY-MM-DD`.
    #[schemars(extend("format" = "date"))]
    pub recorded: String,
    /// What a reader of a report should know of the recording, such as that it is synthetic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The run seed: sample `i` is submitted with `seed + i`.
    pub seed: u64,
    /// Which sources of the inventory the recorded run had. A suite's saved inventory needs no mention.
    pub sources: Vec<SourceV1>,
    /// The network volumes that the recorded run had, in the order of its suite.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<VolumeV1>,
    /// The base of the job API that was asked, where it was not RunPod's own. Only messages show it.
    #[serde(rename = "base-url", skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Whether a worker was asked that ran outside RunPod, under the test server of RunPod's SDK, instead of an endpoint.
    #[serde(rename = "local-worker", default, skip_serializing_if = "std::ops::Not::not")]
    pub local_worker: bool,
    /// What was asked and what came of it. The order matters only among equal POSTs.
    pub exchanges: Vec<ExchangeV1>,
}

/// A source of the inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SourceV1 {
    /// A ComfyUI was asked over HTTP.
    Server,
}

/// A network volume.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct VolumeV1 {
    /// Its id, with which the paths of what was asked of it begin.
    #[schemars(regex(pattern = "^[A-Za-z0-9_-]+$"))]
    pub id: String,
    /// Where it lies.
    pub data_center: String,
}

/// A request, and what came of it: exactly one of `response` and `failure`.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExchangeV1 {
    /// Who was asked.
    pub api: ApiV1,
    /// In which phase of the run.
    pub phase: PhaseV1,
    /// Of what was asked once more, since nobody had answered: at which attempt, from 2 on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2))]
    pub attempt: Option<u32>,
    /// What was asked.
    pub request: RequestV1,
    /// When the asking task could send it: from the start of its phase or attempt, and for `/status/…` from the answer to the
    /// submission that created the job.
    pub sent_ms: u64,
    /// When the whole answer was there, or the failure was known; not before `sent-ms`, and 31 days at most.
    pub answered_ms: u64,
    /// A complete answer, whatever its status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<ResponseV1>,
    /// Why no complete answer came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureV1>,
}

/// Who was asked.
#[derive(Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ApiV1 {
    /// RunPod's job API. Paths are `/v2/{endpoint}/…`, whatever the base URL was.
    Jobs,
    /// RunPod's management API, REST version 2. Paths are `/v2/…`, whatever the base URL was; the endpoint's id is
    /// `{endpoint}`.
    Management,
    /// A ComfyUI server. Paths are below its base URL.
    ComfyUi,
    /// A download that a job's output named. Paths are `host/path`, without the query.
    Result,
    /// The S3-compatible API of network volumes. Paths begin with a volume's id, whatever its address was.
    Volume,
}

/// A phase of the run.
#[derive(Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PhaseV1 {
    /// Before the samples.
    Deployment,
    /// While the samples are taken.
    Sampling,
    /// While each sample is looked at.
    Sample,
    /// After all of them.
    Run,
}

/// A request, without its headers.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RequestV1 {
    /// Its method.
    pub method: MethodV1,
    /// Its path; the endpoint's id is `{endpoint}`.
    pub path: String,
    /// Its query, without `?`. The order of its parts does not matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Its range header, such as `bytes=0-65535`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range: Option<String>,
    /// Its body. JSON is compared by value, whatever the order of its keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<BodyV1>,
}

/// A method of HTTP.
#[derive(Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum MethodV1 {
    /// The newest exchange answers; the last one stays.
    Get,
    /// As GET, without the body of the answer.
    Head,
    /// Equal ones are consumed in order, and one too many is a miss.
    Post,
}

/// A complete answer.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResponseV1 {
    /// The HTTP status.
    #[schemars(range(min = 100, max = 599))]
    pub status: u16,
    /// The headers that matter: `content-type` and `retry-after`; of a volume also `content-length`, `content-range` and `last-modified`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The body; none if it is empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<BodyV1>,
}

/// A body.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum BodyV1 {
    /// JSON, as it was sent.
    Json(#[schemars(with = "serde_json::Value")] Box<RawValue>),
    /// Text.
    Text(String),
    /// The name of a file in the folder `bodies`: the SHA-256 of its content, in lower-case hex.
    File(#[schemars(regex(pattern = "^[0-9a-f]{64}$"))] String),
}

/// Why no complete answer came.
#[derive(Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailureV1 {
    /// Nobody listened.
    Refused,
    /// The connection ended too early.
    Reset,
    /// The time limit passed.
    Timeout,
    /// The host's name had no address.
    Unresolved,
    /// No secure connection could be made.
    Tls,
    /// The answer exceeded the size limit.
    TooLarge,
    /// It was not sent: its URL did not lead to a public address over `https`.
    Forbidden,
    /// Anything else.
    Other,
}

impl From<Failure> for FailureV1 {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Refused => Self::Refused,
            Failure::Reset => Self::Reset,
            Failure::Timeout => Self::Timeout,
            Failure::Unresolved => Self::Unresolved,
            Failure::Tls => Self::Tls,
            Failure::TooLarge => Self::TooLarge,
            Failure::Forbidden => Self::Forbidden,
            Failure::Other => Self::Other,
        }
    }
}

impl From<FailureV1> for Failure {
    fn from(failure: FailureV1) -> Self {
        match failure {
            FailureV1::Refused => Self::Refused,
            FailureV1::Reset => Self::Reset,
            FailureV1::Timeout => Self::Timeout,
            FailureV1::Unresolved => Self::Unresolved,
            FailureV1::Tls => Self::Tls,
            FailureV1::TooLarge => Self::TooLarge,
            FailureV1::Forbidden => Self::Forbidden,
            FailureV1::Other => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_schema_in_the_repository_is_up_to_date() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/cassette.schema.json");
        let schema = serde_json::to_string_pretty(&schemars::schema_for!(CassetteV1)).unwrap() + "\n";
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, &schema).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == schema, "{} is not what the code says: run this test with BLESS=1", path.display());
    }
}
