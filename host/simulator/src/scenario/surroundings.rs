//! ComfyUI, volumes, GPUs and releases in a scenario.

use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The ComfyUI on the workers.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct ComfyUi {
    /// Whether there is a ComfyUI server, as `deployment.comfyui` of a suite names one. A plain serverless endpoint has none. Default: false.
    pub served: bool,
    /// Its version. It determines how ComfyUI refuses workflows. Default: 0.33.0.
    pub version: String,
    /// The installed node classes. Default: `any`.
    pub nodes: Nodes,
    /// The installed models. Default: every model that a workflow names.
    pub models: Models,
    /// The files in its folder `input`, besides those that jobs send. Default: `example.png`, which comes with ComfyUI.
    pub inputs: Vec<String>,
    /// Whether the nodes of a class are outputs, where an inventory shows it.
    #[serde(skip)]
    pub outputs: BTreeMap<String, bool>,
}

impl Default for ComfyUi {
    fn default() -> Self {
        Self {
            served: false,
            version: "0.33.0".to_owned(),
            nodes: Nodes::Any,
            models: Models::Any,
            inputs: vec!["example.png".to_owned()],
            outputs: BTreeMap::new(),
        }
    }
}

/// The installed node classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Nodes {
    /// Every class that a workflow uses.
    Any,
    /// The classes of ComfyUI 0.33.0 itself.
    Core,
}

/// The installed models.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Models {
    /// Every model that a workflow names.
    Any,
    /// These in the image, by folder, and those on the first attached volume that worker-comfyui maps.
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
    /// Whether it is attached to the endpoint. Default: true.
    #[serde(default = "yes")]
    pub attached: bool,
    /// Its files by path, such as `models/vae/ae.safetensors`.
    #[serde(default)]
    pub files: BTreeMap<String, VolumeFile>,
    /// Whether it supports range requests. If not, it returns the whole file. Default: true.
    #[serde(default = "yes")]
    pub ranges: bool,
    /// Whether a listing of several pages never ends, because its continuation token repeats. Default: false.
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
    /// Its start, as text; the rest is zeros. Default for a .safetensors file: a valid header.
    pub text: Option<String>,
    /// The size in the header of a .safetensors file, in bytes. A larger one than `bytes` is a download that was cut off. Default: `bytes`.
    pub declared_bytes: Option<u64>,
}

/// GPUs of one type in RunPod's catalog.
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
