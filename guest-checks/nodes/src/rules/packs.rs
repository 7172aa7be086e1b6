//! Whether the required packs are installed, enabled and of the required version.

use super::{DISABLED_PACK, MISSING_PACK, PACK_VERSION};
use crate::requirements::{PackRequirement, Requirement, is_commit, lenient_version, short_name};
use comfycheck_sdk::inventory::{Error, Pack};
use comfycheck_sdk::wording::{few_names, quote};
use comfycheck_sdk::{Answer, Finding, OpenQuestion, Subject};
use semver::Version;
use std::collections::BTreeSet;

/// The packs of a ComfyUI.
#[derive(Clone, Copy, Debug)]
pub struct KnownPacks<'a> {
    /// The packs that ComfyUI-Manager lists. It omits single files, and packs that were copied
    /// into the image without their git folder.
    pub listed: Result<&'a [Pack], &'a Error>,
    /// The folders that installed node classes come from (see [`folder_of`]); none if they are
    /// unknown. They show packs that are not listed, without a version.
    pub folders: Option<&'a BTreeSet<String>>,
}

/// Findings and open questions of `missing-pack`, `pack-version` and `disabled-pack`, in
/// the order of the requirements.
#[must_use]
pub fn check_packs(required: &[PackRequirement], known: &KnownPacks<'_>) -> Answer {
    let mut answer = Answer::default();
    let (mut unknown, mut versionless) = (Vec::new(), Vec::new());
    for pack in required {
        let by_folder = || known.folders?.iter().find(|folder| is_same_name(folder, &pack.name));
        if let Some(listed) = find(known.listed.unwrap_or_default(), &pack.name) {
            answer.findings.extend(disabled(listed));
            answer = [answer, compare(pack, listed)].into_iter().collect();
        } else if by_folder().is_some() {
            versionless.extend((pack.version != Requirement::Any).then_some(pack.name.as_str()));
        } else if let (Ok(_), Some(_)) = (known.listed, known.folders) {
            answer.findings.push(missing(pack));
        } else {
            unknown.push(pack.name.as_str());
            versionless.extend((pack.version != Requirement::Any).then_some(pack.name.as_str()));
        }
    }
    answer.open.extend(unknown_packs(MISSING_PACK, &unknown, known.listed));
    answer.open.extend(unknown_packs(PACK_VERSION, &versionless, known.listed));
    answer
}

/// The packs that are required and not listed.
#[must_use]
pub fn unlisted<'a>(required: &'a [PackRequirement], listed: &[Pack]) -> Vec<&'a PackRequirement> {
    required.iter().filter(|pack| find(listed, &pack.name).is_none()).collect()
}

/// One open question for all packs that share it, if there are any.
fn unknown_packs(rule: &str, packs: &[&str], listed: Result<&[Pack], &Error>) -> Option<OpenQuestion> {
    let names = few_names(packs.iter().copied());
    let what = match (rule, packs) {
        (_, []) => return None,
        (MISSING_PACK, [_]) => format!("could not check whether pack {names} is installed"),
        (MISSING_PACK, _) => format!("could not check whether packs {names} are installed"),
        (_, [_]) => format!("could not read the version of pack {names}"),
        _ => format!("could not read the versions of packs {names}"),
    };
    let offer = "set `comfyui` in `[deployment]` to a server with ComfyUI-Manager";
    Some(match listed {
        Err(err) => OpenQuestion::unanswered(rule, &what, err, offer),
        Ok(_) => OpenQuestion::new(rule, format!("{what}: not listed by ComfyUI-Manager"))
            .help("install the pack with ComfyUI-Manager or git, and keep its `.git` folder in the image"),
    })
}

fn missing(pack: &PackRequirement) -> Finding {
    let message = format!("pack {} is not installed", quote(&pack.name));
    Finding::new(MISSING_PACK, message)
        .about(Subject::Pack(pack.name.clone()))
        .help("install the pack and rebuild the worker image, or remove it from the settings")
}

fn disabled(pack: &Pack) -> Option<Finding> {
    let message = format!("pack {} is installed but disabled", quote(&pack.folder));
    let finding = Finding::new(DISABLED_PACK, message).about(Subject::Pack(pack.folder.clone()));
    (!pack.enabled).then(|| finding.help("enable the pack, or remove it from the settings"))
}

/// Compares a version with the required one. A commit and a release are not comparable.
fn compare(required: &PackRequirement, pack: &Pack) -> Answer {
    let name = quote(&pack.folder);
    let wrong = |found: String| {
        let message = format!("pack {name} is at {found} (required: {})", required.version);
        let finding = Finding::new(PACK_VERSION, message).about(Subject::Pack(pack.folder.clone()));
        Answer::from(finding.help("install the required version, or change the requirement in the settings"))
    };
    let incomparable = |found: String| {
        let reason = format!("pack {name} is at {found}, which cannot be compared with {}", required.version);
        Answer::from(
            OpenQuestion::new(PACK_VERSION, reason)
                .help("require a commit for a cloned pack, and a version for a pack from the registry"),
        )
    };
    let found = PackVersion::parse(pack.version.as_deref().unwrap_or_default());
    match (&required.version, found) {
        (Requirement::Any, _) => Answer::default(),
        (_, PackVersion::Unknown) => {
            let reason = format!("could not read the version of pack {name}: ComfyUI-Manager does not report it");
            OpenQuestion::new(PACK_VERSION, reason).help("check the pack's folder in the worker image").into()
        }
        (Requirement::Version(wanted), PackVersion::Release(found)) if wanted.matches(&found) => Answer::default(),
        (Requirement::Version(_), PackVersion::Release(found)) => wrong(format!("version `{found}`")),
        (Requirement::Commit(wanted), PackVersion::Commit(found)) => {
            let same = found.starts_with(wanted.as_str()) || wanted.starts_with(&found);
            if same { Answer::default() } else { wrong(format!("commit `{}`", short(&found))) }
        }
        (Requirement::Version(_), PackVersion::Commit(found)) => incomparable(format!("commit `{}`", short(&found))),
        (Requirement::Commit(_), PackVersion::Release(found)) => incomparable(format!("version `{found}`")),
    }
}

/// A version as ComfyUI-Manager lists it.
enum PackVersion {
    Release(Version),
    Commit(String),
    Unknown,
}

impl PackVersion {
    /// Reads a version; with a detached HEAD, a commit ends in a line break.
    fn parse(text: &str) -> Self {
        let text = text.trim();
        if is_commit(text) {
            return Self::Commit(text.to_lowercase());
        }
        Version::parse(text).ok().or_else(|| lenient_version(text)).map_or(Self::Unknown, Self::Release)
    }
}

fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

/// The pack of this name. An enabled one takes precedence.
pub(super) fn find<'a>(packs: &'a [Pack], name: &str) -> Option<&'a Pack> {
    packs.iter().filter(|pack| is_called(pack, name)).max_by_key(|pack| pack.enabled)
}

/// Whether a pack has this name: a folder, a registry id, or a repository as `owner/name` or
/// URL. Case does not count. Where both name an owner, it must be the same.
#[must_use]
pub fn is_called(pack: &Pack, name: &str) -> bool {
    let repository = pack.repository.as_deref();
    let same_owner = match (owner(name), repository.and_then(owner)) {
        (Some(wanted), Some(found)) => wanted == found,
        _ => true,
    };
    let names = [Some(pack.folder.as_str()), pack.registry_id.as_deref(), repository];
    same_owner && names.into_iter().flatten().any(|found| is_same_name(found, name))
}

fn is_same_name(found: &str, wanted: &str) -> bool {
    let found = short_name(found);
    !found.is_empty() && found == short_name(wanted)
}

/// The part of a path or URL before its last.
fn owner(name: &str) -> Option<String> {
    let name = name.trim().trim_end_matches('/').to_lowercase();
    let owner = name.rsplit('/').nth(1).filter(|owner| !owner.is_empty())?;
    Some(owner.to_owned())
}

/// The folder of the pack that a node class comes from, by its entry of `/object_info`; none
/// for ComfyUI's own.
#[must_use]
pub fn folder_of(description: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Description {
        python_module: String,
    }
    let Description { python_module } = serde_json::from_str(description).ok()?;
    python_module.strip_prefix("custom_nodes.").map(str::to_owned)
}
