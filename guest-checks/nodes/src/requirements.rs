//! The settings: required versions of packs and of ComfyUI.

use semver::{Version, VersionReq};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;

/// The settings of the check. If they are empty, only the workflow's classes are checked.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(try_from = "Settings")]
pub struct Requirements {
    /// Each pack once, sorted by the name of its repository or folder.
    pub packs: Vec<PackRequirement>,
    pub comfyui: Option<VersionReq>,
}

/// A pack that must be installed.
#[derive(Clone, Debug, PartialEq)]
pub struct PackRequirement {
    /// Its folder, its registry id, or its repository as `owner/name` or URL.
    pub name: String,
    pub version: Requirement,
}

/// The required version of a pack.
#[derive(Clone, Debug, PartialEq)]
pub enum Requirement {
    /// Any version.
    Any,
    /// A version from the registry.
    Version(VersionReq),
    /// A cloned commit: its first 7 to 40 digits, in lower case.
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

/// Whether a text is a commit or its beginning: 7 to 40 hex digits.
pub(crate) fn is_commit(text: &str) -> bool {
    (7..=40).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Reads the first three numbers of a version, such as `v1.2` or `0.3.64-12-gabc1234`.
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

/// The settings as a suite writes them.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Settings {
    packs: BTreeMap<String, String>,
    snapshot: Snapshot,
    comfyui: Option<String>,
}

/// The packs of a ComfyUI-Manager snapshot.
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
        // Every snapshot has ComfyUI-Manager, which a worker does not need.
        let snapshot = snapshot.filter(|(name, _)| short_name(name) != "comfyui-manager");
        let mut packs = BTreeMap::new();
        for (name, version) in snapshot {
            // For `nightly` or `unknown`, any version will do.
            let exactly = if is_commit(&version) { version } else { format!("={version}") };
            let version = Requirement::parse(&exactly).unwrap_or(Requirement::Any);
            packs.insert(short_name(&name), PackRequirement { name, version });
        }
        for (name, version) in settings.packs {
            let version = Requirement::parse(&version).map_err(|err| {
                format!("`packs.{name}`: `{version}` is not a version requirement or a commit: {err}")
            })?;
            packs.insert(short_name(&name), PackRequirement { name, version });
        }
        let comfyui = |text: String| {
            VersionReq::parse(&text).map_err(|err| format!("`comfyui`: `{text}` is not a version requirement: {err}"))
        };
        Ok(Self { packs: packs.into_values().collect(), comfyui: settings.comfyui.map(comfyui).transpose()? })
    }
}

/// The last part of a path or URL, in lower case, without `.git`. ComfyUI-Manager's suffixes
/// of disabled packs are cut, too: `.disabled`, or `@` and a version.
pub(crate) fn short_name(name: &str) -> String {
    let name = name.trim().trim_end_matches('/').to_lowercase();
    let name = name.rsplit('/').next().unwrap_or_default();
    let name = name.split('@').next().unwrap_or_default();
    name.trim_end_matches(".git").trim_end_matches(".disabled").to_owned()
}
