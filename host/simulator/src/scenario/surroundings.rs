//! What a scenario says of ComfyUI, volumes, GPUs and releases.

use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What ComfyUI has installed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ComfyUi {
    /// Whether there is a ComfyUI server to ask, as the suite's `deployment.comfyui` names one. A plain serverless endpoint has none. Default: false.
    pub served: bool,
    /// Its version, which decides how it refuses workflows. Default: 0.33.0.
    pub version: String,
    /// Which node classes are installed. Default: `any`.
    pub nodes: Nodes,
    /// Which models are there. Default: any that a workflow names.
    pub models: Models,
}

impl Default for ComfyUi {
    fn default() -> Self {
        Self { served: false, version: "0.33.0".to_owned(), nodes: Nodes::Any, models: Models::Any }
    }
}

/// Which node classes are installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Nodes {
    /// Whatever a workflow uses.
    Any,
    /// Those that come with ComfyUI 0.33.0.
    Core,
}

/// Which models are there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Models {
    /// Whatever a workflow names.
    Any,
    /// These, by folder, baked into the image; and those on the first attached volume that worker-comfyui sees.
    Baked(BTreeMap<String, Vec<String>>),
}

/// A network volume.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Volume {
    /// Its id, which is the name of its bucket.
    pub id: String,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Where it is.
    pub data_center: String,
    /// Its size in GB.
    #[serde(default)]
    pub size: u32,
    /// Whether it is attached to the endpoint, whose workers else do not see it. Default: true.
    #[serde(default = "yes")]
    pub attached: bool,
    /// What lies on it, by path: `models/vae/ae.safetensors`.
    #[serde(default)]
    pub files: BTreeMap<String, VolumeFile>,
    /// Whether it answers to ranges; if not, with the whole file. Default: true.
    #[serde(default = "yes")]
    pub ranges: bool,
    /// Whether a listing of several pages returns the same continuation token again and again. Default: false.
    #[serde(default)]
    pub repeats_token: bool,
}

fn yes() -> bool {
    true
}

/// A file on a volume.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct VolumeFile {
    /// Its size in bytes.
    pub bytes: u64,
    /// What it begins with, as text; the rest is zeros. Default: the header of a .safetensors file whose size is the file's, for a name with that ending.
    pub text: Option<String>,
    /// Of a .safetensors file, how large it says to be, in bytes. Default: as large as it is. A larger one is a download that was cut off.
    pub declared_bytes: Option<u64>,
}

/// GPUs of one type, as the catalog tells of them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Gpu {
    /// RunPod's name of the GPU type.
    pub gpu: String,
    /// Its pool.
    pub pool: String,
    /// In GB.
    pub memory: u32,
    /// In USD per hour for one GPU.
    pub price: f64,
    /// `NONE`, `LOW`, `MEDIUM` or `HIGH`, by data center.
    pub availability: BTreeMap<String, String>,
}

/// A release of the endpoint.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Release {
    /// Its number.
    pub version: u32,
    /// When, in RFC 3339.
    pub created: String,
    /// The image before it.
    pub image_before: String,
    /// The image since then.
    pub image: String,
}
