//! The tables `[inputs]` and `[request]`.

use super::{FromEnv, TextOrEnv};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::num::NonZeroU32;

/// Files that are sent with each job. Loader nodes read them from ComfyUI's folder `input`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(rename = "Inputs")]
pub(in crate::suite) struct InputsFile {
    /// Files by the name that the workflow uses: `"photo.png" = "assets/photo.png"`. Paths are inside the suite's folder.
    pub(in crate::suite) files: BTreeMap<String, String>,
    /// A folder inside the suite's folder. Files that loader nodes name and that are in it are sent.
    pub(in crate::suite) folder: Option<String>,
    /// Whether to send files that do not start like an image, audio, video or 3D file. Default: false.
    pub(in crate::suite) any_type: bool,
}

/// What is sent with each job beside the workflow and its files.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(rename = "Request")]
pub(in crate::suite) struct RequestTableFile {
    /// RunPod's policy of each job. Each key precedes that of a request file.
    pub(in crate::suite) policy: PolicyFile,
    /// The environment variable that holds the Comfy.org key of workflows with API nodes. A key in the file is refused.
    #[schemars(with = "Option<FromEnv>")]
    pub(in crate::suite) comfy_org_api_key: Option<TextOrEnv>,
    /// A JSON file with the request of a handler that takes another shape. A path inside the suite's folder.
    ///
    /// - A string that is exactly `{{workflow}}` or `{{inputs}}` becomes the workflow or the list of files.
    /// - `{{env:NAME}}` in a string becomes the environment variable, which `secrets` must list.
    pub(in crate::suite) template: Option<String>,
    /// The environment variables that the template uses.
    pub(in crate::suite) secrets: Vec<String>,
}

/// RunPod's policy of a job.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(rename = "Policy")]
pub(in crate::suite) struct PolicyFile {
    /// Seconds that RunPod lets the job run. Default: the endpoint's setting.
    #[schemars(range(min = 5, max = 604_800))]
    pub(in crate::suite) execution_timeout_s: Option<NonZeroU32>,
    /// Seconds after which RunPod removes the job, running or not.
    ///
    /// Default: longer than comfycheck waits for it, so no job of a killed run stays in the queue for a day.
    #[schemars(range(min = 10, max = 604_800))]
    pub(in crate::suite) ttl_s: Option<NonZeroU32>,
    /// Whether the job waits for a worker that runs anyway, and starts none. Default: false.
    pub(in crate::suite) low_priority: Option<bool>,
}
