//! Whether the packs that the settings require are installed, enabled and of the
//! required version.

use super::{DISABLED_PACK, MISSING_PACK, PACK_VERSION};
use crate::requirements::{PackRequirement, Requirement, is_commit, lenient_version};
use comfycheck_sdk::inventory::{Error, Pack};
use comfycheck_sdk::{Answer, Finding, OpenQuestion, Subject, quote, quote_all};
use semver::Version;
use std::collections::BTreeSet;

/// What is known of the packs of a ComfyUI.
#[derive(Clone, Copy, Debug)]
pub struct KnownPacks<'a> {
    /// The packs that ComfyUI-Manager lists. It lists neither packs that were copied into
    /// the image without their git folder nor single files.
    pub listed: Result<&'a [Pack], &'a Error>,
    /// The folders that installed node classes come from (see [`folder_of`]); none if that
    /// could not be asked. It shows packs that are not listed, without a version.
    pub folders: Option<&'a BTreeSet<String>>,
}

/// Findings and open questions of `missing-pack`, `pack-version` and `disabled-pack`, in
/// the order of the requirements.
#[must_use]
pub fn check_packs(required: &[PackRequirement], known: &KnownPacks<'_>) -> Answer {
    let mut answer = Answer::default();
    let (mut untold, mut versionless) = (Vec::new(), Vec::new());
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
            untold.push(pack.name.as_str());
            versionless.extend((pack.version != Requirement::Any).then_some(pack.name.as_str()));
        }
    }
    answer.open.extend(untold_packs(MISSING_PACK, "whether it is installed", &untold, known.listed));
    answer.open.extend(untold_packs(PACK_VERSION, "its version", &versionless, known.listed));
    answer
}

/// The packs that are required and not listed.
#[must_use]
pub fn unlisted<'a>(required: &'a [PackRequirement], listed: &[Pack]) -> Vec<&'a PackRequirement> {
    required.iter().filter(|pack| find(listed, &pack.name).is_none()).collect()
}

/// One open question for all packs of which nothing is known, if there are any.
fn untold_packs(rule: &str, what: &str, packs: &[&str], listed: Result<&[Pack], &Error>) -> Option<OpenQuestion> {
    let names = quote_all(packs.iter().copied());
    let what = match packs {
        [] => return None,
        [_] => format!("cannot tell of the pack {names} {what}"),
        _ => format!("cannot tell of each of the packs {names} {what}"),
    };
    let offer = "give the suite's deployment a ComfyUI server with ComfyUI-Manager";
    Some(match listed {
        Err(err) => OpenQuestion::unanswered(rule, &what, err, offer),
        Ok(_) => OpenQuestion::new(rule, format!("{what}: ComfyUI-Manager does not list it"))
            .help("install the pack with ComfyUI-Manager or with git, and keep its `.git` folder in the image"),
    })
}

fn missing(pack: &PackRequirement) -> Finding {
    let message = format!("the pack {} is not installed", quote(&pack.name));
    Finding::new(MISSING_PACK, message)
        .about(Subject::Pack(pack.name.clone()))
        .help("install the pack and rebuild the worker's image, or take it out of the settings")
}

fn disabled(pack: &Pack) -> Option<Finding> {
    let message = format!("the pack {} is installed but disabled", quote(&pack.folder));
    let finding = Finding::new(DISABLED_PACK, message).about(Subject::Pack(pack.folder.clone()));
    (!pack.enabled).then(|| finding.help("enable the pack, or take it out of the settings"))
}

/// Holds a version against what is required. A commit and a release cannot be compared.
fn compare(required: &PackRequirement, pack: &Pack) -> Answer {
    let name = quote(&pack.folder);
    let wrong = |found: String| {
        let message = format!("the pack {name} is at {found}, and the settings require {}", required.version);
        let finding = Finding::new(PACK_VERSION, message).about(Subject::Pack(pack.folder.clone()));
        Answer::from(finding.help("install the required version, or change the requirement in the settings"))
    };
    let incomparable = |found: String| {
        let reason = format!("the pack {name} is at {found}, which cannot be held against {}", required.version);
        Answer::from(
            OpenQuestion::new(PACK_VERSION, reason)
                .help("require a commit of a pack that was cloned, and a version of one from the registry"),
        )
    };
    let found = FoundVersion::parse(pack.version.as_deref().unwrap_or_default());
    match (&required.version, found) {
        (Requirement::Any, _) => Answer::default(),
        (_, FoundVersion::Unknown) => {
            let reason = format!("the version of the pack {name} is not known");
            OpenQuestion::new(PACK_VERSION, reason).help("look at the pack's folder in the worker's image").into()
        }
        (Requirement::Version(wanted), FoundVersion::Release(found)) if wanted.matches(&found) => Answer::default(),
        (Requirement::Version(_), FoundVersion::Release(found)) => wrong(format!("version `{found}`")),
        (Requirement::Commit(wanted), FoundVersion::Commit(found)) => {
            let same = found.starts_with(wanted.as_str()) || wanted.starts_with(&found);
            if same { Answer::default() } else { wrong(format!("commit `{}`", short(&found))) }
        }
        (Requirement::Version(_), FoundVersion::Commit(found)) => incomparable(format!("commit `{}`", short(&found))),
        (Requirement::Commit(_), FoundVersion::Release(found)) => incomparable(format!("version `{found}`")),
    }
}

/// A version as ComfyUI-Manager lists it.
enum FoundVersion {
    Release(Version),
    Commit(String),
    Unknown,
}

impl FoundVersion {
    /// Reads a version; with a detached HEAD, a commit ends in a line break.
    fn parse(text: &str) -> Self {
        let text = text.trim();
        if is_commit(text) {
            return Self::Commit(text.to_lowercase());
        }
        Version::parse(text).ok().or_else(|| lenient_version(text)).map_or(Self::Unknown, Self::Release)
    }
}

/// As much of a commit as people compare by eye.
fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}

/// The pack of this name, rather an enabled one than one that is disabled.
fn find<'a>(packs: &'a [Pack], name: &str) -> Option<&'a Pack> {
    packs.iter().filter(|pack| is_called(pack, name)).max_by_key(|pack| pack.enabled)
}

/// Whether a pack goes by this name: a folder, a registry id, or a repository as
/// `owner/name` or URL. Case does not count. Where both sides name an owner, it must be
/// the same.
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

/// The last part of a path or URL, in lower case, without `.git` and what ComfyUI-Manager
/// appends to the folders of disabled packs: `.disabled`, or `@` and a version.
pub(crate) fn short_name(name: &str) -> String {
    let name = name.trim().trim_end_matches('/').to_lowercase();
    let name = name.rsplit('/').next().unwrap_or_default();
    let name = name.split('@').next().unwrap_or_default();
    name.trim_end_matches(".git").trim_end_matches(".disabled").to_owned()
}

/// The part of a path or URL before its last.
fn owner(name: &str) -> Option<String> {
    let name = name.trim().trim_end_matches('/').to_lowercase();
    let owner = name.rsplit('/').nth(1).filter(|owner| !owner.is_empty())?;
    Some(owner.to_owned())
}

/// The folder of the pack that a node class comes from, by its description as ComfyUI
/// gives it in `/object_info`; none for ComfyUI's own.
#[must_use]
pub fn folder_of(description: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Description {
        python_module: String,
    }
    let Description { python_module } = serde_json::from_str(description).ok()?;
    python_module.strip_prefix("custom_nodes.").map(str::to_owned)
}
