//! What ComfyUI reports beside its node classes: plain values, one type for each record of the contract.

use serde::{Deserialize, Serialize};

/// The content of ComfyUI's `/system_stats`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SystemFacts {
    /// Such as `0.33.0`.
    pub comfyui_version: Option<String>,
    /// As Python prints it.
    pub python_version: Option<String>,
    /// Such as `2.11.0+cu130`.
    pub pytorch_version: Option<String>,
    /// Such as `linux`.
    pub os: Option<String>,
    /// The command line.
    pub arguments: Vec<String>,
    /// Python packages that ComfyUI reports.
    pub packages: Vec<PackageVersion>,
    pub devices: Vec<Device>,
}

/// A Python package that ComfyUI reports.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PackageVersion {
    pub name: String,
    pub installed: Option<String>,
    pub required: Option<String>,
}

/// A device that ComfyUI computes on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Device {
    pub name: String,
    /// `cuda`, `cpu`, …
    pub kind: String,
    /// In bytes.
    pub memory_total: Option<u64>,
    /// In bytes.
    pub memory_free: Option<u64>,
}

/// A file in a model folder.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ModelFile {
    /// Relative to the folder, `/`-separated.
    pub name: String,
    /// In bytes.
    pub size: Option<u64>,
}

/// An installed node pack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pack {
    /// The name of its folder.
    pub folder: String,
    /// A semantic version or a commit.
    pub version: Option<String>,
    /// Its id in the registry.
    pub registry_id: Option<String>,
    /// `owner/name` or a URL.
    pub repository: Option<String>,
    pub enabled: bool,
}
