//! What the settings require of packs and of ComfyUI.

use crate::rules::packs::short_name;
use semver::{Version, VersionReq};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

/// The settings of the check. Empty: only the workflow's own nodes are looked at.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(try_from = "Settings")]
pub struct Requirements {
    /// Each pack once, sorted by the name of its repository or folder.
    pub packs: Vec<PackRequirement>,
    /// The version that ComfyUI must have.
    pub comfyui: Option<VersionReq>,
}

/// A pack that must be installed.
#[derive(Clone, Debug, PartialEq)]
pub struct PackRequirement {
    /// Its folder, its registry id, or its repository as `owner/name` or URL.
    pub name: String,
    /// The version that it must have.
    pub version: Requirement,
}

/// The version that a pack must have.
#[derive(Clone, Debug, PartialEq)]
pub enum Requirement {
    /// It must be installed.
    Any,
    /// It comes from the registry, with such a version.
    Version(VersionReq),
    /// It is cloned at this commit: 7 to 40 lower-case hex digits, a prefix of the whole.
    Commit(String),
}

impl Requirement {
    /// Reads `*`, a commit, or a semver requirement.
    pub fn parse(text: &str) -> Result<Self, semver::Error> {
        match text.trim() {
            "*" => Ok(Self::Any),
            commit if is_commit(commit) => Ok(Self::Commit(commit.to_lowercase())),
            version => VersionReq::parse(version).map(Self::Version),
        }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("`*`"),
            Self::Version(version) => write!(f, "`{version}`"),
            Self::Commit(commit) => write!(f, "commit `{commit}`"),
        }
    }
}

/// Whether a text is a commit, or the beginning of one: 7 to 40 hex digits.
pub(crate) fn is_commit(text: &str) -> bool {
    (7..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Reads the numbers of a version as it is found in the wild, such as `v1.2` or
/// `0.3.64-12-gabc1234`. What follows the first three is dropped.
pub(crate) fn lenient_version(text: &str) -> Option<Version> {
    let mut numbers = [0; 3];
    let mut read = 0;
    for (number, part) in numbers.iter_mut().zip(text.trim().trim_start_matches('v').split('.')) {
        let digits = part.find(|char: char| !char.is_ascii_digit()).unwrap_or(part.len());
        let Ok(value) = part[..digits].parse() else { break };
        *number = value;
        read += 1;
        if digits < part.len() {
            break;
        }
    }
    (read > 0).then(|| Version::new(numbers[0], numbers[1], numbers[2]))
}

/// The settings as they are written.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    packs: BTreeMap<String, String>,
    snapshot: Snapshot,
    comfyui: Option<String>,
}

/// The part of a ComfyUI-Manager snapshot that packs can be held against.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Snapshot {
    git_custom_nodes: BTreeMap<String, GitPack>,
    cnr_custom_nodes: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct GitPack {
    hash: String,
    #[serde(default)]
    disabled: bool,
}

impl TryFrom<Settings> for Requirements {
    type Error = String;

    fn try_from(settings: Settings) -> Result<Self, String> {
        let Snapshot { git_custom_nodes, cnr_custom_nodes } = settings.snapshot;
        let cloned =
            git_custom_nodes.into_iter().filter(|(_, pack)| !pack.disabled).map(|(url, pack)| (url, pack.hash));
        let snapshot = cloned.chain(cnr_custom_nodes);
        // A worker needs no ComfyUI-Manager, though every snapshot holds it.
        let snapshot = snapshot.filter(|(name, _)| short_name(name) != "comfyui-manager");
        let mut packs = BTreeMap::new();
        for (name, version) in snapshot {
            // A snapshot may say `nightly` or `unknown`: then the pack is all that it says.
            let exactly = if is_commit(&version) { version } else { format!("={version}") };
            let version = Requirement::parse(&exactly).unwrap_or(Requirement::Any);
            packs.insert(short_name(&name), PackRequirement { name, version });
        }
        for (name, version) in settings.packs {
            let version = Requirement::parse(&version).map_err(|err| {
                format!("`packs.{name}`: `{version}` is neither a version requirement nor a commit: {err}")
            })?;
            packs.insert(short_name(&name), PackRequirement { name, version });
        }
        let comfyui = |text: String| VersionReq::parse(&text).map_err(|err| format!("`comfyui`: `{text}`: {err}"));
        Ok(Self { packs: packs.into_values().collect(), comfyui: settings.comfyui.map(comfyui).transpose()? })
    }
}
