//! The file `cassette.json`, version 1.

use super::exchange::Failure;
use comfycheck_core::request::InputFacts;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;

pub const VERSION: &str = "comfycheck.cassette/1";

/// The note of a recording until its run ends.
pub const CUT_OFF: &str = "cut off: the recorded run did not finish";
/// The note of a recording of an interrupted run.
pub const INTERRUPTED: &str = "the recorded run was interrupted";

/// A recording of requests and responses that can be replayed.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "comfycheck cassette")]
pub struct CassetteV1 {
    /// Always `comfycheck.cassette/1`.
    #[schemars(extend("const" = VERSION))]
    pub version: String,
    /// The date of the recording, `YYYY-MM-DD`. In replay it is the date of the run.
    #[schemars(extend("format" = "date"))]
    pub recorded: String,
    /// A note for readers of reports, such as that the recording is synthetic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The run seed: sample `i` is submitted with `seed + i`.
    pub seed: u64,
    /// The sources of the inventory in the recorded run. A saved inventory of the suite is not
    /// listed.
    pub sources: Vec<SourceV1>,
    /// The network volumes of the recorded run, in the order of its suite.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub volumes: Vec<VolumeV1>,
    /// The base URL of the job API, if it is not RunPod's. Only messages show it.
    #[serde(rename = "base-url", skip_serializing_if = "Option::is_none")]
    pub base_url: Option<String>,
    /// Whether jobs ran on a worker outside RunPod, under the test server of RunPod's SDK.
    #[serde(rename = "local-worker", default, skip_serializing_if = "std::ops::Not::not")]
    pub local_worker: bool,
    /// The files that were sent with jobs, in the order of the suite.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inputs: Vec<InputV1>,
    /// The files of the suite's folder that checks asked for, without their bytes.
    #[serde(rename = "suite-files", default, skip_serializing_if = "Vec::is_empty")]
    pub suite_files: Vec<SuiteFileV1>,
    /// Requests and what came of them. The order matters only among equal POSTs.
    pub exchanges: Vec<ExchangeV1>,
}

/// A source of the inventory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum SourceV1 {
    /// A ComfyUI server.
    Server,
}

/// A network volume.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct VolumeV1 {
    /// Its id. The paths of its requests start with it.
    #[schemars(regex(pattern = "^[A-Za-z0-9_-]+$"))]
    pub id: String,
    pub data_center: String,
}

/// A file that was sent with jobs, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct InputV1 {
    /// As loader nodes name it.
    pub name: String,
    /// The media type of its content; absent if it is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    pub bytes: u64,
    /// In lower-case hex.
    pub sha256: String,
    /// Whether it came in the request that holds the workflow, and was sent with each job.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub of_request: bool,
}

/// A file of the suite's folder, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct SuiteFileV1 {
    /// The path in the settings of a check.
    pub at: String,
    /// Below that path.
    pub path: String,
    pub bytes: u64,
    /// In lower-case hex.
    pub sha256: String,
}

impl From<InputFacts> for InputV1 {
    fn from(InputFacts { name, media_type, size, sha256, of_request }: InputFacts) -> Self {
        Self { name, media_type, bytes: size, sha256, of_request }
    }
}

impl From<&InputV1> for InputFacts {
    fn from(InputV1 { name, media_type, bytes, sha256, of_request }: &InputV1) -> Self {
        let (name, media_type, sha256) = (name.clone(), media_type.clone(), sha256.clone());
        Self { name, media_type, size: *bytes, sha256, of_request: *of_request }
    }
}

/// A request with its `response` or its `failure`.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct ExchangeV1 {
    /// Which API it was sent to.
    pub api: ApiV1,
    /// In which phase of the run it was sent.
    pub phase: PhaseV1,
    /// Of a request in a retry: the attempt, from 2 on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 2))]
    pub attempt: Option<u32>,
    pub request: RequestV1,
    /// When the task could send it, from the start of its phase or attempt. For `/status/…`, from
    /// the response to the submission that created the job.
    pub sent_ms: u64,
    /// When the response was complete or the failure known; at least `sent-ms` and at most 31 days.
    pub answered_ms: u64,
    /// A complete response, with any status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<ResponseV1>,
    /// Why there is no complete response.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureV1>,
}

/// An API.
#[derive(Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ApiV1 {
    /// RunPod's job API. Paths are `/v2/{endpoint}/…`, whatever the base URL was.
    Jobs,
    /// RunPod's management API, REST version 2. Paths are `/v2/…`, whatever the base URL was. The
    /// endpoint's id is `{endpoint}`.
    Management,
    /// A ComfyUI server. Paths are below its base URL.
    ComfyUi,
    /// A download named in a job's output. Paths are `host/path`, without the query.
    Result,
    /// The S3-compatible API of network volumes. Paths start with a volume's id, whatever its
    /// address was.
    Volume,
}

/// A phase of the run.
#[derive(Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum PhaseV1 {
    /// Before the samples.
    Deployment,
    /// While the samples run.
    Sampling,
    /// While each sample is checked.
    Sample,
    /// After the samples.
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

/// An HTTP method.
#[derive(Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum MethodV1 {
    /// Answered by the newest exchange, or by the next one if it is due within 50 ms. The last
    /// one stays, unless the note says that the recorded run did not finish.
    Get,
    /// Like GET, without the body of the response.
    Head,
    /// Equal ones are used in their order, each once. A submission that equals none uses the next
    /// one of the same workflow.
    Post,
}

/// A complete response.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ResponseV1 {
    /// The HTTP status.
    #[schemars(range(min = 100, max = 599))]
    pub status: u16,
    /// The headers that matter: `content-type` and `retry-after`. For a volume also
    /// `content-length`, `content-range` and `last-modified`. For a redirect of ComfyUI also
    /// `location`: a path below the server's address, or nothing if it leads elsewhere.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The body; absent if empty.
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

/// Why there is no complete response.
#[derive(Clone, Copy, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailureV1 {
    /// The connection was refused.
    Refused,
    /// The connection ended too early.
    Reset,
    /// The request timed out.
    Timeout,
    /// The host name could not be resolved.
    Unresolved,
    /// The TLS connection failed.
    Tls,
    /// The response exceeded the size limit.
    TooLarge,
    /// The response is not valid HTTP.
    NotHttp,
    /// Not sent: the URL does not lead to a public address over `https`.
    Forbidden,
    /// Any other failure.
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
            Failure::NotHttp => Self::NotHttp,
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
            FailureV1::NotHttp => Self::NotHttp,
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
    fn an_input_file_is_read_as_it_was_written() {
        for (media_type, of_request) in [(None, false), (Some("image/png".to_owned()), true)] {
            let (name, sha256) = ("a.png".to_owned(), "00".repeat(32));
            let facts = InputFacts { name, media_type, size: 7, sha256, of_request };
            let written = serde_json::to_string(&InputV1::from(facts.clone())).unwrap();
            let read: InputV1 = serde_json::from_str(&written).unwrap();
            assert_eq!(InputFacts::from(&read), facts, "{written}");
        }
    }

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
